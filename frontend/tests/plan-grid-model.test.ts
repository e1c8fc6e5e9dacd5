import { beforeEach, describe, expect, it } from "vitest";
import { Actions } from "../islands/plan-grid/actions.ts";
import type { PageData, Shown } from "../islands/plan-grid/data.ts";
import { markOf } from "../islands/plan-grid/marks.ts";
import { Formats } from "../islands/plan-grid/numbers.ts";
import { Plan } from "../islands/plan-grid/plan.ts";
import { Selection } from "../islands/plan-grid/selection.ts";

const SHOWN: Shown[] = ["forecast", "commit", "gap"];
const WEEKS = ["2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"];

function page(parts = 3): PageData {
  return {
    weeks: WEEKS,
    frozen_until: "2026-11-30",
    locale: "en",
    rows: Array.from({ length: parts }, (_each, i) => ({
      id: `s${i}`, part: `P${i}`, name: "", partner: "Avalon", site: "", unit: "pcs", version: 1, lock: null,
      lines: { forecast: [100, 100, 100, 100], commit: [100, 100, 90, null], capacity: [100, 110, 90, 100] },
      status: ["zero", "surplus", "bottleneck", "none"],
      editable: i === 2 ? null : "commit",
    })),
  };
}

let plan: Plan, actions: Actions, selection: Selection;
const row = (i: number) => plan.parts[i]!;

beforeEach(() => {
  plan = new Plan(page());
  actions = new Actions(plan, SHOWN, { decimal: "." }, new Formats("en"), (name) => name, () => Promise.resolve({ decimal: "," }));
  selection = new Selection({ rows: 9, columns: 4 });
});

const write = (part: number, column: number, value: number) =>
  plan.write([{ part: row(part), column, after: plan.drafted(row(part), column, value) }]);

describe("Plan", () => {
  it("works out the differences with what was changed here", () => {
    write(0, 1, 80);
    expect([plan.value(row(0), "commit", 1), plan.value(row(0), "gap", 1)]).toEqual([80, -20]);
    expect([plan.value(row(0), "gap", 3), plan.total("commit", 1)]).toEqual([null, 280]);
  });

  it("has no total over different units", () => {
    row(1).unit = "kg";
    expect(plan.total("forecast", 0)).toBeNull();
  });

  it("says why a cell is fixed", () => {
    const fixed = [plan.fixed(row(0), "commit", 0), plan.fixed(row(0), "forecast", 2), plan.fixed(row(2), "commit", 2), plan.fixed(row(0), "commit", 1)];
    expect(fixed).toEqual(["frozen", "line", "line", null]);
  });

  it("takes a value back to the server's as no change at all", () => {
    write(0, 1, 80);
    write(0, 1, 100);
    expect(plan.drafts()).toEqual([]);
    plan.undo();
    expect(plan.value(row(0), "commit", 1)).toBe(80);
  });

  it("sends each row with the version it was read in", () => {
    write(0, 1, 80.5);
    write(1, 3, 7);
    expect(plan.outgoing()).toEqual([
      { id: "s0", version: 1, cells: [{ week: "2026-11-30", line: "commit", quantity: "80.5" }] },
      { id: "s1", version: 1, cells: [{ week: "2026-12-14", line: "commit", quantity: "7" }] },
    ]);
  });

  it("takes an answer cell by cell", () => {
    [1, 2, 3].forEach((column) => write(0, column, 50));
    plan.setPending(true);
    expect(plan.fixed(row(0), "commit", 1)).toBe("pending");
    const applied = plan.settle([{
      id: "s0", version: 2, state: "conflict",
      cells: [
        { week: "2026-11-30", line: "commit", theirs: "60" },
        { week: "2026-12-07", line: "commit", problem: { expected: "at most 40", value: "50" } },
      ],
    }]);
    expect([applied, row(0).version]).toEqual([0, 2]);
    expect([...row(0).edits]).toEqual([
      [1, { draft: 50, theirs: 60 }],
      [2, { bad: { expected: "at most 40", value: "50" } }],
      [3, { draft: 50 }],
    ]);
    plan.resolve({ part: row(0), column: 1 }, "mine");
    expect(plan.outgoing()[0]?.cells.map(({ week, quantity }) => [week, quantity])).toEqual([["2026-11-30", "50"], ["2026-12-14", "50"]]);
  });

  it("keeps what was applied and forgets how to undo it", () => {
    write(0, 1, 50);
    plan.setPending(true);
    plan.settle([{ id: "s0", version: 2, state: "applied", cells: [{ week: "2026-11-30", line: "commit", quantity: "50" }] }]);
    expect([plan.value(row(0), "commit", 1), row(0).edits.size, plan.canUndo]).toEqual([50, 0, false]);
  });

  it("takes live changes, and makes a conflict of those under a draft", () => {
    write(0, 1, 50);
    const cells = (quantity: string) => [{ week: "2026-11-30", line: "commit" as const, quantity }];
    expect([...plan.merge([{ id: "s1", version: 4, cells: cells("70") }])]).toEqual(["1:commit:1"]);
    expect([...plan.merge([{ id: "s0", cells: cells("60") }])]).toEqual([]);
    expect(row(0).edits.get(1)).toEqual({ draft: 50, theirs: 60 });
    expect([row(1).version, plan.drafts()]).toEqual([4, []]);
    plan.resolve({ part: row(0), column: 1 }, "theirs");
    expect(plan.value(row(0), "commit", 1)).toBe(60);
  });
});

