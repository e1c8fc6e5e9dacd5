/** What a cell says besides its quantity: shape, tone and number, so that colour is never alone. */
import type { Shown } from "./data.ts";
import type { Part, Plan } from "./plan.ts";

export type Tone = "ok" | "warn" | "crit" | "";
export type Shape = "up" | "down" | "even" | "";

export interface Mark {
  tone: Tone;
  shape: Shape;
  /** A difference [unit of the part] to print beside the shape. */
  number: number | null;
  /** Name of the word that explains it, "" if none is needed. */
  word: string;
}

const NONE: Mark = { tone: "", shape: "", number: null, word: "" };
const STATUS: Record<string, Pick<Mark, "tone" | "shape" | "word">> = {
  zero: { tone: "ok", shape: "even", word: "status-zero" },
  surplus: { tone: "ok", shape: "up", word: "status-surplus" },
  flex: { tone: "warn", shape: "down", word: "status-flex" },
  bottleneck: { tone: "crit", shape: "down", word: "status-bottleneck" },
};

/** Weekly matching of demand and capacity on the forecast line, shortfall on the commit and difference lines. */
export function markOf(plan: Plan, part: Part, line: Shown, column: number, shown: readonly Shown[]): Mark {
  if (line === "forecast") return matching(plan, part, column);
  if (line === "commit") {
    const gap = plan.value(part, "gap", column);
    if (gap === null || gap >= 0) return NONE;
    return { tone: "crit", shape: "down", number: shown.includes("gap") ? null : gap, word: "short" };
  }
  if (line === "gap" || line === "delta") {
    const difference = plan.value(part, line, column);
    if (!difference) return NONE;
    const isShort = line === "gap" && difference < 0;
    return { tone: isShort ? "crit" : "", shape: difference > 0 ? "up" : "down", number: null, word: "" };
  }
  return NONE;
}

function matching(plan: Plan, part: Part, column: number): Mark {
  const known = STATUS[part.status?.[column] ?? "none"];
  if (!known) return NONE;
  const capacity = plan.value(part, "capacity", column);
  const demand = plan.value(part, "forecast", column);
  const free = capacity === null || demand === null ? null : capacity - demand;
  return { ...known, number: free === 0 ? null : free };
}
