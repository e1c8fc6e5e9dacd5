/** The head with months and weeks, and the totals at the foot; both follow the columns of the body. */
import type { Context } from "./cell.ts";
import type { Shown } from "./data.ts";
import { h, icon } from "./dom.ts";
import type { Sizes } from "./layout.ts";
import type { Range } from "./viewport.ts";
import { months, type Week } from "./weeks.ts";

const TOTALS: Shown[] = ["forecast", "commit", "gap", "delta", "capacity", "consensus"], MOST_TOTALS = 3;

/** The lines whose sums are shown: at most three, the decision ones first, in the order of the body. */
export function totalled(shown: readonly Shown[]): Shown[] {
  const chosen = TOTALS.filter((line) => shown.includes(line)).slice(0, MOST_TOTALS);
  return shown.filter((line) => chosen.includes(line));
}

export class Head {
  readonly element = h("div", { class: "pgx-head", role: "rowgroup" });
  private readonly bands = h("div", { class: "pgx-months", "aria-hidden": "true" });
  private readonly row = h("div", { class: "pgx-weeks", role: "row", "aria-rowindex": 1 });
  private readonly cells = new Map<number, HTMLElement>();
  private readonly dates: Intl.DateTimeFormat;
  private readonly names: Intl.DateTimeFormat;

  constructor(private readonly context: Context, private readonly sizes: Sizes) {
    const { plan, words } = context;
    const place = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(plan.locale, { ...options, timeZone: "UTC" });
    this.dates = place({ day: "numeric", month: "short" });
    this.names = place({ month: "long", year: "numeric" });
    this.row.append(
      h("div", { class: "pgx-hn", role: "columnheader", "aria-colindex": 1 }, words("part")),
      h("div", { class: "pgx-hl", role: "columnheader", "aria-colindex": 2 }, words("line")),
    );
    this.element.append(this.bands, this.row);
    this.paintMonths();
  }

  paint(columns: Range): void {
    for (const [at, cell] of this.cells) {
      if (at >= columns.from && at < columns.to) continue;
      cell.remove();
      this.cells.delete(at);
    }
    for (let at = columns.from; at < columns.to; at++) {
      const week = this.context.plan.weeks[at];
      if (week && !this.cells.has(at)) this.row.append(this.week(week, at));
    }
  }

  private week(week: Week, at: number): HTMLElement {
    const { plan, words, today } = this.context;
    const isFrozen = at < plan.frozen;
    const date = this.dates.format(new Date(`${week.date}T00:00:00Z`));
    const long = words("week-long", { n: week.number, year: week.year, date });
    const extras = [isFrozen && words("frozen"), at === today && words("today")].filter(Boolean);
    const cell = h(
      "div",
      {
        class: `pgx-w${isFrozen ? " pgx-frozen" : ""}${at === today ? " pgx-today" : ""}`,
        role: "columnheader",
        "aria-colindex": at + 3,
        "aria-label": [long, ...extras].join(", "),
        title: [long, ...extras].join(" · "),
      },
      h("b", {}, words("week", { n: week.number })),
      h("small", {}, isFrozen && icon("lock"), date),
    );
    cell.style.insetInlineStart = `${left(this.sizes, at)}px`;
    cell.style.width = `${this.sizes.column}px`;
    this.cells.set(at, cell);
    return cell;
  }

  private paintMonths(): void {
    const corner = h("div", { class: "pgx-corner" });
    this.bands.append(corner);
    for (const { month, from, to } of months(this.context.plan.weeks)) {
      const isShort = to - from < 2;
      const label = isShort
        ? new Intl.DateTimeFormat(this.context.plan.locale, { month: "short", year: "2-digit", timeZone: "UTC" })
        : this.names;
      const band = h("div", { class: "pgx-band" }, h("span", {}, label.format(new Date(`${month}-01T00:00:00Z`))));
      band.style.insetInlineStart = `${left(this.sizes, from)}px`;
      band.style.width = `${(to - from) * this.sizes.column}px`;
      this.bands.append(band);
    }
  }
}

/** The sums over all parts, one row for each of a few lines. */
export class Foot {
  readonly element = h("div", { class: "pgx-foot", role: "rowgroup" });
  private readonly lines: { line: Shown; row: HTMLElement; cells: Map<number, HTMLElement> }[];
  private painted = "";

  constructor(private readonly context: Context, private readonly sizes: Sizes) {
    const { shown, words } = context;
    this.lines = totalled(shown).map((line, i, all) => {
      const row = h("div", { class: "pgx-row", role: "row" });
      if (i === 0) {
        const name = h("div", { class: "pgx-name", role: "rowheader", "aria-colindex": 1, "aria-rowspan": all.length }, h("b", {}, words("total")));
        name.style.height = `${all.length * sizes.row}px`;
        row.append(name);
      }
      row.append(h("div", { class: `pgx-line${i ? " pgx-line-n" : ""}`, role: "rowheader", "aria-colindex": 2 }, words(`line-${line}`)));
      this.element.append(row);
      return { line, row, cells: new Map() };
    });
    this.number();
  }

  /** Numbers its rows after those of the parts. */
  number(): void {
    const { plan, shown } = this.context;
    this.lines.forEach(({ row }, i) => row.setAttribute("aria-rowindex", String(plan.parts.length * shown.length + 2 + i)));
  }

  paint(columns: Range): void {
    const { plan, formats } = this.context;
    const state = `${plan.revision} ${columns.from} ${columns.to}`;
    if (state === this.painted) return;
    this.painted = state;
    for (const { line, row, cells } of this.lines) {
      for (const [at, cell] of cells) {
        if (at >= columns.from && at < columns.to) continue;
        cell.remove();
        cells.delete(at);
      }
      for (let at = columns.from; at < columns.to; at++) {
        const cell = cells.get(at) ?? this.cell(row, cells, at);
        const total = plan.total(line, at);
        const isDifference = line === "gap" || line === "delta";
        const figure = total === null ? "–" : isDifference ? formats.signed(total) : formats.number(total);
        if (cell.textContent !== figure) cell.textContent = figure;
        const isShort = line === "gap" && (total ?? 0) < 0;
        const classes = `pgx-c pgx-l-${line}${isShort ? " pgx-crit pgx-down" : ""}${at === this.context.today ? " pgx-today" : ""}`;
        if (cell.className !== classes) cell.className = classes;
      }
    }
  }

  private cell(row: HTMLElement, cells: Map<number, HTMLElement>, at: number): HTMLElement {
    const cell = h("div", { role: "gridcell", "aria-colindex": at + 3 });
    cell.style.insetInlineStart = `${left(this.sizes, at)}px`;
    row.append(cell);
    cells.set(at, cell);
    return cell;
  }
}

export const left = (sizes: Sizes, column: number): number => sizes.name + sizes.line + column * sizes.column;
