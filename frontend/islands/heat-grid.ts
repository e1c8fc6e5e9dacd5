/** Coverage on screen: arrow keys between cells, and live rows that change where they stand. */
import { text } from "../texts.ts";

const WAIT_MS = 1_200; // how long changes are collected before they are asked for
const TOPIC = "live:inventory.coverage";
const PAGE_ROWS = 10;

class HeatGrid extends HTMLElement {
  private readonly changed = new Set<string>();
  private readonly unseen = new Set<string>();
  private timer = 0;
  private readonly hear = (event: Event) => this.note(event);
  private readonly again = () => void this.reload();

  connectedCallback(): void {
    document.addEventListener(TOPIC, this.hear);
    document.addEventListener("live:resync", this.again);
    this.addEventListener("keydown", this.press);
    this.addEventListener("click", this.follow);
    this.addEventListener("focusin", this.enter);
    this.dress();
  }

  disconnectedCallback(): void {
    document.removeEventListener(TOPIC, this.hear);
    document.removeEventListener("live:resync", this.again);
    clearTimeout(this.timer);
  }

  private get grid(): HTMLTableElement | null {
    return this.querySelector<HTMLTableElement>("table[role=grid]");
  }

  private get rows(): HTMLTableRowElement[] {
    return [...(this.grid?.tBodies[0]?.rows ?? [])];
  }

  /** One stop of the tab order for the whole grid; its links are reached by Enter. */
  private dress(): void {
    for (const link of this.grid?.tBodies[0]?.querySelectorAll("a") ?? []) link.tabIndex = -1;
    const first = this.rows[0]?.cells[0];
    if (first && !this.grid?.querySelector("tbody [tabindex='0']")) first.tabIndex = 0;
  }

  private readonly enter = (event: FocusEvent): void => {
    const cell = event.target;
    if (!(cell instanceof HTMLTableCellElement) || !cell.closest("tbody")) return;
    for (const old of this.grid?.querySelectorAll<HTMLElement>("tbody [tabindex='0']") ?? []) old.tabIndex = -1;
    cell.tabIndex = 0;
  };

  private readonly press = (event: KeyboardEvent): void => {
    const cell = event.target;
    if (!(cell instanceof HTMLTableCellElement) || event.altKey) return;
    if (event.key === "Enter") this.open(cell);
    else if (!this.move(cell, event)) {
      this.pass(event);
      return;
    }
    event.preventDefault();
  };

