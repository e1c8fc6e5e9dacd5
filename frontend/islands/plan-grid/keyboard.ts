/** The keys of the grid while no cell is being typed in (ARIA grid pattern; Tab leaves, except after an entry). */
import type { Selection } from "./selection.ts";

export interface Commands {
  selection: Selection;
  rows: number;
  columns: number;
  rowsPerPage: number;
  columnsPerPage: number;
  /** True from an entry left by Tab until another key moves on. */
  isEntering: boolean;
  move(row: number, column: number, extend: boolean): void;
  edit(text: string | null): void;
  run(name: "fillRight" | "fillDown" | "undo" | "redo" | "takeBack" | "open" | "all" | "collapse"): void;
}

const CONTROL: Record<string, Parameters<Commands["run"]>[0]> = {
  r: "fillRight", d: "fillDown", y: "redo", a: "all", Enter: "open",
};
const PLAIN: Record<string, Parameters<Commands["run"]>[0]> = { Delete: "takeBack", Backspace: "takeBack", Escape: "collapse" };

/** Returns true if the key was used, so that the browser does not use it too. */
export function handleKey(event: KeyboardEvent, grid: Commands): boolean {
  const control = event.ctrlKey || event.metaKey;
  const target = destination(event, grid, control);
  if (target) {
    grid.move(target.row, target.column, event.shiftKey && event.key !== "Tab");
    return true;
  }
  const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (control) {
    const name = letter === "z" ? (event.shiftKey ? "redo" : "undo") : CONTROL[letter];
    if (name) grid.run(name);
    return Boolean(name);
  }
  if (event.altKey) return false;
  const name = PLAIN[event.key];
  if (name) grid.run(name);
  else if (event.key === "F2" || event.key === "Enter") grid.edit(null);
  else if (event.key.length === 1 && event.key !== " ") grid.edit(event.key);
  else return false;
  return true;
}

function destination(event: KeyboardEvent, grid: Commands, control: boolean): { row: number; column: number } | null {
  const { row, column } = grid.selection.active;
  const lastRow = grid.rows - 1, lastColumn = grid.columns - 1;
  switch (event.key) {
    case "ArrowUp": return { row: control ? 0 : row - 1, column };
    case "ArrowDown": return { row: control ? lastRow : row + 1, column };
    case "ArrowLeft": return { row, column: control ? 0 : column - 1 };
    case "ArrowRight": return { row, column: control ? lastColumn : column + 1 };
    case "Home": return { row: control ? 0 : row, column: 0 };
    case "End": return { row: control ? lastRow : row, column: lastColumn };
    case "PageUp": return event.altKey ? { row, column: column - grid.columnsPerPage } : { row: row - grid.rowsPerPage, column };
    case "PageDown": return event.altKey ? { row, column: column + grid.columnsPerPage } : { row: row + grid.rowsPerPage, column };
    case "Tab": {
      const next = column + (event.shiftKey ? -1 : 1);
      return grid.isEntering && next >= 0 && next <= lastColumn ? { row, column: next } : null;
    }
    default: return null;
  }
}
