/** The rows of one part: its name beside its lines, cells only for the columns in view. */
import { CellView, type Context } from "./cell.ts";
import { h, put, say } from "./dom.ts";
import { labels, left } from "./head.ts";
import type { Sizes } from "./layout.ts";
import type { Part } from "./plan.ts";
import type { Cell, Selection } from "./selection.ts";
import { Strip } from "./strip.ts";
import { places, within, type Range } from "./viewport.ts";

export class Block {
  readonly element = h("div", { class: "pgx-part", role: "rowgroup" });
  private readonly rows: { element: HTMLElement; cells: Strip<CellView> }[];
  private readonly title = h("a", { tabindex: -1 });
  private readonly head = h("b", {}, this.title);
  private readonly facts = h("small");
  private readonly where = h("small");
  private readonly labels: HTMLElement;
  private named = "";

  constructor(private readonly context: Context, private readonly sizes: Sizes, public part: Part) {
    const { shown, words } = context;
    this.labels = labels(shown, words);
    const name = h("div", { class: "pgx-name", role: "rowheader", "aria-colindex": 1, "aria-rowspan": shown.length },
      this.head, shown.length > 1 && this.facts, shown.length > 2 && this.where, this.labels);
    name.style.height = `${shown.length * sizes.row}px`;
    this.rows = shown.map((line, i) => {
      const head = h("div", { class: `pgx-line${i ? " pgx-line-n" : ""}`, role: "rowheader", "aria-colindex": 2 }, words(`line-${line}`));
      const element = h("div", { class: "pgx-row", role: "row" }, !i && name, head);
      const cells = new Strip<CellView>(element, (at) => new CellView(this.part, line, at), (cell, at) => cell.turn(this.part, at));
      return { element, cells };
    });
    this.element.append(...this.rows.map(({ element }) => element));
    this.turn(part);
  }

  /** Becomes the rows of another part; what they say follows when they are next painted. */
  turn(part: Part): void {
    const { shown } = this.context;
    this.part = part;
    this.element.style.top = `${part.index * shown.length * this.sizes.row}px`;
    put(this.element, "aria-label", part.name || part.part);
    this.rows.forEach(({ element }, i) => element.setAttribute("aria-rowindex", String(part.index * shown.length + i + 2)));
    shown.forEach((line, i) => this.labels.children[i]?.classList.toggle("pgx-label-e", line === part.editable));
  }

  /**
   * Shows the cells of `columns` one beside the other, and the active one wherever it is; `leaving` stays where it is.
   * Those outside `seen` stand there, but what they say may wait for another time.
   */
  paint(columns: Range, seen: Range, selection: Selection, leaving: Cell | null): void {
    this.paintName();
    const { part, context: { shown } } = this;
    this.rows.forEach(({ cells }, i) => {
      const row = part.index * shown.length + i;
      const held = leaving?.row === row ? leaving.column : undefined;
      const drawn = places(columns, selection.active.row === row ? selection.active.column : undefined);
      cells.show(drawn, held);
      for (const at of drawn) this.paintCell(i, at, columns, seen, selection);
      if (held !== undefined && !within(columns, held)) cells.get(held)?.place(left(this.sizes, held), true);
    });
  }

  cell(line: number, column: number): CellView | undefined {
    return this.rows[line]?.cells.get(column);
  }

  private paintCell(i: number, at: number, columns: Range, seen: Range, selection: Selection): void {
    const cell = this.cell(i, at);
    if (!cell) return;
    const row = this.part.index * this.context.shown.length + i;
    if (cell.part !== this.part) cell.turn(this.part, at);
    const isAway = !within(columns, at);
    cell.place(isAway ? left(this.sizes, at) : at === columns.from ? at * this.sizes.column : 0, isAway);
    if (!isAway && !within(seen, at) && cell.isDrawn) return;
    const isActive = at === selection.active.column && row === selection.active.row;
    cell.paint(this.context, selection.count > 1 && selection.spans(row, at), isActive);
  }

  private paintName(): void {
    const { part, head, title, facts, where, context: { words, plan } } = this;
    const held = plan.lock(part);
    const state = JSON.stringify([part.id, held, part.name, part.part]);
    if (state === this.named) return;
    this.named = state;
    const who = held && words("lock", { name: held.name });
    const lock = held && h("span", { class: "pgx-lock", role: "img", "aria-label": who, title: who }, held.initials);
    put(title, "href", part.href || null);
    say(title, part.name || part.part);
    title.nextSibling?.remove();
    if (lock) head.append(lock);
    say(facts, [part.name && part.part, plan.showsUnits && part.unit].filter(Boolean).join(" · "));
    say(where, [part.partner, part.site].filter(Boolean).join(" · "));
    for (const each of [facts, where]) put(each, "title", each.textContent);
  }
}
