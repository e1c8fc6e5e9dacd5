"""How a recursive request for data is answered (IN-19): a pure state machine over a tree.

Each asked party stands at a node. It takes steps of its own; nobody else's step changes its
decision. Approving what was approved, or declining what was declined, changes nothing. Consent can
be taken back while the request lives, a refusal stands: with that the order in which parties answer
never matters, and neither does the order of one party's own steps that were taken.

A request is *final* when its party approved and all of its own requests further down are final.
What goes up tells figures under keyed names, and how many parties are without figures. Who declined
and who has not answered look the same from above: a gap.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

MOST_TIERS: Final = 10
"""So many tiers below the root, at most, are asked: two that buy from each other end there."""


class Decision(StrEnum):
    """What an asked party said for itself."""

    NONE = ""
    APPROVED = "approved"
    DECLINED = "declined"


class Step(StrEnum):
    """What an asked party can do."""

    APPROVE = "approve"
    DECLINE = "decline"
    FORWARD = "forward"


class Standing(StrEnum):
    """How far a request has come, as the party asked and the one who asks it directly see it."""

    OPEN = "open"
    FORWARDED = "forwarded"
    APPROVED = "approved"
    FINAL = "final"
    DECLINED = "declined"
    ENDED = "ended"


class StepRefused(ValueError):
    """The request has ended, or the step does not fit what the party said before."""


@dataclass(frozen=True, slots=True)
class Node:
    """One party's figures as they go up: ``tier`` counts from 1 below the reader.

    ``key`` stands for the party, those in ``figures`` for its parts; both are keyed hashes.
    """

    tier: int
    key: str
    figures: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What goes up from a party that approved; ``gaps`` counts those without figures by tier."""

    nodes: tuple[Node, ...]
    gaps: Mapping[int, int]
    is_final: bool


def steps_open(decision: Decision, *, is_live: bool) -> frozenset[Step]:
    """Return what the asked party can still do; nothing once the request has ended."""
    if not is_live or decision is Decision.DECLINED:
        return frozenset()
    return frozenset(Step)


def decided(decision: Decision, step: Step, *, is_live: bool) -> Decision:
    """Return the decision after a step; the same step again leaves it as it is.

    Raises ``StepRefused`` when the request has ended, and for all but another refusal after one.
    """
    if not is_live:
        raise StepRefused("expected a request that has not ended")
    wanted = {Step.APPROVE: Decision.APPROVED, Step.DECLINE: Decision.DECLINED}.get(step, decision)
    if decision is Decision.DECLINED and (step is Step.FORWARD or wanted is not decision):
        raise StepRefused("expected a request that was not declined")
    return wanted


def standing(
    decision: Decision, *, has_forwards: bool, is_final: bool, is_live: bool
) -> Standing:  # fmt: skip
    """Return how far a request has come; ``is_final`` is that of ``report``."""
    if not is_live:
        return Standing.ENDED
    if decision is Decision.DECLINED:
        return Standing.DECLINED
    if decision is Decision.APPROVED:
        return Standing.FINAL if is_final else Standing.APPROVED
    return Standing.FORWARDED if has_forwards else Standing.OPEN


def report(decision: Decision, own: Node, below: Iterable[Report | None]) -> Report | None:
    """Return what an asked party's answer tells the one above; ``None`` unless it approved.

    ``own`` are its figures at tier 1; ``below`` holds the report of each of its own requests,
    ``None`` for one without an answer, whatever the reason.
    """
    if decision is not Decision.APPROVED:
        return None
    nodes, gaps, is_final = [own], Counter[int](), True
    for each in below:
        if each is None:
            gaps[2] += 1
            is_final = False
            continue
        nodes += [Node(node.tier + 1, node.key, node.figures) for node in each.nodes]
        gaps.update({tier + 1: count for tier, count in each.gaps.items()})
        is_final = is_final and each.is_final
    return Report(
        tuple(sorted(nodes, key=_by_key)),
        {tier: gaps[tier] for tier in sorted(gaps) if gaps[tier]},
        is_final,
    )


def pooled(reports: Iterable[Report | None]) -> Report:
    """Return the reports of all direct requests as one, in an order that tells no origin.

    It is final if there is a report and all are.
    """
    found = list(reports)
    nodes: list[Node] = []
    gaps = Counter[int]()
    for each in found:
        if each is None:
            gaps[1] += 1
        else:
            nodes += each.nodes
            gaps.update(each.gaps)
    return Report(
        tuple(sorted(nodes, key=_by_key)),
        {tier: gaps[tier] for tier in sorted(gaps)},
        bool(found) and all(each is not None and each.is_final for each in found),
    )


def distinct(nodes: Iterable[Node]) -> int:
    """Return how many parties the nodes are: one that was asked twice counts once."""
    return len({node.key for node in nodes})


def keyed_name(key: bytes, *names: str) -> str:
    """Return what stands for a party, or for a part of it, throughout one chain of requests.

    The first 16 hex digits of HMAC-SHA-256 under the chain's key. The key stays with the platform:
    whoever held it could try every known BPN.
    """
    text = "\x1f".join(names)  # a unit separator is in no BPN and no part number
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:16]


def _by_key(node: Node) -> tuple[int, str, str]:
    return node.tier, node.key, repr(node.figures)
