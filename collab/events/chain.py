"""The arithmetic of the audit chain: canonical JSON, hashes, and what is wrong with a list."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

GENESIS: Final = "0" * 64
"""What the first entry of a chain names as its predecessor."""

LARGEST_NUMBER: Final = 2**53 - 1
"""Beyond it JSON numbers are not exact in every language (RFC 7493)."""

Kind = Literal["changed", "missing", "repeated", "unlinked", "foreign", "unsigned"]
Entry = Mapping[str, Any]
"""One entry as the API shows it: ``tenant``, ``number``, ``at``, ``actor``, ``action``,
``object``, ``change``, ``previous``, ``hash``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong at entry ``number``; ``text`` says what was expected."""

    number: int
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"entry {self.number} {self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Tip:
    """How far a chain had come: the number and hash of its newest entry."""

    number: int
    hash: str


START: Final = Tip(0, GENESIS)
"""A chain before its first entry."""


def canonical(value: Any) -> bytes:
    """Return ``value`` as canonical JSON (RFC 8785) in UTF-8.

    Takes text, whole numbers within ±(2⁵³ - 1), truth values, ``None``, lists and mappings with
    text keys; a fraction has to be given as text. Raises ``ValueError`` for anything else.
    """
    text = json.dumps(_ordered(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError


def hash_of(entry: Entry) -> str:
    """Return the SHA-256 [hex] of everything in ``entry`` but its own hash."""
    content = {name: value for name, value in entry.items() if name != "hash"}
    return hashlib.sha256(canonical(content)).hexdigest()


def verify(
    entries: Iterable[Entry], *, tenant: str, after: Tip = START
) -> tuple[Tip, list[Finding]]:
    """Return the tip of a chain and what is wrong with it, by number.

    ``entries`` are those behind ``after``, in any order. An entry that was changed no longer has
    its hash; one that was changed together with its hash no longer fits the next one; one that
    was taken out leaves a hole; one that was put in repeats a number or leads nowhere. What is
    cut off at the end shows only against a checkpoint (``against``).
    """
    ordered = sorted(entries, key=lambda each: int(each["number"]))
    counts = Counter(int(each["number"]) for each in ordered)
    findings: list[Finding] = []
    tip = after
    for entry in ordered:
        number = int(entry["number"])
        findings += _holes(tip.number + 1, number)
        findings += _wrong(entry, tip, tenant)
        if counts[number] > 1:
            text = f"expected the number once, got it {counts[number]} times"
            findings.append(Finding(number, "repeated", text))
        tip = Tip(number, str(entry["hash"]))
    return tip, sorted(set(findings), key=lambda each: (each.number, each.kind))


def against(entries: Iterable[Entry], tip: Tip, checkpoints: Sequence[Tip]) -> list[Finding]:
    """Return the checkpoints that a chain ending in ``tip`` contradicts.

    Only checkpoints from the first of ``entries`` on can be judged.
    """
    hashes = {int(each["number"]): str(each["hash"]) for each in entries}
    first = min(hashes, default=tip.number + 1)
    findings = []
    for point in checkpoints:
        if point.number > tip.number:
            findings += _holes(tip.number + 1, point.number + 1)
        elif point.number >= first and hashes.get(point.number) != point.hash:
            text = f"expected the hash {point.hash[:12]}… of the signed checkpoint"
            findings.append(Finding(point.number, "changed", text))
    return sorted(set(findings), key=lambda each: (each.number, each.kind))


def _wrong(entry: Entry, tip: Tip, tenant: str) -> list[Finding]:
    number = int(entry["number"])
    found = []
    if entry["tenant"] != tenant:
        text = f"expected an entry of {tenant}, got one of {entry['tenant']}"
        found.append(Finding(number, "foreign", text))
    try:
        is_whole = hash_of(entry) == entry["hash"]
    except ValueError:
        is_whole = False
    if not is_whole:
        found.append(Finding(number, "changed", "expected content that gives the entry's hash"))
    if number == tip.number + 1 and entry["previous"] != tip.hash:
        text = f"expected to follow {tip.hash[:12]}…, got {str(entry['previous'])[:12]}…"
        found.append(Finding(number, "unlinked", text))
    return found


def _holes(start: int, stop: int) -> list[Finding]:
    return [
        Finding(number, "missing", "expected an entry of this number, found none")
        for number in range(start, stop)
    ]


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_NUMBER:
            raise ValueError(f"expected whole numbers up to 2^53 - 1, got {value}: use text")
        return value
    if isinstance(value, Mapping):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise ValueError(f"expected text keys, got {wrong[0]!r}")
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list | tuple):
        return [_ordered(each) for each in value]
    raise ValueError(f"expected text, whole numbers, lists or mappings, got {value!r}")
