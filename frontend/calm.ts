/** News for regions that are fetched anew: at once, then in paces, and never without the last. */

const PACES = [1, 2, 3, 5, 10]; // seconds

/**
 * Tells `calm-3s:<topic>` for `hx-trigger`: the first of a burst at once, the others as one every
 * three seconds. htmx's own `throttle` drops the last of a burst, and a region that replaces itself
 * drops what comes while its answer is on the way: that news waits until the answer is drawn.
 */
export class Calm {
  private readonly resting = new Map<string, boolean>(); // event → whether there is more to tell

  hear(topic: string): void {
    for (const pace of PACES) {
      const name = `calm-${pace}s:${topic}`;
      if (this.resting.has(name)) this.resting.set(name, true);
      else this.tell(name, pace * 1000);
    }
  }

  private tell(name: string, rest: number): void {
    const isBusy = document.querySelector(`.htmx-request[hx-trigger*="${name} "]`) !== null;
    this.resting.set(name, isBusy);
    if (!isBusy) document.dispatchEvent(new CustomEvent(name));
    setTimeout(() => {
      const isMore = this.resting.get(name);
      this.resting.delete(name);
      if (isMore) this.tell(name, rest);
    }, rest);
  }
}
