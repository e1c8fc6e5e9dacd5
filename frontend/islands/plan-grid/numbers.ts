/** Quantities as people write them: 1,234 · 1.234 · 1 234, read by the user's locale. */

/** How a text writes numbers; groups of thousands may always be parted by blanks or apostrophes. */
export interface Convention {
  decimal: "," | ".";
}

export type Reading =
  | { kind: "empty" }
  | { kind: "bad" }
  | { kind: "number"; value: number };

/** How a block of texts is to be read; `ask` holds the first text that has two readings. */
export type BlockReading =
  | { kind: "read"; convention: Convention }
  | { kind: "ask"; example: string; readings: { convention: Convention; value: number }[] };

const MARKS: Convention[] = [{ decimal: "," }, { decimal: "." }];
const BLANKS = /[\s\u00a0\u202f\u2009'’]/g;
const MOST = 1e12;

export function conventionOf(locale: string): Convention {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
  return { decimal: parts.find((part) => part.type === "decimal")?.value === "," ? "," : "." };
}

/** Reads one text by one convention; a quantity is a finite number from 0 to 10¹². */
export function readAs(text: string, { decimal }: Convention): Reading {
  const words = text.trim();
  if (words === "") return { kind: "empty" };
  if (/[\s\u00a0\u202f\u2009'’]/.test(words) && !/^\d{1,3}([\s\u00a0\u202f\u2009'’]\d{3})+([.,]\d+)?$/.test(words)) return { kind: "bad" };
  const tight = words.replace(BLANKS, "");
  const group = decimal === "," ? "\\." : ",";
  const mark = decimal === "," ? "," : "\\.";
  const shape = new RegExp(`^(\\d+|\\d{1,3}(${group}\\d{3})+)?(${mark}\\d+)?$`);
  if (!shape.test(tight) || !/\d/.test(tight)) return { kind: "bad" };
  const value = Number(tight.replace(new RegExp(group, "g"), "").replace(decimal, "."));
  return value <= MOST ? { kind: "number", value } : { kind: "bad" };
}

/**
 * Finds how to read a block that came from one place, so all its texts follow one convention.
 *
 * A text that only one convention allows ("1,234.50") settles it for the whole block. Where both are
 * possible the user's own locale decides, unless it would turn what looks like a group of thousands into
 * three decimals ("1,234" for a German): then the answer is `ask`.
 */
export function readBlock(texts: readonly string[], own: Convention): BlockReading {
  const readings = MARKS.map((convention) => texts.map((text) => readAs(text, convention)));
  const legible = texts.map((_text, i) => readings.some((each) => each[i]?.kind !== "bad"));
  const fits = MARKS.filter((_mark, m) => texts.every((_text, i) => !legible[i] || readings[m]?.[i]?.kind !== "bad"));
  const doubtful = texts.find((text) => isDoubtful(text, own));
  if (fits.length === 1 && fits[0]) return { kind: "read", convention: fits[0] };
  if (fits.length === 0 || doubtful === undefined) return { kind: "read", convention: own };
  return {
    kind: "ask",
    example: doubtful.trim(),
    readings: MARKS.flatMap((convention) => {
      const reading = readAs(doubtful, convention);
      return reading.kind === "number" ? [{ convention, value: reading.value }] : [];
    }).sort((a, b) => b.value - a.value),
  };
}

/** True where the user's decimal mark stands before exactly three digits, as a thousands mark would. */
function isDoubtful(text: string, own: Convention): boolean {
  return new RegExp(`^[1-9]\\d{0,2}\\${own.decimal}\\d{3}$`).test(text.trim());
}

/** The quantity as the interface exchanges it: a plain decimal text, at most six decimals. */
export function plain(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, "");
}

/** A quantity, a signed quantity and a quantity to type over, in the user's locale. */
export class Formats {
  private readonly quantity: Intl.NumberFormat;
  private readonly difference: Intl.NumberFormat;
  private readonly typed: Intl.NumberFormat;
  /** Formatting is the dearest part of drawing a cell, and the same quantities come again and again. */
  private readonly known = new Map<number, string>();

  constructor(locale: string) {
    this.quantity = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
    this.difference = new Intl.NumberFormat(locale, { maximumFractionDigits: 3, signDisplay: "exceptZero" });
    this.typed = new Intl.NumberFormat(locale, { maximumFractionDigits: 6, useGrouping: false });
  }

  number(value: number | null): string {
    if (value === null) return "";
    const known = this.known.get(value);
    if (known !== undefined) return known;
    if (this.known.size > 20_000) this.known.clear();
    const text = this.quantity.format(value);
    this.known.set(value, text);
    return text;
  }

  signed(value: number | null): string {
    return value === null ? "" : this.difference.format(value);
  }

  edit(value: number | null): string {
    return value === null ? "" : this.typed.format(value);
  }
}
