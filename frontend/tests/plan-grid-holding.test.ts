import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PageData } from "../islands/plan-grid/data.ts";
import { Holding } from "../islands/plan-grid/holding.ts";
import { Plan, type Part } from "../islands/plan-grid/plan.ts";

const row = (id: string): PageData["rows"][number] => ({
  id, part: id, name: "", partner: "", site: "", unit: "pcs", version: 1, lock: null,
  lines: { forecast: [10, 20] }, editable: "forecast",
});
const calls: string[] = [];

describe("the soft lock of rows", () => {
  let plan: Plan, first: Part, holding: Holding;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("document", { querySelector: () => null });
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
      calls.push(`${init.method} ${(JSON.parse(String(init.body)) as { ids: string[] }).ids.join()}`);
      return new Response("{}");
    });
    calls.length = 0;
    plan = new Plan({ weeks: ["2026-11-23", "2026-11-30"], frozen_until: null, locale: "en", rows: [row("a"), row("b")] });
    first = plan.parts[0] as Part;
    holding = new Holding("/lock", plan);
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("is told once for each row, renewed, and given back when nothing is left of the edit", () => {
    holding.open("a");
    holding.open("a");
    vi.advanceTimersByTime(60_000);
    holding.close();
    vi.advanceTimersByTime(120_000);
    expect(calls).toEqual(["POST a", "POST a", "DELETE a"]);
  });

  it("stays while a draft waits and goes with the draft", () => {
    holding.open("a");
    plan.write([{ part: first, column: 0, after: { draft: 12 } }]);
    holding.close();
    expect(calls).toEqual(["POST a"]);
    plan.write([{ part: first, column: 0, after: undefined }]);
    holding.settle();
    expect(calls).toEqual(["POST a", "DELETE a"]);
  });

  it("is taken for rows that got drafts without a cell being opened", () => {
    plan.write(plan.parts.map((part) => ({ part, column: 1, after: { draft: 3 } })));
    holding.settle();
    holding.settle();
    expect(calls).toEqual(["POST a,b"]);
  });

  it("is no mark for oneself, nor once its time is over", () => {
    const mine = new Plan({ weeks: ["2026-11-23"], frozen_until: null, locale: "en", rows: [row("a")] }, "7");
    const part = mine.parts[0] as Part;
    const until = "2026-11-23T10:00:00Z";
    const at = (text: string) => mine.lock(part, Date.parse(text));
    mine.merge([{ id: "a", lock: { initials: "JN", name: "Jana Novak", person: "7", until } }]);
    expect(at("2026-11-23T09:59:00Z")).toBeNull();
    mine.merge([{ id: "a", lock: { initials: "EH", name: "Eva Hartmann", person: "8", until } }]);
    expect(at("2026-11-23T09:59:00Z")?.name).toBe("Eva Hartmann");
    expect(at("2026-11-23T10:00:00Z")).toBeNull();
  });

  it("is given back with the grid, and never told without an address", () => {
    holding.open("a");
    holding.open("b");
    holding.stop();
    new Holding("", plan).open("a");
    expect(calls).toEqual(["POST a", "POST b", "DELETE a,b"]);
  });
});
