/** The grid's exchange with the server: what a page of rows, a live update and an answer look like. */

export const LINES = ["forecast", "previous", "commit", "capacity", "maximum", "consensus"] as const;
/** A line of a part that the server sends. */
export type Line = (typeof LINES)[number];
/** A line of a part that can be shown: those sent, and the differences worked out here. */
export type Shown = Line | "delta" | "gap";
/** From top to bottom. `delta` = forecast − previous, `gap` = commit − forecast. */
export const SHOWN: Shown[] = ["forecast", "previous", "delta", "commit", "gap", "capacity", "maximum", "consensus"];
export type Status = "zero" | "surplus" | "flex" | "bottleneck" | "none";
export type Quantities = (number | null)[];

export interface Lock {
  initials: string;
  name: string;
  /** Key of the person, to know oneself. */
  person?: string;
  /** ISO time after which the row counts as left. */
  until?: string;
}

/** One part of one partner: a demand series with its lines, one quantity per week [unit]. */
export interface RowData {
  id: string;
  part: string;
  name: string;
  partner: string;
  site: string;
  unit: string;
  version: number;
  href?: string;
  lock: Lock | null;
  lines: Partial<Record<Line, Quantities>>;
  status?: Status[];
  editable: Line | null;
  /** Code given for each week's commit below the forecast, if any. */
  reasons?: (string | null)[];
  /** Weeks that somebody has commented on. */
  commented?: boolean[];
}

export interface Reason {
  code: string;
  text: string;
}

export interface PageData {
  weeks: string[];
  /** Weeks before this date may not be changed. */
  frozen_until: string | null;
  locale: string;
  unit_column?: boolean;
  rows: RowData[];
  reasons?: Reason[];
  next?: string | null;
}

export interface SentCell {
  week: string;
  line: Line;
  quantity: string;
  reason?: string;
}

export interface SentRow {
  id: string;
  version: number;
  cells: SentCell[];
}

export interface AnsweredCell {
  week: string;
  line: Line;
  quantity?: string | number | null;
  theirs?: string | number | null;
  problem?: { expected: string; value: string } | null;
}

export interface AnsweredRow {
  id: string;
  version: number;
  state: "applied" | "conflict" | "refused";
  cells: AnsweredCell[];
}

/** One row of a live update: whatever changed of it, by its id. */
export interface LiveRow extends Partial<Pick<RowData, "version" | "lock" | "status">> {
  id: string;
  cells?: AnsweredCell[];
}

/** No usable answer: the server's refusal (`request` is the number to tell the support) or, status 0, no connection. */
export class Refused extends Error {
  constructor(readonly status: number, readonly request: string | null = null) {
    super(`expected an answer 2xx with JSON, got ${status || "none"}`);
  }
}

export function fetchPage(url: string, signal: AbortSignal): Promise<PageData> {
  return ask<PageData>(url, { signal });
}

/** Sends changed rows; repeating it with the same `key` has no second effect. */
export async function send(url: string, rows: SentRow[], key: string): Promise<AnsweredRow[]> {
  const headers = {
    "Content-Type": "application/json",
    "Idempotency-Key": key,
    "X-CSRFToken": csrf(),
  };
  return (await ask<{ rows: AnsweredRow[] }>(url, { method: "POST", headers, body: JSON.stringify({ rows }) })).rows;
}

/** Tells colleagues that one is at these rows, or has left them; a lock only warns, so a lost call does no harm. */
export async function lock(url: string, ids: string[], isHeld: boolean): Promise<void> {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf() };
  await fetch(url, { method: isHeld ? "POST" : "DELETE", headers, body: JSON.stringify({ ids }), keepalive: true }).catch(() => undefined);
}

const csrf = (): string => document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";

async function ask<Answer>(url: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(url, { ...init, headers: { ...init.headers, Accept: "application/json" } }).catch(() => {
    throw new Refused(0);
  });
  const request = answer.headers.get("X-Request-ID");
  if (!answer.ok) throw new Refused(answer.status, request);
  return (answer.json() as Promise<Answer>).catch(() => {
    throw new Refused(answer.status, request); // a page instead of data, such as that of signing in again
  });
}

/** A quantity from a JSON number or decimal text. */
export function quantity(value: string | number | null | undefined): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
