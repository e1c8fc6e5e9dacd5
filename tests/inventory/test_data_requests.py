"""IN-19, OR-08: asked, answered by consent, passed on without names, ended with the crisis."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from collab.events.relay import work_off
from collab.integration.webhooks.sealing import unseal
from collab.live.models import FeedFrame
from collab.masterdata.models import Part, PartAlias
from collab.masterdata.refusals import Refused
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from collab.work.models import Alert
from inventory.events import REQUEST_GONE_TOPIC
from inventory.listeners.requests import look_at
from inventory.models import Coverage, DataAnswer, DataRequest, DisruptionNotice, RequestOrigin
from inventory.queries.data_requests import RequestFilter, request_by_key, request_list
from inventory.queries.request_tree import Tree, tree_of
from inventory.request_alerts import WAITS
from inventory.rules.data_request import Standing
from inventory.services.data_answers import approve_request, decline_request, leaving
from inventory.services.data_requests import (
    Ask,
    end_due,
    forward_request,
    request_data,
    withdraw_request,
)
from inventory.services.notice_facts import NoticeFacts
from inventory.services.notices import Notice, resolve_notice, state_notice
from tests.harness.cast import Cast, give, partner
from tests.harness.clock import today_here

COPPER, WIRE, HARNESS, DOOR = "SC-1", "BH-W1", "BH-100", "AM-700"
D = Decimal


def part(owner: Organisation, number: str, names: dict[Organisation, str]) -> None:
    """Let ``owner`` have a part that partners know by other numbers, with a month of stock."""
    with acting_for(owner):
        made = Part.objects.create(
            number=number, compare_key=compare_key(number), name=number, base_unit="H87"
        )
        for other, theirs in names.items():
            PartAlias.objects.create(
                part=made, partner=other, partner_number=theirs,
                compare_key=compare_key(theirs), valid_from=date(2025, 1, 1),
            )  # fmt: skip


def stock(owner: Organisation, number: str, customer: Organisation, on_hand: int) -> None:
    today = today_here()
    with acting_for(owner):
        Coverage.objects.create(
            counterparty=customer,
            part=Part.objects.get(number=number),
            part_number=number,
            site=Site.objects.first(),
            site_code="X1",
            on_hand=D(on_hand),
            unit="H87",
            source_grade="counted",
            observed_at=timezone.now(),
            stale_after=timezone.now() + timedelta(days=2),
            projected_from=today,
            projected_stock=[D(on_hand - 10 * n) for n in range(40)],
            projected_demand=[D(10)] * 40,
        )


@dataclass(frozen=True, slots=True)
class Crisis:
    """Avalon tells Brasov that it needs more; Silesia supplies Brasov."""

    cast: Cast
    notice: DisruptionNotice

    def ask(self, **changes: Any) -> DataRequest:
        told: dict[str, Any] = {"suppliers": [self.cast.brasov.bpn], "parts": [DOOR], **changes}
        with acting_for(self.cast.avalon):
            [made] = request_data(self.notice.pk, Ask(**told))
        work_off()
        return made

    def forward(self, received: DataRequest, **changes: Any) -> DataRequest:
        told: dict[str, Any] = {"suppliers": [self.cast.silesia.bpn], "parts": [WIRE], **changes}
        with acting_for(self.cast.brasov):
            [made] = forward_request(received.pk, Ask(**told))
        work_off()
        return made

    def say(self, who: Organisation, request: DataRequest, *, yes: bool) -> DataAnswer:
        with acting_for(who):
            answer = approve_request(request.pk) if yes else decline_request(request.pk)
        work_off()
        return answer

    def standing(self, who: Organisation, request: DataRequest) -> Standing | None:
        with acting_for(who):
            row = request_by_key(request.pk)
        return row.standing if row else None

    def tree(self) -> Tree:
        with acting_for(self.cast.avalon):
            return tree_of(notice_id=self.notice.pk)


@pytest.fixture
def crisis(cast: Cast) -> Crisis:
    part(cast.silesia, COPPER, {cast.brasov: WIRE})
    part(cast.brasov, WIRE, {cast.silesia: COPPER})
    part(cast.brasov, HARNESS, {cast.avalon: DOOR, cast.kestrel: "KE-5"})
    part(cast.avalon, DOOR, {cast.brasov: HARNESS})
    stock(cast.silesia, COPPER, cast.brasov, 55)
    stock(cast.brasov, HARNESS, cast.avalon, 100)
    stock(cast.brasov, HARNESS, cast.kestrel, 7_777)
    with acting_for(cast.avalon):
        [notice] = state_notice(
            Notice(
                partners=[cast.brasov.bpn],
                cause="logistics-disruption",
                effect="demand-increase",
                facts=NoticeFacts(text="We need more.", starts_at=timezone.now(), parts=[DOOR]),
            )
        )
    work_off()
    return Crisis(cast, notice)


def tasks(viewer: Organisation) -> list[bool]:
    with acting_for(viewer):
        rows = Alert.objects.filter(type=WAITS).order_by("raised_at")
        return list(rows.values_list("is_open", flat=True))


def test_in_19_figures_climb_by_consent_and_without_names(crisis: Crisis) -> None:
    """Two tiers approve: the root sees both figures, counts both parties, names only the first."""
    cast = crisis.cast
    root = crisis.ask(criticality="high")
    assert tasks(cast.brasov) == [True]
    below = crisis.forward(root)
    assert below.pk != root.pk
    assert (crisis.standing(cast.brasov, root), crisis.tree().gaps) == (Standing.FORWARDED, 1)
    with acting_for(cast.brasov):
        shown = leaving(root.pk)
        assert [each["on_hand"] for each in shown.figures] == ["100.000"]  # nothing of Kestrel's
        assert (shown.nodes, dict(shown.gaps), shown.is_final) == ((), {1: 1}, False)
    assert crisis.tree().parties == 0  # looking at it sends nothing
    crisis.say(cast.brasov, root, yes=True)
    assert tasks(cast.brasov) == [False]
    assert crisis.standing(cast.avalon, root) is Standing.APPROVED
    crisis.say(cast.silesia, below, yes=True)  # Brasov's answer follows by itself
    assert crisis.standing(cast.avalon, root) is Standing.FINAL
    tree = crisis.tree()
    assert (tree.parties, tree.gaps, tree.is_final) == (2, 0, True)
    [first, second] = tree.tiers
    assert [figure.on_hand for figure in first.nodes[0].figures] == [D(100)]
    [figure] = second.nodes[0].figures
    assert (figure.on_hand, figure.days, figure.short_from) == (
        D(55), D("5.50"), today_here() + timedelta(days=6),
    )  # fmt: skip
    told = repr(tree)
    for name in (cast.silesia.bpn, "Silesia", cast.brasov.bpn, COPPER, WIRE, str(below.pk)):
        assert name not in told


def test_in_19_nobody_learns_of_anothers_request(crisis: Crisis) -> None:
    """Not even by a grant that names a third party: the walls open a request to its ends alone."""
    cast = crisis.cast
    root = crisis.ask()
    below = crisis.forward(root)
    give(cast.brasov, cast.avalon, cast.silesia, "inventory.request")
    give(cast.brasov, cast.silesia, cast.avalon, "work.exceptions")
    for viewer, sees in (
        (cast.avalon, {root.pk}),
        (cast.brasov, {root.pk, below.pk}),
        (cast.silesia, {below.pk}),
        (cast.porto, set()),
        (cast.kestrel, set()),
    ):
        with acting_for(viewer):
            assert set(DataRequest.objects.values_list("pk", flat=True)) == sees
            bare: models.QuerySet[DataRequest] = models.QuerySet(DataRequest)
            assert set(bare.values_list("pk", flat=True)) == sees  # the database alone
    assert tasks(cast.avalon) == []  # the tasks of answerers are theirs alone
    assert tasks(cast.silesia) == [True]
    with acting_for(cast.avalon):
        assert not RequestOrigin.objects.filter(request_id=below.pk).exists()
        with pytest.raises(DataRequest.DoesNotExist):
            approve_request(below.pk)
    assert unseal(root.chain) != unseal(below.chain)
    assert root.chain not in repr(crisis.tree())


def test_in_19_a_decliner_tells_nothing_upwards(crisis: Crisis) -> None:
    cast = crisis.cast
    root = crisis.ask()
    below = crisis.forward(root)
    crisis.say(cast.brasov, root, yes=True)
    waiting = crisis.tree()
    crisis.say(cast.silesia, below, yes=False)
    assert crisis.tree() == waiting  # who declines looks like who has not answered
    assert crisis.standing(cast.brasov, below) is Standing.DECLINED
    with acting_for(cast.silesia), pytest.raises(Refused, match="not declined"):
        approve_request(below.pk)
    with acting_for(cast.brasov):
        withdraw_request(below.pk)  # a gap that is not waited for any longer
    work_off()
    assert crisis.standing(cast.avalon, root) is Standing.FINAL
    crisis.say(cast.brasov, root, yes=False)  # consent is taken back
    assert crisis.tree().parties == 0
    assert crisis.standing(cast.avalon, root) is Standing.DECLINED


def test_in_19_twice_is_once(crisis: Crisis) -> None:
    cast = crisis.cast
    root = crisis.ask(sender_key="K1")
    assert crisis.ask(sender_key="K1").pk == root.pk
    first = crisis.say(cast.brasov, root, yes=True)
    again = crisis.say(cast.brasov, root, yes=True)
    assert (again.pk, again.version) == (first.pk, 1)
    with acting_for(cast.avalon):
        assert DataRequest.objects.count() == 1
        assert withdraw_request(root.pk).version == 2
        assert withdraw_request(root.pk).version == 2


def test_or_08_access_ends_with_the_disruption(crisis: Crisis) -> None:
    """The notice is resolved: requests and answers of all tiers are closed to the other side."""
    cast = crisis.cast
    root = crisis.ask()
    below = crisis.forward(root)
    crisis.say(cast.silesia, below, yes=True)
    crisis.say(cast.brasov, root, yes=True)
    with acting_for(cast.avalon):
        resolve_notice(crisis.notice.pk, "The trucks roll again.")
    work_off()
    assert crisis.standing(cast.avalon, root) is Standing.ENDED
    assert crisis.standing(cast.brasov, below) is Standing.ENDED
    assert crisis.standing(cast.brasov, root) is crisis.standing(cast.silesia, below) is None
    for asker, answerer in ((cast.avalon, cast.brasov), (cast.brasov, cast.silesia)):
        with acting_for(asker):
            assert not DataAnswer.objects.exclude(owner=asker).exists()
        with acting_for(answerer):
            assert DataAnswer.objects.get(owner=answerer).ended_at is not None
    assert crisis.tree().parties == 0


def test_or_08_access_ends_with_the_date_even_if_nothing_runs(crisis: Crisis) -> None:
    cast = crisis.cast
    root = crisis.ask()
    crisis.say(cast.brasov, root, yes=True)
    assert tasks(cast.brasov) == [False]
    past = timezone.now() - timedelta(seconds=1)
    window = {"ends_at": past, "due_at": past, "starts_at": past - timedelta(days=1)}
    with acting_for(cast.avalon):
        models.QuerySet(DataRequest).filter(pk=root.pk).update(**window)
    with acting_for(cast.brasov):
        assert models.QuerySet(DataRequest).count() == 0
        models.QuerySet(DataAnswer).update(ends_at=past)
    with acting_for(cast.avalon):
        assert models.QuerySet(DataAnswer).count() == 0
        end_due(root.pk, as_of=timezone.now())
        assert request_list(RequestFilter(view="ended"))[0].ending == "date"


def test_in_19_one_party_has_one_name_in_a_chain(crisis: Crisis) -> None:
    """Silesia is reached by two ways: two answers, one party; another root knows other names."""
    cast = crisis.cast
    partner(cast.porto, cast.silesia)
    give(cast.porto, cast.avalon, cast.avalon, "inventory.request")
    give(cast.avalon, cast.porto, cast.porto, "inventory.request")
    give(cast.porto, cast.silesia, cast.silesia, "inventory.request")
    give(cast.silesia, cast.porto, cast.porto, "inventory.request")
    part(cast.porto, "PH-9", {cast.avalon: DOOR, cast.silesia: COPPER})
    with acting_for(cast.avalon):
        door = Part.objects.get(number=DOOR)
        PartAlias.objects.create(
            part=door, partner=cast.porto, partner_number="PH-9", compare_key="PH9",
            valid_from=date(2025, 1, 1),
        )  # fmt: skip
        asked = [cast.brasov.bpn, cast.porto.bpn]
        mine, other = request_data(crisis.notice.pk, Ask(suppliers=asked, parts=[DOOR]))
    work_off()
    crisis.say(cast.silesia, crisis.forward(mine), yes=True)
    with acting_for(cast.porto):
        [below] = forward_request(other.pk, Ask(suppliers=[cast.silesia.bpn], parts=["PH-9"]))
    work_off()
    crisis.say(cast.silesia, below, yes=True)
    crisis.say(cast.brasov, mine, yes=True)
    crisis.say(cast.porto, other, yes=True)
    tree = crisis.tree()
    [first, second] = tree.tiers
    assert (len(second.nodes), second.parties, first.parties, tree.parties) == (2, 1, 2, 3)


def test_or_08_the_senders_end_ends_what_a_recipient_asked(crisis: Crisis) -> None:
    """Brasov was told, not Avalon's request: what it asked because of the notice ends with it."""
    cast = crisis.cast
    with acting_for(cast.brasov):
        [made] = request_data(
            crisis.notice.pk, Ask(suppliers=[cast.silesia.bpn], parts=[WIRE])
        )  # fmt: skip
    work_off()
    assert crisis.standing(cast.silesia, made) is Standing.OPEN
    with acting_for(cast.avalon):
        resolve_notice(crisis.notice.pk, "Over.")
    work_off()
    assert crisis.standing(cast.brasov, made) is Standing.ENDED
    assert crisis.standing(cast.silesia, made) is None
    assert tasks(cast.silesia) == [False]


