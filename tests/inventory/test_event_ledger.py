"""IN-16: every tracking event is in the ledger, partners witness it, anybody proves it offline."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from collab.events.bus import replay
from collab.events.models import Errand, Event
from collab.events.relay import work_off
from collab.events.transparency import reading
from collab.events.transparency.heads import SignedHead
from collab.events.transparency.models import LogLeaf, WitnessedHead
from collab.events.transparency.services import seal, seal_all
from collab.events.transparency.trust import published_keys
from collab.events.transparency.verification import verify
from collab.integration.epcis.model import ErrorDeclaration, Typed
from collab.jobs.models import Job
from collab.jobs.services import start_job
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.sharing.models import Grant
from collab.work.models import Alert
from inventory.ledger_alerts import INCONSISTENT
from inventory.models import TrackingEvent
from inventory.queries.logged_events import DECLARATION, LEDGER
from inventory.services.event_ledger import log_events
from inventory.services.ledger_watch import JOB, watch_all
from inventory.services.tracking import EventRow, record_events
from tests.events.ledgers import as_owner
from tests.harness import servers
from tests.harness.cast import Cast
from tests.harness.tracked import BOXES, NOW, PALLET, event
from tests.integration.machines import machine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """Keep this test's signed states apart."""
    settings.CHECKPOINTS = tmp_path / "checkpoints"
    return tmp_path / "checkpoints"


def for_avalon(cast: Cast, minute: int, **said: Any) -> EventRow:
    party = (Typed("owning_party", f"urn:example:{cast.avalon.bpn}"),)
    return event(minute, epcs=(PALLET,), destinations=party, **said)


def record(organisation: Organisation, *rows: EventRow) -> list[UUID]:
    """Record events of an organisation; return their keys."""
    with acting_for(organisation):
        found = record_events(rows, source="test", received_at=NOW)
        return [each.event for each in found if each.event is not None]


def settle() -> None:
    """Do what is owed now, and at the end of the minute."""
    Errand.objects.filter(state="pending").update(due_at=NOW, lease_until=None)
    work_off()


def sign(organisation: Organisation) -> None:
    with acting_for(organisation):
        assert seal_all() == 1


def contradictions(viewer: Organisation) -> list[Alert]:
    with acting_for(viewer):
        return list(Alert.objects.filter(type=INCONSISTENT, is_open=True, owner=viewer))


@pytest.mark.committed
def test_events_become_entries_and_partners_keep_the_heads(cast: Cast) -> None:
    keys = record(cast.brasov, *(for_avalon(cast, minute) for minute in range(5)))
    settle()
    with acting_for(cast.brasov):
        leaves = list(LogLeaf.objects.order_by("index").values_list("object_id", flat=True))
        assert leaves == keys
    sign(cast.brasov)
    settle()  # the head is handed to whom the events are open
    settle()  # who keep it
    for viewer in (cast.avalon, cast.silesia):
        with acting_for(viewer):
            copy = WitnessedHead.objects.get(owner=viewer)
            assert (copy.counterparty_id, copy.size, copy.verdict) == (cast.brasov.pk, 5, "fits")
    for stranger in (cast.porto, cast.kestrel):
        with acting_for(stranger):
            assert not WitnessedHead.objects.exists()
    record(cast.brasov, for_avalon(cast, 9), for_avalon(cast, 8))
    settle()
    with acting_for(cast.brasov):
        before = list(LogLeaf.objects.order_by("index").values_list("index", "object_id"))
        replay(Event.objects.filter(kind="inventory.TrackingRecorded").order_by("id"))
        after = list(LogLeaf.objects.order_by("index").values_list("index", "object_id"))
        assert after == before
        assert len(after) == 7
        report = verify(name=LEDGER)
        assert report is not None
        assert report.holds


@pytest.fixture
def logged(cast: Cast) -> tuple[Cast, list[UUID]]:
    """Six events of Brasov: five about Avalon, one private; all signed."""
    rows = [for_avalon(cast, minute) for minute in range(5)]
    keys = record(cast.brasov, *rows, event(7, epcs=BOXES[:1]))
    with acting_for(cast.brasov):
        assert log_events(keys) == 6
    sign(cast.brasov)
    return cast, keys


