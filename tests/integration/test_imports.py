"""A file's way in: staged, understood, compared, applied, undone; twice is once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from collab.events.models import Errand
from collab.events.tasks import header_for
from collab.integration.imports import applying, jobs, staging
from collab.integration.imports.applying import RowsRefused, values_of
from collab.integration.imports.registry import import_kind
from collab.integration.imports.staging import ImportRefused
from collab.integration.models.imports import ColumnMatch, ImportBatch, ImportRow
from collab.jobs.models import Job
from collab.jobs.tasks import run_job
from collab.masterdata import queries, services
from collab.masterdata.models import BomLine, Part, PartAlias
from collab.organisations.context import acting_for
from tests.harness.cast import Cast

PARTS = """Teilenummer;Benennung;Einheit;Bruttogewicht g
WH-1;Kabelsatz Tür links;PCE;1.250,5
WH-2;Kabelsatz Tür rechts;ST?;900
WH-3;;H87;
CU-9;Kupferdraht;KG;
"""


def checked(kind: str, text: str, name: str = "list.csv", encoding: str = "cp1252") -> ImportBatch:
    batch = staging.upload(kind, name, text.encode(encoding))
    return applying.check(batch.pk)


def applied(batch: ImportBatch, mode: str = "rows") -> ImportBatch:
    applying.begin_applying(batch.pk, mode)
    if mode == "all":
        applying.apply_all(batch.pk)
    else:
        while applying.apply_chunk(batch.pk):
            continue
    batch.refresh_from_db()
    return batch


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return batch.new, batch.changed, batch.unchanged, batch.wrong


def errors(batch: ImportBatch) -> list[tuple[int, str, str, str]]:
    rows = ImportRow.objects.filter(batch=batch, outcome="wrong").order_by("line")
    return [
        (row.line, error["column"], error["read"], error["suggestion"])
        for row in rows
        for error in row.errors
    ]


def state_of(model: Any) -> list[dict[str, Any]]:
    hidden = {"version", "changed_at"}
    rows = model.objects.order_by("pk").values()
    return [{key: value for key, value in row.items() if key not in hidden} for row in rows]


def test_a_german_list_of_parts_comes_in(cast: Cast) -> None:
    with acting_for(cast.brasov):
        services.create_part(number="WH-3", name="Harness, roof", base_unit="H87")
        batch = checked("parts", PARTS)
        assert (batch.encoding, batch.delimiter, batch.decimal_sign) == ("cp1252", ";", ",")
        assert batch.mapping == {"number": 0, "name": 1, "base_unit": 2, "gross_weight_g": 3}
        assert counts(batch) == (2, 0, 1, 1)  # an empty cell changes nothing: WH-3 stays
        assert errors(batch) == [(3, "base_unit", "ST?", "")]
        first = ImportRow.objects.get(batch=batch, line=2)
        assert first.differences["gross_weight_g"] == ["", "1250.5"]
        assert Part.objects.count() == 1  # nothing but a comparison so far

        applied(batch)
        assert (batch.state, batch.applied) == ("applied", 2)
        wire = queries.part_by_number("CU-9")
        assert wire is not None
        assert (wire.name, wire.base_unit) == ("Kupferdraht", "KGM")
        left = queries.part_by_number("WH-1")
        assert left is not None
        assert left.gross_weight_g == Decimal("1250.5")


def test_the_same_file_twice_is_once(cast: Cast) -> None:
    with acting_for(cast.brasov):
        first = checked("parts", PARTS)
        assert staging.upload("parts", "again.csv", PARTS.encode("cp1252")).pk == first.pk
        applied(first)
        applying.apply_chunk(first.pk)  # a repeated delivery of the job
        before = state_of(Part)
        second = checked("parts", PARTS)
        assert second.pk != first.pk
        assert counts(second)[:2] == (0, 0)
        applied(second)
        assert state_of(Part) == before


def test_undo_restores_exactly(cast: Cast) -> None:
    with acting_for(cast.brasov):
        services.create_part(number="WH-1", name="Harness", gross_weight_g=Decimal(7))
        services.create_part(number="WH-2", name="Harness", base_unit="PR")
        before = state_of(Part)
        batch = applied(checked("parts", PARTS.replace("ST?", "PR")))
        assert state_of(Part) != before
        undone = applying.undo(batch.pk)
        assert state_of(Part) == before
        assert applying.undo(batch.pk).version == undone.version  # twice is once


def test_undo_never_destroys_later_work(cast: Cast) -> None:
    with acting_for(cast.brasov):
        batch = applied(checked("parts", PARTS))
        part = Part.objects.get(number="WH-1")
        services.update_part(part.pk, name="Named better since")
        before = state_of(Part)
        with pytest.raises(ImportRefused, match="line 2: it has been changed"):
            applying.undo(batch.pk)
        assert state_of(Part) == before
    with acting_for(cast.brasov):
        other = applied(checked("parts", "number,name\nWH-8,Harness\n"))
        used = Part.objects.get(number="WH-8")
        services.create_packaging(part=used, code="BOX", quantity=Decimal(1))
        with pytest.raises(ImportRefused, match="nothing refers to"):
            applying.undo(other.pk)


def test_undo_ends_after_a_day(cast: Cast) -> None:
    with acting_for(cast.brasov):
        batch = applied(checked("parts", PARTS))
        late = timezone.now() + timedelta(hours=24, minutes=1)
        with pytest.raises(ImportRefused, match="last 24 hours"):
            applying.undo(batch.pk, now=late)


def test_all_or_nothing(cast: Cast) -> None:
    with acting_for(cast.brasov):
        with pytest.raises(ImportRefused, match="1 rows with errors"):
            applying.begin_applying(checked("parts", PARTS.replace("WH-3;;", "WH-3;x;")).pk, "all")
        batch = checked("parts", "number,name\nA-1,one\nA-2,two\nA-3,three\n")
        services.create_part(number="A-2", name="made meanwhile")
        Part.objects.filter(number="A-2").update(is_active=False)
        applying.begin_applying(batch.pk, "all")
        services.retire_part(Part.objects.get(number="A-2").pk)
        applying.apply_all(batch.pk)
        assert Part.objects.get(number="A-2").name == "two"


def test_all_or_nothing_leaves_nothing(cast: Cast) -> None:
    with acting_for(cast.brasov):
        batch = checked("parts", "number,name,gtin\nA-1,one,\nA-2,two,4006381333931\n")
        assert batch.wrong == 0
        services.create_part(number="B", name="B", gtin="4006381333931")  # taken meanwhile
        applying.begin_applying(batch.pk, "all")
        with pytest.raises(RowsRefused, match="line 3") as refused:
            applying.apply_all(batch.pk)
        assert not Part.objects.filter(number="A-1").exists()
        applying.note_refusal(batch.pk, refused.value)
        batch.refresh_from_db()
        assert (batch.state, batch.wrong) == ("checked", 1)
        applied(batch)  # the good rows, then
        assert Part.objects.filter(number="A-1").exists()


def test_a_killed_import_goes_on_with_the_next_chunk(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "CHUNK", 10)
    lines = "".join(f"P-{n:03},Part {n}\n" for n in range(25))
    with acting_for(cast.brasov):
        batch = checked("parts", f"number,name\n{lines}")
        applying.begin_applying(batch.pk, "rows")
        assert applying.apply_chunk(batch.pk) == 15
        assert Part.objects.count() == 10
        # the worker dies here; another one starts the job again
        applying.begin_applying(batch.pk, "rows")
        assert applying.apply_chunk(batch.pk) == 5
        assert applying.apply_chunk(batch.pk) == 0
        assert Part.objects.count() == 25
        batch.refresh_from_db()
        assert (batch.state, batch.applied) == ("applied", 25)


def test_a_column_match_is_remembered_by_one_organisation(cast: Cast) -> None:
    text = "Our no,What it is\nA-1,Harness\n"
    with acting_for(cast.brasov):
        batch = staging.upload("parts", "x.csv", text.encode())
        assert batch.mapping == {}
        with pytest.raises(ImportRefused, match="Part number"):
            staging.understand(batch.pk, mapping={"name": 1})
        with pytest.raises(ImportRefused, match="used once"):
            staging.understand(batch.pk, mapping={"number": 0, "name": 0})
        staging.understand(batch.pk, mapping={"number": 0, "name": 1})
        later = staging.upload("parts", "y.csv", text.replace("A-1", "A-2").encode())
        assert later.mapping == {"number": 0, "name": 1}
    with acting_for(cast.porto):
        assert ColumnMatch.objects.count() == 0
        assert staging.upload("parts", "x.csv", text.encode()).mapping == {}


def test_what_the_file_leaves_open_is_asked(cast: Cast) -> None:
    text = "number;name;Gross weight [g]\nA-1;Harness;1,234\n"
    with acting_for(cast.brasov):
        batch = checked("parts", text)
        assert batch.decimal_sign == ""
        row = ImportRow.objects.get(batch=batch)
        assert "decimal sign" in row.errors[0]["expected"]
        staging.understand(batch.pk, mapping=batch.mapping, decimal_sign=",")
        applied(applying.check(batch.pk))
        assert Part.objects.get().gross_weight_g == Decimal("1.234")


def test_an_encoding_can_be_overruled(cast: Cast) -> None:
    with acting_for(cast.brasov):
        batch = staging.upload("parts", "x.csv", "number,name\nA-1,Größe\n".encode("cp1252"))
        again = staging.read_again(batch.pk, encoding="cp932", delimiter=",")
        assert again.encoding == "cp932"
        assert not ImportBatch.objects.filter(pk=batch.pk).exists()
        kind = import_kind("parts")
        row = ImportRow.objects.get(batch=again)
        assert values_of(kind, again, row.cells)[0].get("name") != "Größe"


def test_every_wrong_row_says_why(cast: Cast) -> None:
    text = (
        "number,name,kind,gtin\n"
        "WH-1,Harness,component,\n"
        "WH-1,Harness,component,\n"  # twice
        "WH 1,Harness,component,\n"  # differs in separators only
        ",Harness,component,\n"
        "A-2,Harness,componnt,\n"
        "A-3,Harness,component,4006381333932\n"
        "A-4,Harness,component,,,too long\n"
        "A-5,Har\u0007ness,component,\n"
    )
    with acting_for(cast.brasov):
        batch = checked("parts", text, encoding="utf-8")
        assert errors(batch) == [
            (3, "number", "WH-1", ""),
            (4, "number", "WH 1", "WH-1"),
            (5, "number", "", ""),
            (6, "kind", "componnt", "component"),
            (7, "gtin", "4006381333932", ""),
            (8, "", "too long", ""),
            (9, "name", "Har\u0007ness", ""),
        ]


def test_partners_numbers_come_in(cast: Cast) -> None:
    with acting_for(cast.brasov):
        services.create_part(number="WH-1", name="Harness")
        services.create_part(number="WH-2", name="Harness")
        text = (
            "Partner,Our part number,Partner's part number,Valid from,Valid until\n"
            "BPNL000000000001,WH-1,8W0 971 615,01.01.2026,2026-12-01\n"
            "Avalon Motors,WH-2,8W0-971-615,2026-12-01,\n"
            "Avalon Motors,WH-1,8W0.971.615,2026-06-01,\n"  # overlaps both
            "Avalon Motor,WH-1,X-1,2026-01-01,\n"
            "Avalon Motors,WH-01,X-2,2026-01-01,\n"
        )
        batch = checked("part_aliases", text)
        assert counts(batch) == (2, 0, 0, 3)
        assert errors(batch) == [
            (4, "partner_number", "8W0.971.615", ""),
            (5, "partner", "Avalon Motor", "Avalon Motors"),
            (6, "part_number", "WH-01", "WH-1"),
        ]
        before = state_of(PartAlias)
        applied(batch)
        assert PartAlias.objects.count() == 2
        again = checked("part_aliases", text)
        assert counts(again)[:3] == (0, 0, 2)
        applying.undo(batch.pk)
        assert state_of(PartAlias) == before


def test_a_bill_of_material_comes_in_without_rings(cast: Cast) -> None:
    with acting_for(cast.avalon):
        for number in ("CAR", "DOOR", "HARNESS"):
            services.create_part(number=number, name=number)
        text = (
            "parent,component,qty,unit,take rate\n"
            "CAR,DOOR,4,PCE,\nDOOR,HARNESS,2,PCE,0.4\nHARNESS,CAR,1,PCE,\nDOOR,CAR,1,KG,\n"
        )
        batch = checked("bill_of_material", text)
        assert counts(batch) == (2, 0, 0, 2)
        assert errors(batch)[0][:3] == (4, "component", "HARNESS > CAR > DOOR > HARNESS")
        applied(batch)
        changed = checked("bill_of_material", "parent,component,qty\nDOOR,HARNESS,3\n")
        assert counts(changed) == (0, 1, 0, 0)
        before = state_of(BomLine)
        applying.undo(applied(changed).pk)
        assert state_of(BomLine) == before


def test_a_suggestion_never_comes_from_a_rival(cast: Cast) -> None:
    with acting_for(cast.porto):
        services.create_part(number="SECRET-77", name="The rival's part")
    with acting_for(cast.brasov):
        text = "parent,component,qty\nSECRET-78,SECRET-7,1\n"
        assert [error[3] for error in errors(checked("bill_of_material", text))] == [""]


def test_a_rivals_import_is_not_there(cast: Cast) -> None:
    with acting_for(cast.brasov):
        batch = checked("parts", PARTS)
    with acting_for(cast.porto):
        assert not ImportRow.objects.exists()
        for act in (
            lambda: applying.check(batch.pk),
            lambda: applying.begin_applying(batch.pk, "rows"),
            lambda: applying.undo(batch.pk),
            lambda: staging.discard(batch.pk),
        ):
            with pytest.raises(ImportBatch.DoesNotExist):
                act()


def work_on(job: Job | None) -> Job:
    """Do what a worker does when the job's message arrives."""
    assert job is not None
    errand = Errand.objects.get(subject_id=job.pk, step=Errand.Step.TASK)
    run_job.apply(args=(str(job.pk),), headers=header_for(errand), throw=True)
    with acting_for(job.owner_id):
        return Job.objects.get(pk=job.pk)


