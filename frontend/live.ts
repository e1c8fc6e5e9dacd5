/** The page's one socket: frames into the page, with catch-up, reconnection and a polling fallback. */
import { Idiomorph } from "idiomorph";
import htmx from "htmx.org";
import { Calm } from "./calm.ts";
import { Sequence, backOff, type Frame } from "./sequence.ts";
import { text } from "./texts.ts";

type State = "on" | "wait" | "off" | "paused";
const SILENCE = 35_000, POLL_AFTER = 60_000, POLL_EVERY = 20_000; // ms
const GONE_FOR_GOOD = new Set([4401, 4403]);
const calm = new Calm();

const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";

export class Live {
  private readonly sequence = new Sequence(Number(document.body.dataset.seq ?? 0));
  private socket: WebSocket | null = null;
  private attempt = 0;
  private downSince = 0;
  private retry = 0;
  private silence = 0;
  private poll = 0;
  private isCatchingUp = false;
  private readonly waiting: Frame[] = [];

  start(): void {
    if (!meta("live-url")) return;
    addEventListener("online", () => this.connect());
    addEventListener("offline", () => this.lost());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.pause() : this.connect()));
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
    this.connect();
  }

  private connect(): void {
    clearTimeout(this.retry);
    if (document.hidden || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    if (!this.downSince) this.show("wait");
    const url = new URL(meta("live-url"), location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("since", String(this.sequence.seen));
    const socket = (this.socket = new WebSocket(url));
    socket.onmessage = (event) => this.receive(JSON.parse(String(event.data)) as Frame);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      GONE_FOR_GOOD.has(event.code) ? this.show("paused") : this.lost();
    };
    this.listen();
  }

  private receive(frame: Frame): void {
    if (frame.k === "hello") {
      this.attempt = this.downSince = 0;
      clearInterval(this.poll);
      this.poll = 0;
      this.show("on");
    }
    this.listen();
    this.handle(frame);
  }

  private handle(frame: Frame): void {
    if (this.isCatchingUp) {
      this.waiting.push(frame);
      return;
    }
    const verdict = this.sequence.take(frame);
    if (verdict === "apply") apply(frame);
    else if (verdict === "resync") resync();
    else if (verdict === "gap") void this.catchUp();
  }

  /** Fetches what is missing; frames that arrive meanwhile wait and are sorted out by number. */
  private async catchUp(): Promise<void> {
    if (this.isCatchingUp) return;
    this.isCatchingUp = true;
    let found: Frame[] | { resync: true; s: number } | null = null;
    try {
      const answer = await fetch(`${meta("home-url")}feed?after=${this.sequence.seen}`, {
        headers: { Accept: "application/json" },
      });
      if (answer.ok) found = (await answer.json()) as Frame[] | { resync: true; s: number };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the network; the socket notices by itself
    } finally {
      this.isCatchingUp = false;
    }
    const frames = !found ? [] : Array.isArray(found) ? found : [{ s: found.s, k: "resync" } as Frame];
    const later = this.waiting.splice(0).filter((frame) => found && frame.s > this.sequence.seen);
    for (const frame of [...frames, ...later]) this.handle(frame);
  }

  private lost(): void {
    this.close();
    if (document.hidden) return;
    this.downSince ||= Date.now();
    this.show("off");
    if (!this.poll) this.poll = window.setInterval(() => this.pollFeed(), POLL_EVERY);
    this.retry = window.setTimeout(() => this.connect(), backOff(this.attempt++));
  }

  private pollFeed(): void {
    if (this.downSince && Date.now() - this.downSince >= POLL_AFTER) void this.catchUp();
  }

  private pause(): void {
    this.close();
    this.show("paused");
  }

  private close(): void {
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => this.lost(), SILENCE);
  }

  private show(state: State): void {
    const place = document.getElementById("live");
    const word = place?.querySelector("span");
    if (!place || !word || place.dataset.state === state) return;
    place.dataset.state = state;
    word.textContent = text(state);
  }
}

function resync(): void {
  document.dispatchEvent(new CustomEvent("live:resync", { bubbles: true }));
}

/** Puts one frame into the page and tells the islands and regions about it. */
function apply(frame: Frame): void {
  if (frame.counts) for (const [name, number] of Object.entries(frame.counts)) count(name, number);
  const old = frame.id ? document.getElementById(frame.id) : null;
  if (frame.k === "gone") old?.remove();
  if (frame.k === "html" && frame.html) {
    if (old) merge(old, frame.html);
    else prepend(frame.into, frame.html);
  }
  if (!frame.t) return;
  document.dispatchEvent(new CustomEvent(`live:${frame.t}`, { detail: frame }));
  calm.hear(frame.t);
}

export function count(name: string, number: number): void {
  for (const badge of document.querySelectorAll<HTMLElement>(`[data-count="${CSS.escape(name)}"]`)) {
    badge.textContent = String(number);
    badge.hidden = number === 0 && !badge.hasAttribute("data-count-always");
  }
}

function merge(old: HTMLElement, html: string): void {
  const { id } = old;
  void Idiomorph.morph(old, html, { ignoreActiveValue: true });
  const merged = document.getElementById(id);
  if (merged) htmx.process(merged);
}

function prepend(into: string | undefined, html: string): void {
  const list = into ? document.getElementById(into) : null;
  if (!list) return;
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const row = template.content.firstElementChild;
  if (!(row instanceof HTMLElement)) return;
  const height = list.scrollHeight;
  row.classList.add("fresh");
  list.prepend(row);
  htmx.process(row);
  setTimeout(() => row.classList.remove("fresh"), 2800);
  if (list.scrollTop > 4 || list.contains(document.activeElement)) {
    list.scrollTop += list.scrollHeight - height; // what is being read stays where it is
    pill(list);
  }
}

function pill(list: HTMLElement): void {
  const number = Number(list.dataset.unseen ?? 0) + 1;
  list.dataset.unseen = String(number);
  const old = list.parentElement?.querySelector<HTMLButtonElement>(":scope > .newpill");
  const button = old ?? document.createElement("button");
  button.textContent = text("new").replace("%(n)s", String(number));
  if (old) return;
  button.type = "button";
  button.className = "chip newpill";
  const done = () => {
    button.remove();
    delete list.dataset.unseen;
    list.removeEventListener("scroll", atTop);
  };
  const atTop = () => list.scrollTop < 4 && done();
  button.onclick = () => {
    list.scrollTo({ top: 0, behavior: "smooth" });
    done();
  };
  list.addEventListener("scroll", atTop);
  list.before(button);
}
