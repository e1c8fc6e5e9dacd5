/** Small helpers to build elements without inline styles. */

type Child = Node | string | null | false | undefined;

export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string | number | boolean | null | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

export function button(label: string, act: () => void, attributes: Record<string, string | boolean> = {}, ...before: Child[]): HTMLButtonElement {
  const made = h("button", { type: "button", class: "btn", ...attributes }, ...before, label);
  made.addEventListener("click", act);
  return made;
}

export function icon(name: string): SVGSVGElement {
  const image = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  const sprite = document.querySelector("use")?.getAttribute("href")?.split("#")[0] ?? "";
  use.setAttribute("href", `${sprite}#${name}`);
  image.setAttribute("class", "i");
  image.setAttribute("aria-hidden", "true");
  image.append(use);
  return image;
}

/** Writes only what differs, so that unchanged cells cost the browser nothing. */
export function put(element: Element, attribute: string, value: string | null): void {
  if (element.getAttribute(attribute) === value) return;
  if (value === null) element.removeAttribute(attribute);
  else element.setAttribute(attribute, value);
}

/** Changes a text in place, which costs the browser less than a new node. */
export function say(element: HTMLElement, text: string): void {
  const known = element.firstChild as Text | null;
  if (!known) element.append(text);
  else if (known.data !== text) known.data = text;
}

/** Leaves `start` px free before an element that stands in the flow of its row. */
export function indent(element: HTMLElement, start: number): void {
  const margin = start ? `${start}px` : "";
  if (element.style.marginInlineStart !== margin) element.style.marginInlineStart = margin;
}