  /** Single keys of the page work inside the grid too: nothing is typed into it. */
  private pass(event: KeyboardEvent): void {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.key === " ") return;
    event.preventDefault();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: true, cancelable: true }));
  }

  private move(cell: HTMLTableCellElement, event: KeyboardEvent): boolean {
    const rows = this.rows;
    const row = rows.indexOf(cell.parentElement as HTMLTableRowElement);
    const far = event.ctrlKey || event.metaKey;
    const last = (rows[row]?.cells.length ?? 1) - 1;
    const targets: Record<string, [number, number]> = {
      ArrowUp: [far ? 0 : row - 1, cell.cellIndex],
      ArrowDown: [far ? rows.length - 1 : row + 1, cell.cellIndex],
      ArrowLeft: [row, far ? 0 : cell.cellIndex - 1],
      ArrowRight: [row, far ? last : cell.cellIndex + 1],
      Home: [far ? 0 : row, 0],
      End: [far ? rows.length - 1 : row, last],
      PageUp: [row - PAGE_ROWS, cell.cellIndex],
      PageDown: [row + PAGE_ROWS, cell.cellIndex],
    };
    const target = targets[event.key];
    if (!target) return false;
    const line = rows[Math.max(0, Math.min(rows.length - 1, target[0]))];
    const next = line?.cells[Math.max(0, Math.min(last, target[1]))];
    if (next) {
      next.tabIndex = -1;
      next.focus();
      next.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    return true;
  }

  private readonly follow = (event: MouseEvent): void => {
    const cell = (event.target as Element).closest<HTMLTableCellElement>("td[data-on]");
    if (cell && !getSelection()?.toString()) this.open(cell);
  };

  /** Opens the part; from a coloured cell at the day with the lowest cover. */
  private open(cell: HTMLTableCellElement): void {
    const link = cell.closest("tr")?.querySelector<HTMLAnchorElement>("th a[href]");
    if (!link) return;
    const url = new URL(link.href);
    if (cell.dataset.on) url.searchParams.set("on", cell.dataset.on);
    location.assign(url);
  }

  private note(event: Event): void {
    const frame = (event as CustomEvent<{ id?: string }>).detail;
    const id = frame.id?.replace("coverage-", "");
    if (!id) return;
    this.changed.add(id);
    this.timer ||= window.setTimeout(() => void this.refresh(), WAIT_MS);
  }

  /** Asks for what changed: rows on the page change in place, others are counted. */
  private async refresh(): Promise<void> {
    this.timer = 0;
    const ids = [...this.changed];
    this.changed.clear();
    if (!this.querySelector("[data-line]")) return this.reload();
    const here = ids.filter((id) => document.getElementById(`line-${id}`));
    for (const id of ids) if (!here.includes(id)) this.unseen.add(id);
    const told = await this.ask({ only: here.join(",") || "-" });
    if (!told) return;
    for (const id of here) this.patch(id, told.getElementById(`line-${id}`));
    document.dispatchEvent(new Event("ages"));
    for (const count of told.querySelectorAll<HTMLElement>("[data-tally]")) {
      const shown = this.querySelector(`[data-tally="${CSS.escape(count.dataset.tally ?? "")}"]`);
      if (shown && shown.textContent !== count.textContent) shown.textContent = count.textContent;
    }
    this.tell();
  }

  private patch(id: string, fresh: HTMLElement | null): void {
    const row = document.getElementById(`line-${id}`) as HTMLTableRowElement | null;
    if (!row) return;
    row.classList.toggle("unfit", !fresh);
    row.title = fresh ? "" : (this.dataset.unfit ?? "");
    if (!(fresh instanceof HTMLTableRowElement)) return;
    row.className = fresh.className;
    [...fresh.cells].forEach((cell, place) => {
      const old = row.cells[place];
      if (!old || same(old, cell)) return;
      old.innerHTML = cell.innerHTML;
      old.className = `${cell.className} fresh`;
      for (const name of ["on", "mark"]) {
        if (cell.dataset[name]) old.dataset[name] = cell.dataset[name];
        else delete old.dataset[name];
      }
      setTimeout(() => old.classList.remove("fresh"), 2_800);
    });
    this.dress();
  }

  /** "3 new": rows that changed and are not on this page; the list is sorted anew on request. */
  private tell(): void {
    const old = this.querySelector<HTMLElement>(":scope > .cov-new");
    if (!this.unseen.size) return;
    const place = old ?? document.createElement("div");
    if (!old) {
      place.className = "cov-new";
      place.setAttribute("role", "status");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip newpill";
      button.onclick = this.again;
      place.append(button);
      this.prepend(place);
    }
    const button = place.querySelector("button");
    if (button) button.textContent = text("new").replace("%(n)s", String(this.unseen.size));
  }

  private async reload(): Promise<void> {
    const told = await this.ask({});
    const box = this.querySelector("#coverage");
    if (!told || !box) return;
    const at = document.activeElement instanceof HTMLTableCellElement ? place(document.activeElement) : null;
    box.replaceChildren(...told.body.childNodes);
    this.unseen.clear();
    this.querySelector(":scope > .cov-new")?.remove();
    this.dress();
    if (at) (document.getElementById(at.id) as HTMLTableRowElement | null)?.cells[at.cell]?.focus();
  }

  private async ask(changes: Record<string, string>): Promise<Document | null> {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" } });
      return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the network; the next change asks again
      return null;
    }
  }
}

/** Whether a cell says what it said; ages count on by themselves. */
function same(old: HTMLElement, fresh: HTMLElement): boolean {
  const said = (cell: HTMLElement) => {
    const copy = cell.cloneNode(true) as HTMLElement;
    for (const age of copy.querySelectorAll<HTMLTimeElement>("time[data-age]")) age.textContent = age.dateTime;
    return `${copy.dataset.mark ?? ""} ${copy.dataset.on ?? ""} ${copy.textContent?.replace(/\s+/g, " ").trim()}`;
  };
  return said(old) === said(fresh) && old.className.replace(" fresh", "") === fresh.className;
}

function place(cell: HTMLTableCellElement): { id: string; cell: number } {
  return { id: cell.parentElement?.id ?? "", cell: cell.cellIndex };
}

customElements.define("heat-grid", HeatGrid);