@pytest.mark.committed
def test_a_long_import_is_done_and_undone_by_jobs(cast: Cast) -> None:
    count = jobs.INLINE_ROWS + 1
    lines = "".join(f"P-{n:03},Part {n}\n" for n in range(count))
    with acting_for(cast.brasov):
        batch = staging.upload("parts", "long.csv", f"number,name\n{lines}".encode())
        job = jobs.run_or_start(batch, jobs.CHECK, batch.total)
    assert work_on(job).state == "done"
    with acting_for(cast.brasov):
        begun = applying.begin_applying(batch.pk, "rows")
        job = jobs.run_or_start(begun, jobs.APPLY, begun.new)
    ended = work_on(job)
    assert (ended.state, ended.result and ended.result["applied"]) == ("done", count)
    assert ended.result_url == f"/t/brasov/network/import/{batch.pk}/"
    with acting_for(cast.brasov):
        assert Part.objects.count() == count
        batch.refresh_from_db()
        job = jobs.run_or_start(batch, jobs.UNDO, batch.applied)
    assert work_on(job).state == "done"
    with acting_for(cast.brasov):
        assert not Part.objects.exists()


@pytest.mark.committed
def test_all_or_nothing_as_a_job_says_why_it_stopped(cast: Cast) -> None:
    count = jobs.INLINE_ROWS + 1
    lines = "".join(f"P-{n:03},Part {n},\n" for n in range(count))
    text = f"number,name,gtin\n{lines}LAST,Last,4006381333931\n"
    with acting_for(cast.brasov):
        batch = checked("parts", text)
        services.create_part(number="B", name="B", gtin="4006381333931")  # taken meanwhile
        begun = applying.begin_applying(batch.pk, "all")
        job = jobs.run_or_start(begun, jobs.APPLY, begun.new)
    ended = work_on(job)
    assert ended.state == "failed"
    assert f"line {count + 2}" in ended.message
    with acting_for(cast.brasov):
        assert Part.objects.count() == 1
        batch.refresh_from_db()
        assert (batch.state, batch.wrong, batch.applied) == ("checked", 1, 0)
