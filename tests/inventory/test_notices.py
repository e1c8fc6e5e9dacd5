"""IN-17, IN-18: told to exactly those it concerns, at once, with one exception for all of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.masterdata.models import Part, PartAlias
from collab.masterdata.refusals import Refused, VersionConflict
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from collab.work.models import Alert
from collab.work.queries import QueueFilter, exceptions
from forecasting.models import DemandSeries
from inventory.models import DisruptionNotice, NoticeTrail, NoticeVersion
from inventory.queries.notice_hints import hints_of, marked_days
from inventory.queries.notices import chain_of, notice_by_key, versions_of
from inventory.rules.notice import cleaned_text, hidden_source, is_window, known_parts
from inventory.services.notice_facts import NoticeFacts
from inventory.services.notices import (
    Forward,
    Notice,
    accept_notice,
    change_notice,
    forward_notice,
    resolve_notice,
    state_notice,
)
from tests.harness.cast import Cast, give

COPPER, WIRE, HARNESS, DOOR = "SC-1", "BH-W1", "BH-100", "AM-700"
TYPE = "inventory.notice_capacity_reduction"


@dataclass(frozen=True, slots=True)
class Chain:
    """Silesia's copper goes into Brasov's wire, Brasov's harness into Avalon's door."""

    cast: Cast

    def facts(self, *parts: str, text: str = "Furnace 2 is down.", **more: Any) -> NoticeFacts:
        start = timezone.now().replace(microsecond=0)
        told = {"starts_at": start, "ends_at": start + timedelta(days=9), "parts": parts, **more}
        return NoticeFacts(text=text, **told)

    def tell(self, **changes: Any) -> DisruptionNotice:
        """Let Silesia tell Brasov of less copper."""
        told: dict[str, Any] = {
            "partners": [self.cast.brasov.bpn],
            "cause": "production-incident",
            "effect": "capacity-reduction",
            "facts": self.facts(COPPER),
            **changes,
        }
        with acting_for(self.cast.silesia):
            [notice] = state_notice(Notice(**told))
        work_off()
        return notice

    def forward(self, notice: DisruptionNotice, **changes: Any) -> DisruptionNotice:
        """Let Brasov tell Avalon what it means for the harness."""
        facts = self.facts(HARNESS, text="Fewer harnesses.")
        with acting_for(self.cast.brasov):
            told = Forward(partners=[self.cast.avalon.bpn], facts=facts, **changes)
            [made] = forward_notice(notice.pk, told)
        work_off()
        return made


def part(owner: Organisation, number: str, partner: Organisation, theirs: str) -> None:
    with acting_for(owner):
        made = Part.objects.create(
            number=number, compare_key=compare_key(number), name=number, base_unit="H87"
        )
        PartAlias.objects.create(
            part=made,
            partner=partner,
            partner_number=theirs,
            compare_key=compare_key(theirs),
            valid_from=date(2025, 1, 1),
        )


@pytest.fixture
def chain(cast: Cast) -> Chain:
    part(cast.silesia, COPPER, cast.brasov, WIRE)
    part(cast.brasov, HARNESS, cast.avalon, DOOR)
    give(cast.silesia, cast.brasov, cast.brasov, "work.exceptions")
    give(cast.silesia, cast.avalon, cast.brasov, "work.exceptions")
    return Chain(cast)


def seen(viewer: Organisation, key: UUID) -> Any:
    with acting_for(viewer):
        return notice_by_key(key)


def alerts(viewer: Organisation) -> list[tuple[UUID, bool]]:
    with acting_for(viewer):
        rows = Alert.objects.filter(type=TYPE).order_by("raised_at")
        return list(rows.values_list("object_id", "is_open"))


def test_in_17_one_alert_reaches_both_tiers_in_one_transaction(chain: Chain) -> None:
    """One row, raised with the notice: OEM and tier 1 see the same one, each what it may."""
    cast = chain.cast
    with acting_for(cast.silesia):
        [notice] = state_notice(
            Notice(
                partners=[cast.brasov.bpn],
                cause="strike",
                effect="capacity-reduction",
                facts=chain.facts(COPPER),
            )
        )
    for viewer in (cast.silesia, cast.brasov, cast.avalon):  # before anything was relayed
        assert alerts(viewer) == [(notice.pk, True)], viewer
    for rival in (cast.porto, cast.kestrel, cast.fjord):
        assert alerts(rival) == []
    assert seen(cast.avalon, notice.pk) is None  # the exception is granted, the notice is not
    work_off()
    told: dict[int, datetime] = {}
    for viewer in (cast.brasov, cast.avalon):
        with acting_for(viewer):
            frames = FeedFrame.objects.filter(topic="work.exceptions")
            told[viewer.pk] = frames.latest("seq").shown_at
    assert abs(told[cast.brasov.pk] - told[cast.avalon.pk]) < timedelta(seconds=1)
    with acting_for(cast.brasov):
        [row] = exceptions(QueueFilter(view="all"), limit=5)
        assert row.title == f"Less capacity for {WIRE}: notice N-1"
    with acting_for(cast.silesia):
        resolve_notice(notice.pk, "The strike is over.")
    for viewer in (cast.silesia, cast.brasov, cast.avalon):
        assert alerts(viewer) == [(notice.pk, False)], viewer


def sell_to_kestrel(cast: Cast, number: str, theirs: str) -> None:
    """Let Brasov make another part, for Kestrel, and open its notices to it."""
    with acting_for(cast.brasov):
        part = Part.objects.create(
            number=number, compare_key=compare_key(number), name="Other", base_unit="H87"
        )
        PartAlias.objects.create(
            part=part,
            partner=cast.kestrel,
            partner_number=theirs,
            compare_key=compare_key(theirs),
            valid_from=date(2025, 1, 1),
        )
        give(cast.brasov, cast.kestrel, cast.kestrel, "inventory.notice")


def test_in_18_each_recipient_gets_a_notice_of_its_own_and_learns_of_no_other(
    chain: Chain,
) -> None:
    cast, other = chain.cast, "AM-900"
    sell_to_kestrel(cast, "BH-200", other)
    with acting_for(cast.brasov):
        made = state_notice(
            Notice(
                partners=[cast.avalon.bpn, cast.kestrel.bpn],
                cause="logistics-disruption",
                effect="capacity-reduction",
                facts=chain.facts(
                    HARNESS,
                    "BH-200",
                    sites=[Site.objects.get(owner=cast.brasov).code],
                    partner_sites=["AVA1"],
                ),
                sender_key="K1",
            )
        )
        assert [(row.parts, row.partner_parts, row.number) for row in made] == [
            ([HARNESS], [DOOR], 1),
            (["BH-200"], [other], 1),
        ]
        assert [row.partner_sites for row in made] == [["AVA1"], []]
        with pytest.raises(Refused, match="know one of the parts"):
            state_notice(
                Notice(
                    partners=[cast.avalon.bpn, cast.kestrel.bpn],
                    cause="other",
                    effect="demand-reduction",
                    facts=chain.facts(HARNESS),
                )
            )
    mine, theirs = made
    assert seen(cast.avalon, mine.pk).named_parts == [(DOOR, HARNESS)]
    assert seen(cast.avalon, theirs.pk) is None
    assert seen(cast.kestrel, mine.pk) is None
    with acting_for(cast.avalon):
        assert DisruptionNotice.objects.count() == 1
    for rival in (cast.porto, cast.silesia):
        assert seen(rival, mine.pk) is None


def test_in_18_only_the_sender_changes_and_resolves(chain: Chain) -> None:
    cast, notice = chain.cast, chain.tell(sender_key="K1")
    assert chain.tell(sender_key="K1").pk == notice.pk  # twice is once
    for stranger in (cast.brasov, cast.avalon, cast.porto):
        with acting_for(stranger), pytest.raises(DisruptionNotice.DoesNotExist):
            resolve_notice(notice.pk, "not yours")
    with acting_for(cast.silesia):
        facts = chain.facts(COPPER, text="Both furnaces\r\nare down.", ends_at=None)
        changed = change_notice(notice.pk, facts, version=1)
        assert (changed.version, changed.text) == (2, "Both furnaces\nare down.")
        assert change_notice(notice.pk, facts).version == 2  # nothing new
        with pytest.raises(VersionConflict):
            change_notice(notice.pk, chain.facts(), version=1)
        with pytest.raises(Refused, match="a value"):
            resolve_notice(notice.pk, "  ")
        assert resolve_notice(notice.pk, "Repaired.", version=2).resolution == "Repaired."
        with pytest.raises(Refused, match="an open notice"):
            resolve_notice(notice.pk, "again")
        with pytest.raises(Refused, match="an open notice"):
            change_notice(notice.pk, facts)
    with acting_for(cast.brasov):
        assert [row.text for row in versions_of(notice.pk)] == [
            "Both furnaces\nare down.",
            "Furnace 2 is down.",
        ]
        assert NoticeVersion.objects.count() == 2
    assert alerts(cast.brasov) == [(notice.pk, False)]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("ends_at", {"ends_at": datetime.fromisoformat("2020-01-01T00:00:00+00:00")}),
        ("text", {"text": "x" * 4001}),
        ("text", {"text": "bell \x07"}),
        ("parts", {"parts": ["NOBODY-1"]}),
        ("sites", {"sites": ["AVA1"]}),
        ("partner_sites", {"partner_sites": ["AVA1"]}),
    ],
)
def test_in_18_what_is_refused_names_its_field(
    chain: Chain, field: str, changes: dict[str, Any]
) -> None:
    facts = {"text": "Down.", "starts_at": timezone.now(), **changes}
    with pytest.raises(Refused) as caught:
        chain.tell(facts=NoticeFacts(**facts))
    assert caught.value.field == field
    with acting_for(chain.cast.silesia):
        assert not DisruptionNotice.objects.exists()
        assert not Alert.objects.filter(type=TYPE).exists()


def test_in_18_a_forward_is_a_notice_of_its_own(chain: Chain) -> None:
    """Same cause, effect and source; own words and parts; nothing of the received one leaks."""
    cast, received = chain.cast, chain.tell()
    made = chain.forward(received)
    assert (made.cause, made.effect, made.source_id, made.related_id) == (
        received.cause,
        received.effect,
        received.source_id,
        received.pk,
    )
    told = seen(cast.avalon, made.pk)
    assert (told.text, told.named_parts, told.sender.short) == (
        "Fewer harnesses.",
        [(DOOR, HARNESS)],
        "Brasov",
    )
    assert seen(cast.avalon, received.pk) is None
    with acting_for(cast.brasov):
        links = [(link.row.id, link.depth) for link in chain_of(seen(cast.brasov, made.pk))]
        assert links == [(received.pk, 0), (made.pk, 1)]
    with acting_for(cast.avalon):
        assert [link.row.id for link in chain_of(told)] == [made.pk]
        with pytest.raises(DisruptionNotice.DoesNotExist):  # not addressed to Avalon
            forward_notice(received.pk, Forward(partners=[], facts=chain.facts()))
    with acting_for(cast.silesia):
        assert [link.row.id for link in chain_of(seen(cast.silesia, received.pk))] == [received.pk]
    back = Forward(partners=[cast.silesia.bpn], facts=chain.facts())
    with acting_for(cast.brasov), pytest.raises(Refused, match="other than the one"):
        forward_notice(received.pk, back)


def test_in_18_a_hidden_source_cannot_be_linked(chain: Chain) -> None:
    cast, received = chain.cast, chain.tell()
    first = chain.forward(received, is_source_hidden=True)
    second = chain.forward(received, is_source_hidden=True)
    assert first.source_id == second.source_id != received.source_id
    assert first.related_id is None
    with acting_for(cast.brasov):  # the forwarder itself still sees what it forwarded
        assert chain_of(seen(cast.brasov, first.pk))[0].row.id == received.pk
    with acting_for(cast.avalon):
        assert not NoticeTrail.objects.exists()


def test_in_18_a_projection_is_marked_only_when_a_planner_accepts(chain: Chain) -> None:
    cast, notice = chain.cast, chain.tell()
    with acting_for(cast.brasov):
        assert hints_of(WIRE) == []
        accept_notice(notice.pk, is_accepted=True)
        accept_notice(notice.pk, is_accepted=True)  # twice is once
        [hint] = hints_of(WIRE)
        days = [hint.first_day + timedelta(days=n) for n in range(-1, 12)]
        assert marked_days([hint], days) == set(days[1:11])
        assert hints_of(HARNESS) == []
    with acting_for(cast.silesia):
        assert [each.is_own for each in hints_of(COPPER)] == [True]
        with pytest.raises(DisruptionNotice.DoesNotExist):
            accept_notice(notice.pk, is_accepted=True)
        resolve_notice(notice.pk, "Repaired.")
    with acting_for(cast.brasov):
        assert hints_of(WIRE) == []
        with pytest.raises(Refused, match="an open notice"):
            accept_notice(notice.pk, is_accepted=True)


def test_in_18_a_customer_tells_a_supplier_only_of_what_it_makes(chain: Chain) -> None:
    cast = chain.cast
    with acting_for(cast.avalon):
        made = Part.objects.create(number=DOOR, compare_key="AM700", name="Door", base_unit="H87")
        told = Notice(
            partners=[cast.brasov.bpn],
            cause="other",
            effect="demand-increase",
            facts=chain.facts(DOOR),
        )
        with pytest.raises(Refused, match="a recipient knows"):
            state_notice(told)
        DemandSeries.objects.create(counterparty=cast.brasov, part=made, part_number=DOOR)
        [notice] = state_notice(told)
        assert (notice.parts, notice.partner_parts) == ([DOOR], [""])
    with acting_for(cast.brasov):  # its alias knows what Avalon means
        accept_notice(notice.pk, is_accepted=True)
        assert [each.id for each in hints_of(HARNESS)] == [notice.pk]


@given(st.uuids(), st.uuids(), st.binary(min_size=16), st.binary(min_size=16))
def test_hidden_sources_are_stable_and_keyed(a: UUID, b: UUID, one: bytes, other: bytes) -> None:
    hidden = hidden_source(a, key=one)
    assert hidden == hidden_source(a, key=one)
    assert hidden.version == 4
    assert a == b or hidden != hidden_source(b, key=one)
    assert one == other or hidden != hidden_source(a, key=other)


@given(st.text(max_size=60))
def test_a_text_has_one_form_or_none(text: str) -> None:
    try:
        once = cleaned_text(text)
    except ValueError:
        return
    assert cleaned_text(once) == once
    assert "\r" not in once


@given(
    st.lists(st.sampled_from("abcd")),
    st.dictionaries(st.sampled_from("abcd"), st.none() | st.sampled_from(["", "x"])),
)
def test_known_parts_pass_on_nothing_unknown(
    stated: list[str], names: dict[str, str | None]
) -> None:
    parts, theirs = known_parts(stated, names)
    assert len(parts) == len(theirs) == len(set(parts))
    assert set(parts) == {part for part in stated if names.get(part) is not None}
    assert theirs == [names[part] for part in parts]


@given(st.datetimes(), st.none() | st.datetimes())
def test_a_window_ends_after_it_starts(start: datetime, end: datetime | None) -> None:
    assert is_window(start, end) == (end is None or start <= end)
