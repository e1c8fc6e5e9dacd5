import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Calm } from "../calm.ts";

const EACH_3_S = "calm-3s:jobs.progress";
let told: string[] = [];
let isDrawing = false;

beforeEach(() => {
  vi.useFakeTimers();
  [told, isDrawing] = [[], false];
  vi.stubGlobal("document", {
    dispatchEvent: (event: Event) => told.push(event.type),
    querySelector: (selector: string) => (isDrawing && selector.includes(`"${EACH_3_S} "`) ? {} : null),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const times = () => told.filter((name) => name === EACH_3_S).length;

test("the first news is told at once, the others of a burst as one when the pace is over", () => {
  const calm = new Calm();
  for (let n = 0; n < 5; n++) calm.hear("jobs.progress");
  expect(times()).toBe(1);
  vi.advanceTimersByTime(2_999);
  expect(times()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(times()).toBe(2);
  vi.advanceTimersByTime(60_000);
  expect(times()).toBe(2);
});

test("the last news of a burst is told, however late in the pace it comes", () => {
  const calm = new Calm();
  calm.hear("jobs.progress");
  vi.advanceTimersByTime(2_999);
  calm.hear("jobs.progress");
  vi.advanceTimersByTime(1);
  expect(times()).toBe(2);
});

test("steady news is told in its pace", () => {
  const calm = new Calm();
  for (let second = 0; second <= 30; second++) {
    calm.hear("jobs.progress");
    vi.advanceTimersByTime(1_000);
  }
  expect(times()).toBe(11);
});

test("news that comes while the answer to the last is on its way waits until that is drawn", () => {
  const calm = new Calm();
  isDrawing = true;
  calm.hear("jobs.progress");
  vi.advanceTimersByTime(6_000);
  expect(times()).toBe(0);
  isDrawing = false;
  vi.advanceTimersByTime(3_000);
  expect(times()).toBe(1);
});

test("one topic does not slow another down", () => {
  const calm = new Calm();
  calm.hear("jobs.progress");
  calm.hear("work.exceptions");
  expect(told).toContain("calm-3s:work.exceptions");
});
