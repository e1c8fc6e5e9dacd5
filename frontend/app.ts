/** What runs on every page. */
import "./css/app.css";
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";
import { startBulk } from "./bulk.ts";
import { foldFilters } from "./filters.ts";
import { startGone } from "./gone.ts";
import { openPalette, startKeys } from "./keys.ts";
import { Live } from "./live.ts";
import { text } from "./texts.ts";
import { startTheme } from "./theme.ts";
import { startToasts, toast } from "./toast.ts";

const islands = import.meta.glob("./islands/*.ts");

function loadIslands(root: ParentNode = document): void {
  for (const element of root.querySelectorAll(":not(:defined)")) {
    const load = islands[`./islands/${element.localName}.ts`];
    if (load) void load();
  }
}

htmx.defineExtension("morph", {
  isInlineSwap: (style: string) => style === "morph",
  handleSwap: (style: string, target: Node, fragment: Node) => {
    if (!style.startsWith("morph") || !(target instanceof Element)) return false;
    const morphStyle = style === "morph:innerHTML" ? "innerHTML" : "outerHTML";
    const content = morphStyle === "innerHTML" ? [...fragment.childNodes] : [...(fragment as DocumentFragment).children];
    return Idiomorph.morph(target, content as unknown as Element, { morphStyle }) as Node[];
  },
} as Parameters<typeof htmx.defineExtension>[1]);
document.body.setAttribute("hx-ext", "morph");

document.addEventListener("htmx:configRequest", (event) => {
  const { headers, verb } = (event as CustomEvent<{ headers: Record<string, string>; verb: string }>).detail;
  if (verb !== "get") headers["X-CSRFToken"] = csrf();
});
document.addEventListener("htmx:load", (event) => {
  const root = (event.target as Element).parentElement ?? document;
  loadIslands(root);
  foldFilters(root);
});
document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.target as HTMLElement;
  if (target.id === "drawer" && !target.matches(":popover-open")) target.showPopover();
});

function csrf(): string {
  const printed = document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content;
  return printed ?? /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  if (target.closest("[data-palette]")) openPalette();
  const close = target.closest("[data-close]");
  close?.closest("dialog")?.close();
  close?.closest<HTMLElement>("[popover]")?.hidePopover();
  if (target instanceof HTMLDialogElement) target.close(); // a click on the backdrop
  const copy = target.closest<HTMLElement>("[data-copy]");
  if (copy) void navigator.clipboard.writeText(copy.dataset.copy ?? "").then(() => toast({ text: text("copied") }));
  const opener = target.closest<HTMLElement>("[data-opens]");
  if (opener) document.querySelector<HTMLDialogElement>(`dialog#${CSS.escape(opener.dataset.opens ?? "")}`)?.showModal();
});

/** Close the menus that are open, but for the one the event is in. */
function closeMenus(inside?: EventTarget | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>(".menu-d[open]")) {
    if (inside && menu.contains(inside as Node)) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
    menu.open = false;
  }
}
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("focusin", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
});

document.addEventListener("change", (event) => {
  const target = event.target as HTMLElement;
  if (target.matches("[data-submit]")) target.closest("form")?.requestSubmit();
});

// Whoever signs out leaves no figures behind on a shared machine.
document.addEventListener("submit", (event) => {
  if (!(event.target as HTMLFormElement).action.includes("/logout")) return;
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
});

function tickClocks(): void {
  for (const clock of document.querySelectorAll<HTMLElement>("[data-clock]")) {
    const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: clock.dataset.clock ?? "UTC" } as const;
    clock.textContent = new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date());
  }
}

function tickAges(): void {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "narrow", numeric: "auto" });
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-age]")) {
    const minutes = Math.max(0, Math.round((Date.now() - Date.parse(time.dateTime)) / 60_000));
    const [amount, unit] = minutes < 60 ? [minutes, "minute" as const] : minutes < 2880
      ? [Math.round(minutes / 60), "hour" as const] : [Math.round(minutes / 1440), "day" as const];
    time.textContent = format.format(-amount, unit);
  }
}

function tick(): void {
  tickClocks();
  tickAges();
}

startTheme();
startToasts();
startKeys();
startBulk();
startGone();
foldFilters();
loadIslands();
tick();
setInterval(tick, 15_000);
for (const name of ["htmx:load", "live:work.exceptions", "ages"]) document.addEventListener(name, tickAges);
new Live().start();
