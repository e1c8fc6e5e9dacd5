/** Tells colleagues at which rows somebody works: while a cell is open, and while a draft waits. */
import { lock } from "./data.ts";
import type { Plan } from "./plan.ts";

const RENEW_EVERY = 60_000; // ms; the server forgets a row after two minutes

export class Holding {
  private readonly held = new Set<string>();
  private opened = "";
  private timer = 0;

  /** Without a `url` nothing is told. */
  constructor(private readonly url: string, private readonly plan: Plan) {}

  /** Takes a row when the first cell of it is opened. */
  open(id: string): void {
    this.opened = id;
    this.take([id]);
  }

  /** Gives back every row without a draft, once no cell of it is open any more. */
  close(): void {
    this.opened = "";
    this.settle();
  }

  /** Takes the rows that got drafts, pasted or kept from before; gives back those whose drafts have gone, sent or taken back. */
  settle(): void {
    const drafted = new Set(this.plan.drafts().map(({ part }) => part.id));
    this.take([...drafted]);
    this.leave([...this.held].filter((id) => id !== this.opened && !drafted.has(id)));
  }

  /** Gives back everything, as the grid goes away. */
  stop(): void {
    this.leave([...this.held]);
  }

  private take(ids: string[]): void {
    const fresh = this.url ? ids.filter((id) => !this.held.has(id)) : [];
    if (!fresh.length) return;
    for (const id of fresh) this.held.add(id);
    void lock(this.url, fresh, true);
    if (!this.timer) this.timer = window.setInterval(() => this.renew(), RENEW_EVERY);
  }

  private leave(ids: string[]): void {
    if (!ids.length) return;
    for (const id of ids) this.held.delete(id);
    void lock(this.url, ids, false);
    if (!this.held.size) {
      clearInterval(this.timer);
      this.timer = 0;
    }
  }

  private renew(): void {
    void lock(this.url, [...this.held], true);
  }
}