describe("Actions", () => {
  it("pastes part by part into the line that may be edited", async () => {
    selection.to({ row: 0, column: 1 });
    const outcome = await actions.paste("1\t2\n3\t4\n5\t6\n7\t8", selection);
    expect(outcome).toMatchObject({ taken: 4, refused: 2, cut: 2, area: { top: 1, bottom: 6, left: 1, right: 2 } });
    expect([plan.value(row(1), "commit", 1), plan.value(row(1), "commit", 2)]).toEqual([3, 4]);
    expect(row(2).edits.get(1)).toEqual({ bad: { value: "5", expected: "expected-open" } });
    plan.undo();
    expect(plan.places(() => true)).toEqual([]);
  });

  it("puts a block of several lines back line by line", async () => {
    const text = actions.copy({ top: 0, bottom: 2, left: 2, right: 2 });
    expect(text).toBe("100\n90\n-10");
    selection.to({ row: 3, column: 1 });
    expect(await actions.paste(text, selection)).toMatchObject({ taken: 1, refused: 0 });
    expect(plan.value(row(1), "commit", 1)).toBe(90);
  });

  it("refuses frozen weeks unless nothing changes there", async () => {
    expect(await actions.take([{ part: row(0), column: 0, text: "100" }])).toMatchObject({ taken: 0, refused: 0 });
    expect(await actions.take([{ part: row(0), column: 0, text: "1" }])).toMatchObject({ taken: 0, refused: 1 });
  });

  it("leaves a cell alone where the pasted one is empty", async () => {
    await actions.take([{ part: row(0), column: 1, text: "" }, { part: row(0), column: 2, text: "5" }]);
    expect([...row(0).edits.keys()]).toEqual([2]);
  });

  it("reads by the answer where a number has two readings", async () => {
    await actions.take([{ part: row(0), column: 1, text: "1.234" }]);
    expect(plan.value(row(0), "commit", 1)).toBe(1234);
  });

  it("fills right and down", () => {
    write(0, 1, 50);
    expect(actions.fillRight({ top: 1, bottom: 1, left: 1, right: 3 })).toBe(2);
    expect(actions.fillDown({ top: 1, bottom: 4, left: 1, right: 3 })).toBe(3);
    expect([1, 2, 3].map((column) => plan.value(row(1), "commit", column))).toEqual([50, 50, 50]);
  });

  it("fills a single cell from its neighbour", () => {
    write(0, 2, 50);
    expect(actions.fillDown({ top: 4, bottom: 4, left: 2, right: 2 })).toBe(1);
    expect(actions.fillRight({ top: 4, bottom: 4, left: 3, right: 3 })).toBe(1);
    expect([plan.value(row(1), "commit", 2), plan.value(row(1), "commit", 3)]).toEqual([50, 50]);
    expect(actions.fillDown({ top: 1, bottom: 1, left: 2, right: 2 })).toBe(0);
  });

  it("commits as is, frozen weeks aside, and takes back", () => {
    expect(actions.commitAsIs(selection)).toBe(4);
    expect(plan.value(row(1), "commit", 3)).toBe(100);
    expect(actions.takeBack({ top: 0, bottom: 8, left: 0, right: 3 })).toBe(4);
  });
});

describe("marks", () => {
  it("match demand with capacity and commit with forecast", () => {
    const at = (line: Shown, column: number) => markOf(plan, row(0), line, column, SHOWN);
    expect(at("forecast", 0)).toEqual({ tone: "ok", shape: "even", number: null, word: "status-zero" });
    expect(at("forecast", 2)).toEqual({ tone: "crit", shape: "down", number: -10, word: "status-bottleneck" });
    expect(at("commit", 2)).toEqual({ tone: "crit", shape: "down", number: null, word: "short" });
    expect(markOf(plan, row(0), "commit", 2, ["commit"]).number).toBe(-10);
    expect(at("gap", 3).shape).toBe("");
  });
});
