/** The page of a part stays as it is while it is read: only panels whose figures changed are put in anew. */
export {};

const WAIT_MS = 1_500; // how long changes are collected before they are asked for

class PartPage extends HTMLElement {
  private timer = 0;
  private readonly stock = (event: Event) => this.note((event as CustomEvent<{ id?: string }>).detail.id);
  private readonly any = () => this.note();

  connectedCallback(): void {
    document.addEventListener("live:inventory.coverage", this.stock);
    document.addEventListener("live:inventory.notice", this.any);
    document.addEventListener("live:resync", this.any);
  }

  disconnectedCallback(): void {
    document.removeEventListener("live:inventory.coverage", this.stock);
    document.removeEventListener("live:inventory.notice", this.any);
    document.removeEventListener("live:resync", this.any);
    clearTimeout(this.timer);
  }

  /** `element` is "coverage-<key>": other parts' stock is no news here. */
  private note(element?: string): void {
    const key = element?.replace("coverage-", "");
    if (key && !(this.dataset.coverages ?? "").split(" ").includes(key)) return;
    this.timer ||= window.setTimeout(() => void this.refresh(), WAIT_MS);
  }

  private async refresh(): Promise<void> {
    this.timer = 0;
    try {
      const answer = await fetch(location.href);
      if (answer.ok) this.take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the network; the next change asks again
    }
  }

  private take(told: Document): void {
    for (const old of this.querySelectorAll<HTMLElement>("[data-panel]")) {
      const fresh = told.getElementById(old.id);
      if (!fresh || said(old) === said(fresh) || old.contains(document.activeElement)) continue;
      const open = [...old.querySelectorAll("details")].map((each) => each.open);
      old.replaceWith(fresh);
      fresh.querySelectorAll("details").forEach((each, i) => (each.open = open[i] ?? false));
    }
  }
}

/** What a panel says, without drawings and without ages, which count on by themselves. */
function said(panel: HTMLElement): string {
  const copy = panel.cloneNode(true) as HTMLElement;
  for (const drawing of copy.querySelectorAll(".plotbox")) drawing.remove();
  for (const age of copy.querySelectorAll<HTMLTimeElement>("time[data-age]")) age.textContent = age.dateTime;
  return copy.textContent?.replace(/\s+/g, " ").trim() ?? "";
}

customElements.define("part-page", PartPage);
