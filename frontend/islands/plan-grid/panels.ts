/** What stands under the grid: values that were not taken, and quantities that both sides changed. */
import { button, h } from "./dom.ts";
import type { Formats } from "./numbers.ts";
import type { Edit, Place, Plan } from "./plan.ts";
import { counted, type Words } from "./words.ts";

const MOST = 50; // rows listed; the count in the title is of all

type Found = Place & { edit: Edit };

export class Panels {
  readonly element = h("div", { class: "pgx-panels" });

  constructor(
    private readonly plan: Plan,
    private readonly words: Words,
    private readonly formats: Formats,
    private readonly show: (place: Place) => void,
  ) {}

  paint(): void {
    const conflicts = this.plan.places(({ theirs }) => theirs !== undefined);
    const bad = this.plan.places((edit) => edit.bad !== undefined);
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(...[
      conflicts.length ? this.conflicts(conflicts) : null,
      bad.length ? this.bad(bad) : null,
    ].filter((each) => each !== null));
    if (hadFocus) this.element.querySelector("button")?.focus({ preventScroll: true });
  }

  private conflicts(found: Found[]): HTMLElement {
    const { words, formats, plan } = this;
    const settle = (places: Place[], keep: "mine" | "theirs") => places.forEach((place) => plan.resolve(place, keep));
    return this.panel("conflict", counted(words, "conflict-title", found.length), found, [words("mine"), words("theirs"), ""],
      ({ part, column, edit }) => [
        h("td", { class: "num", "data-label": words("mine") }, h("b", {}, formats.number(edit.draft ?? null))),
        h("td", { class: "num", "data-label": words("theirs") }, h("b", {}, edit.theirs === null ? "–" : formats.number(edit.theirs ?? null))),
        h("td", {}, h("span", { class: "bar pgx-end" },
          button(words("keep-mine"), () => settle([{ part, column }], "mine")),
          button(words("keep-theirs"), () => settle([{ part, column }], "theirs")))),
      ],
      [
        button(words("all-mine"), () => settle(found, "mine"), { class: "lnk" }),
        button(words("all-theirs"), () => settle(found, "theirs"), { class: "lnk" }),
      ]);
  }

  private bad(found: Found[]): HTMLElement {
    const { words, plan } = this;
    const dismiss = () => plan.put(found.map(({ part, column, edit: { bad: _bad, ...edit } }) => ({
      part, column, after: Object.keys(edit).length ? edit : undefined,
    })));
    return this.panel("bad", counted(words, "bad-title", found.length), found, [words("expected"), words("got")],
      ({ edit }) => [
        h("td", { "data-label": words("expected") }, edit.bad?.expected ?? ""),
        h("td", { "data-label": words("got") }, h("code", {}, edit.bad?.value ?? "")),
      ],
      [button(words("dismiss"), dismiss, { class: "lnk" })]);
  }

  private panel(name: string, title: string, found: Found[], columns: string[], cells: (each: Found) => Node[], actions: Node[]): HTMLElement {
    const { words, plan } = this;
    const rows = found.slice(0, MOST).map((each) => {
      const { part, column } = each;
      const week = words("week", { n: plan.weeks[column]?.number ?? "" });
      const link = button(part.name ? `${part.name} · ${part.part}` : part.part, () => this.show({ part, column }), { class: "lnk" });
      return h("tr", {}, h("th", { scope: "row" }, link), h("td", { "data-label": words("week-head") }, week), ...cells(each));
    });
    const head = [words("part"), words("week-head"), ...columns].map((label, i) => (
      label ? h("th", { scope: "col", class: name === "conflict" && i > 1 ? "num" : null }, label) : h("td", {})
    ));
    return h("section", { class: `pgx-panel pgx-panel-${name}`, "aria-label": title },
      h("header", { class: "ch" }, h("h3", {}, title), h("span", { class: "grow" }), ...actions),
      h("div", { class: "scroll scroll-cards" }, h("table", { class: "tb cards" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows))),
      found.length > MOST && h("p", { class: "cf muted" }, words("and-more", { n: found.length - MOST })));
  }
}
