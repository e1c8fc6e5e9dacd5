/** The grid's questions: how a number is meant, and whether to send. */
import type { Line } from "./data.ts";
import { button, h, icon } from "./dom.ts";
import type { Convention, Formats } from "./numbers.ts";
import type { Part, Place, Plan } from "./plan.ts";
import { counted, type Words } from "./words.ts";

let dialogs = 0;

/** Opens a modal dialog and resolves with the value it was closed with, "" if dismissed. */
function open(host: HTMLElement, words: Words, title: string, build: (close: (value: string) => void) => (Node | string)[]): Promise<string> {
  return new Promise((resolve) => {
    const id = `pgx-d${++dialogs}`;
    const back = document.activeElement;
    const dialog = h("dialog", { class: "sheet pgx-ask", "aria-labelledby": id });
    const close = (value: string) => dialog.close(value);
    const cross = h("button", { class: "ib", type: "button", "aria-label": words("close") }, icon("x"));
    cross.addEventListener("click", () => close(""));
    dialog.append(h("header", { class: "ch" }, h("h2", { id }, title), h("span", { class: "grow" }), cross), ...build(close));
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (back instanceof HTMLElement) back.focus({ preventScroll: true });
      resolve(dialog.returnValue);
    });
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    host.append(dialog);
    dialog.showModal();
  });
}

export async function askConvention(
  host: HTMLElement,
  words: Words,
  formats: Formats,
  example: string,
  readings: { convention: Convention; value: number }[],
): Promise<Convention | null> {
  const chosen = await open(host, words, words("doubt-title", { example }), (close) => [
    h("div", { class: "cb pgx-choices" },
      h("p", {}, words("doubt-text")),
      ...readings.map(({ convention, value }) => button(
        words(value >= 1000 ? "doubt-thousands" : "doubt-decimal", { value: formats.number(value) }),
        () => close(convention.decimal),
      ))),
  ]);
  return chosen === "," || chosen === "." ? { decimal: chosen } : null;
}

export interface Effect {
  cells: number;
  parts: number;
  partner: string;
  line: Line;
}

export function effectOf(plan: Plan, words: Words, partner: string): Effect {
  const drafts = plan.drafts();
  const partners = [...new Set(drafts.map(({ part }) => part.partner).filter(Boolean))];
  const first = partners[0] ?? "";
  return {
    cells: drafts.length,
    parts: new Set(drafts.map(({ part }) => part)).size,
    partner: partner || (partners.length > 1 ? words("partners", { n: partners.length }) : first),
    line: drafts[0]?.part.editable ?? "commit",
  };
}

/** Asks before sending, with the effect in the button; asks for reasons where commits fall short and where a forecast is overruled. */
export async function askSend(host: HTMLElement, words: Words, formats: Formats, plan: Plan, partner: string): Promise<boolean> {
  const effect = effectOf(plan, words, partner);
  const label = counted(words, `send-${effect.line}`, effect.cells, { partner: effect.partner });
  const drafts = plan.drafts();
  const short = drafts.filter(({ part, column }) => part.editable === "commit" && (plan.value(part, "gap", column) ?? 0) < 0);
  const owing = drafts.filter(({ part }) => part.editable === "forecast").concat(short);
  const change = drafts.reduce((sum, { part, column, draft }) => sum + draft - (part.lines[part.editable ?? "commit"]?.[column] ?? 0), 0);
  const missing = short.reduce((sum, { part, column }) => sum + (plan.value(part, "gap", column) ?? 0), 0);
  const chosen = await open(host, words, words("send-title"), (close) => {
    const reasons = owing.length && plan.reasons.length ? reasonFields(words, plan, owing) : null;
    const form = h("form", { class: "cb form", method: "dialog" },
      h("dl", { class: "facts f3" },
        fact(words("send-cells"), formats.number(effect.cells)),
        fact(words("send-parts"), formats.number(effect.parts)),
        fact(words("send-change"), formats.signed(change))),
      short.length > 0 && h("p", { class: "notice notice-warn" }, icon("alert"),
        h("span", {}, counted(words, "send-short", short.length, { sum: formats.number(-missing) }))),
      reasons,
      h("div", { class: "bar pgx-end" },
        button(words("cancel"), () => close("")),
        h("button", { class: "btn btn-p", type: "submit" }, icon("send"), label)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (reasons) keepReasons(form, plan, owing);
      close("send");
    });
    return [form];
  });
  return chosen === "send";
}

function fact(label: string, value: string): HTMLElement {
  return h("div", {}, h("dt", {}, label), h("dd", {}, value));
}

/** One choice for all and, folded, one for each part. */
function reasonFields(words: Words, plan: Plan, owing: Place[]): HTMLElement {
  const choices = (empty: string) => [h("option", { value: "" }, empty), ...plan.reasons.map(({ code, text }) => h("option", { value: code }, text))];
  const all = h("select", { name: "all", required: true, id: "pgx-reason" }, ...choices(words("reason-choose")));
  const parts = [...new Set(owing.map(({ part }) => part))];
  return h("div", { class: "field" },
    h("label", { for: "pgx-reason" }, words("reason")),
    all,
    parts.length > 1 && h("details", { class: "dt-t" },
      h("summary", {}, words("reason-parts")),
      h("div", { class: "pgx-reasons" }, ...parts.map((part) => h("label", {},
        h("span", {}, part.name || part.part),
        h("select", { name: part.id }, ...choices(words("reason-same"))))))));
}

function keepReasons(form: HTMLFormElement, plan: Plan, owing: Place[]): void {
  const data = new FormData(form);
  const reasonOf = (part: Part) => String(data.get(part.id) || data.get("all") || "");
  plan.put(owing.map(({ part, column }) => ({ part, column, after: { ...part.edits.get(column), reason: reasonOf(part) } })));
}
