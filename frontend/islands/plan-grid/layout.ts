/** Sizes of the grid: everything is of equal size, so that places are arithmetic and never measured. */
import type { Context } from "./cell.ts";
import type { Shown } from "./data.ts";
import { markOf } from "./marks.ts";
import type { Plan } from "./plan.ts";

/** All in px. */
export interface Sizes {
  name: number;
  line: number;
  column: number;
  row: number;
  head: number;
}

const LETTER = 6.4; // advance of a letter at 11.5 px, on average
const DIGIT = 7.8, SMALL_DIGIT = 6.7; // advance of tabular figures at 13 px and 11 px

export function sizesOf({ plan, shown, formats, words }: Context, width: number): Sizes {
  const isCompact = document.documentElement.dataset.density === "compact";
  const { quantity, mark } = largest(plan, shown);
  const longest = Math.max(...shown.map((line) => words(`line-${line}`).length));
  const figure = formats.number(quantity).length * DIGIT;
  const beside = mark ? 16 + formats.number(mark).length * SMALL_DIGIT : 12;
  return {
    name: width < 1000 ? 160 : 190,
    line: Math.ceil(Math.min(124, Math.max(76, longest * LETTER + 18))),
    column: Math.max(76, Math.ceil(figure + beside + 20)),
    row: isCompact ? 24 : 28,
    head: 64,
  };
}

/** The largest quantity shown, and the largest difference printed beside one (0 if none is). */
function largest(plan: Plan, shown: readonly Shown[]): { quantity: number; mark: number } {
  let quantity = 0, mark = 0;
  for (const part of plan.parts) {
    for (const line of shown) {
      const isSent = line !== "delta" && line !== "gap";
      for (let at = 0; at < plan.weeks.length; at++) {
        if (isSent) quantity = Math.max(quantity, plan.value(part, line, at) ?? 0);
        if (line === "forecast" || line === "commit") mark = Math.max(mark, Math.abs(markOf(plan, part, line, at, shown).number ?? 0));
      }
    }
  }
  return { quantity, mark };
}
