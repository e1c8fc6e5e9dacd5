"""What lies behind things in a graph of links: a pure walk that stops where it was before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

Ways = Mapping[str, Collection[str]]
"""By thing, the things that a link leads to from it."""


def behind(starts: Iterable[str], ways: Ways, known: Collection[str] = ()) -> set[str]:
    """Return ``starts`` and all that lies behind them, without what is ``known`` and behind that.

    Each thing and link is looked at once, cycles or not.
    """
    found = {each for each in starts if each not in known}
    waiting = list(found)
    while waiting:
        for far in ways.get(waiting.pop(), ()):
            if far not in found and far not in known:
                found.add(far)
                waiting.append(far)
    return found


def turned(ways: Ways) -> dict[str, set[str]]:
    """Return the same links, each the other way round."""
    back: dict[str, set[str]] = defaultdict(set)
    for near, ends in ways.items():
        for far in ends:
            back[far].add(near)
    return back
