/** The planning grid: parts by weeks, edited like a spreadsheet; a list of cards on the phone. */
import "../css/grid.css";
import { Actions, type Outcome } from "./plan-grid/actions.ts";
import { Bar } from "./plan-grid/bar.ts";
import { Cards } from "./plan-grid/cards.ts";
import type { CellView, Context } from "./plan-grid/cell.ts";
import { fetchPage, Refused, SHOWN, type PageData, type Shown } from "./plan-grid/data.ts";
import { askConvention, askSend } from "./plan-grid/dialogs.ts";
import { button, h, icon } from "./plan-grid/dom.ts";
import { Drafts } from "./plan-grid/drafts.ts";
import { Editor, type Leave } from "./plan-grid/editor.ts";
import { Holding } from "./plan-grid/holding.ts";
import { handleKey, type Commands } from "./plan-grid/keyboard.ts";
import { conventionOf, Formats } from "./plan-grid/numbers.ts";
import { Panels } from "./plan-grid/panels.ts";
import { Plan, type Part, type Place } from "./plan-grid/plan.ts";
import { Selection } from "./plan-grid/selection.ts";
import { describe, legend, chosenLines, keepLines } from "./plan-grid/status.ts";
import { Sync } from "./plan-grid/sync.ts";
import { View } from "./plan-grid/view.ts";
import { columnOf } from "./plan-grid/weeks.ts";
import { counted, wordsOf } from "./plan-grid/words.ts";

const PHONE = "(max-width: 760px)";

class PlanGrid extends HTMLElement {
  static observedAttributes = ["data-grid", "data-src"];
  private readonly words = wordsOf(this);
  private readonly phone = matchMedia(PHONE);
  private readonly status = h("p", { class: "pgx-status", role: "status" });
  private readonly remount = () => this.plan && this.mount(this.plan);
  private root: HTMLElement | null = null;
  private loading: AbortController | null = null;
  private plan: Plan | null = null;
  private formats = new Formats("en");
  private shown: Shown[] = [];
  private view: View | null = null;
  private cards: Cards | null = null;
  private bar: Bar | null = null;
  private panels: Panels | null = null;
  private actions: Actions | null = null;
  private selection = new Selection({ rows: 1, columns: 1 });
  private sync: Sync | null = null;
  private holding: Holding | null = null;
  private isEntering = false;
  /** The lines that were shown when the selection was last placed. */
  private mounted = "";
  private frame = 0;
  private readonly editor = new Editor((cell, text, leave, hadFocus) => void this.entered(cell, text, leave, hadFocus), () => this.holding?.close());

  connectedCallback(): void {
    if (!this.root) {
      this.root = h("div", { class: "pgx" });
      const twin = h("div", { class: "pgx-twin" });
      twin.append(...this.childNodes);
      this.append(twin, this.root);
    }
    this.phone.addEventListener("change", this.remount);
    void this.load();
  }

  disconnectedCallback(): void {
    this.phone.removeEventListener("change", this.remount);
    this.loading?.abort();
    this.sync?.stop();
    this.holding?.stop();
    this.view?.destroy();
    this.view = null;
  }

  attributeChangedCallback(): void {
    if (this.isConnected && this.root) void this.load();
  }

  /** Shows the first page of rows as soon as it is here, the others as they come. */
  private async load(): Promise<void> {
    this.loading?.abort();
    this.sync?.stop();
    const loading = (this.loading = new AbortController());
    this.root?.replaceChildren(h("div", { class: "pgx-skel", role: "status", "aria-label": this.words("loading") }));
    try {
      const inline = this.dataset.grid;
      const page = inline ? (JSON.parse(inline) as PageData) : await fetchPage(this.dataset.src ?? "", loading.signal);
      this.start(page);
      await this.more(page, loading.signal);
    } catch (error) {
      if (loading.signal.aborted) return;
      if (!(error instanceof Refused)) throw error;
      this.failed(error);
    }
  }

