"""The topics of the live feed: what a screen may show, and how a row becomes a frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Frame:
    """What one row looks like on screens.

    ``html`` replaces the element ``element_id`` (or is put first into the list named ``into``
    when there is none yet); ``data`` goes to scripts; ``counts`` sets the badges of that name;
    ``is_gone`` takes the element away.
    """

    element_id: str = ""
    into: str = ""
    html: str = ""
    is_gone: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


Render = Callable[[Sequence[UUID]], list[Frame]]


@dataclass(frozen=True, slots=True)
class Topic:
    """A named stream of rows.

    ``render`` reads the rows by key through their manager, acting for the recipient: rows it may
    not see are not there, so they make no frame. ``sharing_topic`` names the grants that give
    the audience; ``None`` keeps the topic to the owner.
    """

    name: str
    sharing_topic: str | None
    render: Render


_topics: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    """Make ``topic`` known; called from an app's ``ready``."""
    _topics[topic.name] = topic


def topic_named(name: str) -> Topic:
    """Return a registered topic; raise ``LookupError`` for an unknown one."""
    if name not in _topics:
        raise LookupError(f"expected a live topic among {sorted(_topics)}, got {name!r}")
    return _topics[name]


def known_topics() -> dict[str, Topic]:
    """Return all topics by name."""
    return dict(sorted(_topics.items()))
