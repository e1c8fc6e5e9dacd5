/** Search and commands: asks the server while typing; arrows move, Enter opens. */
const WAIT = 120; // ms of quiet before a question

class CommandPalette extends HTMLElement {
  private question = 0;
  private asked = "";
  private start = "";

  connectedCallback(): void {
    this.start = this.results.innerHTML;
    this.input.addEventListener("input", () => this.later());
    this.addEventListener("keydown", (event) => this.key(event));
    this.querySelector("form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      (this.chosen ?? this.links[0])?.click();
    });
    this.choose(0);
  }

  private get input(): HTMLInputElement {
    return this.querySelector("input") as HTMLInputElement;
  }

  private get results(): HTMLElement {
    return this.querySelector("#hits") as HTMLElement;
  }

  private get links(): HTMLAnchorElement[] {
    return [...this.results.querySelectorAll<HTMLAnchorElement>("a[href]")];
  }

  private get chosen(): HTMLAnchorElement | null {
    return this.results.querySelector<HTMLAnchorElement>("a.on");
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = this.links;
    const now = this.chosen ? all.indexOf(this.chosen) : -1;
    this.choose((now + step + all.length) % all.length);
  }

  private choose(index: number): void {
    this.links.forEach((link, i) => {
      link.id = `hit-${i}`;
      link.classList.toggle("on", i === index);
      if (i === index) link.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", this.links.length ? `hit-${index}` : "");
  }

  private later(): void {
    clearTimeout(this.question);
    this.question = window.setTimeout(() => void this.ask(this.input.value.trim()), WAIT);
  }

  private async ask(words: string): Promise<void> {
    this.asked = words;
    if (!words) this.results.innerHTML = this.start;
    else {
      const url = new URL(this.dataset.src ?? "", location.href);
      url.searchParams.set("q", words);
      const answer = await fetch(url, { headers: { "HX-Request": "true" } });
      const html = await answer.text();
      if (!answer.ok || this.asked !== words) return; // an older answer than the question
      this.results.innerHTML = html;
      this.mark(words);
    }
    this.choose(0);
  }

  private mark(words: string): void {
    for (const span of this.results.querySelectorAll("a > span")) {
      const label = span.textContent ?? "";
      const at = label.toLowerCase().indexOf(words.toLowerCase());
      if (at < 0) continue;
      const mark = document.createElement("mark");
      mark.textContent = label.slice(at, at + words.length);
      span.replaceChildren(label.slice(0, at), mark, label.slice(at + words.length));
    }
  }
}

customElements.define("command-palette", CommandPalette);