  private async more(page: PageData, signal: AbortSignal): Promise<void> {
    const plan = this.plan;
    if (!plan) return;
    plan.isComplete = !page.next;
    for (let next = page.next; next; ) {
      const known = new Set(plan.parts.map(({ id }) => id));
      const found = await fetchPage(next, signal);
      plan.add(found);
      next = found.next;
      plan.isComplete = !next;
      this.sync?.restore(known);
      this.grow(plan);
    }
  }

  private grow(plan: Plan): void {
    this.selection.resize(plan.parts.length * this.shown.length, plan.weeks.length);
    this.cards?.add();
    if (!this.cards && !this.view?.grow()) this.mount(plan);
  }

  private start(page: PageData): void {
    const plan = (this.plan = new Plan(page, this.dataset.me ?? ""));
    this.formats = new Formats(plan.locale);
    plan.onChange = (parts) => this.changed(parts);
    this.shown = chosenLines(plan, this.dataset.lines);
    this.holding?.stop();
    this.holding = new Holding(this.dataset.lock ?? "", plan);
    this.sync = new Sync(this, plan, this.words, new Drafts(this.dataset.draft ?? this.dataset.src ?? this.id), {
      say: (text) => this.say(text),
      flash: (cells) => this.view?.flash(cells),
      reload: () => void this.load(),
    });
    const own = conventionOf(plan.locale);
    const ask = (example: string, readings: Parameters<typeof askConvention>[4]) => askConvention(this, this.words, this.formats, example, readings);
    this.actions = new Actions(plan, this.shown, own, this.formats, this.words, ask);
    this.mount(plan);
    this.sync.start();
    this.sync.restore();
  }

  private failed(error: Refused): void {
    const number = error.request ? ` (${error.request})` : "";
    this.root?.replaceChildren(h("div", { class: "notice pgx-failed", role: "alert" }, icon("alert"),
      h("span", {}, this.words("load-failed") + number), button(this.words("retry"), () => void this.load())));
  }

  /** Builds everything around the plan anew: after other lines were chosen, rows came or the screen changed. */
  private mount(plan: Plan): void {
    if (!this.root) return;
    const hadFocus = this.root.contains(document.activeElement) && document.activeElement?.closest("[role=grid]");
    const old = this.view?.place();
    const scroll = this.view?.scroll;
    this.view?.destroy();
    this.view = this.cards = null;
    if (!plan.parts.length) {
      this.root.replaceChildren(h("p", { class: "pgx-empty muted" }, this.words("empty")));
      return;
    }
    const context: Context = { plan, shown: this.shown, formats: this.formats, words: this.words, today: this.today(plan) };
    this.bar = new Bar(plan, this.words, SHOWN.filter((line) => plan.has(line)), {
      toggle: (line) => this.toggle(line),
      undo: () => this.replay("undo"),
      redo: () => this.replay("redo"),
      asIs: () => this.done("as-is-done", this.actions?.commitAsIs(this.selection) ?? 0),
      discard: () => this.discard(),
      send: () => void this.send(),
    }, Boolean(this.dataset.action));
    this.panels = new Panels(plan, this.words, this.formats, (place) => this.show(place));
    this.selection.resize(plan.parts.length * this.shown.length, plan.weeks.length);
    const label = this.getAttribute("label") ?? "";
    const body = this.phone.matches ? this.mountCards(context) : this.mountView(context, label);
    const foot = h("div", { class: "pgx-under" }, this.status, legend(plan, this.words));
    this.root.replaceChildren(this.bar.element, body, foot, this.panels.element);
    this.bar.paint(this.shown);
    this.panels.paint();
    this.settle(plan, old ?? null, scroll ?? null, Boolean(hadFocus));
  }

