/** The scrolled grid: draws only what is in view, moves the focus, turns the mouse into cells. */
import { Block } from "./block.ts";
import type { CellView, Context } from "./cell.ts";
import type { Shown } from "./data.ts";
import { h } from "./dom.ts";
import { Foot, Head, totalled } from "./head.ts";
import { sizesOf, type Sizes } from "./layout.ts";
import type { Part } from "./plan.ts";
import { Selection, type Cell } from "./selection.ts";
import { Strip } from "./strip.ts";
import { places, reveal, visible } from "./viewport.ts";

const SPARE_PARTS = 1, SPARE_COLUMNS = 2;
const REST = 60; // ms after a jump until what is only near the view is drawn

export class View {
  readonly element: HTMLElement;
  readonly sizes: Sizes;
  /** Called when the active cell or the selected area changes. */
  onSelect: () => void = () => undefined;
  private readonly body = h("div", { class: "pgx-body", role: "presentation" });
  private readonly head: Head;
  private readonly foot: Foot;
  private readonly blocks: Strip<Block>;
  private readonly resizer: ResizeObserver;
  private box = { width: 0, height: 0, top: 0, left: 0 };
  private frame = 0;
  private rest = 0;
  /** The cell a jump came from: it keeps the focus until the new one has it. */
  private leaving: Cell | null = null;

  constructor(readonly context: Context, readonly selection: Selection, label: string, private readonly width: number) {
    const { plan } = context;
    this.sizes = sizesOf(context, width);
    this.head = new Head(context, this.sizes);
    this.foot = new Foot(context, this.sizes);
    this.blocks = new Strip<Block>(this.body, (at) => new Block(context, this.sizes, this.part(at)), (block, at) => block.turn(this.part(at)));
    this.element = h("div", {
      class: "pgx-box", role: "grid", "aria-label": label, "aria-multiselectable": "true",
      "aria-colcount": plan.weeks.length + 2,
    }, this.head.element, this.body, this.foot.element);
    this.measure();
    this.element.addEventListener("scroll", () => this.later(), { passive: true });
    this.element.addEventListener("pointerdown", (event) => this.press(event));
    this.resizer = new ResizeObserver(([entry]) => {
      this.box.width = entry?.contentRect.width ?? 0;
      this.box.height = entry?.contentRect.height ?? 0;
      this.paint();
    });
    this.resizer.observe(this.element);
  }

  destroy(): void {
    this.resizer.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.element.remove();
  }

  get rowsPerPage(): number {
    return Math.max(1, Math.floor(this.inner.height / this.sizes.row) - 1);
  }

  get columnsPerPage(): number {
    return Math.max(1, Math.floor(this.inner.width / this.sizes.column) - 1);
  }

  place({ row, column }: Cell = this.selection.active): { part: Part; line: Shown; column: number } | null {
    const { plan, shown } = this.context;
    const part = plan.parts[Math.floor(row / shown.length)];
    const line = shown[row % shown.length];
    return part && line ? { part, line, column } : null;
  }

  /** The cell of a part's editable line, or of its first line where that is hidden. */
  cellOf(part: Part, column: number): Cell {
    const line = Math.max(0, part.editable ? this.context.shown.indexOf(part.editable) : 0);
    return { row: part.index * this.context.shown.length + line, column };
  }

  active(): CellView | undefined {
    return this.view(this.selection.active);
  }

  /**
   * Selects, brings into view and focuses; all that is in view is drawn before this returns.
   * After a jump nothing drawn is in view: its elements show what is, and parts only near the view wait
   * until after the key's paint.
   */
  go(cell: Cell, extend = false): void {
    const { selection } = this;
    const { row, column } = selection.active;
    const left = this.active();
    selection.to(cell, extend);
    const isJump = this.reveal();
    this.leaving = isJump && left ? { row, column } : null;
    this.paint(!isJump);
    if (isJump) {
      clearTimeout(this.rest);
      this.rest = window.setTimeout(() => this.paint(), REST);
    }
    const active = this.active();
    active?.element.focus({ preventScroll: true });
    // the cell that was left, if it still stands: only now, or it would cost a layout of its own
    if (isJump && left !== active) left?.paint(this.context, selection.count > 1 && selection.spans(row, column), false);
    active?.element.scrollIntoView({ block: "nearest", inline: "nearest" }); // the window itself, where the grid reaches beyond it
    this.onSelect();
  }

  /** Takes parts that were added; returns false if their quantities need wider columns. */
  grow(): boolean {
    if (sizesOf(this.context, this.width).column > this.sizes.column) return false;
    this.measure();
    this.foot.number();
    this.paint();
    return true;
  }

  get scroll(): { top: number; left: number } {
    return { top: this.box.top, left: this.box.left };
  }

  set scroll({ top, left }: { top: number; left: number }) {
    this.element.scrollTop = this.box.top = top;
    this.element.scrollLeft = this.box.left = left;
  }

