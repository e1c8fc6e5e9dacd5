"""Several ways to draw the rows of one live topic: each module joins with its own."""

from collections.abc import Sequence
from uuid import UUID

from collab.live.topics import Frame, Render, Topic, known_topics, register


def join(name: str, render: Render) -> None:
    """Let ``render`` draw its rows of topic ``name`` beside those that draw theirs already.

    A key that is no row of a module makes no frame there.
    """
    known = known_topics().get(name)
    if known is None:
        register(Topic(name=name, sharing_topic=name, render=render))
        return
    first = known.render

    def both(keys: Sequence[UUID]) -> list[Frame]:
        return [*first(keys), *render(keys)]

    register(Topic(name=name, sharing_topic=known.sharing_topic, render=both))