  /** Goes back to the cell that was active, at first to the first week that may be changed. */
  private settle(plan: Plan, old: Place | null, scroll: View["scroll"] | null, hadFocus: boolean): void {
    const { view } = this;
    const [first] = plan.parts;
    if (!view || !first) return;
    const lines = this.shown.join();
    if (!old) this.selection.to(view.cellOf(first, Math.min(plan.frozen, plan.weeks.length - 1)));
    else if (lines === this.mounted && scroll) view.scroll = scroll;
    else this.selection.to(view.cellOf(old.part, old.column));
    this.mounted = lines;
    if (hadFocus) view.go(this.selection.active);
    else view.paint();
    this.describe();
  }

  private mountCards(context: Context): HTMLElement {
    this.cards = new Cards(context, (part, column, text) => void this.took([{ part, column, text }]));
    return this.cards.element;
  }

  private mountView(context: Context, label: string): HTMLElement {
    const view = (this.view = new View(context, this.selection, label, this.clientWidth));
    view.onSelect = () => this.describe();
    view.element.addEventListener("keydown", (event) => this.key(event));
    view.element.addEventListener("dblclick", () => this.edit(null));
    view.element.addEventListener("pointerdown", () => (this.isEntering = false));
    view.element.addEventListener("copy", (event) => {
      event.clipboardData?.setData("text/plain", this.actions?.copy(this.selection.area) ?? "");
      event.preventDefault();
      this.say(counted(this.words, "copied-n", this.selection.count));
    });
    view.element.addEventListener("paste", (event) => {
      event.preventDefault();
      void this.paste(event.clipboardData?.getData("text/plain") ?? "");
    });
    return view.element;
  }

  private key(event: KeyboardEvent): void {
    const { view, plan } = this;
    if (!view || !plan || this.editor.isOpen || event.defaultPrevented) return;
    if (event.key === "Escape" && this.isEntering) this.isEntering = false;
    const commands: Commands = {
      selection: this.selection,
      rows: plan.parts.length * this.shown.length,
      columns: plan.weeks.length,
      rowsPerPage: view.rowsPerPage,
      columnsPerPage: view.columnsPerPage,
      isEntering: this.isEntering,
      move: (row, column, extend) => {
        if (event.key !== "Tab") this.isEntering = false;
        view.go({ row, column }, extend);
      },
      edit: (text) => this.edit(text),
      run: (name) => this.run(name),
    };
    if (handleKey(event, commands)) event.preventDefault();
  }

  private run(name: Parameters<Commands["run"]>[0]): void {
    const { view, actions, selection, plan } = this;
    if (!view || !actions || !plan) return;
    if (name === "undo" || name === "redo") this.replay(name);
    else if (name === "open") view.active()?.element.closest(".pgx-part")?.querySelector("a")?.click();
    else if (name === "collapse") view.go(selection.active);
    else if (name === "all") {
      const end = { row: plan.parts.length * this.shown.length - 1, column: plan.weeks.length - 1 };
      selection.to({ row: 0, column: 0 });
      selection.to(end, true);
      view.paint();
      this.describe();
    } else this.done(`${name === "takeBack" ? "taken-back" : "filled"}`, actions[name](selection.area));
  }

  private edit(text: string | null): void {
    const place = this.view?.place();
    const cell = this.view?.active();
    if (!place || !cell || !this.plan || this.editor.isOpen) return;
    if (this.plan.fixed(place.part, place.line, place.column) !== null) {
      this.describe();
      return;
    }
    const { part, line, column } = place;
    this.holding?.open(part.id);
    const value = text ?? this.formats.edit(this.plan.value(part, line, column));
    const week = this.words("week", { n: this.plan.weeks[column]?.number ?? "" });
    this.editor.open(cell, value, `${part.name || part.part}, ${week}, ${this.words(`line-${line}`)}`, text === null);
  }

