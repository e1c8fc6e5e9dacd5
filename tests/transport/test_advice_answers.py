"""Customers check and answer what is announced to them (TR-16)."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.live.topics import topic_named
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.work.queries import ExceptionRow, QueueFilter, exceptions
from forecasting.queries.calls import CallRow
from tests.conftest import ClientFor
from tests.harness.cast import Cast, give
from tests.integration.machines import machine
from tests.transport.goods_on_the_way import Story, make_story
from transport.events import ADVICE_TOPIC
from transport.models import AdviceAnswer, DispatchAdvice, PlateCounter
from transport.services.advices import cancel_advice, correct_advice, send_advice
from transport.services.consignments import Consignment
from transport.services.plates import give_plates

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast: Cast) -> Story:
    give(cast.avalon, cast.brasov, cast.brasov, "work.exceptions")
    return make_story(cast)


def sent(story: Story, told: Consignment) -> DispatchAdvice:
    with acting_for(story.supplier):
        made = send_advice(told).advice
    work_off()
    return made


def open_for(viewer: Organisation, word: str) -> list[ExceptionRow]:
    with acting_for(viewer):
        rows = exceptions(QueueFilter(view="all"))
        return [row for row in rows if row.is_open and word in row.title]


def last_day(story: Story, call: CallRow, quantity: int, *, late: int = 0) -> Consignment:
    """Return goods that arrive at noon of a call's last day, or so many days later."""
    told = story.consignment(quantity)
    noon = timezone.now().replace(hour=11, minute=0, second=0, microsecond=0)
    arrives = noon + timedelta(days=(call.due_until - noon.date()).days + late)
    return _with(told, expected_at=max(arrives, told.despatched_at))


def _with(told: Consignment, **changes: object) -> Consignment:
    values = {name: getattr(told, name) for name in told.__slots__}
    return Consignment(**{**values, **changes})


def test_tr_16_a_short_advice_is_one_exception_until_the_rest_is_announced(
    cast: Cast, story: Story
) -> None:
    first = min(story.calls(), key=lambda call: call.due_until)
    short = sent(story, last_day(story, first, int(first.quantity) - 96))
    (customer,), (supplier,) = open_for(cast.avalon, "missing"), open_for(cast.brasov, "missing")
    assert customer.id == supplier.id
    assert "96" in customer.title
    assert short.number in customer.title
    assert customer.page == "transport:advice"
    for outsider in (cast.porto, cast.kestrel, cast.silesia):
        assert open_for(outsider, "missing") == []
    sent(story, last_day(story, first, 96))
    assert open_for(cast.avalon, "missing") == []


def test_tr_16_a_late_advice_is_an_exception_until_it_is_taken_back(
    cast: Cast, story: Story
) -> None:
    call = min(story.calls(), key=lambda each: each.due_until)
    told = last_day(story, call, int(call.quantity), late=2)
    (line,) = told.lines
    named = _with(told, lines=[type(line)(**{**_fields(line), "schedule_line_id": call.line_id})])
    advice = sent(story, named)
    (row,) = open_for(cast.avalon, "after the last day")
    assert row.severity == "critical"
    with acting_for(story.supplier):
        cancel_advice(advice.pk)
    work_off()
    assert open_for(cast.avalon, "after the last day") == []

    left = timezone.now() - timedelta(minutes=50)
    slow = _with(story.consignment(48), despatched_at=left)
    sent(story, slow)
    (told_late,) = open_for(cast.avalon, "after departure")
    assert told_late.severity == "info"


def _fields(line: object) -> dict[str, object]:
    return {name: getattr(line, name) for name in line.__slots__}  # type: ignore[attr-defined]


def test_tr_16_the_customer_queries_then_accepts_and_the_supplier_sees_it_at_once(
    cast: Cast, story: Story, client_for: ClientFor
) -> None:
    advice = sent(story, story.consignment())
    page = f"/t/{cast.avalon.slug}/transport/advices/{advice.pk}/"
    customer = client_for(cast.avalon)
    assert "Accept" in customer.get(page).content.decode()
    assert customer.post(f"{page}answer", {"verdict": "query", "note": ""}).status_code == 422
    asked = customer.post(f"{page}answer", {"verdict": "query", "note": "Which dock?"})
    assert asked.status_code in {200, 204, 302}
    work_off()
    theirs = f"/t/{cast.brasov.slug}/transport/advices/{advice.pk}/"
    supplier = client_for(cast.brasov)
    text = supplier.get(theirs).content.decode()
    assert "Which dock?" in text
    assert 'value="accepted"' not in text, "only the customer answers"
    assert len(open_for(cast.brasov, "Which dock?")) == 1
    assert supplier.post(f"{theirs}answer", {"verdict": "accepted"}).status_code == 404

    keys = machine(cast.avalon)
    path = f"dispatch-advices/{advice.pk}/answer"
    for _twice in range(2):
        assert keys.post(path, {"verdict": "accepted"}).status_code == 200
        work_off()
    with acting_for(cast.brasov):
        assert DispatchAdvice.objects.get(pk=advice.pk).state == "accepted"
        assert topic_named(ADVICE_TOPIC).render([advice.pk])[0].data["state"] == "accepted"
    with acting_for(cast.avalon):
        assert AdviceAnswer.objects.get().version == 2
    assert open_for(cast.brasov, "Which dock?") == []
    _others_answer_nothing(cast, advice.pk)


def _others_answer_nothing(cast: Cast, key: UUID) -> None:
    for outsider in (cast.porto, cast.kestrel, cast.silesia):
        keys = machine(outsider)
        path = f"dispatch-advices/{key}/answer"
        assert keys.get(path).status_code == 404
        assert keys.post(path, {"verdict": "query", "note": "?"}).status_code == 404


def test_a_corrected_advice_settles_the_query(cast: Cast, story: Story) -> None:
    advice = sent(story, story.consignment())
    machine(cast.avalon).post(
        f"dispatch-advices/{advice.pk}/answer", {"verdict": "query", "note": "Too heavy"}
    )
    work_off()
    assert open_for(cast.brasov, "Too heavy")
    with acting_for(cast.brasov):
        correct_advice(advice.pk, story.consignment())
    work_off()
    assert open_for(cast.brasov, "Too heavy") == []
    again = machine(cast.avalon).post(
        f"dispatch-advices/{advice.pk}/answer", {"verdict": "accepted"}
    )
    assert again.status_code == 400


def test_tr_17_the_issuer_of_plates_has_a_page(
    cast: Cast, story: Story, client_for: ClientFor
) -> None:
    url = f"/t/{cast.brasov.slug}/transport/plates/"
    page = client_for(cast.brasov)
    assert page.get(url).status_code == 200
    assert page.post(url, {"agency": "UN", "company": "12 a"}).status_code == 422
    assert page.post(url, {"agency": "UN", "company": "123456789"}).status_code in {200, 204, 302}
    with acting_for(cast.brasov):
        assert PlateCounter.objects.get().company == "123456789"
        assert give_plates(1)[0].startswith("UN123456789")
    assert "UN123456789" in page.get(url).content.decode()
    viewer = client_for(cast.brasov, role="viewer")
    assert viewer.post(url, {"agency": "OD", "company": "AB12"}).status_code in {403, 404}
    assert machine(cast.brasov).get("plate-issuer").json()["company"] == "123456789"
