/** What a user does to many cells at once: take texts, copy, paste, fill, commit as is, take back. */
import type { Shown } from "./data.ts";
import { readAs, readBlock, type Convention, type Formats, type Reading } from "./numbers.ts";
import type { Change, Part, Plan } from "./plan.ts";
import type { Area, Selection } from "./selection.ts";
import { parseTsv, tile, writeTsv } from "./tsv.ts";
import type { Words } from "./words.ts";

export interface Text {
  part: Part;
  column: number;
  text: string;
}

export interface Outcome {
  taken: number;
  refused: number;
  /** Cells of the block that lie outside the grid. */
  cut: number;
}

type Ask = (example: string, readings: { convention: Convention; value: number }[]) => Promise<Convention | null>;

export class Actions {
  private copied: { text: string; lines: number } = { text: "", lines: 0 };

  constructor(
    private readonly plan: Plan,
    private readonly shown: Shown[],
    private readonly own: Convention,
    private readonly formats: Formats,
    private readonly words: Words,
    private readonly ask: Ask,
  ) {}

  /** Takes what was typed or pasted as one step of undo; asks first where a number has two readings. */
  async take(texts: Text[]): Promise<Outcome | null> {
    const words = texts.map(({ text }) => text);
    const block = readBlock(words, this.own);
    const chosen = block.kind === "ask" ? await this.ask(block.example, block.readings) : block.convention;
    if (!chosen) return null;
    const values = words.map((each) => readAs(each, chosen));
    const changes: Change[] = [];
    texts.forEach((each, i) => {
      const change = this.change(each, values[i] ?? { kind: "empty" });
      if (change) changes.push(change);
    });
    const refused = changes.filter(({ after }) => after?.bad).length;
    this.plan.write(changes);
    return { taken: changes.length - refused, refused, cut: 0 };
  }

  copy(area: Area): string {
    const rows: string[][] = [];
    for (let row = area.top; row <= area.bottom; row++) {
      const part = this.plan.parts[Math.floor(row / this.shown.length)];
      const line = this.shown[row % this.shown.length];
      if (!part || !line) continue;
      const columns = Array.from({ length: area.right - area.left + 1 }, (_each, i) => area.left + i);
      rows.push(columns.map((column) => this.formats.edit(this.plan.value(part, line, column))));
    }
    const text = writeTsv(rows);
    this.copied = { text, lines: rows.length };
    return text;
  }

  /**
   * Puts a block at the upper left of the selection. Each of its rows goes to the line one may edit of the
   * next part; only a block copied here from several lines goes back line by line.
   */
  async paste(text: string, selection: Selection): Promise<(Outcome & { area: Area }) | null> {
    const { area } = selection;
    const lines = this.shown.length;
    const isOwn = text.replace(/\r\n/g, "\n") === this.copied.text && this.copied.lines > 1 && this.spansLines();
    const first = isOwn ? area.top : Math.floor(area.top / lines);
    const last = isOwn ? area.bottom : Math.floor(area.bottom / lines);
    const block = tile(parseTsv(text), last - first + 1, area.right - area.left + 1);
    const texts: Text[] = [];
    let cut = 0;
    block.forEach((row, r) => row.forEach((cell, c) => {
      const at = first + r;
      const part = this.plan.parts[isOwn ? Math.floor(at / lines) : at];
      const column = area.left + c;
      if (!part || column >= this.plan.weeks.length) cut += cell.trim() ? 1 : 0;
      else if (!isOwn || this.shown[at % lines] === part.editable) texts.push({ part, column, text: cell });
    }));
    const outcome = await this.take(texts);
    if (!outcome) return null;
    const width = Math.max(1, ...block.map((row) => row.length));
    const top = isOwn ? area.top : first * lines + this.lineOf(first);
    const end = first + block.length - 1;
    const bottom = isOwn ? end : Math.min(this.plan.parts.length - 1, end) * lines + this.lineOf(end);
    return { ...outcome, cut, area: { top, bottom, left: area.left, right: area.left + width - 1 } };
  }

