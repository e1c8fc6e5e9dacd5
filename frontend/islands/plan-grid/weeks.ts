/** Week columns: ISO week and year, months over them, the zone that is frozen. */

const DAY = 86_400_000; // ms

export interface Week {
  /** Monday, ISO date. */
  date: string;
  /** ISO week number, 1 to 53, and the year it belongs to. */
  number: number;
  year: number;
  /** First day of the month the week's Thursday is in. */
  month: string;
}

export interface Band {
  month: string;
  from: number;
  to: number;
}

/** Reads a Monday; a week belongs to the year and month of its Thursday (ISO 8601). */
export function week(date: string): Week {
  const thursday = new Date(Date.parse(`${date}T00:00:00Z`) + 3 * DAY);
  const year = thursday.getUTCFullYear();
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY);
  return { date, year, number: Math.floor(dayOfYear / 7) + 1, month: thursday.toISOString().slice(0, 7) };
}

/** Joins neighbouring weeks of one month; `[from, to)` are columns. */
export function months(weeks: readonly Week[]): Band[] {
  const bands: Band[] = [];
  weeks.forEach(({ month }, at) => {
    const last = bands[bands.length - 1];
    if (last?.month === month) last.to = at + 1;
    else bands.push({ month, from: at, to: at + 1 });
  });
  return bands;
}

/** Returns the column of the week that `today` (ISO date) is in, or -1. */
export function columnOf(weeks: readonly Week[], today: string): number {
  const at = Date.parse(`${today}T00:00:00Z`);
  return weeks.findIndex(({ date }) => {
    const monday = Date.parse(`${date}T00:00:00Z`);
    return at >= monday && at < monday + 7 * DAY;
  });
}
