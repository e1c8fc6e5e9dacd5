/** What the grid knows: the server's quantities and, beside them, what was changed here and not yet sent. */
import {
  LINES, quantity, type AnsweredCell, type AnsweredRow, type Line, type LiveRow, type Lock, type PageData, type Quantities,
  type Reason, type RowData, type SentRow, type Shown,
} from "./data.ts";
import { History } from "./history.ts";
import { plain } from "./numbers.ts";
import { week, type Week } from "./weeks.ts";

export interface Bad {
  value: string;
  expected: string;
}

/** What is different about one editable cell; never changed in place, so undo can put it back. */
export interface Edit {
  readonly draft?: number;
  readonly reason?: string;
  readonly bad?: Bad;
  /** The other side's quantity that arrived while `draft` was waiting. */
  readonly theirs?: number | null;
  readonly pending?: boolean;
}

export interface Part extends RowData {
  index: number;
  /** Grows with every change to the part; what was drawn at the same number is still right. */
  revision: number;
  /** By column; only the part's editable line can have any. */
  edits: Map<number, Edit>;
}

export interface Change {
  part: Part;
  column: number;
  after: Edit | undefined;
}

interface Step extends Change {
  before: Edit | undefined;
}

export type Fixed = "line" | "frozen" | "pending";
export type Place = { part: Part; column: number };

export class Plan {
  readonly weeks: Week[];
  readonly parts: Part[] = [];
  readonly reasons: Reason[];
  readonly locale: string;
  /** Whether units differ enough to be worth printing beside each part. */
  readonly showsUnits: boolean;
  /** Columns before this one are frozen. */
  readonly frozen: number;
  readonly frozenUntil: string | null;
  private readonly byId = new Map<string, Part>();
  private readonly columns = new Map<string, number>();
  private readonly history = new History<Step[]>();
  /** Sums of whole columns by line and column, as long as nothing changes. */
  private readonly totals = new Map<string, number | null>();
  /** Grows with every change anywhere. */
  revision = 0;
  /** False while further pages of rows are on their way. */
  isComplete = true;
  /** Called after every change with the parts it touched. */
  onChange: (parts: Set<Part>) => void = () => undefined;

  /** `me`: key of the person at this screen, whose own rows need no mark. */
  constructor(page: PageData, private readonly me = "") {
    this.weeks = page.weeks.map(week);
    this.weeks.forEach(({ date }, at) => this.columns.set(date, at));
    this.locale = page.locale;
    this.showsUnits = page.unit_column !== false;
    this.reasons = page.reasons ?? [];
    this.frozenUntil = page.frozen_until;
    const open = page.frozen_until ? page.weeks.findIndex((date) => date >= (page.frozen_until ?? "")) : 0;
    this.frozen = open < 0 ? page.weeks.length : open;
    this.add(page);
  }

  add(page: PageData): void {
    this.revision++;
    this.totals.clear();
    for (const row of page.rows) {
      if (this.byId.has(row.id)) continue;
      const lines = Object.fromEntries(LINES.flatMap((line) => {
        const found = row.lines[line];
        return found ? [[line, found.map(quantity)]] : [];
      })) as Partial<Record<Line, Quantities>>;
      const part: Part = { ...row, lines, index: this.parts.length, revision: 0, edits: new Map() };
      this.parts.push(part);
      this.byId.set(part.id, part);
    }
  }

  /** Lines that at least one part has, in the order they are shown. */
  has(line: Shown): boolean {
    const sent = (name: Line) => this.parts.some(({ lines }) => lines[name]);
    if (line === "delta") return sent("forecast") && sent("previous");
    if (line === "gap") return sent("forecast") && sent("commit");
    return sent(line);
  }

  value(part: Part, line: Shown, column: number): number | null {
    if (line === "delta") return difference(this.value(part, "forecast", column), this.value(part, "previous", column));
    if (line === "gap") return difference(this.value(part, "commit", column), this.value(part, "forecast", column));
    const draft = line === part.editable ? part.edits.get(column)?.draft : undefined;
    return draft ?? part.lines[line]?.[column] ?? null;
  }

