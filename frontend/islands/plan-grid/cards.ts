/** The phone's view: a card for each part, its weeks as a list with steppers. */
import type { Context } from "./cell.ts";
import { h, icon } from "./dom.ts";
import { markOf } from "./marks.ts";
import type { Part } from "./plan.ts";

interface WeekRow {
  element: HTMLElement;
  figures: HTMLElement;
  input: HTMLInputElement | null;
}

/** A round step of about a hundredth to a tenth of the quantity: 8,150 → 100, 390 → 10, 12 → 1. */
export function stepOf(quantity: number | null): number {
  return quantity && quantity >= 10 ? 10 ** (Math.floor(Math.log10(quantity)) - 1) : 1;
}

export class Cards {
  readonly element = h("div", { class: "pgx-cards" });
  private readonly cards = new Map<Part, { box: HTMLDetailsElement; facts: HTMLElement; rows: Map<number, WeekRow> }>();

  constructor(
    private readonly context: Context,
    private readonly type: (part: Part, column: number, text: string) => void,
  ) {
    this.add();
  }

  /** Adds a card for each part that has none yet. */
  add(): void {
    for (const part of this.context.plan.parts) {
      if (this.cards.has(part)) continue;
      const facts = h("span", { class: "pgx-facts" });
      const title = part.name || part.part;
      const summary = h("summary", {},
        h("span", { class: "pgx-who" }, h("b", {}, title), h("small", {}, [part.name && part.part, part.site, part.unit].filter(Boolean).join(" · "))),
        facts);
      const box = h("details", { class: "pgx-card" }, summary);
      const card = { box, facts, rows: new Map<number, WeekRow>() };
      this.cards.set(part, card);
      box.addEventListener("toggle", () => box.open && this.fill(part));
      this.element.append(box);
      this.paintFacts(part);
    }
    const first = this.context.plan.parts[0];
    const box = first && this.cards.get(first)?.box;
    if (box && this.cards.size === this.context.plan.parts.length && !this.element.querySelector("[open]")) box.open = true;
  }

  paint(parts: Iterable<Part>): void {
    for (const part of parts) {
      this.paintFacts(part);
      for (const column of this.cards.get(part)?.rows.keys() ?? []) this.paintWeek(part, column);
    }
  }

  /** Opens the card of a part and goes to one of its weeks. */
  show(part: Part, column: number): void {
    const card = this.cards.get(part);
    if (!card) return;
    card.box.open = true;
    this.fill(part);
    const row = card.rows.get(column);
    row?.element.scrollIntoView({ block: "center" });
    row?.input?.focus({ preventScroll: true });
  }

  private fill(part: Part): void {
    const card = this.cards.get(part);
    if (!card || card.rows.size) return;
    const { plan, words } = this.context;
    const dates = new Intl.DateTimeFormat(plan.locale, { day: "numeric", month: "short", timeZone: "UTC" });
    const list = h("ul", { class: "pgx-list" });
    plan.weeks.forEach((week, column) => {
      const fixed = part.editable === null ? "line" : plan.fixed(part, part.editable, column);
      const head = h("span", { class: "pgx-week" },
        h("b", {}, words("week", { n: week.number })),
        h("small", {}, fixed === "frozen" && icon("lock"), dates.format(new Date(`${week.date}T00:00:00Z`))));
      const figures = h("span", { class: "pgx-figs" });
      const input = fixed === null || fixed === "pending" ? this.stepper(part, column) : null;
      const element = h("li", { class: column === this.context.today ? "pgx-today" : null }, head, figures, input?.box);
      if (fixed === "frozen") element.title = words("why-frozen", { date: plan.frozenUntil ?? "" });
      card.rows.set(column, { element, figures, input: input?.field ?? null });
      list.append(element);
      this.paintWeek(part, column);
    });
    card.box.append(list);
  }

  private stepper(part: Part, column: number): { box: HTMLElement; field: HTMLInputElement } {
    const { plan, words, formats } = this.context;
    const week = words("week", { n: plan.weeks[column]?.number ?? "" });
    const label = `${part.name || part.part}, ${week}, ${words(`line-${part.editable ?? "commit"}`)}`;
    const field = h("input", { inputmode: "decimal", autocomplete: "off", "aria-label": label });
    const now = () => (part.editable ? plan.value(part, part.editable, column) : null);
    const step = (sign: number) => {
      const size = stepOf(plan.value(part, "forecast", column) ?? now());
      this.type(part, column, formats.edit(Math.max(0, (now() ?? 0) + sign * size)));
    };
    const stepButton = (name: string, word: string, sign: number) => {
      const made = h("button", { type: "button", class: "pgx-step", "aria-label": `${words(word)}, ${label}` }, icon(name));
      made.addEventListener("click", () => step(sign));
      return made;
    };
    field.addEventListener("change", () => this.type(part, column, field.value));
    return { field, box: h("span", { class: "pgx-stepper" }, stepButton("minus", "less", -1), field, stepButton("plus", "more", 1)) };
  }

  private paintWeek(part: Part, column: number): void {
    const { plan, shown, words, formats } = this.context;
    const row = this.cards.get(part)?.rows.get(column);
    if (!row) return;
    const edit = part.edits.get(column);
    const others = shown.filter((line) => !(row.input && line === part.editable));
    row.figures.replaceChildren(...others.flatMap((line) => {
      const value = plan.value(part, line, column);
      const isDifference = line === "gap" || line === "delta";
      if (value === null || (isDifference && value === 0)) return [];
      const mark = markOf(plan, part, line, column, shown);
      const figure = isDifference ? formats.signed(value) : formats.number(value);
      const meaning = mark.word && h("span", { class: "vh" }, `, ${words(mark.word)}`);
      const name = h("small", {}, `${words(`line-${line}`)} `);
      return [h("span", { class: `pgx-fig ${mark.tone && `pgx-${mark.tone}`} ${mark.shape && `pgx-${mark.shape}`}` }, name, h("span", { class: "pgx-m" }), figure, meaning)];
    }));
    row.element.classList.toggle("pgx-dirty", edit?.draft !== undefined && !edit.pending);
    row.element.classList.toggle("pgx-bad", Boolean(edit?.bad));
    row.element.classList.toggle("pgx-pending", Boolean(edit?.pending));
    if (!row.input || !part.editable) return;
    row.input.value = formats.number(plan.value(part, part.editable, column));
    row.input.setAttribute("aria-invalid", String(Boolean(edit?.bad)));
    row.input.readOnly = Boolean(edit?.pending);
  }

  private paintFacts(part: Part): void {
    const { plan, words } = this.context;
    const card = this.cards.get(part);
    if (!card) return;
    const held = plan.lock(part);
    const changed = [...part.edits.values()].filter(({ draft }) => draft !== undefined).length;
    const short = plan.weeks.filter((_week, column) => (plan.value(part, "gap", column) ?? 0) < 0).length;
    const bottleneck = part.status?.filter((status) => status === "bottleneck").length ?? 0;
    const pill = (tone: string, text: string) => h("span", { class: `sev sev-${tone}` }, text);
    card.facts.replaceChildren(...[
      held && h("span", { class: "pgx-lock", title: words("lock", { name: held.name }) }, held.initials),
      changed > 0 && pill("info", words("n-changed", { n: changed })),
      bottleneck > 0 && pill("crit", words("n-bottleneck", { n: bottleneck })),
      short > 0 && bottleneck === 0 && pill("warn", words("n-short", { n: short })),
    ].filter((each) => each instanceof HTMLElement));
  }
}
