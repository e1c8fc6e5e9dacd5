/** On a phone a search shows its first field; the others wait behind a button that says how many are set. */
import { text } from "./texts.ts";

const FOLDED = "form.filters[role=search]:has(> label ~ label ~ label):not(:has(> .more-f))";

export function foldFilters(root: ParentNode = document): void {
  for (const form of root.querySelectorAll<HTMLFormElement>(FOLDED)) {
    const [first, ...others] = form.querySelectorAll<HTMLElement>(":scope > label");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn more-f" });
    const count = others.filter(isSet).length;
    button.textContent = count ? `${text("filters")} (${count})` : text("filters");
    button.setAttribute("aria-expanded", "false");
    button.onclick = () => button.setAttribute("aria-expanded", String(form.classList.toggle("is-open")));
    first?.after(button);
  }
}

/** Whether the page was asked for with a value of this field that is not its first choice. */
function isSet(label: HTMLElement): boolean {
  const field = label.querySelector<HTMLInputElement | HTMLSelectElement>("input, select");
  const isFirst = field instanceof HTMLSelectElement && field.selectedIndex === 0;
  return Boolean(field && !isFirst && new URLSearchParams(location.search).get(field.name));
}
