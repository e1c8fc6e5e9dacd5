import { describe, expect, it } from "vitest";
import { History } from "../islands/plan-grid/history.ts";
import { conventionOf, Formats, plain, readAs, readBlock } from "../islands/plan-grid/numbers.ts";
import { Selection } from "../islands/plan-grid/selection.ts";
import { parseTsv, tile, writeTsv } from "../islands/plan-grid/tsv.ts";
import { reveal, visible } from "../islands/plan-grid/viewport.ts";
import { columnOf, months, week } from "../islands/plan-grid/weeks.ts";

const german = conventionOf("de"), english = conventionOf("en-GB");
const numbers = (texts: string[], own = english) => {
  const block = readBlock(texts, own);
  if (block.kind === "ask") return block;
  return texts.map((text) => readAs(text, block.convention)).map((each) => (each.kind === "number" ? each.value : each.kind));
};

describe("numbers", () => {
  it.each([
    ["1234", english, 1234],
    ["1,234", english, 1234],
    ["1.234", german, 1234],
    ["1 234", english, 1234],
    ["1\u202f234,5", german, 1234.5],
    ["1'234.5", english, 1234.5],
    ["1.234.567", german, 1234567],
    [",5", german, 0.5],
    [" 0 ", english, 0],
  ])("reads %s", (text, convention, value) => {
    expect(readAs(text, convention)).toEqual({ kind: "number", value });
  });

  it.each(["-5", "abc", "12 pcs", "1,23,456", "12 34", "1.2.3", "1e5", ".", "(5)", "9".repeat(14)])("refuses %s", (text) => {
    expect(readAs(text, english)).toEqual({ kind: "bad" });
  });

  it("leaves empty cells alone", () => {
    expect(readAs("  ", german)).toEqual({ kind: "empty" });
  });

  it("follows the user's locale where both readings exist and it groups", () => {
    expect(numbers(["1,234", "5"])).toEqual([1234, 5]);
    expect(numbers(["1.234", "5"], german)).toEqual([1234, 5]);
  });

  it("asks where the user's decimal mark looks like a mark of thousands", () => {
    expect(numbers(["7", "1,234"], german)).toEqual({
      kind: "ask",
      example: "1,234",
      readings: [
        { convention: { decimal: "." }, value: 1234 },
        { convention: { decimal: "," }, value: 1.234 },
      ],
    });
    expect(numbers(["1.234"], english)).toMatchObject({ kind: "ask", example: "1.234" });
  });

  it("lets one clear number settle the whole block", () => {
    expect(numbers(["1,234", "1,234.50"], german)).toEqual([1234, 1234.5]);
    expect(numbers(["1.234", "12,5"], english)).toEqual([1234, 12.5]);
    expect(numbers(["0.125", "3"], english)).toEqual([0.125, 3]);
  });

  it("keeps what nobody can read as bad without losing the rest", () => {
    expect(numbers(["1,234", "n/a", ""])).toEqual([1234, "bad", "empty"]);
  });

  it("writes plain decimals for the server and local ones for people", () => {
    expect([plain(120), plain(0.1 + 0.2), plain(1e-9)]).toEqual(["120", "0.3", "0"]);
    expect(new Formats("de").number(1234.5)).toBe("1.234,5");
    expect(new Formats("en-GB").signed(-1250)).toBe("-1,250");
    expect(new Formats("de").edit(1234.5)).toBe("1234,5");
  });
});

describe("clipboard blocks", () => {
  it("reads what Excel copies", () => {
    expect(parseTsv("1\t2\r\n3\t4\r\n")).toEqual([["1", "2"], ["3", "4"]]);
    expect(parseTsv('"a\tb"\t"say ""hi"""\nc\t')).toEqual([["a\tb", 'say "hi"'], ["c", ""]]);
  });

  it("gives back what it wrote", () => {
    const rows = [["1,200", 'a"b'], ["x\ny", ""]];
    expect(parseTsv(writeTsv(rows))).toEqual(rows);
  });

  it("repeats a block that fits the selected area", () => {
    expect(tile([["7"]], 2, 3)).toEqual([["7", "7", "7"], ["7", "7", "7"]]);
    expect(tile([["1", "2"]], 1, 3)).toEqual([["1", "2"]]);
  });
});

describe("History", () => {
  it("goes back and forth, and forgets the future after a new step", () => {
    const history = new History<number>();
    [1, 2, 3].forEach((step) => history.push(step));
    expect([history.undo(), history.undo(), history.redo()]).toEqual([3, 2, 2]);
    history.push(9);
    expect(history.canRedo).toBe(false);
    expect([history.undo(), history.undo(), history.undo()]).toEqual([9, 2, 1]);
    expect(history.undo()).toBeUndefined();
  });

  it("keeps the newest steps", () => {
    const history = new History<number>(2);
    [1, 2, 3].forEach((step) => history.push(step));
    expect([history.undo(), history.undo(), history.undo()]).toEqual([3, 2, undefined]);
  });
});

describe("viewport", () => {
  it("shows what touches the window and no more than there is", () => {
    expect(visible(0, 100, 30, 50)).toEqual({ from: 0, to: 4 });
    expect(visible(45, 100, 30, 50, 1)).toEqual({ from: 0, to: 6 });
    expect(visible(1490, 100, 30, 50, 2)).toEqual({ from: 47, to: 50 });
    expect(visible(0, 100, 30, 0)).toEqual({ from: 0, to: 0 });
    expect(visible(9000, 100, 30, 50)).toEqual({ from: 50, to: 50 });
  });

  it("scrolls as little as possible", () => {
    expect(reveal(100, 200, 150, 30)).toBe(100);
    expect(reveal(100, 200, 60, 30)).toBe(60);
    expect(reveal(100, 200, 290, 30)).toBe(120);
    expect(reveal(0, 20, 50, 30)).toBe(50);
  });
});

describe("Selection", () => {
  it("stays inside and spans a rectangle in any direction", () => {
    const selection = new Selection({ rows: 10, columns: 5 });
    selection.to({ row: 4, column: 2 });
    selection.by(-2, -9, true);
    expect(selection.area).toEqual({ top: 2, bottom: 4, left: 0, right: 2 });
    expect([selection.count, selection.active]).toEqual([9, { row: 2, column: 0 }]);
    expect(selection.by(0, -1, true)).toBe(false);
    selection.by(0, 1);
    expect(selection.count).toBe(1);
  });

  it("survives fewer rows", () => {
    const selection = new Selection({ rows: 10, columns: 5 });
    selection.to({ row: 9, column: 4 });
    selection.resize(3, 2);
    expect(selection.active).toEqual({ row: 2, column: 1 });
  });
});

describe("weeks", () => {
  it.each([
    ["2026-11-23", 48, 2026, "2026-11"],
    ["2026-12-28", 53, 2026, "2026-12"],
    ["2027-01-04", 1, 2027, "2027-01"],
    ["2024-12-30", 1, 2025, "2025-01"],
  ])("%s", (date, number, year, month) => {
    expect(week(date)).toEqual({ date, number, year, month });
  });

  it("bands months and finds today", () => {
    const weeks = ["2026-11-23", "2026-11-30", "2026-12-07"].map(week);
    expect(months(weeks)).toEqual([{ month: "2026-11", from: 0, to: 1 }, { month: "2026-12", from: 1, to: 3 }]);
    expect([columnOf(weeks, "2026-12-06"), columnOf(weeks, "2027-01-01")]).toEqual([1, -1]);
  });
});