@pytest.mark.parametrize("is_answered", [False, True])
def test_in_19_a_request_taken_back_leaves_the_screens_of_the_asked_side_alone(
    crisis: Crisis, is_answered: bool
) -> None:
    cast, request = crisis.cast, crisis.ask()
    if is_answered:
        crisis.say(cast.brasov, request, yes=True)
    work_off()
    with acting_for(cast.avalon):
        withdraw_request(request.pk)
    work_off()
    told = {"t": REQUEST_GONE_TOPIC, "k": "gone", "id": f"request-{request.pk}"}
    with acting_for(cast.brasov):
        [frame] = FeedFrame.objects.filter(topic=REQUEST_GONE_TOPIC)
    assert told.items() <= frame.frames["en"].items()
    for other in (cast.avalon, cast.silesia, cast.porto):
        with acting_for(other):
            assert not FeedFrame.objects.filter(topic=REQUEST_GONE_TOPIC).exists()


def test_in_19_a_late_answer_is_critical(crisis: Crisis) -> None:
    cast = crisis.cast
    request = crisis.ask(criticality="low")
    with acting_for(cast.brasov):
        assert Alert.objects.get(type=WAITS).severity == Alert.Severity.INFO
    with acting_for(cast.avalon):
        late = timezone.now() - timedelta(minutes=1)
        models.QuerySet(DataRequest).filter(pk=request.pk).update(due_at=late)
    with acting_for(cast.brasov):
        for _twice in range(2):
            look_at(request.pk)
        alert = Alert.objects.get(type=WAITS)
        assert alert.severity == Alert.Severity.CRITICAL
        assert alert.title_params["partner"] == "Avalon"
        decline_request(request.pk)
    work_off()
    assert tasks(cast.brasov) == [False]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("suppliers", {"suppliers": []}),
        ("suppliers", {"suppliers": ["BPNL000000000000"]}),
        ("parts", {"parts": []}),
        ("parts", {"parts": [DOOR, "NOBODY-1"]}),
        ("criticality", {"criticality": "urgent"}),
        ("ends_at", {"ends_at": timezone.now() - timedelta(days=1)}),
        ("ends_at", {"ends_at": timezone.now() + timedelta(days=91)}),
        ("due_at", {"due_at": timezone.now() - timedelta(days=1)}),
        ("text", {"text": "bell \x07"}),
    ],
)
def test_in_19_what_is_refused_names_its_field(
    crisis: Crisis, field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as caught:
        crisis.ask(**changes)
    assert caught.value.field == field
    with acting_for(crisis.cast.avalon):
        assert not DataRequest.objects.exists()