  /** Copies the first column of the area to the right, in every line that may be edited; of one column its left neighbour. */
  fillRight(area: Area): number {
    const from = area.left === area.right ? area.left - 1 : area.left;
    return from < 0 ? 0 : this.fill(area, (part, line) => this.plan.value(part, line, from), from, null);
  }

  /** Copies the topmost quantity of each column to the parts below; of one part that of the part above. */
  fillDown(area: Area): number {
    const [top, bottom] = [area.top, area.bottom].map((row) => Math.floor(row / this.shown.length));
    const from = this.plan.parts[top === bottom ? (top ?? 0) - 1 : top ?? 0];
    return from ? this.fill(area, (_part, line, column) => this.plan.value(from, line, column), -1, from) : 0;
  }

  /** Sets the commit to the forecast; of the whole grid where only one cell is selected. */
  commitAsIs(selection: Selection): number {
    const all = { top: 0, left: 0, bottom: this.plan.parts.length * this.shown.length - 1, right: this.plan.weeks.length - 1 };
    const area = selection.count > 1 ? selection.area : all;
    const changes = this.places(area, false).flatMap(({ part, column }) => {
      const forecast = part.editable === "commit" ? this.plan.value(part, "forecast", column) : null;
      return forecast === null ? [] : [{ part, column, after: this.plan.drafted(part, column, forecast) }];
    });
    return this.plan.write(changes);
  }

  /** Takes own changes back to what the server has. */
  takeBack(area: Area): number {
    return this.plan.write(this.places(area, true).map(({ part, column }) => ({ part, column, after: undefined })));
  }

  /** Fills what may be edited from `source`, which itself is left out by its column or part. */
  private fill(area: Area, source: (part: Part, line: Shown, column: number) => number | null, skip: number, from: Part | null): number {
    const changes = this.places(area, true).flatMap(({ part, column }) => {
      const value = column === skip || part === from || !part.editable ? null : source(part, part.editable, column);
      return value === null ? [] : [{ part, column, after: this.plan.drafted(part, column, value) }];
    });
    return this.plan.write(changes);
  }

  /** The cells of an area that may be edited, once each; `exact` asks for their own line to be in it. */
  private places({ top, bottom, left, right }: Area, exact: boolean): { part: Part; column: number }[] {
    const lines = this.shown.length;
    const found: { part: Part; column: number }[] = [];
    for (let at = Math.floor(top / lines); at <= Math.floor(bottom / lines); at++) {
      const part = this.plan.parts[at];
      if (!part?.editable) continue;
      const row = at * lines + this.shown.indexOf(part.editable);
      if (exact && (row < top || row > bottom)) continue;
      for (let column = left; column <= right; column++) {
        if (this.plan.fixed(part, part.editable, column) === null) found.push({ part, column });
      }
    }
    return found;
  }

  private change({ part, column, text }: Text, reading: Reading): Change | null {
    if (reading.kind === "empty") return null;
    const { plan, words } = this;
    const value = text.trim();
    if (!part.editable || plan.fixed(part, part.editable, column) !== null) {
      const isSame = reading.kind === "number" && part.editable !== null && reading.value === plan.value(part, part.editable, column);
      if (isSame) return null;
      return { part, column, after: plan.refused(part, column, { value, expected: words("expected-open") }) };
    }
    if (reading.kind === "bad") {
      const expected = words("expected-number", { example: this.formats.number(1234) });
      return { part, column, after: plan.refused(part, column, { value, expected }) };
    }
    return { part, column, after: plan.drafted(part, column, reading.value) };
  }

  /** Line by line makes sense only where a part shows more than one. */
  private spansLines(): boolean {
    return this.shown.length > 1;
  }

  private lineOf(at: number): number {
    const part = this.plan.parts[Math.min(at, this.plan.parts.length - 1)];
    return part?.editable ? Math.max(0, this.shown.indexOf(part.editable)) : 0;
  }
}