def run_verifier(*arguments: object) -> "subprocess.CompletedProcess[str]":
    guard = (
        "import runpy, sys; sys.argv[0] = 'verify';"
        "code = 0\n"
        "try:\n    runpy.run_module('collab.events.transparency', run_name='__main__')\n"
        "except SystemExit as end:\n    code = end.code\n"
        "assert not any(name.partition('.')[0] == 'django' for name in sys.modules)\n"
        "sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", guard, *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_partner_verifies_an_event_away_from_here(
    logged: tuple[Cast, list[UUID]], tmp_path: Path
) -> None:
    cast, keys = logged
    caller = machine(cast.avalon)
    (key,) = caller.get("ledger/keys").json()
    (tmp_path / "key.pem").write_text(key["pem"])
    old = caller.get(f"ledger/heads?organisation={cast.brasov.bpn}").json()["items"][0]
    (tmp_path / "old.json").write_text(json.dumps(old))
    with acting_for(cast.brasov):
        more = record_events([for_avalon(cast, 20)], source="test", received_at=NOW)
        log_events([each.event for each in more])
    sign(cast.brasov)

    proof = caller.get(f"ledger/proofs/inclusion?event={keys[2]}&from=6").json()
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof))
    good = run_verifier("verify", path, "--key", tmp_path / "key.pem")
    assert good.returncode == 0, good.stderr
    assert f"is entry 3 of 7 in the ledger {cast.brasov.bpn}/inventory.tracking" in good.stdout
    assert f"epc={PALLET}" in good.stdout  # what the proof is about can be read
    since = run_verifier(
        "verify", path, "--key", tmp_path / "key.pem", "--head", tmp_path / "old.json"
    )
    assert since.returncode == 0, since.stderr
    assert "nothing of the first 6 entries was changed" in since.stdout

    growth = caller.get(f"ledger/proofs/consistency?organisation={cast.brasov.bpn}&from=6").json()
    (tmp_path / "growth.json").write_text(json.dumps(growth))
    grown = run_verifier("verify", tmp_path / "growth.json", "--key", tmp_path / "key.pem")
    assert grown.returncode == 0, grown.stderr
    assert "grew from 6 entries" in grown.stdout

    proof["record"]["canonical"] = proof["record"]["canonical"].replace("OBSERVE", "DELETE")
    path.write_text(json.dumps(proof))
    bad = run_verifier("verify", path, "--key", tmp_path / "key.pem")
    assert bad.returncode == 1
    assert "DOES NOT HOLD: expected the record to have the hash that was logged" in bad.stderr
    path.write_text("{")
    assert run_verifier("verify", path, "--key", tmp_path / "key.pem").returncode == 2
    assert run_verifier("verify", path, "--key", tmp_path / "none.pem").returncode == 2


def test_proofs_are_for_those_who_see_the_event_whole(logged: tuple[Cast, list[UUID]]) -> None:
    cast, keys = logged
    about_avalon, private = keys[0], keys[5]
    owner, partner = machine(cast.brasov), machine(cast.avalon)
    assert owner.get(f"ledger/proofs/inclusion?event={private}").status_code == 200
    assert partner.get(f"ledger/proofs/inclusion?event={about_avalon}").status_code == 200
    assert partner.get(f"ledger/proofs/inclusion?event={private}").status_code == 404
    for stranger in (cast.kestrel, cast.porto, cast.silesia):
        caller = machine(stranger)
        assert caller.get(f"ledger/proofs/inclusion?event={about_avalon}").status_code == 404
    rival = machine(cast.porto)
    for path in ("ledger/heads?", "ledger/proofs/consistency?from=6&"):
        answer = rival.get(f"{path}organisation={cast.brasov.bpn}")
        assert answer.status_code == 404
    assert rival.post("ledger/witness", {"organisation": cast.brasov.bpn}).status_code == 404
    with acting_for(cast.brasov):  # from now on Avalon sees some fields of the events only
        Grant.objects.filter(viewer=cast.avalon, topic=LEDGER).update(fields=["thing"])
    assert partner.get(f"ledger/proofs/inclusion?event={about_avalon}").status_code == 404