  edit(part: Part, line: Shown, column: number): Edit | undefined {
    return line === part.editable ? part.edits.get(column) : undefined;
  }

  /** The sum over all parts, or null where they are counted in different units. */
  total(line: Shown, column: number): number | null {
    const key = `${line} ${column}`;
    const known = this.totals.get(key);
    if (known !== undefined) return known;
    const total = this.sum(line, column);
    this.totals.set(key, total);
    return total;
  }

  private sum(line: Shown, column: number): number | null {
    let sum: number | null = null;
    const unit = this.parts[0]?.unit;
    for (const part of this.parts) {
      if (part.unit !== unit) return null;
      const value = this.value(part, line, column);
      if (value !== null) sum = (sum ?? 0) + value;
    }
    return sum;
  }

  /** Why a cell cannot be changed, or null if it can. */
  fixed(part: Part, line: Shown, column: number): Fixed | null {
    if (part.editable === null || line !== part.editable) return "line";
    if (column < this.frozen) return "frozen";
    return part.edits.get(column)?.pending ? "pending" : null;
  }

  /** The edit that makes a cell `value`: none if that is what the server has. */
  drafted(part: Part, column: number, value: number, reason?: string): Edit | undefined {
    const old = part.edits.get(column);
    const kept = reason ?? old?.reason;
    if (part.editable && part.lines[part.editable]?.[column] === value && old?.theirs === undefined) return undefined;
    return { draft: value, ...(kept && { reason: kept }), ...(old?.theirs !== undefined && { theirs: old.theirs }) };
  }

  /** Marks a value that was not taken; what the cell held before stays. */
  refused(part: Part, column: number, bad: Bad): Edit {
    const { bad: _old, ...kept } = part.edits.get(column) ?? {};
    return { ...kept, bad };
  }

  /** Applies changes as one step of undo; those that change nothing are left out. */
  write(changes: Change[]): number {
    const step = changes
      .map((change) => ({ ...change, before: change.part.edits.get(change.column) }))
      .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
    if (!step.length) return 0;
    this.history.push(step);
    this.put(step);
    return step.length;
  }

  undo(): Place | null {
    return this.replay(this.history.undo(), "before");
  }

