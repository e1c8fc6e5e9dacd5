import { describe, expect, it } from "vitest";
import { Sequence, backOff, type Frame } from "../sequence.ts";

const frame = (s: number, k: Frame["k"] = "html"): Frame => ({ s, k });

describe("Sequence", () => {
  it("applies each number once, in order", () => {
    const sequence = new Sequence(4);
    expect([5, 5, 6, 4].map((s) => sequence.take(frame(s)))).toEqual(["apply", "repeat", "apply", "repeat"]);
    expect(sequence.seen).toBe(6);
  });

  it("reports a hole and stays before it", () => {
    const sequence = new Sequence(4);
    expect(sequence.take(frame(7))).toBe("gap");
    expect(sequence.seen).toBe(4);
  });

  it("notices a lost last frame by the idle frame", () => {
    const sequence = new Sequence(4);
    expect(sequence.take(frame(4, "idle"))).toBe("nothing");
    expect(sequence.take(frame(5, "idle"))).toBe("gap");
  });

  it("waits for the replay after the greeting", () => {
    const sequence = new Sequence(4);
    expect(sequence.take(frame(9, "hello"))).toBe("nothing");
    expect(sequence.take(frame(5))).toBe("apply");
  });

  it("jumps to the head on resync", () => {
    const sequence = new Sequence(4);
    expect(sequence.take(frame(90, "resync"))).toBe("resync");
    expect(sequence.take(frame(91))).toBe("apply");
  });

  it("counts removals and data like rows", () => {
    const sequence = new Sequence(0);
    expect([frame(1, "gone"), frame(2, "data")].map((each) => sequence.take(each))).toEqual(["apply", "apply"]);
  });
});

describe("backOff", () => {
  it("doubles and is capped at 30 s", () => {
    expect([0, 1, 2, 10].map((n) => backOff(n, () => 1))).toEqual([500, 1000, 2000, 30_000]);
  });

  it("has full jitter", () => {
    expect(backOff(5, () => 0)).toBe(0);
  });
});
