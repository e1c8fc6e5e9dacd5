/** The input that lies over a cell while its quantity is typed. */
import type { CellView } from "./cell.ts";
import { h } from "./dom.ts";

export type Leave = "stay" | "down" | "up" | "right" | "left";

export class Editor {
  private cell: CellView | null = null;
  private readonly input = h("input", { class: "pgx-in", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });

  /** `done` gets the text and where to go on; after Escape `cancelled` is called instead. */
  constructor(
    private readonly done: (cell: CellView, text: string, leave: Leave, hadFocus: boolean) => void,
    private readonly cancelled: () => void,
  ) {
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close("stay", false));
    for (const kind of ["copy", "paste", "cut", "dblclick", "pointerdown"]) {
      this.input.addEventListener(kind, (event) => event.stopPropagation());
    }
  }

  get isOpen(): boolean {
    return this.cell !== null;
  }

  /** Opens over a cell; `selectAll` marks the old quantity, else the caret stands behind the text. */
  open(cell: CellView, text: string, label: string, selectAll: boolean): void {
    this.cell = cell;
    this.input.value = text;
    this.input.setAttribute("aria-label", label);
    cell.element.append(this.input);
    this.input.focus({ preventScroll: true });
    if (selectAll) this.input.select();
    else this.input.setSelectionRange(text.length, text.length);
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.isComposing) return;
    const leave: Record<string, Leave> = {
      Enter: event.shiftKey ? "up" : "down",
      Tab: event.shiftKey ? "left" : "right",
      ArrowDown: "down",
      ArrowUp: "up",
    };
    const where = leave[event.key];
    if (event.key !== "Escape" && !where) return;
    event.preventDefault();
    if (where) this.close(where, true);
    else this.cancel();
  }

  private cancel(): void {
    const cell = this.detach();
    cell?.element.focus({ preventScroll: true });
    this.cancelled();
  }

  private close(leave: Leave, hadFocus: boolean): void {
    const text = this.input.value;
    const cell = this.detach();
    if (cell) this.done(cell, text, leave, hadFocus);
  }

  /** Forgets the cell first: removing the input blurs it, which must not close twice. */
  private detach(): CellView | null {
    const cell = this.cell;
    this.cell = null;
    if (cell) this.input.remove();
    return cell;
  }
}
