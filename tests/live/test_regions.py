"""Regions that are fetched anew when news comes: of topics that exist, the last never lost."""

import re
from collections.abc import Iterator

from collab.live.topics import known_topics
from tests.harness.servers import ROOT

TRIGGER = re.compile(r'hx-trigger="([^"]*)"')
HEARD = re.compile(r"\b(?:live|calm-(\d+)s):([\w.]+)")
PACES = re.compile(r"const PACES = \[([\d, ]+)\]")


def triggers() -> Iterator[tuple[str, str]]:
    """Yield the templates' triggers after the template's name."""
    for path in sorted(ROOT.glob("templates/**/*.html")):
        for trigger in TRIGGER.findall(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(ROOT)), trigger


def test_every_region_hears_topics_that_exist_in_paces_that_are_told() -> None:
    told = PACES.search((ROOT / "frontend" / "calm.ts").read_text(encoding="utf-8"))
    assert told is not None
    paces, topics = set(told.group(1).split(", ")), {*known_topics(), "resync"}
    heard = 0
    for name, trigger in triggers():
        for pace, topic in HEARD.findall(trigger):
            assert topic in topics, name
            assert pace in {"", *paces}, name
            heard += 1
    assert heard > 100


def test_no_region_throttles_by_htmx_which_drops_the_last_news_of_a_burst() -> None:
    assert [name for name, trigger in triggers() if "throttle:" in trigger] == []
