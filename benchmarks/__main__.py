"""All benchmarks in turn, each against its own goal.

    python -m benchmarks              # about ten minutes; the figures are kept in results/
    python -m benchmarks http live    # only these

Ends with 1 if a benchmark fails to run or a goal is missed.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.http import RESULTS, ROOT

TIMEOUT_S = 900
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One goal, what was measured, and whether it is met."""

    benchmark: str
    goal: str
    measured: str
    passes: bool


def main() -> int:
    """Run the benchmarks asked for, print the table; return the exit code."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("names", nargs="*", metavar="NAME", help=", ".join(READERS))
    chosen = arguments.parse_args().names or list(READERS)
    if unknown := [name for name in chosen if name not in READERS]:
        arguments.error(f"expected benchmarks among {', '.join(READERS)}, got {unknown[0]!r}")
    verdicts: list[Verdict] = []
    for name in chosen:
        print(f"{name} …", file=sys.stderr, flush=True)
        reason = run(name)
        if reason:
            verdicts.append(Verdict(name, "runs to its end", reason, passes=False))
        else:
            found = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
            verdicts += READERS[name](found)
    print(table(verdicts))
    return 0 if all(each.passes for each in verdicts) else 1


def run(name: str) -> str:
    """Run one benchmark in a process of its own; return why it failed, else nothing."""
    try:
        ended = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {TIMEOUT_S} s"
    if ended.returncode == 0:
        return ""
    print(ended.stderr[-4000:], file=sys.stderr)
    return (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]


def walls(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each kind of viewer."""
    for viewer, own in found["viewers"].items():
        yield Verdict(
            f"walls, {viewer}",
            "p50 ≤ 3 × or ≤ 4 ms more than without",
            f"{own['ratio']} ×, {own['more_ms']} ms more",
            own["ratio"] <= 3 or own["more_ms"] <= 4,
        )


