/** The line under the grid: what is selected, why a cell is fixed, what the shapes mean; and the choice of lines. */
import { SHOWN, type Shown } from "./data.ts";
import { h } from "./dom.ts";
import { markOf } from "./marks.ts";
import type { Formats } from "./numbers.ts";
import type { Plan } from "./plan.ts";
import type { Selection } from "./selection.ts";
import type { View } from "./view.ts";
import { counted, type Words } from "./words.ts";

const KEPT = "plan-grid:lines";

/** The lines kept from last time, else those asked for, else forecast, what may be edited and the gap. */
export function chosenLines(plan: Plan, asked: string | undefined): Shown[] {
  const usual = ["forecast", "gap", ...new Set(plan.parts.map(({ editable }) => editable ?? "commit"))];
  for (const names of [kept(), asked?.split(/[ ,]+/) ?? [], usual, SHOWN]) {
    const lines = SHOWN.filter((line) => names.includes(line) && plan.has(line));
    if (lines.length) return lines;
  }
  return ["forecast"];
}

export function keepLines(lines: readonly Shown[]): void {
  try {
    localStorage.setItem(KEPT, lines.join(","));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // storage is switched off: the choice lasts for this page
  }
}

function kept(): string[] {
  try {
    return localStorage.getItem(KEPT)?.split(",") ?? [];
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return [];
  }
}

/** What to say about the selection; `why` also describes the cell itself where it cannot be changed. */
export function describe(plan: Plan, view: View, selection: Selection, formats: Formats, words: Words): { text: string; why: string } {
  const place = view.place();
  if (!place) return { text: "", why: "" };
  if (selection.count > 1) {
    const { sum, cells } = sumOf(plan, view, selection, place.line);
    const text = counted(words, "selected", cells, { sum: sum === null ? "–" : formats.number(sum) });
    return { text: `${words(`line-${place.line}`)}: ${text}`, why: "" };
  }
  const { part, line, column } = place;
  const fixed = plan.fixed(part, line, column);
  const date = plan.frozenUntil ? new Date(`${plan.frozenUntil}T00:00:00Z`) : null;
  const why = fixed === null ? "" : words(`why-${fixed}`, {
    line: words(`line-${line}`),
    date: date ? new Intl.DateTimeFormat(plan.locale, { dateStyle: "medium", timeZone: "UTC" }).format(date) : "",
  });
  const edit = plan.edit(part, line, column);
  const mark = markOf(plan, part, line, column, view.context.shown);
  const code = line === (part.editable ?? "commit") ? edit?.reason ?? part.reasons?.[column] : null;
  const held = plan.lock(part);
  const notes = [
    mark.word && `${words(mark.word)}${mark.number === null ? "" : ` ${formats.number(Math.abs(mark.number))}`}`,
    edit?.bad && `${words("expected")} ${edit.bad.expected}, ${words("got")} ${edit.bad.value}`,
    code && `${words("reason")}: ${plan.reasons.find((each) => each.code === code)?.text ?? code}`,
    line === (part.editable ?? "forecast") && part.commented?.[column] && words("commented"),
    held && words("lock", { name: held.name }),
    why,
  ].filter(Boolean);
  return { text: notes.join(" · ") || words("help"), why };
}

/** The selected cells of one line and their sum, null where units differ; other lines would be counted twice. */
function sumOf(plan: Plan, view: View, selection: Selection, line: Shown): { cells: number; sum: number | null } {
  const { top, bottom, left, right } = selection.area;
  const units = new Set<string>();
  let sum = 0, cells = 0;
  for (let row = top; row <= bottom; row++) {
    const place = view.place({ row, column: left });
    if (place?.line !== line) continue;
    units.add(place.part.unit);
    cells += right - left + 1;
    for (let column = left; column <= right; column++) sum += plan.value(place.part, line, column) ?? 0;
  }
  return { cells, sum: units.size === 1 ? sum : null };
}

/** What shapes and colours mean; only those that can occur. */
export function legend(plan: Plan, words: Words): HTMLElement {
  const hasStatus = plan.parts.some(({ status }) => status?.length);
  const keys: [string, string][] = hasStatus
    ? [["ok pgx-up", "status-surplus"], ["ok pgx-even", "status-zero"], ["warn pgx-down", "status-flex"], ["crit pgx-down", "status-bottleneck"]]
    : plan.has("gap") ? [["crit pgx-down", "short"]] : [];
  return h("p", { class: "pgx-legend" }, ...keys.map(([classes, word]) => (
    h("span", { class: `pgx-${classes}` }, h("span", { class: "pgx-m", "aria-hidden": "true" }), words(word))
  )));
}
