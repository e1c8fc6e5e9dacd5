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
  private readonly cells: Map<number, CellView>[];
  private named = "";

  constructor(private readonly context: Context, private readonly sizes: Sizes, readonly part: Part) {
    const { shown, words } = context;
    this.element = h("div", { class: `pgx-part${part.index % 2 ? " pgx-odd" : ""}`, role: "rowgroup", "aria-label": part.name || part.part });
    this.element.style.top = `${part.index * shown.length * sizes.row}px`;
    this.name.setAttribute("aria-rowspan", String(shown.length));
    this.name.style.height = `${shown.length * sizes.row}px`;
    this.cells = shown.map(() => new Map());
    this.rows = shown.map((line, i) => {
      const row = h("div", { class: "pgx-row", role: "row", "aria-rowindex": part.index * shown.length + i + 2 });
      const isEdited = line === part.editable;
      row.append(...(i ? [] : [this.name]), h(
        "div",
        { class: `pgx-line${i ? " pgx-line-n" : ""}${isEdited ? " pgx-line-e" : ""}`, role: "rowheader", "aria-colindex": 2 },
        words(`line-${line}`),
      ));
      return row;
    });
    this.element.append(...this.rows);
  }

  /** Shows the cells of `columns`, and the active one wherever it is. */
  paint(columns: Range, selection: Selection): void {
    this.paintName();
    const { shown } = this.context;
    this.cells.forEach((cells, i) => {
      const row = this.part.index * shown.length + i;
      const active = selection.active.row === row ? selection.active.column : -1;
      for (const [at, cell] of cells) {
        if (within(columns, at) || at === active) continue;
        cell.element.remove();
        cells.delete(at);
      }
      for (let at = columns.from; at < columns.to; at++) this.paintCell(i, row, at, active, selection);
      if (active >= 0 && !within(columns, active)) this.paintCell(i, row, active, active, selection);
    });
  }

  cell(line: number, column: number): CellView | undefined {
    return this.cells[line]?.get(column);
  }

  private paintCell(i: number, row: number, at: number, active: number, selection: Selection): void {
    const line = this.context.shown[i];
    if (!line) return;
    let cell = this.cells[i]?.get(at);
    if (!cell) {
      cell = new CellView(this.part, line, at, left(this.sizes, at));
      this.cells[i]?.set(at, cell);
      this.rows[i]?.append(cell.element);
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
