"""A planner's pages: find, change, take away, retire in bulk, import and undo."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from collab.masterdata import services
from collab.masterdata.models import Part, PartAlias, WorkingCalendar
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast


@pytest.fixture
def parts(cast: Cast) -> list[Part]:
    """Sixty parts of Brasov and one of its rival."""
    with acting_for(cast.porto):
        services.create_part(number="SECRET-1", name="The rival's harness")
    with acting_for(cast.brasov):
        return [services.create_part(number=f"WH-{n:03}", name=f"Harness {n}") for n in range(60)]


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


def test_the_list_is_found_filtered_and_paged(
    cast: Cast, parts: list[Part], client_for: ClientFor
) -> None:
    client = client_for(cast.brasov)
    page = client.get("/t/brasov/network/parts/")
    assert page.status_code == 200
    assert "WH-000" in text_of(page)
    assert "SECRET" not in text_of(page)
    following = page.context["next"]
    assert "WH-059" in text_of(client.get(following))
    found = client.get("/t/brasov/network/parts/?q=wh.042")
    assert [part.number for part in found.context["parts"]] == ["WH-042"]
    empty = client.get("/t/brasov/network/parts/?q=nothing-like-it")
    assert "Clear filters" in text_of(empty)
    fragment = client.get("/t/brasov/network/parts/?q=042", headers={"HX-Request": "true"})
    assert text_of(fragment).lstrip().startswith('<section id="parts"')
    assert client.get("/t/brasov/network/parts/?cursor=forged").status_code == 404
    assert client.get("/t/brasov/network/parts/?sort=-name&kind=assembly").status_code == 200


def test_the_file_holds_what_the_list_shows(
    cast: Cast, parts: list[Part], client_for: ClientFor
) -> None:
    client = client_for(cast.brasov)
    with acting_for(cast.brasov):
        services.create_part(number="=cmd|x", name="@SUM(A1)", gross_weight_g=Decimal("1.5"))
    file = client.get("/t/brasov/network/parts/?q=SUM&export=csv")
    assert file["Content-Disposition"] == 'attachment; filename="parts.csv"'
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[1] == "'=cmd|x,'@SUM(A1),component,H87,,1.5,TRUE"
    assert len(lines) == 2
    book = client.get("/t/brasov/network/parts/?export=xlsx")
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert sheet.max_row == 62


def test_many_parts_retire_and_come_back(
    cast: Cast, parts: list[Part], client_for: ClientFor
) -> None:
    client = client_for(cast.brasov)
    with acting_for(cast.porto):
        foreign = Part.objects.get()
    chosen = [str(parts[0].pk), str(parts[1].pk), str(foreign.pk), "nonsense"]
    client.post("/t/brasov/network/parts/retire", {"id": chosen})
    with acting_for(cast.brasov):
        assert Part.objects.filter(is_active=False).count() == 2
    client.post("/t/brasov/network/parts/bring-back")
    client.post("/t/brasov/network/parts/retire", {"all": "1", "q": "WH-05"})
    with acting_for(cast.brasov):
        assert Part.objects.filter(is_active=False).count() == 10
    with acting_for(cast.porto):
        assert Part.objects.get().is_active


def test_a_part_is_typed_in_and_changed(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.brasov)
    fields = {"number": "WH-1", "name": "Harness", "kind": "component", "base_unit": "H87"}
    made = client.post("/t/brasov/network/parts/new", fields)
    assert made.status_code == 302
    again = client.post("/t/brasov/network/parts/new", fields)
    assert again.status_code == 422
    assert "a number no other part has" in text_of(again)
    with acting_for(cast.brasov):
        part = Part.objects.get()
    edit = f"/t/brasov/network/parts/{part.pk}/edit"
    assert 'value="WH-1"' in text_of(client.get(edit))
    assert client.post(edit, fields | {"name": "New name", "version": 1}).status_code == 302
    stale = client.post(edit, fields | {"name": "Old idea", "version": 1})
    assert stale.status_code == 422
    assert "Now stored: New name" in text_of(stale)


def test_the_part_page_holds_numbers_structure_and_packs(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.brasov)
    with acting_for(cast.brasov):
        door = services.create_part(number="DOOR-SET", name="Set", kind="assembly")
        wire = services.create_part(number="WIRE", name="Wire", base_unit="MTR")
    page = f"/t/brasov/network/parts/{door.pk}/"
    alias = {
        "alias-partner": cast.avalon.bpn,
        "alias-partner_number": "8W0 971",
        "alias-valid_from": "2026-01-01",
    }
    assert client.post(f"{page}numbers/add", alias).status_code == 302
    assert client.post(f"{page}numbers/add", alias).status_code == 422
    line = {
        "bom-component": "wire",
        "bom-quantity": "2.5",
        "bom-take_rate": "1",
        "bom-scrap_rate": "0",
        "bom-priority": "1",
    }
    assert client.post(f"{page}structure/add", line).status_code == 302
    ring = client.post(
        f"/t/brasov/network/parts/{wire.pk}/structure/add", line | {"bom-component": "DOOR-SET"}
    )
    assert "WIRE &gt; DOOR-SET &gt; WIRE" in text_of(ring)
    pack = {
        "pack-partner": "",
        "pack-code": "KLT 6429",
        "pack-kind": "bx",
        "pack-quantity": "12",
        "pack-stack_limit": "4",
        "pack-packs_per_load_unit": "16",
    }
    assert client.post(f"{page}packaging/add", pack).status_code == 302
    shown = text_of(client.get(page))
    for word in ("8W0 971", "Avalon Motors", "WIRE", '2.5 <abbr title="MTR">m</abbr>', "KLT 6429"):
        assert word in shown
    assert "DOOR-SET" in text_of(client.get(f"/t/brasov/network/parts/{wire.pk}/"))
    with acting_for(cast.brasov):
        key = PartAlias.objects.get().pk
    assert client.post(f"{page}numbers/{key}/remove").status_code == 302
    assert client.post(f"{page}numbers/{key}/remove").status_code == 404
    assert client.post(f"{page}nonsense/add", {}).status_code == 404


def test_a_foreign_part_is_not_found(cast: Cast, parts: list[Part], client_for: ClientFor) -> None:
    client = client_for(cast.porto, "admin")
    for path in (f"{parts[0].pk}/", f"{parts[0].pk}/edit"):
        assert client.get(f"/t/porto/network/parts/{path}").status_code == 404
    assert client.post(f"/t/porto/network/parts/{parts[0].pk}/switch").status_code == 404


def test_who_only_looks_changes_nothing(
    cast: Cast, parts: list[Part], client_for: ClientFor
) -> None:
    client = client_for(cast.brasov, "viewer")
    page = client.get("/t/brasov/network/parts/")
    assert page.status_code == 200
    assert "New part" not in text_of(page)
    assert client.post("/t/brasov/network/parts/retire", {"all": "1"}).status_code == 403
    assert client.get("/t/brasov/network/import/").status_code == 403


def test_calendars_and_sites(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    assert "No calendar yet" in text_of(client.get("/t/avalon/network/calendars/"))
    fields = {
        "name": "Munich",
        "weekdays": ["1", "2", "3", "4", "5"],
        "opens_at": "06:00",
        "closes_at": "22:00",
        "exceptions": "2026-12-25 Christmas\n2026-12-19 + Catching up",
    }
    assert client.post("/t/avalon/network/calendars/new", fields).status_code == 302
    wrong = client.post("/t/avalon/network/calendars/new", fields | {"exceptions": "Christmas"})
    assert "Line 1" in text_of(wrong)
    with acting_for(cast.avalon):
        calendar = WorkingCalendar.objects.get()
    edit = f"/t/avalon/network/calendars/{calendar.pk}/"
    assert "2026-12-19 + Catching up" in text_of(client.get(edit))
    assert client.post(edit, fields | {"name": "Munich II", "version": 1}).status_code == 302
    assert "Munich II" in text_of(client.get("/t/avalon/network/calendars/"))
    sites = client.get("/t/avalon/network/sites/")
    assert "AVA1" in text_of(sites)
    site = sites.context["sites"][0].pk
    code = {"partner": cast.brasov.bpn, "site": str(site), "partner_code": "AVL/7"}
    assert client.post("/t/avalon/network/sites/", code).status_code == 302
    assert client.post("/t/avalon/network/sites/", code).status_code == 422
    assert client.get("/t/avalon/network/sites/?export=csv").status_code == 200
    assert client_for(cast.kestrel).get(edit.replace("avalon", "kestrel")).status_code == 404


def test_a_list_is_brought_in_and_taken_back(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.brasov)
    start = "/t/brasov/network/import/"
    assert "No import yet" in text_of(client.get(start))
    content = "Teilenummer;Benennung;Einheit\nWH-1;Kabelsatz;PCE\nWH-2;Kabelsatz;???\n"

    def send(name: str, body: bytes) -> Any:
        file = SimpleUploadedFile(name, body)
        return client.post(f"{start}upload", {"kind": "parts", "file": file})

    assert "got something else under its name" in text_of(send("parts.xlsx", b"number\n"))
    taken = send("parts.csv", content.encode("cp1252"))
    page = taken["Location"]
    assert "Teilenummer" in text_of(client.get(page))
    match = {"place-number": "0", "place-name": "1", "place-base_unit": "2", "decimal_sign": "."}
    missing = client.post(f"{page}match", {"place-name": "1"})
    assert missing.status_code == 422
    assert client.post(f"{page}match", match).status_code == 302
    shown = text_of(client.get(page))
    assert "UN/ECE Rec 20" in shown
    assert "Apply 1 good rows" in shown
    refused = client.get(f"{page}rejected.xlsx")
    sheet = load_workbook(io.BytesIO(refused.content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:4] == ["WH-2", "Kabelsatz", "???", 3]
    assert client.post(f"{page}apply", {"mode": "all"}).status_code == 422
    assert client.post(f"{page}apply", {"mode": "rows"}).status_code == 302
    with acting_for(cast.brasov):
        assert Part.objects.get().number == "WH-1"
    assert "Undo this import" in text_of(client.get(page))
    assert client.post(f"{page}undo").status_code == 302
    with acting_for(cast.brasov):
        assert not Part.objects.exists()
    assert client.get(f"{page}original").content == content.encode("cp1252")
    assert client.get(f"{start}template/parts").status_code == 200
    rival = client_for(cast.porto)
    for path in ("", "rejected.xlsx", "original"):
        assert rival.get(f"{page.replace('brasov', 'porto')}{path}").status_code == 404
