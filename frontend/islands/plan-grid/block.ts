/** The rows of one part: its name beside its lines, cells only for the columns in view. */
import { CellView, type Context } from "./cell.ts";
import { h } from "./dom.ts";
import { left } from "./head.ts";
import type { Sizes } from "./layout.ts";
import type { Part } from "./plan.ts";
import type { Selection } from "./selection.ts";
import type { Range } from "./viewport.ts";
import { within } from "./viewport.ts";

export class Block {
  readonly element: HTMLElement;
  private readonly rows: HTMLElement[];
  private readonly name = h("div", { class: "pgx-name", role: "rowheader", "aria-colindex": 1 });
  private readonly lines: HTMLElement[];
  private readonly cells: Map<number, CellView>[];
  private named = "";

  constructor(private readonly context: Context, private readonly sizes: Sizes, public part: Part) {
    const { shown, words } = context;
    this.element = h("div", { role: "rowgroup" });
    this.name.setAttribute("aria-rowspan", String(shown.length));
    this.name.style.height = `${shown.length * sizes.row}px`;
    this.cells = shown.map(() => new Map());
    this.lines = shown.map((line) => h("div", { role: "rowheader", "aria-colindex": 2 }, words(`line-${line}`)));
    this.rows = this.lines.map((line, i) => h("div", { class: "pgx-row", role: "row" }, ...(i ? [] : [this.name]), line));
    this.element.append(...this.rows);
    this.show(part);
  }

  /** Lets the rows stand for a part, also after another: cheaper than new ones. */
  show(part: Part): void {
    const { shown } = this.context;
    this.part = part;
    this.element.className = `pgx-part${part.index % 2 ? " pgx-odd" : ""}`;
    this.element.setAttribute("aria-label", part.name || part.part);
    this.element.style.top = `${part.index * shown.length * this.sizes.row}px`;
    this.rows.forEach((row, i) => row.setAttribute("aria-rowindex", String(part.index * shown.length + i + 2)));
    this.lines.forEach((line, i) => {
      line.className = `pgx-line${i ? " pgx-line-n" : ""}${shown[i] === part.editable ? " pgx-line-e" : ""}`;
    });
    this.cells.forEach((cells) => cells.forEach((cell, at) => cell.place(part, at, left(this.sizes, at))));
  }

  /** Shows the cells of `columns`, and the active one wherever it is. */
  paint(columns: Range, selection: Selection): void {
    this.paintName();
    const { shown } = this.context;
    this.cells.forEach((cells, i) => {
      const row = this.part.index * shown.length + i;
      const active = selection.active.row === row ? selection.active.column : -1;
      const spare: CellView[] = [];
      for (const [at, cell] of cells) {
        if (within(columns, at) || at === active) continue;
        spare.push(cell);
        cells.delete(at);
      }
      for (let at = columns.from; at < columns.to; at++) this.paintCell(i, row, at, active, selection, spare);
      if (active >= 0 && !within(columns, active)) this.paintCell(i, row, active, active, selection, spare);
      for (const cell of spare) cell.element.remove();
    });
  }

  cell(line: number, column: number): CellView | undefined {
    return this.cells[line]?.get(column);
  }

  private paintCell(i: number, row: number, at: number, active: number, selection: Selection, spare: CellView[]): void {
    const line = this.context.shown[i];
    if (!line) return;
    let cell = this.cells[i]?.get(at);
    if (!cell) {
      cell = spare.pop();
      if (cell) cell.place(this.part, at, left(this.sizes, at));
      else {
        cell = new CellView(this.part, line, at, left(this.sizes, at));
        this.rows[i]?.append(cell.element);
      }
      this.cells[i]?.set(at, cell);
    }
    cell.paint(this.context, selection.count > 1 && selection.spans(row, at), at === active);
  }

  private paintName(): void {
    const { part, context: { words } } = this;
    const state = JSON.stringify([part.lock, part.name, part.part]);
    if (state === this.named) return;
    this.named = state;
    const title = part.name || part.part;
    const lock = part.lock && h("span", { class: "pgx-lock", role: "img", "aria-label": words("lock", { name: part.lock.name }), title: words("lock", { name: part.lock.name }) }, part.lock.initials);
    const facts = [part.name && part.part, this.context.plan.showsUnits && part.unit].filter(Boolean).join(" · ");
    const where = [part.partner, part.site].filter(Boolean).join(" · ");
    const label = part.href ? h("a", { href: part.href, tabindex: -1 }, title) : title;
    this.name.replaceChildren(h("b", {}, label, lock), this.context.shown.length > 1 ? h("small", { title: facts }, facts) : "");
    if (this.context.shown.length > 2 && where) this.name.append(h("small", { title: where }, where));
  }
}
