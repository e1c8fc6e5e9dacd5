/** Keyboard: palette, go-to, filter, help and moving in lists; single letters can be switched off. */
const CHORD = 1_200; // ms between "g" and the letter

let chordUntil = 0;

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.body.dataset.keys === "off" || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (handle(event)) event.preventDefault();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && Boolean(target.closest("input, select, textarea, [contenteditable], [role=grid]"));
}

function handle(event: KeyboardEvent): boolean {
  const key = event.key;
  if (Date.now() < chordUntil) {
    chordUntil = 0;
    return follow(document.querySelector<HTMLElement>(`[data-go="${CSS.escape(key)}"]`));
  }
  if (key === "g") {
    chordUntil = Date.now() + CHORD;
    return true;
  }
  if (key === "?") return openHelp();
  if (key === "/") return focus(document.querySelector<HTMLElement>("main [data-filter], main input[type=search]"));
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  const row = current();
  if (!row) return false;
  if (key === "x") return tick(row, event.shiftKey);
  if (key === "Enter" && document.activeElement === row) return follow(row.querySelector<HTMLElement>("a[href]"));
  return follow(row.querySelector<HTMLElement>(`[data-key-action="${CSS.escape(key)}"]`));
}

const rows = () => [...document.querySelectorAll<HTMLElement>("main [data-key]")];
const current = () => (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-key]") ?? null;

function move(step: number): boolean {
  const all = rows();
  const now = current();
  const next = all[now ? Math.max(0, Math.min(all.length - 1, all.indexOf(now) + step)) : 0];
  if (next && next.tabIndex < 0) next.tabIndex = -1;
  return focus(next ?? null);
}

function tick(row: HTMLElement, isRange: boolean): boolean {
  const box = row.querySelector<HTMLInputElement>("input[data-row]");
  box?.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: isRange }));
  return Boolean(box);
}

function follow(element: HTMLElement | null): boolean {
  element?.click();
  return Boolean(element);
}

function focus(element: HTMLElement | null): boolean {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return Boolean(element);
}

export function openPalette(): void {
  const palette = document.querySelector<HTMLDialogElement>("dialog#palette");
  if (palette && !palette.open) palette.showModal();
  palette?.querySelector<HTMLInputElement>("input")?.select();
}

function openHelp(): boolean {
  const dialog = document.querySelector<HTMLDialogElement>("dialog#help");
  const place = dialog?.querySelector<HTMLElement>("[data-help]");
  if (!dialog || !place?.dataset.help) return false;
  dialog.showModal();
  if (!place.childElementCount) void fill(place, place.dataset.help);
  return true;
}

async function fill(place: HTMLElement, url: string): Promise<void> {
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  if (answer.ok) place.innerHTML = await answer.text();
  else location.assign(url);
}
