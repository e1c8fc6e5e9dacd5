/** One cell of the grid: paints only what differs from what it shows already. */
import type { Shown } from "./data.ts";
import { h, put } from "./dom.ts";
import { markOf, type Mark } from "./marks.ts";
import type { Formats } from "./numbers.ts";
import type { Part, Plan } from "./plan.ts";
import type { Words } from "./words.ts";

export interface Context {
  plan: Plan;
  shown: Shown[];
  formats: Formats;
  words: Words;
  /** Column of the current week, or -1. */
  today: number;
}

const MEANING: [string, string][] = [["dirty", "dirty"], ["bad", "bad"], ["theirs", "conflict"], ["pending", "pending"], ["said", "commented"]];

export class CellView {
  readonly element = h("div", { role: "gridcell", tabindex: -1 });
  private readonly figure = document.createTextNode("");
  private note: HTMLElement | null = null;
  private revision = -1;
  private classes = "";
  private isSelected = false;
  private isActive = false;
  private isFlashing = false;

  constructor(readonly part: Part, readonly line: Shown, readonly column: number, left: number) {
    this.element.append(this.figure);
    this.element.style.insetInlineStart = `${left}px`;
    this.element.setAttribute("aria-colindex", String(column + 3));
    this.element.setAttribute("aria-selected", "false");
  }

  paint(context: Context, isSelected: boolean, isActive: boolean): void {
    const isSame = this.revision === this.part.revision;
    if (isSame && isSelected === this.isSelected && isActive === this.isActive) return;
    if (!isSame) this.fill(context);
    if (isSelected !== this.isSelected) this.element.setAttribute("aria-selected", String(isSelected));
    if (isActive !== this.isActive) this.element.tabIndex = isActive ? 0 : -1;
    this.revision = this.part.revision;
    this.isSelected = isSelected;
    this.isActive = isActive;
    this.dress();
  }

  /** Washes the cell once; the animation does not run where motion is reduced. */
  flash(): void {
    const wash = (isFlashing: boolean) => {
      this.isFlashing = isFlashing;
      this.dress();
    };
    wash(true);
    setTimeout(() => wash(false), 2600);
  }

  private dress(): void {
    const { classes, isSelected, isActive, isFlashing } = this;
    const name = `${classes}${isSelected ? " pgx-sel" : ""}${isActive ? " pgx-cur" : ""}${isFlashing ? " pgx-flash" : ""}`;
    if (this.element.className !== name) this.element.className = name;
  }

  private fill(context: Context): void {
    const { plan, shown, formats } = context;
    const { part, line, column } = this;
    const value = plan.value(part, line, column);
    const edit = plan.edit(part, line, column);
    const mark = markOf(plan, part, line, column, shown);
    const fixed = plan.fixed(part, line, column);
    const figure = line === "delta" || line === "gap" ? formats.signed(value) : formats.number(value);
    const flags = {
      dirty: edit?.draft !== undefined && !edit.pending,
      bad: Boolean(edit?.bad),
      theirs: edit?.theirs !== undefined,
      pending: Boolean(edit?.pending),
      said: line === (part.editable ?? "forecast") && Boolean(part.commented?.[column]),
    };
    this.classes = [
      "pgx-c", `pgx-l-${line}`,
      fixed === null && "pgx-open", fixed === "frozen" && "pgx-frozen", column === context.today && "pgx-today",
      mark.tone && `pgx-${mark.tone}`, mark.shape && `pgx-${mark.shape}`,
      ...Object.entries(flags).map(([name, on]) => on && `pgx-${name}`),
    ].filter(Boolean).join(" ");
    if (this.figure.data !== figure) this.figure.data = figure;
    this.annotate(mark, formats);
    put(this.element, "aria-readonly", fixed === null ? null : "true");
    put(this.element, "aria-invalid", flags.bad ? "true" : null);
    put(this.element, "aria-label", this.label(figure, mark, flags, context));
  }

  /** The shape and the number beside it are drawn by the style: the label says them in words. */
  private annotate(mark: Mark, formats: Formats): void {
    if (!mark.shape) {
      this.note?.remove();
      this.note = null;
      return;
    }
    if (!this.note) this.element.prepend((this.note = h("span", { class: "pgx-m" })));
    put(this.note, "data-n", mark.number === null ? null : formats.number(Math.abs(mark.number)));
  }

  /** Null where the quantity alone says everything. */
  private label(figure: string, mark: Mark, flags: Record<string, boolean>, { words, formats }: Context): string | null {
    const meanings = MEANING.filter(([flag]) => flags[flag]).map(([, word]) => words(word));
    if (mark.word) {
      const number = mark.number === null ? "" : ` ${formats.number(Math.abs(mark.number))}`;
      meanings.unshift(words(mark.word) + number);
    }
    return meanings.length ? [figure, ...meanings].join(", ") : null;
  }
}
