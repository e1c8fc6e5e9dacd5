"""The provider sees who read what, and can look through a partner's eyes first."""

from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from collab.masterdata.models import Part, PartAlias
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.sharing.access import log_reads, reads_of_mine, what_partner_sees, write_reads
from collab.sharing.access_log import AccessRead
from tests.harness.cast import Cast, give
from tests.integration.machines import machine

TOPIC = "inventory.stock"


def read(viewer: Organisation, *owners: Organisation) -> int:
    with acting_for(viewer):
        log_reads(TOPIC, [each.pk for each in owners])
        return write_reads()


def count_stock(cast: Cast) -> None:
    """Let Brasov report stock that it keeps for Avalon."""
    with acting_for(cast.brasov):
        part = Part.objects.create(
            number="BH-1", compare_key="BH1", name="Harness", kind="component", base_unit="H87"
        )
        PartAlias.objects.create(
            part=part,
            partner=cast.avalon,
            partner_number="AV-1",
            compare_key="AV1",
            valid_from=date(2026, 1, 1),
        )
    count = {
        "counterparty": cast.avalon.bpn,
        "part_number": "BH-1",
        "site": "BRA1",
        "quantity": "12",
        "unit": "H87",
        "counted_at": timezone.now().isoformat(),
    }
    answer = machine(cast.brasov, name="WMS").post("stock-counts", count)
    assert answer.status_code == 201, answer.content


def test_reads_add_up_by_minute_for_the_provider(cast: Cast) -> None:
    assert read(cast.avalon, cast.brasov, cast.brasov) == 1
    assert read(cast.avalon, cast.brasov) == 1
    assert read(cast.avalon) == 0
    assert read(cast.avalon, cast.avalon) == 0  # own rows are no reads through a grant
    with acting_for(cast.brasov):
        rows = list(reads_of_mine())
        assert sum(row.reads for row in rows) == 2
        assert sum(row.rows for row in rows) == 3
        assert {row.viewer_id for row in rows} == {cast.avalon.pk}
    for outsider in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(outsider):
            assert AccessRead.objects.count() == 0


def test_the_provider_cannot_change_what_was_noted(cast: Cast) -> None:
    read(cast.avalon, cast.brasov)
    with acting_for(cast.brasov):
        assert AccessRead.objects.update(reads=0) == 0
        assert AccessRead.objects.all()._raw_delete("default") == 0
        assert reads_of_mine().count() == 1


def test_a_list_through_a_grant_is_noted_and_an_own_list_is_not(cast: Cast) -> None:
    count_stock(cast)
    for holder in (cast.avalon, cast.brasov, cast.porto):
        assert machine(holder).get("stock").status_code == 200
    log = machine(cast.brasov, name="log").get("access-log").json()["items"]
    assert {(each["viewer"], each["topic"]) for each in log} == {(cast.avalon.bpn, TOPIC)}
    assert machine(cast.porto, name="log").get("access-log").json()["items"] == []


def test_the_preview_is_what_the_partner_gets(cast: Cast) -> None:
    count_stock(cast)
    give(cast.brasov, cast.silesia, cast.avalon, TOPIC, fields=["part_number"])
    with acting_for(cast.brasov):
        seen: dict[str, Any] = {
            name: [each for each in what_partner_sees(viewer.pk) if each.topic == TOPIC]
            for name, viewer in (
                ("avalon", cast.avalon),
                ("silesia", cast.silesia),
                ("kestrel", cast.kestrel),
            )
        }
    whole = next(each for each in seen["avalon"] if each.count and "quantity" in each.sample[0])
    assert whole.fields is None
    part = next(each for each in seen["silesia"] if each.table == whole.table)
    assert part.count == whole.count
    assert set(part.sample[0]) == {"id", "part_number"}
    assert seen["kestrel"] == []
    by_api = machine(cast.brasov).get(f"sharing-preview?viewer={cast.silesia.bpn}")
    assert by_api.status_code == 200
    assert {each["topic"] for each in by_api.json()} >= {TOPIC}


def test_the_log_costs_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    with acting_for(cast.avalon):
        log_reads(TOPIC, [cast.brasov.pk] * 50 + [cast.porto.pk] * 50)
        with django_assert_num_queries(1, connection=connection):
            assert write_reads() == 2
