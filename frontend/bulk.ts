/** Row selection: count in the bulk bar, ranges with Shift, clear with one button. */
let last: HTMLInputElement | null = null;

export function startBulk(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target instanceof HTMLInputElement && target.matches("[data-row]")) range(target, event.shiftKey);
    if (target instanceof HTMLInputElement && target.matches("[data-row-all]")) {
      boxes(target.form).forEach((box) => (box.checked = target.checked));
      show(target.form);
    }
    const clear = target.closest("[data-bulk-clear]");
    if (clear) {
      const form = document.getElementById(clear.closest<HTMLElement>("[data-bulk]")?.dataset.bulk ?? "");
      if (form instanceof HTMLFormElement) {
        boxes(form).forEach((box) => (box.checked = false));
        show(form);
      }
    }
  });
}

const boxes = (form: HTMLFormElement | null) =>
  form ? [...form.elements].filter((each): each is HTMLInputElement => each.matches("[data-row]")) : [];

function range(box: HTMLInputElement, isRange: boolean): void {
  const all = boxes(box.form);
  if (isRange && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b) as [number, number];
    all.slice(from, to + 1).forEach((each) => (each.checked = box.checked));
  }
  last = box;
  show(box.form);
}

function show(form: HTMLFormElement | null): void {
  const bar = form?.id ? document.querySelector<HTMLElement>(`[data-bulk="${CSS.escape(form.id)}"]`) : null;
  const number = bar?.querySelector("[data-bulk-count]");
  if (!bar || !number) return;
  const chosen = boxes(form).filter((box) => box.checked).length;
  number.textContent = String(chosen);
  bar.hidden = chosen === 0;
}
