/** Toasts: at most three, six seconds, held while pointed at or focused, with Undo where offered. */
import htmx from "htmx.org";
import { text } from "./texts.ts";

const LASTS = 6_000, MOST = 3;
export interface Toast {
  text: string;
  undo?: string;
  tone?: string;
  retry?: () => void;
}

export function toast({ text: words, undo, tone, retry }: Toast): void {
  const place = document.getElementById(tone === "crit" ? "toasts-urgent" : "toasts");
  if (!place) return;
  const box = document.createElement("div");
  box.className = tone ? `toast toast-${tone}` : "toast";
  const span = document.createElement("span");
  span.textContent = words;
  box.append(span);
  if (undo) box.dataset.undo = undo;
  place.append(box);
  equip(box, retry);
  while (place.children.length > MOST) place.firstElementChild?.remove();
}

function equip(box: HTMLElement, retry?: () => void): void {
  const undo = box.dataset.undo;
  if (undo) button(box, text("undo"), () => void htmx.ajax("post", undo, { source: box, swap: "none" }));
  if (retry) button(box, text("retry"), retry);
  let timer = 0;
  const go = () => (timer = window.setTimeout(() => box.remove(), LASTS));
  const hold = () => clearTimeout(timer);
  box.addEventListener("pointerenter", hold);
  box.addEventListener("focusin", hold);
  box.addEventListener("pointerleave", go);
  box.addEventListener("focusout", go);
  go();
}

function button(box: HTMLElement, label: string, act: () => void): void {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.onclick = () => {
    act();
    box.remove();
  };
  box.append(made);
}

export function startToasts(): void {
  document.querySelectorAll<HTMLElement>("[data-toast]").forEach((box) => equip(box));
  document.addEventListener("toast", (event) => toast((event as CustomEvent<Toast>).detail));
  document.addEventListener("htmx:sendError", () => toast({ text: text("offline"), tone: "crit" }));
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, elt } = (event as CustomEvent<{ xhr: XMLHttpRequest; elt: HTMLElement }>).detail;
    const number = xhr.getResponseHeader("X-Request-ID");
    const isForm = elt instanceof HTMLFormElement || elt instanceof HTMLButtonElement;
    if (isForm) toast({ text: number ? `${text("failed")} (${number})` : text("failed"), tone: "crit" });
  });
}