def http(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for the rate and one for the slow end."""
    rate, p95, goal = found["rate_ratio"], found["p95_ratio"], found["goal"]
    least, most = goal["rate_ratio_at_least"], goal["p95_ratio_at_most"]
    yield Verdict("http", f"rate ≥ {least} × ModelSerializer", f"{rate} ×", rate >= least)
    yield Verdict("http", f"p95 ≤ {most} × ModelSerializer", f"{p95} ×", p95 <= most)


def live(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each channel layer the hub is held against."""
    for layer, ratio in found["hub_p99_over_layer_p99"].items():
        yield Verdict(
            f"live, {layer}",
            f"hub's p99 ≤ {found['goal']:.3f} × the layer's",
            f"{ratio} ×",
            ratio <= found["goal"],
        )


def live_pixel(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for the time to the row, and one for what must not happen."""
    row = found["row_in_page_ms"]
    p95 = row["p95"] if row else float("inf")
    yield Verdict(
        "live_pixel",
        f"p95 count → row ≤ {found['goal_ms']:.0f} ms, {found['sockets']} sockets",
        f"{p95:.0f} ms",
        p95 <= found["goal_ms"],
    )
    spread = found["first_to_last_party_ms"]["p99"]
    yield Verdict(
        "live_pixel",
        f"p99 first → last party ≤ {found['goal_ms']:.0f} ms",
        f"{spread:.0f} ms",
        spread <= found["goal_ms"],
    )
    wrong = [found[name] for name in ("missing_frames", "missing_rows", "frames_to_others")]
    yield Verdict(
        "live_pixel",
        "no frame or row missing, none to others",
        " / ".join(str(each) for each in wrong),
        not any(wrong),
    )


def plan_grid(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each kind of key in the planning grid."""
    for kind, took in found["keys"].items():
        goal = f"p95 key → paint ≤ {found['goal_ms']:.0f} ms, {found['parts']} × {found['weeks']}"
        measured = f"{took['p95_ms']:.0f} ms"
        yield Verdict(f"plan_grid, {kind}", goal, measured, took["p95_ms"] <= found["goal_ms"])


def pages(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each page's paint, and one for what moves while it loads."""
    most = found["goal"]["lcp_ms_at_most"]
    for name, own in found["pages"].items():
        paint = own["lcp_ms"]
        yield Verdict(f"pages, {name}", f"LCP ≤ {most:.0f} ms", f"{paint:.0f} ms", paint <= most)
    shift, still = max(own["cls"] for own in found["pages"].values()), found["goal"]["cls_at_most"]
    yield Verdict("pages", f"layout shift ≤ {still}", f"{shift}", shift <= still)


def forecast(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each measure of the engine at the origin whose outcome is known."""
    ours = found["methods"]["Collab"] | found["speed"]
    for name, is_met in found["met"].items():
        goal = found["goals"][name]
        text = f"{goal[0]} to {goal[1]}" if isinstance(goal, list) else str(goal)
        yield Verdict("forecast", f"{name} {text}", str(ours[name]), is_met)


def stock(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for the stock needed at each fill rate."""
    for fill, most in found["goals"].items():
        own = found["policies"]["Collab"]["stock_at"][fill]
        same = found["policies"]["Collab, one level for all"]["stock_at"][fill]
        text = f"{own}, one level for all {same}"
        yield Verdict("stock", f"≤ {most} units at {fill} fill", text, found["met"][fill])


def planning(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each of the planning calculations."""
    for name in ("reconciliation", "explosion", "comparison"):
        most, own = found["goal"][f"{name}_ms"], found[name]["ms"]
        yield Verdict(f"planning, {name}", f"≤ {most} ms", f"{own} ms", own <= most)


def releases(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for the time until every supplier sees its release."""
    most, own = found["goal_s"], found["until_delivered_s"]
    yield Verdict(
        "releases",
        f"{found['lines']} lines to {found['suppliers']} suppliers ≤ {most:.0f} s",
        f"{own} s, reactions another {found['react_s']} s",
        found["passes"],
    )


def milkrun(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each goal of the milk-run engine."""
    costs = ", ".join(f"{name} {own['cost']}" for name, own in found["instances"].items())
    for goal, is_met in found["met"].items():
        yield Verdict("milkrun", goal, costs if "×" in goal else str(is_met), is_met)


def safety_stock(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each goal of the placement of safety stock."""
    costs = ", ".join(
        f"{name} {own['cost']:.0f} {own['status']} in {own['wall_s']} s"
        for name, own in found["chains"].items()
    )
    for goal, is_met in found["met"].items():
        yield Verdict("safety stock", goal, costs if "reference" in goal else str(is_met), is_met)


def routing(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each set of instances, and one for the distance to the peer."""
    for name, own in found["sets"].items():
        gap, without = own["mean_gap_pct"], own["without_plan"]
        text = f"{gap} %, worst {own['worst_gap_pct']} %, {without} without a plan"
        goal = f"mean gap ≤ {found['goals'][name]} %"
        yield Verdict(f"routing, {name}", goal, text, found["met"][name])
    if "OR-Tools" in found["beside"]:
        theirs = found["beside"]["OR-Tools"]["mean_gap_pct"]
        ours = found["beside"]["Collab"]["mean_gap_pct"]
        goal = next(name for name in found["met"] if "OR-Tools" in name)
        yield Verdict("routing, peer", goal, f"{ours} against {theirs} %", found["met"][goal])


def tracking(found: Figures) -> Iterator[Verdict]:
    """Yield verdicts for the intake, the list, the map and the range of arrivals."""
    rate, goals = found["intake"]["pings_per_s"], found["goals"]
    yield Verdict(
        "tracking",
        f"≥ {goals['pings_per_s']:.0f} positions/s through HTTP, none twice",
        f"{rate:.0f}/s",
        found["passes"]["intake"],
    )
    took = found["screens"]["list"]["p95_ms"]
    goal = f"list of {found['loads']} loads p95 ≤ {goals['p95_ms']:.0f} ms"
    yield Verdict("tracking", goal, f"{took:.0f} ms", found["passes"]["list"])
    if "map" in found:
        goal = f"map of {found['loads']} loads painted in {goals['map_ms']:.0f} ms"
        painted = f"{found['map']['vehicles_ms']:.0f} ms"
        yield Verdict("tracking", goal, painted, found["passes"]["map"])
    else:  # figures kept before the map was timed
        yield Verdict("tracking", "map of all loads painted", "not measured", passes=False)
    low, high = goals["within_p10_p90"]
    yield Verdict(
        "tracking",
        f"{low:.2f}–{high:.2f} of arrivals within P10–P90",
        f"{found['eta']['within_p10_p90']:.3f}",
        found["passes"]["eta"],
    )


def mqtt(found: Figures) -> Iterator[Verdict]:
    """Yield verdicts for the rate of readings through the broker and for what a kill cost."""
    rate, least, passes = found["per_s"], found["goals"]["readings_per_s"], found["passes"]
    yield Verdict("mqtt", f"≥ {least} readings/s", f"{rate}/s", passes["rate"])
    lost, doubled = found["lost"], found["doubled"]
    is_exact = passes["nothing_lost"] and passes["nothing_doubled"]
    yield Verdict("mqtt", "a killed intake: 0 lost, 0 doubled", f"{lost}, {doubled}", is_exact)


def intake(found: Figures) -> Iterator[Verdict]:
    """Yield verdicts for the intake over HTTP, the killed writer and the table of many events."""
    goals, passes, table = found["goals"], found["passes"], found["table"]
    share, rate = found["http"]["share"], found["http"]["per_s"]
    goal = f"HTTP ≥ {goals['http_share']} × the statement alone"
    yield Verdict("intake", goal, f"{share:.2f} × ({rate}/s)", passes["http"])
    killed = found["killed"]
    yield Verdict(
        "intake",
        "kill -9, 10 % twice, 5 % late: 0 lost, sums equal",
        f"{killed['lost']} lost, difference {killed['difference_of_sums']}",
        passes["killed"],
    )
    took = max(each["p95_ms"] for who in ("owner", "customer") for each in table[who].values())
    goal = f"{table['events']} events: units and stock p95 ≤ {goals['p95_ms']:.0f} ms"
    yield Verdict("intake", goal, f"{took:.1f} ms", passes["questions"])
    months = ", ".join(table["one day of the year"]["months_looked_at"])
    yield Verdict("intake", "a day looks at its month alone", months, passes["pruning"])


def eta(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for the honesty of the arrivals' range, over all networks together."""
    low, high = found["goal"]
    share = found["within_p10_p90"]
    yield Verdict(
        "eta",
        f"{low:.2f}–{high:.2f} of {found['estimates']} within P10–P90",
        f"{share:.3f}",
        found["passes"],
    )


def ledger(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for growing, one for each kind of proof, one for the look at everything."""
    goals, entries = found["goals"], found["entries"]
    rate, least = found["append"]["per_s"], goals["append_per_s"]
    text = f"{rate}/s, at the end {found['append']['per_s_at_the_end']}/s"
    yield Verdict("ledger, append", f"≥ {least:.0f} entries/s, {entries}", text, rate >= least)
    most = goals["proof_p95_ms"]
    for kind, took in found["proof"].items():
        goal, own = f"p95 ≤ {most:.0f} ms, checked", took["p95_ms"]
        yield Verdict(f"ledger, proof, {kind}", goal, f"{own} ms", own <= most)
    rate, least = found["verify"]["per_s"], goals["verify_per_s"]
    yield Verdict("ledger, verify", f"≥ {least:.0f} entries/s", f"{rate}/s", rate >= least)


def genealogy(found: Figures) -> Iterator[Verdict]:
    """Yield a verdict for the whole page of a lot, and one for what a rival finds."""
    page, goal = found["page"], found["goal_s"]
    asked = f"{found['things']} things over {found['levels']} levels ≤ {goal} s"
    is_whole = page["things"] == found["things"] and page["worst_s"] <= goal
    yield Verdict("genealogy", asked, f"worst {page['worst_s']} s", is_whole)
    rival = found["rival"]["things"]
    yield Verdict("genealogy, rival", "finds nothing", f"{rival} things", rival == 0)


READERS: dict[str, Callable[[Figures], Iterator[Verdict]]] = {
    "walls": walls,
    "http": http,
    "live": live,
    "live_pixel": live_pixel,
    "plan_grid": plan_grid,
    "pages": pages,
    "forecast": forecast,
    "stock": stock,
    "planning": planning,
    "routing": routing,
    "releases": releases,
    "milkrun": milkrun,
    "safety_stock": safety_stock,
    "tracking": tracking,
    "intake": intake,
    "mqtt": mqtt,
    "eta": eta,
    "ledger": ledger,
    "genealogy": genealogy,
}


def table(verdicts: list[Verdict]) -> str:
    """Return the verdicts as aligned columns."""
    rows = [("benchmark", "goal", "measured", "pass")]
    rows += [
        (each.benchmark, each.goal, each.measured, "yes" if each.passes else "NO")
        for each in verdicts
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