def test_a_machine_witnesses_and_takes_its_copies_away(logged: tuple[Cast, list[UUID]]) -> None:
    cast, _keys = logged
    caller = machine(cast.avalon)
    asked = {"organisation": cast.brasov.bpn}
    copy = caller.post("ledger/witness", asked)
    assert copy.status_code == 200
    assert copy.json()["verdict"] == "fits"
    assert caller.post("ledger/witness", asked).json() == copy.json()  # nothing new was signed
    assert caller.get("ledger/witness").json()["items"] == [copy.json()]
    assert caller.get(f"ledger/witness?organisation={cast.porto.bpn}").json()["items"] == []
    assert caller.post("ledger/witness", {"organisation": cast.avalon.bpn}).status_code == 404
    head = caller.get(f"ledger/heads?organisation={cast.brasov.bpn}").json()["items"]
    assert [each["tree_size"] for each in head] == [6]
    assert head[0].items() <= copy.json().items()
    assert caller.get("ledger/heads").status_code == 404  # nothing of its own is logged yet
    back = caller.get(f"ledger/proofs/consistency?organisation={cast.brasov.bpn}&from=6&to=5")
    assert back.status_code == 400
    assert caller.get("ledger/proofs/inclusion?event=x").status_code == 400
    reader = machine(cast.avalon, ["inventory:read"], name="reader")
    assert reader.post("ledger/witness", asked).status_code == 403
    own = machine(cast.brasov)
    assert own.post("ledger/witness", asked).status_code == 400


def test_a_path_confirms_no_guess_about_a_neighbour(logged: tuple[Cast, list[UUID]]) -> None:
    """The neighbour's hash in a path is salted with a secret that no partner is told."""
    cast, keys = logged
    caller = machine(cast.avalon)
    proof = caller.get(f"ledger/proofs/inclusion?event={keys[4]}").json()
    with acting_for(cast.brasov):
        neighbour = TrackingEvent.objects.get(pk=keys[5])
        log = reading.log_of(cast.brasov.pk, LEDGER)
        from collab.events.transparency.bundles import Record

        record_ = Record("inventory.tracking_event", str(neighbour.pk), neighbour.event_hash)
        real = record_.leaf(record_.salt(bytes(log.secret))).hex()
    assert real == proof["path"][0]
    assert record_.leaf(proof["salt"]).hex() != proof["path"][0]
    assert record_.leaf("").hex() != proof["path"][0]


def test_an_error_declaration_is_an_entry_of_its_own(cast: Cast) -> None:
    row = for_avalon(cast, 1, event_id="urn:uuid:1")
    declared = for_avalon(
        cast,
        1,
        event_id="urn:uuid:1",
        error=ErrorDeclaration(declared_at=NOW, reason="incorrect_data"),
    )
    keys = record(cast.brasov, row, declared)
    with acting_for(cast.brasov):
        assert log_events(keys) == 2
        kinds = LogLeaf.objects.order_by("index").values_list("object_kind", flat=True)
        assert list(kinds)[1] == DECLARATION


@pytest.mark.committed
def test_a_forged_ledger_raises_one_exception_with_owner_and_witness(cast: Cast) -> None:
    keys = record(cast.brasov, *(for_avalon(cast, minute) for minute in range(4)))
    settle()
    sign(cast.brasov)
    with acting_for(cast.avalon):
        assert watch_all().contradictions == ()
    servers.owner_sql(
        "ALTER TABLE inventory_trackingevent NO FORCE ROW LEVEL SECURITY;"
        f"UPDATE inventory_trackingevent SET body = jsonb_set(body, '{{action}}', '\"ADD\"')"
        f" WHERE id = '{keys[1]}';"
        "ALTER TABLE inventory_trackingevent FORCE ROW LEVEL SECURITY"
    )
    with acting_for(cast.brasov):
        start_job(kind=JOB, title="x")
    run_job(cast.brasov)
    (alert,) = contradictions(cast.brasov)
    assert "entry 2 changed" in alert.title_params["reason"]
    assert contradictions(cast.avalon) == []  # what was signed still stands
    with as_owner() as cursor:
        cursor.execute("DELETE FROM events_treehead")
        cursor.execute("DELETE FROM events_logleaf WHERE index = 3")
        cursor.execute("DELETE FROM events_lognode WHERE level = 0 AND index = 3")
        cursor.execute("UPDATE events_transparencylog SET size = 3")
    for _hour in range(2):
        with acting_for(cast.avalon):
            assert len(watch_all().contradictions) == 1
    (alert,) = contradictions(cast.avalon)
    assert (alert.counterparty_id, alert.severity, alert.times_seen) == (
        cast.brasov.pk,
        "critical",
        2,
    )
    assert contradictions(cast.porto) == []


