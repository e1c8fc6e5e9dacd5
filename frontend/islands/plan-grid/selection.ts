/** The active cell and the rectangle that Shift or the mouse spans from it. */

/** A cell by display row (a line of a part) and column (a week). */
export interface Cell {
  row: number;
  column: number;
}

/** Inclusive on all sides. */
export interface Area {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export class Selection {
  private anchor: Cell = { row: 0, column: 0 };
  private head: Cell = { row: 0, column: 0 };

  constructor(private size: { rows: number; columns: number }) {}

  /** The cell that has the focus. */
  get active(): Cell {
    return this.head;
  }

  get area(): Area {
    const { anchor, head } = this;
    return {
      top: Math.min(anchor.row, head.row),
      bottom: Math.max(anchor.row, head.row),
      left: Math.min(anchor.column, head.column),
      right: Math.max(anchor.column, head.column),
    };
  }

  get count(): number {
    const { top, bottom, left, right } = this.area;
    return (bottom - top + 1) * (right - left + 1);
  }

  resize(rows: number, columns: number): void {
    this.size = { rows, columns };
    this.anchor = this.clamp(this.anchor);
    this.head = this.clamp(this.head);
  }

  /** Moves the head to a cell; without `extend` the anchor follows. Returns whether anything changed. */
  to(cell: Cell, extend = false): boolean {
    const head = this.clamp(cell);
    const anchor = extend ? this.anchor : head;
    const isSame = equal(head, this.head) && equal(anchor, this.anchor);
    this.head = head;
    this.anchor = anchor;
    return !isSame;
  }

  by(rows: number, columns: number, extend = false): boolean {
    return this.to({ row: this.head.row + rows, column: this.head.column + columns }, extend);
  }

  spans(row: number, column: number): boolean {
    const { top, bottom, left, right } = this.area;
    return row >= top && row <= bottom && column >= left && column <= right;
  }

  private clamp({ row, column }: Cell): Cell {
    const keep = (at: number, count: number) => Math.max(0, Math.min(count - 1, at));
    return { row: keep(row, this.size.rows), column: keep(column, this.size.columns) };
  }
}

export const equal = (a: Cell, b: Cell): boolean => a.row === b.row && a.column === b.column;
