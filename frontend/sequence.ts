/** The numbers of the live feed: what is applied, what is a repeat, where a gap starts. */

export type Kind = "html" | "data" | "gone" | "hello" | "idle" | "resync";

export interface Frame {
  s: number;
  k: Kind;
  t?: string;
  id?: string;
  into?: string;
  html?: string;
  data?: unknown;
  counts?: Record<string, number>;
}

export type Verdict = "apply" | "repeat" | "gap" | "resync" | "nothing";

/** Keeps the number of the last frame applied; the feed has no holes, so a jump is a loss. */
export class Sequence {
  constructor(private last: number) {}

  get seen(): number {
    return this.last;
  }

  /** Says what to do with `frame`; only "apply" and "resync" move the number on. */
  take(frame: Frame): Verdict {
    if (frame.k === "resync") {
      this.last = frame.s;
      return "resync";
    }
    // The greeting is followed by what was missed; only a later idle frame proves a loss.
    if (frame.k === "hello") return "nothing";
    if (frame.k === "idle") return frame.s > this.last ? "gap" : "nothing";
    if (frame.s <= this.last) return "repeat";
    if (frame.s > this.last + 1) return "gap";
    this.last = frame.s;
    return "apply";
  }
}

/** Returns the wait before attempt `n` (0, 1, …) in ms: full jitter under 0.5 s × 2ⁿ, at most 30 s. */
export function backOff(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(30_000, 500 * 2 ** attempt);
}
