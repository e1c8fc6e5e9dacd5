/** Unsent changes kept in this browser until they are sent, discarded or the user signs out. */
import type { Change, Plan } from "./plan.ts";

/** [quantity, what the server had then, reason] by week and row. */
interface Stored {
  at: string;
  rows: Record<string, Record<string, [number, number | null, string?]>>;
}

const PREFIX = "draft:plan-grid:";

export class Drafts {
  private timer = 0;

  constructor(private readonly name: string) {}

  /** Saves soon, so that a paste of thousands of cells does not write thousands of times. */
  save(plan: Plan): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.write(plan), 250);
  }

  /** Brings changes back; where the server has moved on meanwhile they come back as conflicts. */
  restore(plan: Plan, known: ReadonlySet<string> = new Set()): { count: number; at: string } | null {
    const stored = this.read();
    if (!stored) return null;
    const changes: Change[] = [];
    for (const part of plan.parts) {
      const line = part.editable ? part.lines[part.editable] : undefined;
      if (!line || known.has(part.id)) continue;
      for (const [date, [draft, before, reason]] of Object.entries(stored.rows[part.id] ?? {})) {
        const column = plan.weeks.findIndex((week) => week.date === date);
        if (column < plan.frozen || line[column] === draft) continue;
        const now = line[column] ?? null;
        changes.push({ part, column, after: { draft, ...(reason && { reason }), ...(now !== before && { theirs: now }) } });
      }
    }
    plan.put(changes);
    return changes.length ? { count: changes.length, at: stored.at } : null;
  }

  clear(): void {
    clearTimeout(this.timer);
    try {
      localStorage.removeItem(PREFIX + this.name);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // storage is switched off: nothing was kept
    }
  }

  private write(plan: Plan): void {
    const rows: Stored["rows"] = plan.isComplete ? {} : this.read()?.rows ?? {};
    for (const { id } of plan.parts) delete rows[id];
    for (const { part, column, edit } of plan.places((each) => each.draft !== undefined)) {
      const before = part.editable ? part.lines[part.editable]?.[column] ?? null : null;
      const date = plan.weeks[column]?.date ?? "";
      (rows[part.id] ??= {})[date] = [edit.draft ?? 0, before, ...(edit.reason ? [edit.reason] as [string] : [])] as [number, number | null, string?];
    }
    if (!Object.keys(rows).length) return this.clear();
    try {
      localStorage.setItem(PREFIX + this.name, JSON.stringify({ at: new Date().toISOString(), rows } satisfies Stored));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // full or switched off: the page still has them
    }
  }

  private read(): Stored | null {
    try {
      const found = localStorage.getItem(PREFIX + this.name);
      return found ? (JSON.parse(found) as Stored) : null;
    } catch (error) {
      if (error instanceof DOMException || error instanceof SyntaxError) return null;
      throw error;
    }
  }
}
