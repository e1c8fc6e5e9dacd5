"""Segments as groups: a table per message says which segment opens a group inside which other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from collab.integration.edifact.envelope import Message
from collab.integration.edifact.tokens import Segment
from collab.integration.inbox.findings import Finding

ROOT = ""


@dataclass(frozen=True, slots=True)
class Level:
    """What may stand inside a group: plain segments, and segments that open a group of their own.

    An entry is a tag, or a tag with its qualifier: ``QTY+52``.
    """

    holds: frozenset[str] = frozenset()
    opens: frozenset[str] = frozenset()


Structure = Mapping[str, Level]
"""Trigger tag → its level; ``ROOT`` is the message itself."""


def level(holds: str = "", opens: str = "") -> Level:
    """Make a level of two lists of tags separated by blanks."""
    return Level(frozenset(holds.split()), frozenset(opens.split()))


@dataclass(slots=True)
class Group:
    """A trigger with the segments and groups behind it, in the order of the message."""

    trigger: Segment
    segments: list[Segment] = field(default_factory=list)
    groups: list["Group"] = field(default_factory=list)

    def of(self, tag: str) -> list["Group"]:
        """Return the groups opened by ``tag`` directly inside."""
        return [group for group in self.groups if group.trigger.tag == tag]

    def all(self, tag: str, qualifier: str = "") -> Iterator[Segment]:
        """Yield the plain segments and triggers of ``tag`` directly inside, in order."""
        found = [*self.segments, *(group.trigger for group in self.groups)]
        for each in sorted(found, key=lambda each: each.number):
            if each.tag == tag and (not qualifier or each.qualifier == qualifier):
                yield each

    def first(self, tag: str, *qualifiers: str) -> Segment | None:
        """Return the first segment of ``tag`` with the first of ``qualifiers`` that is there."""
        for qualifier in qualifiers or ("",):
            for found in self.all(tag, qualifier):
                return found
        return None

    def group(self, tag: str, *qualifiers: str) -> "Group | None":
        """Return the first group of ``tag`` with the first of ``qualifiers`` that is there."""
        for qualifier in qualifiers:
            for found in self.of(tag):
                if found.trigger.qualifier == qualifier:
                    return found
        return None


def walk(message: Message, structure: Structure) -> tuple[Group, list[Finding]]:
    """Return a message as a tree of groups, and its unexpected segments.

    A segment goes to the nearest open group that may hold it. One that fits nowhere is reported
    with its number, kept out, and never moves the segments behind it.
    """
    header, inner = message.segments[0], message.segments[1:]
    root = Group(header)
    opened: list[tuple[str, Group]] = [(ROOT, root)]
    findings = []
    for each in inner:
        if each.tag == "UNT" and each is message.segments[-1]:
            continue
        if not _take(each, opened, structure):
            findings.append(
                Finding(
                    code="unexpected-segment",
                    expected=_expected(opened, structure),
                    found=each.tag,
                    message=message.reference,
                    segment=message.place(each),
                    tag=each.tag,
                    is_warning=True,
                )
            )
    return root, findings


def _take(each: Segment, opened: list[tuple[str, Group]], structure: Structure) -> bool:
    names = {each.tag, f"{each.tag}+{each.qualifier}"}
    for depth in range(len(opened) - 1, -1, -1):
        name, group = opened[depth]
        here = structure.get(name, Level())
        if not names.isdisjoint(here.opens):
            inside = Group(each)
            group.groups.append(inside)
            opened[depth + 1 :] = [(each.tag, inside)]
            return True
        if not names.isdisjoint(here.holds):
            group.segments.append(each)
            del opened[depth + 1 :]
            return True
    return False


def _expected(opened: Sequence[tuple[str, Group]], structure: Structure) -> str:
    tags: set[str] = set()
    for name, _group in opened:
        here = structure.get(name, Level())
        tags |= here.holds | here.opens
    return "one of " + ", ".join(sorted(tags))
