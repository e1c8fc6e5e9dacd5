/** One cell of the grid: paints only what differs from what it shows already. */
import type { Shown } from "./data.ts";
import { h, indent, put, say } from "./dom.ts";
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
const SHAPE: Record<Exclude<Mark["shape"], "">, string> = { up: "▲", down: "▼", even: "●" };
const BLANK = h("div", { role: "gridcell", tabindex: -1, "aria-selected": "false" }, " ");

export class CellView {
  readonly element = BLANK.cloneNode(true) as HTMLElement; // a third of the time of making it attribute by attribute
  private readonly figure = this.element.firstChild as Text;
  private note: HTMLElement | null = null;
  private mark: HTMLElement | null = null;
  private revision = -1;
  private classes = "";
  private start = 0;
  private isSelected = false;
  private isActive = false;
  private isFlashing = false;
  private isAway = false;

  constructor(public part: Part, readonly line: Shown, public column: number) {
    this.element.setAttribute("aria-colindex", String(column + 3));
  }

  /** Becomes the cell of another part and week; what it says follows when it is next painted. */
  turn(part: Part, column: number): void {
    if (column !== this.column) this.element.setAttribute("aria-colindex", String(column + 3));
    put(this.element, "aria-description", null);
    this.part = part;
    this.column = column;
    this.revision = -1;
    this.isFlashing = false;
  }

  /** Stands in the flow of its row, `start` px after what is before it; or away from it, `start` px from the row's edge. */
  place(start: number, isAway: boolean): void {
    if (start === this.start && isAway === this.isAway) return;
    const { style } = this.element;
    style.insetInlineStart = isAway ? `${start}px` : "";
    indent(this.element, isAway ? 0 : start);
    this.start = start;
    this.isAway = isAway;
    if (this.revision >= 0) this.dress();
  }

  /** Whether it has said something before, so that it has its size. */
  get isDrawn(): boolean {
    return this.classes !== "";
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
    const { classes, isSelected, isActive, isAway, isFlashing } = this;
    const name = `${classes}${isSelected ? " pgx-sel" : ""}${isActive ? " pgx-cur" : ""}${isAway ? " pgx-away" : ""}${isFlashing ? " pgx-flash" : ""}`;
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
    this.annotate(flags.said);
    this.print(mark, formats);
    put(this.element, "aria-readonly", fixed === null ? null : "true");
    put(this.element, "aria-invalid", flags.bad ? "true" : null);
    put(this.element, "aria-label", this.label(figure, mark, flags, context));
  }

  /** Shape and number of a mark, as one run of text that costs no style of its own; the label says what it means. */
  private print({ shape, number }: Mark, formats: Formats): void {
    if (!shape && !this.mark) return;
    if (!this.mark) this.figure.after((this.mark = h("i", { class: "pgx-s", "aria-hidden": "true" })));
    say(this.mark, shape ? `${SHAPE[shape]} ${number === null ? "" : formats.number(Math.abs(number))}` : "");
  }

  /** The corner of a comment. */
  private annotate(isSaid: boolean): void {
    if (!isSaid) this.note?.remove();
    else if (!this.note) this.element.prepend((this.note = h("i", { class: "pgx-note" })));
    if (!isSaid) this.note = null;
  }

  /** Null where the quantity alone says everything. */
  private label(figure: string, mark: Mark, flags: Record<string, boolean>, { words, formats }: Context): string | null {
    const meanings = MEANING.filter(([flag]) => flags[flag]).map(([, word]) => words(word));
    if (mark.word) {
      const number = mark.number === null ? "" : `${formats.number(Math.abs(mark.number))} `;
      meanings.unshift(number + words(mark.word)); // in the order of what is seen, for those who speak to the screen
    }
    return meanings.length ? [figure, ...meanings].join(", ") : null;
  }
}