def run_job(organisation: Organisation) -> Job:
    """Run an organisation's newest job here and return it as it ended."""
    from collab.events.leases import begin
    from collab.events.tasks import known_tasks
    from collab.jobs.services import TASK

    with acting_for(organisation):
        job = Job.objects.order_by("-id")[0]
        errand = Errand.objects.get(subject_id=job.pk)
    start = begin(errand.pk)
    assert start is not None
    known_tasks()[TASK].run(start, job.pk)
    with acting_for(organisation):
        job.refresh_from_db()
    return job


def test_the_page_tells_how_the_ledgers_stand(
    logged: tuple[Cast, list[UUID]], client_for: Callable[..., Client]
) -> None:
    cast, keys = logged
    with acting_for(cast.avalon):
        watch_all()
    planner = client_for(cast.brasov)
    page = planner.get("/t/brasov/inventory/ledger/")
    text = page.content.decode()
    assert page.status_code == 200
    assert f"{cast.brasov.bpn}/inventory.tracking" in text
    assert published_keys()[0].id in text
    rows = {row.partner.short_name: row for row in page.context["witnesses"]}
    assert rows["Avalon"].copy.head.tree_size == 6
    assert rows["Silesia"].copy is None
    assert planner.post("/t/brasov/inventory/ledger/verify").status_code == 302
    assert planner.post("/t/brasov/inventory/ledger/verify").status_code == 302
    with acting_for(cast.brasov):
        assert Job.objects.filter(kind=JOB).count() == 1  # one at a time
    viewer = client_for(cast.brasov, role="viewer")
    assert viewer.post("/t/brasov/inventory/ledger/verify").status_code == 403
    assert "Verify now" not in viewer.get("/t/brasov/inventory/ledger/").content.decode()

    partner = client_for(cast.avalon)
    seen = partner.get("/t/avalon/inventory/ledger/")
    assert [row.partner.short_name for row in seen.context["witnessed"]] == ["Brasov"]
    proof = partner.get(f"/t/avalon/inventory/events/{keys[0]}/proof.json")
    assert proof.headers["Content-Disposition"] == f'attachment; filename="proof-{keys[0]}.json"'
    assert proof.json()["index"] == 0
    bpn = cast.brasov.bpn
    head = partner.get(f"/t/avalon/inventory/ledger/heads/{bpn}.json").json()
    kept = partner.get(f"/t/avalon/inventory/ledger/witnessed/{bpn}.json").json()
    assert SignedHead.read(head) == SignedHead.read(kept)
    assert partner.get(f"/t/avalon/inventory/ledger/growth/{bpn}/6.json").status_code == 200
    key = partner.get(f"/t/avalon/inventory/ledger/keys/{head['key_id']}.pem")
    assert key.content.startswith(b"-----BEGIN PUBLIC KEY-----")
    log_key = seen.context["witnessed"][0].log_key
    assert partner.get(f"/t/avalon/inventory/ledger/{log_key}/").status_code == 200
    rival = client_for(cast.porto)
    for path in (
        f"events/{keys[0]}/proof.json",
        f"ledger/heads/{bpn}.json",
        f"ledger/witnessed/{bpn}.json",
        f"ledger/growth/{bpn}/6.json",
        f"ledger/{log_key}/",
    ):
        assert rival.get(f"/t/porto/inventory/{path}").status_code == 404


def test_the_job_says_what_it_found(cast: Cast) -> None:
    with acting_for(cast.brasov):
        assert seal(name=LEDGER) is None  # nothing is logged yet
        assert verify(name=LEDGER) is None
