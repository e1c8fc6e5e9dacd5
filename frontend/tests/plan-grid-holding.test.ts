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

  it("is given back with the grid, and never told without an address", () => {
    holding.open("a");
    holding.open("b");
    holding.stop();
    new Holding("", plan).open("a");
    expect(calls).toEqual(["POST a", "POST b", "DELETE a,b"]);
  });
});
