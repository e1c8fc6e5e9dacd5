/** A row of elements kept in step with the places in view: those that left stand in for those that came. */

export interface Item {
  readonly element: HTMLElement;
}

export class Strip<T extends Item> {
  private readonly items = new Map<number, T>();

  /** `make` builds the item of a place, `turn` makes another place of an item; both leave it in the strip. */
  constructor(
    private readonly parent: HTMLElement,
    private readonly make: (at: number) => T,
    private readonly turn: (item: T, at: number) => void,
  ) {}

  get(at: number): T | undefined {
    return this.items.get(at);
  }

  /**
   * Shows `places`, ascending, in this order. An item whose place stays is never moved, or it would lose the focus;
   * nor is the one at `held`, which stays though it is at none of the places.
   */
  show(places: readonly number[], held?: number): void {
    const wanted = new Set(places);
    const free = this.release(wanted, held);
    const isMiss = !places.some((at) => this.items.has(at)); // then all stay where they are and only say something else
    if (!isMiss) for (const { element } of free) element.remove();
    const aside = held === undefined || wanted.has(held) ? undefined : this.items.get(held)?.element;
    let next: Element | null = null;
    for (let i = places.length - 1; i >= 0; i--) {
      const at = places[i] ?? 0;
      const item: T = this.items.get(at) ?? this.take(free.pop(), at, next, aside);
      next = item.element;
    }
    for (const { element } of free) element.remove();
  }

  private release(wanted: ReadonlySet<number>, held?: number): T[] {
    const left = [...this.items.keys()].filter((at) => !wanted.has(at) && at !== held).sort((a, b) => a - b);
    return left.flatMap((at) => {
      const item = this.items.get(at);
      this.items.delete(at);
      return item ? [item] : [];
    });
  }

  private take(free: T | undefined, at: number, next: Element | null, aside?: Element): T {
    const item = free ?? this.make(at);
    if (free) this.turn(free, at);
    this.items.set(at, item);
    const { element } = item;
    const follower = element.nextElementSibling === aside ? aside?.nextElementSibling ?? null : element.nextElementSibling;
    if (element.parentNode !== this.parent || follower !== next) this.parent.insertBefore(element, next);
    return item;
  }
}
