/** The grid's traffic: sends changes once, takes live updates, keeps drafts. */
import { fetchPage, LINES, Refused, send, type LiveRow, type PageData } from "./data.ts";
import type { Drafts } from "./drafts.ts";
import type { Plan } from "./plan.ts";
import { counted, type Words } from "./words.ts";

const REFRESH_EVERY = 2_000; // ms

interface Hooks {
  say(text: string): void;
  flash(cells: ReadonlySet<string>): void;
  reload(): void;
}

export class Sync {
  private readonly topics: string[];
  private last: { body: string; key: string } | null = null;
  private refreshing = 0;
  private readonly live = (event: Event) => this.receive((event as CustomEvent<{ data?: { rows?: LiveRow[] } } | undefined>).detail?.data);

  constructor(
    private readonly host: HTMLElement,
    private readonly plan: Plan,
    private readonly words: Words,
    private readonly drafts: Drafts,
    private readonly hooks: Hooks,
  ) {
    const topics = (host.dataset.liveTopics ?? "").split(/[ ,]+/).filter(Boolean);
    this.topics = topics.length ? [...topics.map((topic) => `live:${topic}`), "live:resync"] : [];
  }

  start(): void {
    for (const topic of this.topics) document.addEventListener(topic, this.live);
  }

  stop(): void {
    clearTimeout(this.refreshing);
    for (const topic of this.topics) document.removeEventListener(topic, this.live);
  }

  save(): void {
    this.drafts.save(this.plan);
  }

  restore(known?: ReadonlySet<string>): void {
    const found = this.drafts.restore(this.plan, known);
    if (!found) return;
    const time = new Intl.DateTimeFormat(this.plan.locale, { dateStyle: "short", timeStyle: "short" }).format(new Date(found.at));
    this.hooks.say(counted(this.words, "restored", found.count, { time }));
  }

  /** Sends what is drafted; the same content sent again, after a lost answer, keeps its key. */
  async send(): Promise<void> {
    const rows = this.plan.outgoing();
    const body = JSON.stringify(rows);
    if (!rows.length) return;
    if (this.last?.body !== body) this.last = { body, key: newKey() };
    this.plan.setPending(true);
    try {
      const answers = await send(this.host.dataset.action ?? "", rows, this.last.key);
      this.last = null;
      const applied = this.plan.settle(answers);
      const open = rows.reduce((sum, { cells }) => sum + cells.length, 0) - applied;
      this.toast(open ? this.words("partly", { n: applied, m: open }) : counted(this.words, "sent", applied));
    } catch (error) {
      this.plan.setPending(false);
      if (!(error instanceof Refused)) throw error;
      const number = error.request ? ` (${error.request})` : "";
      this.toast(this.words(error.status ? "failed" : "offline") + number, "crit", () => void this.send());
    }
  }

  private toast(text: string, tone?: string, retry?: () => void): void {
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, ...(tone && { tone }), ...(retry && { retry }) } }));
  }

  /** Rows in the frame are merged; a frame without rows only says that something changed. */
  private receive(data: { rows?: LiveRow[] } | undefined): void {
    if (data?.rows) this.hooks.flash(this.plan.merge(data.rows));
    else if (!this.refreshing && this.host.dataset.src) {
      this.refreshing = window.setTimeout(() => void this.refresh(), REFRESH_EVERY);
    }
  }

  private async refresh(): Promise<void> {
    this.refreshing = 0;
    try {
      const rows: PageData["rows"] = [];
      let weeks: string[] = [];
      for (let next: string | null | undefined = this.host.dataset.src; next; ) {
        const page = await fetchPage(next, AbortSignal.timeout(20_000));
        rows.push(...page.rows);
        weeks = page.weeks;
        next = page.next;
      }
      const isSame = weeks.join() === this.plan.weeks.map(({ date }) => date).join()
        && rows.map(({ id }) => id).join() === this.plan.parts.map(({ id }) => id).join();
      if (!isSame) this.hooks.reload();
      else this.hooks.flash(this.plan.merge(rows.map((row) => asLive(row, weeks))));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    } // the next update, or the resync after a reconnection, tries again
  }
}

function asLive({ id, version, lock, status, lines }: PageData["rows"][number], weeks: string[]): LiveRow {
  const cells = LINES.flatMap((line) => (lines[line] ?? []).map((quantity, at) => ({ week: weeks[at] ?? "", line, quantity })));
  return { id, version, lock, ...(status && { status }), cells };
}

/** A random key; `crypto.randomUUID` exists only where the page came over HTTPS. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