  private async entered(cell: CellView, text: string, leave: Leave, hadFocus: boolean): Promise<void> {
    const { view, selection } = this;
    if (!view) return;
    const { part, column } = cell;
    const steps: Record<Leave, [number, number]> = {
      stay: [0, 0], down: [this.shown.length, 0], up: [-this.shown.length, 0], right: [0, 1], left: [0, -1],
    };
    this.isEntering = leave === "right" || leave === "left";
    if (text.trim() === "" && this.plan) this.plan.write([{ part, column, after: undefined }]);
    else if (text !== this.formats.edit(this.plan?.value(cell.part, cell.line, column) ?? null)) await this.took([{ part, column, text }]);
    this.holding?.close();
    const { row, column: at } = selection.active;
    if (hadFocus) view.go({ row: row + steps[leave][0], column: at + steps[leave][1] });
  }

  private async took(texts: { part: Part; column: number; text: string }[]): Promise<Outcome | null> {
    const outcome = (await this.actions?.take(texts)) ?? null;
    if (outcome?.refused) this.say(counted(this.words, "bad-title", outcome.refused));
    return outcome;
  }

  private async paste(text: string): Promise<void> {
    const outcome = text ? await this.actions?.paste(text, this.selection) : null;
    if (!outcome || !this.view) return;
    const { area } = outcome;
    this.selection.to({ row: area.bottom, column: area.right });
    this.selection.to({ row: area.top, column: area.left }, true);
    this.view.go({ row: area.top, column: area.left }, true);
    const notes = [
      counted(this.words, "pasted", outcome.taken),
      outcome.refused && counted(this.words, "bad-title", outcome.refused),
      outcome.cut && counted(this.words, "cut", outcome.cut),
    ];
    this.say(notes.filter(Boolean).join(" · "));
  }

  private replay(way: "undo" | "redo"): void {
    const place = way === "undo" ? this.plan?.undo() : this.plan?.redo();
    if (!place || !this.view) return;
    this.say(this.words(way === "undo" ? "undone" : "redone"));
    const isInside = this.view.element.contains(document.activeElement);
    if (isInside) this.view.go(this.view.cellOf(place.part, place.column));
  }

  private done(word: string, count: number): void {
    this.say(counted(this.words, word, count));
  }

  private discard(): void {
    const { plan } = this;
    if (!plan) return;
    const count = plan.write(plan.drafts().map(({ part, column }) => ({ part, column, after: undefined })));
    this.done("taken-back", count);
  }

  private async send(): Promise<void> {
    const { plan, sync } = this;
    if (!plan || !sync) return;
    const isSure = await askSend(this, this.words, this.formats, plan, this.dataset.partner ?? "");
    if (isSure) await sync.send();
  }

  private toggle(line: Shown): void {
    if (!this.plan) return;
    const kept = this.shown.includes(line) ? this.shown.filter((each) => each !== line) : SHOWN.filter((each) => each === line || this.shown.includes(each));
    if (!kept.length) return;
    this.shown.splice(0, this.shown.length, ...kept);
    keepLines(kept);
    this.mount(this.plan);
    this.bar?.focus(line);
  }

  private show({ part, column }: Place): void {
    if (this.cards) this.cards.show(part, column);
    else this.view?.go(this.view.cellOf(part, column));
  }

  /** Redraws what a change touched; many changes within one frame are drawn once. */
  private changed(parts: Set<Part>): void {
    this.view?.paint();
    this.cards?.paint(parts);
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.bar?.paint(this.shown);
      this.panels?.paint();
    });
    this.holding?.settle();
    this.sync?.save();
  }

  private describe(): void {
    if (!this.plan || !this.view) return;
    const { text, why } = describe(this.plan, this.view, this.selection, this.formats, this.words);
    this.say(text);
    const cell = this.view.active()?.element;
    if (why) cell?.setAttribute("aria-description", why);
    else cell?.removeAttribute("aria-description");
  }

  private say(text: string): void {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  private today(plan: Plan): number {
    const now = new Date();
    const here = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
    return columnOf(plan.weeks, this.dataset.today ?? here);
  }
}

customElements.define("plan-grid", PlanGrid);
