/** Which rows and columns of equal size are visible, and how far to scroll to show one. */

/** Half-open range `[from, to)`. */
export interface Range {
  from: number;
  to: number;
}

/**
 * Returns the items that touch the window `[offset, offset + length)` px, plus `spare` on either side.
 * Items are `size` px each, `count` of them.
 */
export function visible(offset: number, length: number, size: number, count: number, spare = 0): Range {
  const from = Math.floor(Math.max(0, offset) / size) - spare;
  const to = Math.ceil((Math.max(0, offset) + Math.max(0, length)) / size) + spare;
  const end = Math.max(0, Math.min(count, to));
  return { from: Math.max(0, Math.min(from, end)), to: end };
}

/** Returns the scroll offset that shows `[start, start + size)` in a window of `length` px, moving least. */
export function reveal(offset: number, length: number, start: number, size: number): number {
  if (start < offset || size > length) return start;
  return Math.max(offset, start + size - length);
}

/** The places of a range, ascending, and `also` where it is none of them. */
export function places({ from, to }: Range, also?: number): number[] {
  const found = Array.from({ length: Math.max(0, to - from) }, (_none, i) => from + i);
  if (also === undefined || (also >= from && also < to)) return found;
  return also < from ? [also, ...found] : [...found, also];
}

export const within = ({ from, to }: Range, at: number): boolean => at >= from && at < to;
