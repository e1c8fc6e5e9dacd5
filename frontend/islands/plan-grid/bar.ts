/** The bar over the grid: which lines are shown, undo, commit as is, send. */
import type { Shown } from "./data.ts";
import { button, h, icon } from "./dom.ts";
import type { Plan } from "./plan.ts";
import { counted, type Words } from "./words.ts";

export interface BarActs {
  toggle(line: Shown): void;
  undo(): void;
  redo(): void;
  asIs(): void;
  discard(): void;
  send(): void;
}

export class Bar {
  readonly element: HTMLElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly discard: HTMLButtonElement;
  private readonly send: HTMLButtonElement;
  private readonly toggles = new Map<Shown, HTMLButtonElement>();

  constructor(private readonly plan: Plan, private readonly words: Words, available: Shown[], acts: BarActs, canSend: boolean) {
    const lines = h("div", { class: "seg pgx-lines", role: "group", "aria-label": words("lines") }, ...available.map((line) => {
      const made = h("button", { type: "button" }, words(`line-${line}`));
      made.addEventListener("click", () => acts.toggle(line));
      this.toggles.set(line, made);
      return made;
    }));
    const iconOnly = (name: string, label: string, act: () => void, cls = "btn pgx-ib") => {
      const made = h("button", { type: "button", class: cls, "aria-label": label, title: label }, icon(name));
      made.addEventListener("click", act);
      return made;
    };
    this.undo = iconOnly("undo", words("undo"), acts.undo);
    this.redo = iconOnly("undo", words("redo"), acts.redo, "btn pgx-ib pgx-redo");
    this.discard = button(words("discard"), acts.discard, { class: "btn" });
    this.send = button(words("send"), acts.send, { class: "btn btn-p pgx-send" });
    const canEdit = plan.parts.some((part) => part.editable !== null);
    const hasCommits = plan.parts.some((part) => part.editable === "commit");
    this.element = h("div", { class: "pgx-bar" }, available.length > 1 && lines, h("span", { class: "grow" }),
      canEdit && this.discard, canEdit && this.undo, canEdit && this.redo,
      hasCommits && button(words("as-is"), acts.asIs, {}, icon("check")),
      canEdit && canSend && this.send);
  }

  focus(line: Shown): void {
    this.toggles.get(line)?.focus({ preventScroll: true });
  }

  paint(shown: readonly Shown[]): void {
    const drafts = this.plan.drafts().length;
    const isSending = this.plan.places((edit) => Boolean(edit.pending)).length > 0;
    for (const [line, toggle] of this.toggles) {
      toggle.setAttribute("aria-pressed", String(shown.includes(line)));
      toggle.disabled = shown.length === 1 && shown.includes(line);
    }
    this.undo.disabled = !this.plan.canUndo;
    this.redo.disabled = !this.plan.canRedo;
    this.discard.hidden = drafts === 0;
    this.send.disabled = drafts === 0 || isSending;
    this.send.textContent = isSending ? this.words("sending") : drafts ? counted(this.words, "send-n", drafts) : this.words("send");
  }
}