  redo(): Place | null {
    return this.replay(this.history.redo(), "after");
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  /** Cells that were changed here and can be sent. */
  drafts(): (Place & { edit: Edit; draft: number })[] {
    return this.places((edit) => edit.draft !== undefined && !edit.pending && edit.theirs === undefined)
      .map((place) => ({ ...place, draft: place.edit.draft ?? 0 }));
  }

  places(test: (edit: Edit) => boolean): (Place & { edit: Edit })[] {
    return this.parts.flatMap((part) => [...part.edits]
      .filter(([, edit]) => test(edit))
      .sort(([a], [b]) => a - b)
      .map(([column, edit]) => ({ part, column, edit })));
  }

  /** Changes outside undo: answers, reasons, drafts that come back. */
  put(changes: Change[]): void {
    for (const { part, column, after } of changes) {
      if (after) part.edits.set(column, after);
      else part.edits.delete(column);
    }
    this.touch(new Set(changes.map(({ part }) => part)));
  }

  forget(): void {
    this.history.clear();
  }

  /** What there is to send, with the version each row was read in. */
  outgoing(): SentRow[] {
    const rows = new Map<Part, SentRow>();
    for (const { part, column, edit, draft } of this.drafts()) {
      const row = rows.get(part) ?? { id: part.id, version: part.version, cells: [] };
      rows.set(part, row);
      const date = this.weeks[column]?.date ?? "";
      row.cells.push({ week: date, line: part.editable ?? "commit", quantity: plain(draft), ...(edit.reason && { reason: edit.reason }) });
    }
    return [...rows.values()];
  }

  setPending(pending: boolean): void {
    const places = pending ? this.drafts() : this.places((edit) => Boolean(edit.pending));
    this.put(places.map(({ part, column, edit: { pending: _old, ...edit } }) => ({
      part, column, after: pending ? { ...edit, pending } : edit,
    })));
  }

  /** Takes the server's answer cell by cell; returns how many were applied. */
  settle(rows: AnsweredRow[]): number {
    const changes: Change[] = [];
    let applied = 0;
    for (const row of rows) {
      const part = this.byId.get(row.id);
      if (!part) continue;
      part.version = row.version;
      const answered = new Map(row.cells.map((cell) => [this.columns.get(cell.week), cell]));
      for (const [column, edit] of part.edits) {
        if (!edit.pending) continue;
        const after = this.answer(part, column, edit, row.state, answered.get(column));
        applied += after ? 0 : 1;
        changes.push({ part, column, after });
      }
    }
    this.forget();
    this.put(changes);
    this.setPending(false);
    return applied;
  }

  /** Who else is at a row; a colleague who vanished without a word is forgotten in time. */
  lock({ lock }: Part, now = Date.now()): Lock | null {
    if (!lock || (this.me && lock.person === this.me)) return null;
    return lock.until && Date.parse(lock.until) <= now ? null : lock;
  }

  /** Takes a live update; returns the cells whose shown quantity changed. */
  merge(rows: LiveRow[]): Set<string> {
    const fresh = new Set<string>();
    const changes: Change[] = [];
    const touched = new Set<Part>();
    for (const row of rows) {
      const part = this.byId.get(row.id);
      if (!part) continue;
      touched.add(part);
      for (const cell of row.cells ?? []) this.mergeCell(part, cell, fresh, changes);
      if (row.version !== undefined) part.version = row.version;
      if (row.lock !== undefined) part.lock = row.lock;
      if (row.status) part.status = row.status;
    }
    this.put(changes);
    this.touch(touched);
    return fresh;
  }

  /** Settles a conflict: the other side's quantity is the new ground, mine stays as a change or goes. */
  resolve({ part, column }: Place, keep: "mine" | "theirs"): void {
    const { theirs, ...edit } = part.edits.get(column) ?? {};
    const line = part.editable ? part.lines[part.editable] : undefined;
    if (line && theirs !== undefined) line[column] = theirs;
    this.put([{ part, column, after: keep === "mine" ? edit : undefined }]);
  }

  private touch(parts: Set<Part>): void {
    this.revision++;
    this.totals.clear();
    for (const part of parts) part.revision++;
    this.onChange(parts);
  }

  private answer(part: Part, column: number, edit: Edit, state: AnsweredRow["state"], cell?: AnsweredCell): Edit | undefined {
    const { pending: _pending, ...rest } = edit;
    if (cell?.problem) return { bad: cell.problem };
    const line = part.editable ? part.lines[part.editable] : undefined;
    if (state === "conflict" && cell?.theirs !== undefined) {
      const theirs = quantity(cell.theirs);
      if (theirs !== edit.draft) return { ...rest, theirs };
    } else if (state !== "applied") return rest;
    if (line) line[column] = cell?.quantity === undefined ? edit.draft ?? null : quantity(cell.quantity);
    if (part.reasons) part.reasons[column] = edit.reason ?? null;
    return undefined;
  }

  private mergeCell(part: Part, cell: AnsweredCell, fresh: Set<string>, changes: Change[]): void {
    const column = this.columns.get(cell.week);
    const line = part.lines[cell.line];
    const value = quantity(cell.quantity);
    if (column === undefined || !line || line[column] === value) return;
    const edit = cell.line === part.editable ? part.edits.get(column) : undefined;
    if (edit?.draft !== undefined && !edit.pending) {
      changes.push({ part, column, after: edit.draft === value ? undefined : { ...edit, theirs: value } });
      if (edit.draft !== value) return;
    }
    line[column] = value;
    fresh.add(`${part.index}:${cell.line}:${column}`);
  }

  private replay(step: Step[] | undefined, side: "before" | "after"): Place | null {
    const first = step?.[0];
    if (!step || !first) return null;
    this.put(step.map(({ part, column, [side]: after }) => ({ part, column, after })));
    return first;
  }
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.round((a - b) * 1e6) / 1e6;
}