  /** Draws what is in view now; if `isWhole`, also a little around it, and takes away the cell a jump came from. */
  paint(isWhole = true): void {
    const { plan, shown } = this.context;
    const { width, height } = this.inner;
    const size = shown.length * this.sizes.row;
    const partOf = ({ row }: Cell) => Math.floor(row / shown.length);
    if (isWhole) this.leaving = null;
    // as many columns after a jump too: to say something else costs a cell less than to go and to come back
    const columns = visible(this.box.left, width, this.sizes.column, plan.weeks.length, SPARE_COLUMNS);
    const seen = isWhole ? columns : visible(this.box.left, width, this.sizes.column, plan.weeks.length);
    const parts = visible(this.box.top, height, size, plan.parts.length, isWhole ? SPARE_PARTS : 0);
    const drawn = places(parts, partOf(this.selection.active)).filter((at) => at < plan.parts.length);
    const held = this.leaving ? partOf(this.leaving) : undefined;
    this.blocks.show(drawn, held);
    for (const at of drawn) this.blocks.get(at)?.paint(columns, seen, this.selection, this.leaving);
    this.head.paint(columns);
    this.foot.paint(columns);
  }

  /** Washes the cells named `part:line:column` that are in view. */
  flash(cells: ReadonlySet<string>): void {
    for (const each of cells) {
      const [part, line, column] = each.split(":");
      const at = this.context.shown.indexOf(line as Shown);
      this.blocks.get(Number(part))?.cell(at, Number(column))?.flash();
    }
  }

  /** Takes sizes and scroll offsets; called when the rows change and never between key and paint. */
  measure(): void {
    const { plan, shown } = this.context;
    const { name, line, column, row, head } = this.sizes;
    this.element.setAttribute("aria-rowcount", String(plan.parts.length * shown.length + 1 + totalled(shown).length));
    this.body.style.height = `${plan.parts.length * shown.length * row}px`;
    const lengths = { name, line, col: column, row, head, width: name + line + plan.weeks.length * column };
    for (const [key, value] of Object.entries(lengths)) this.element.style.setProperty(`--g-${key}`, `${value}px`);
  }

  private get inner(): { width: number; height: number } {
    const foot = totalled(this.context.shown).length * this.sizes.row;
    return {
      width: this.box.width - this.sizes.name - this.sizes.line,
      height: this.box.height - this.sizes.head - foot,
    };
  }

  private view({ row, column }: Cell): CellView | undefined {
    const lines = this.context.shown.length;
    return this.blocks.get(Math.floor(row / lines))?.cell(row % lines, column);
  }

  private part(at: number): Part {
    const part = this.context.plan.parts[at];
    if (!part) throw new RangeError(`expected a row below ${this.context.plan.parts.length}, got ${at}`);
    return part;
  }

  /** Scrolls to the active cell, moving least; returns whether it went further than a view. */
  private reveal(): boolean {
    const { row, column } = this.selection.active;
    const { width, height } = this.inner;
    const top = reveal(this.box.top, height, row * this.sizes.row, this.sizes.row);
    const left = reveal(this.box.left, width, column * this.sizes.column, this.sizes.column);
    const isJump = Math.abs(top - this.box.top) >= height || Math.abs(left - this.box.left) >= width;
    if (top !== this.box.top) this.element.scrollTop = this.box.top = top;
    if (left !== this.box.left) this.element.scrollLeft = this.box.left = left;
    return isJump;
  }

  private later(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      const { scrollTop: top, scrollLeft: left } = this.element;
      if (top === this.box.top && left === this.box.left) return; // drawn when a key scrolled there
      this.box.top = top;
      this.box.left = left;
      this.paint();
    });
  }

  private press(event: PointerEvent): void {
    const target = event.target as Element;
    if (event.button !== 0 || target.closest("a, input") || !target.closest(".pgx-body .pgx-c")) return;
    const box = this.element.getBoundingClientRect();
    const cellAt = (x: number, y: number): Cell => ({
      row: Math.floor((y - box.top - this.sizes.head + this.element.scrollTop) / this.sizes.row),
      column: Math.floor((x - box.left - this.sizes.name - this.sizes.line + this.element.scrollLeft) / this.sizes.column),
    });
    event.preventDefault(); // the browser would select text
    this.go(cellAt(event.clientX, event.clientY), event.shiftKey);
    if (event.pointerType === "touch") return;
    const move = (moved: PointerEvent) => {
      const cell = cellAt(moved.clientX, moved.clientY);
      const { row, column } = this.selection.active;
      if (cell.row !== row || cell.column !== column) this.go(cell, true);
    };
    const end = () => this.element.removeEventListener("pointermove", move);
    this.element.setPointerCapture(event.pointerId);
    this.element.addEventListener("pointermove", move);
    this.element.addEventListener("pointerup", end, { once: true });
    this.element.addEventListener("pointercancel", end, { once: true });
  }
}
