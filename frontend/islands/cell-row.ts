/** A form of number fields that behaves like one row of a sheet: arrow keys move, a row can be pasted. */
export {};

const STEP: Record<string, number> = { ArrowDown: 7, ArrowUp: -7, Enter: 1 };

class CellRow extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("keydown", this.move);
    this.addEventListener("paste", this.paste);
  }

  disconnectedCallback(): void {
    this.removeEventListener("keydown", this.move);
    this.removeEventListener("paste", this.paste);
  }

  private get cells(): HTMLInputElement[] {
    return [...this.querySelectorAll<HTMLInputElement>('input[type="number"]')];
  }

  /** Up and down go a week, Enter a day; left and right as long as Alt is held, else they edit. */
  private readonly move = (event: KeyboardEvent): void => {
    const cells = this.cells;
    const at = cells.indexOf(event.target as HTMLInputElement);
    const aside = event.altKey ? { ArrowLeft: -1, ArrowRight: 1 }[event.key] : undefined;
    const step = aside ?? (event.ctrlKey || event.metaKey ? undefined : STEP[event.key]);
    if (at < 0 || step === undefined) return;
    event.preventDefault(); // a number field would count up and down
    const next = cells[at + step];
    next?.focus();
    next?.select();
  };

  /** Numbers between tabs or line ends fill the days from here on; one number alone is text. */
  private readonly paste = (event: ClipboardEvent): void => {
    const cells = this.cells;
    const at = cells.indexOf(event.target as HTMLInputElement);
    const found = (event.clipboardData?.getData("text") ?? "").trim().split(/[\t\r\n;]+/);
    if (at < 0 || found.length < 2) return;
    event.preventDefault();
    found.slice(0, cells.length - at).forEach((text, place) => {
      const cell = cells[at + place];
      if (!cell) return;
      cell.value = text.replace(/\s/g, "").replace(",", ".");
      cell.dispatchEvent(new Event("input", { bubbles: true }));
    });
  };
}

customElements.define("cell-row", CellRow);
