"""A frame is rendered for the one it is sent to, and goes where nobody else listens."""

from collections.abc import Iterator, Sequence
from itertools import product
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.models import Errand
from collab.live import topics
from collab.live.feed import channel, show
from collab.live.models import FeedFrame
from collab.live.topics import Frame, Topic
from collab.organisations.context import acting_for, acting_organisation
from tests.harness.cast import Cast

TOPIC = "test.who"


@pytest.fixture(autouse=True)
def who() -> Iterator[None]:
    """Let a topic's frames say for whom they were rendered."""

    def render(keys: Sequence[UUID]) -> list[Frame]:
        return [Frame(data={"for": acting_organisation().slug}) for _key in keys]

    topics.register(Topic(name=TOPIC, sharing_topic=None, render=render))
    yield
    del topics._topics[TOPIC]


def test_a_frame_is_rendered_and_kept_for_its_recipient(cast: Cast) -> None:
    for organisation in (cast.porto, cast.avalon):
        show(
            Errand.objects.create(
                organisation_id=organisation.pk,
                step=Errand.Step.SHOW,
                subject_id=uuid7(),
                touches=[f"{TOPIC}|{uuid7()}"],
                due_at=timezone.now(),
            )
        )
    shown = {}
    for organisation in cast.everybody():
        with acting_for(organisation):
            frames = FeedFrame.objects.filter(topic=TOPIC).values_list("frames", flat=True)
            shown[organisation.slug] = [each["en"]["data"]["for"] for each in frames]
    told = {slug: frames for slug, frames in shown.items() if frames}
    assert told == {cast.porto.slug: [cast.porto.slug], cast.avalon.slug: [cast.avalon.slug]}


def test_each_viewer_and_language_has_a_channel_that_nobody_can_guess() -> None:
    languages = [code for code, _name in settings.LANGUAGES]
    names = {channel(*pair) for pair in product(range(1, 50), languages)}
    assert len(names) == 49 * len(languages)
    assert {len(name.rpartition(":")[2]) for name in names} == {64}
