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

  /** Shows the cells of `columns` one beside the other, and the active one wherever it is. */
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
      let next: Node | null = null;
      if (active >= columns.to) next = this.paintCell(i, active, columns, selection, next);
      for (let at = columns.to - 1; at >= columns.from; at--) next = this.paintCell(i, at, columns, selection, next);
      if (active >= 0 && active < columns.from) this.paintCell(i, active, columns, selection, next);
    });
  }

  cell(line: number, column: number): CellView | undefined {
    return this.cells[line]?.get(column);
  }

  /** Draws a cell and returns its element: a new one goes before `next`, an old one stays, or it would lose the focus. */
  private paintCell(i: number, at: number, columns: Range, selection: Selection, next: Node | null): Node | null {
    const line = this.context.shown[i];
    if (!line) return next;
    const row = this.part.index * this.context.shown.length + i;
    let cell = this.cells[i]?.get(at);
    if (!cell) {
      cell = new CellView(this.part, line, at);
      this.cells[i]?.set(at, cell);
      this.rows[i]?.insertBefore(cell.element, next);
    }
    const isAway = !within(columns, at);
    cell.place(isAway ? left(this.sizes, at) : at === columns.from ? at * this.sizes.column : 0, isAway);
    const isActive = at === selection.active.column && row === selection.active.row;
    cell.paint(this.context, selection.count > 1 && selection.spans(row, at), isActive);
    return cell.element;
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
