import { beforeEach, describe, expect, it } from "vitest";
import { Strip, type Item } from "../islands/plan-grid/strip.ts";
import { places } from "../islands/plan-grid/viewport.ts";

/** As much of a list of elements as a strip needs; counts what costs the browser a layout. */
class Parent {
  readonly children: Child[] = [];
  moves = 0;

  insertBefore(child: Child, next: Child | null): void {
    child.remove();
    this.children.splice(next ? this.children.indexOf(next) : this.children.length, 0, child);
    child.parentNode = this;
    this.moves++;
  }
}

class Child {
  parentNode: Parent | null = null;

  get nextElementSibling(): Child | null {
    const all = this.parentNode?.children ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }

  remove(): void {
    this.parentNode?.children.splice(this.parentNode.children.indexOf(this), 1);
    this.parentNode = null;
  }
}

interface Cell extends Item {
  at: number;
}

describe("a strip of elements", () => {
  let parent: Parent, made: Cell[], strip: Strip<Cell>;
  const order = (except?: Cell) => parent.children
    .map((child) => made.find(({ element }) => (element as unknown) === child))
    .filter((cell) => cell !== except)
    .map((cell) => cell?.at);

  beforeEach(() => {
    parent = new Parent();
    made = [];
    const make = (at: number): Cell => {
      const cell = { at, element: new Child() as unknown as HTMLElement };
      made.push(cell);
      return cell;
    };
    strip = new Strip<Cell>(parent as unknown as HTMLElement, make, (cell, at) => (cell.at = at));
  });

  it("says something else after a jump, without a new element or a moved one", () => {
    strip.show(places({ from: 0, to: 12 }));
    parent.moves = 0;
    strip.show(places({ from: 40, to: 52 }));
    expect(order()).toEqual(places({ from: 40, to: 52 }));
    expect([made.length, parent.moves]).toEqual([12, 0]);
  });

  it("leaves the one that has the focus where it is, until it may go", () => {
    strip.show(places({ from: 0, to: 12 }));
    const left = strip.get(3);
    strip.show(places({ from: 40, to: 51 }), 3);
    expect(left?.at).toBe(3);
    expect(order(left)).toEqual(places({ from: 40, to: 51 }));
    strip.show(places({ from: 40, to: 51 }));
    expect(order()).toEqual(places({ from: 40, to: 51 }));
  });

  it("stays in order through any walk, and never touches what stays in view", () => {
    let seed = 7, newcomers = 0;
    const next = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let step = 0; step < 400; step++) {
      const from = next(40), range = { from, to: from + 1 + next(12) };
      const active = next(3) ? undefined : next(52);
      const held = next(4) ? undefined : [...Array(52).keys()].find((at) => strip.get(at));
      const wanted = places(range, active);
      const staying = wanted.flatMap((at) => strip.get(at) ?? []);
      newcomers += wanted.length - staying.length;
      const before = staying.map(({ element }) => element);
      strip.show(wanted, held);
      expect(order(held !== undefined && !wanted.includes(held) ? strip.get(held) : undefined)).toEqual(wanted);
      expect(staying.map(({ at }) => strip.get(at)?.element)).toEqual(before);
    }
    expect(made.length).toBeLessThan(newcomers / 2);
  });
});
