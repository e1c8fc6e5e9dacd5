/** The head with months and weeks, and the totals at the foot; both follow the columns of the body. */
import type { Context } from "./cell.ts";
import type { Shown } from "./data.ts";
import { h, icon, indent, put, say } from "./dom.ts";
import type { Sizes } from "./layout.ts";
import { Strip, type Item } from "./strip.ts";
import { places, type Range } from "./viewport.ts";
import { months } from "./weeks.ts";
import type { Words } from "./words.ts";

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
  private readonly cells = new Strip<Item>(this.row, (at) => this.week(at), (cell, at) => this.dress(cell.element, at));
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
    const drawn = places(columns);
    this.cells.show(drawn);
    for (const at of drawn) {
      const cell = this.cells.get(at)?.element;
      if (cell) indent(cell, at === columns.from ? at * this.sizes.column : 0);
    }
  }

  private week(at: number): Item {
    const element = h("div", { role: "columnheader" }, h("b"), h("small", {}, icon("lock"), h("span")));
    this.dress(element, at);
    return { element };
  }

  private dress(element: HTMLElement, at: number): void {
    const { plan, words, today } = this.context;
    const week = plan.weeks[at];
    const number = element.querySelector("b"), day = element.querySelector("span"), lock = element.querySelector("svg");
    if (!week || !number || !day || !lock) return;
    const isFrozen = at < plan.frozen;
    const date = this.dates.format(new Date(`${week.date}T00:00:00Z`));
    const long = words("week-long", { n: week.number, year: week.year, date });
    const extras = [isFrozen && words("frozen"), at === today && words("today")].filter(Boolean);
    put(element, "class", `pgx-w${isFrozen ? " pgx-frozen" : ""}${at === today ? " pgx-today" : ""}`);
    put(element, "aria-colindex", String(at + 3));
    put(element, "aria-label", [long, ...extras].join(", "));
    put(element, "title", [long, ...extras].join(" · "));
    say(number, words("week", { n: week.number }));
    say(day, date);
    lock.toggleAttribute("hidden", !isFrozen);
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
  private readonly lines: { line: Shown; row: HTMLElement; cells: Strip<Item> }[];
  private painted = "";

  constructor(private readonly context: Context, private readonly sizes: Sizes) {
    const { shown, words } = context;
    this.lines = totalled(shown).map((line, i, all) => {
      const row = h("div", { class: "pgx-row", role: "row" });
      if (i === 0) {
        const name = h("div", { class: "pgx-name", role: "rowheader", "aria-colindex": 1, "aria-rowspan": all.length }, h("b", {}, words("total")), labels(totalled(shown), words));
        name.style.height = `${all.length * sizes.row}px`;
        row.append(name);
      }
      row.append(h("div", { class: `pgx-line${i ? " pgx-line-n" : ""}`, role: "rowheader", "aria-colindex": 2 }, words(`line-${line}`)));
      this.element.append(row);
      const cells = new Strip<Item>(row, (at) => this.cell(at), ({ element }, at) => element.setAttribute("aria-colindex", String(at + 3)));
      return { line, row, cells };
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
    const drawn = places(columns);
    for (const { line, cells } of this.lines) {
      cells.show(drawn);
      for (const at of drawn) {
        const cell = cells.get(at)?.element;
        if (!cell) continue;
        indent(cell, at === columns.from ? at * this.sizes.column : 0);
        const total = plan.total(line, at);
        const isDifference = line === "gap" || line === "delta";
        const figure = total === null ? "–" : isDifference ? formats.signed(total) : formats.number(total);
        say(cell, figure);
        const isShort = line === "gap" && (total ?? 0) < 0;
        const classes = `pgx-c pgx-l-${line}${isShort ? " pgx-crit pgx-down" : ""}${at === this.context.today ? " pgx-today" : ""}`;
        put(cell, "class", classes);
      }
    }
  }

  private cell(at: number): Item {
    return { element: h("div", { role: "gridcell", "aria-colindex": at + 3 }) };
  }
}

/** The names of lines that stay beside the cells, in the one box of a part that does; each row's own header scrolls away beneath. */
export function labels(shown: readonly Shown[], words: Words): HTMLElement {
  return h("div", { class: "pgx-labels", "aria-hidden": "true" }, ...shown.map((line) => h("span", {}, words(`line-${line}`))));
}

export const left = (sizes: Sizes, column: number): number => sizes.name + sizes.line + column * sizes.column;
