"""Signed states outside the database: what they show that the database cannot, and offline."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from collab.events import chain, checkpoints, sealing
from collab.events.audit_log import AuditEntry
from collab.events.chain import Finding, Tip
from collab.organisations.context import acting_for
from tests.events.test_audit import as_owner, entries, findings, write
from tests.harness.cast import Cast
from tests.integration.machines import machine

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.committed
def test_a_chain_written_anew_contradicts_the_signed_state(cast: Cast, folder: Path) -> None:
    """The owner cuts the tail and moves the head back: inside the database nothing shows."""
    write(cast.avalon, 6)
    with acting_for(cast.avalon):
        assert sealing.seal()
        assert not sealing.seal()  # nothing new to sign
    whole = entries(cast.avalon)
    as_owner(
        cast.avalon,
        "DELETE FROM events_auditentry WHERE number > 4",
        f"UPDATE events_audithead SET number = 4, hash = '{whole[3]['hash']}'",
    )
    assert findings(cast.avalon) == []
    points = list(checkpoints.kept(folder, cast.avalon.bpn))
    cut = entries(cast.avalon)
    tip = Tip(4, whole[3]["hash"])
    lost = chain.against(cut, tip, [each.tip for each in points])
    assert [(each.number, each.kind) for each in lost] == [(5, "missing"), (6, "missing")]
    write(cast.avalon, 2)  # and goes on as if nothing had been
    with acting_for(cast.avalon):
        assert not sealing.seal()
    forged = entries(cast.avalon)
    told = chain.against(forged, Tip(6, forged[5]["hash"]), [each.tip for each in points])
    assert told == [Finding(6, "changed", told[0].text)]


def test_a_broken_chain_is_not_signed(cast: Cast, folder: Path, caplog: Any) -> None:
    write(cast.avalon, 2)
    with acting_for(cast.avalon):
        forged = AuditEntry.objects.get(number=2)
        forged.pk, forged.number = None, 3
        AuditEntry.objects.bulk_create([forged])
        assert not sealing.seal()
    assert "entry 3" in caplog.text
    assert not folder.exists()


def test_every_chain_is_signed_by_the_schedule(cast: Cast, folder: Path) -> None:
    write(cast.avalon, 1)
    write(cast.porto, 2)
    assert sealing.seal_all() == 2
    point = checkpoints.newest(folder, cast.porto.bpn)
    assert point is not None
    point.check(sealing.trusted_keys())
    assert point.number == 2
    assert checkpoints.newest(folder, cast.kestrel.bpn) is None


@pytest.mark.parametrize("field", ["tenant", "number", "hash", "at"])
def test_a_forged_checkpoint_is_refused(field: str) -> None:
    seed = bytes(range(32))
    trusted = frozenset({checkpoints.public_key(seed)})
    point = checkpoints.Checkpoint.sign("BPNL0", Tip(3, "ab"), timezone.now(), seed)
    point.check(trusted)
    body = point.body()
    body[field] = body[field] + 1 if field == "number" else body[field] + "0"
    with pytest.raises(checkpoints.BadCheckpoint, match="signature"):
        checkpoints.Checkpoint.read(body).check(trusted)
    other = checkpoints.Checkpoint.sign("BPNL0", Tip(3, "ab"), timezone.now(), bytes(32))
    with pytest.raises(checkpoints.BadCheckpoint, match="trusted"):
        other.check(trusted)


def test_a_checkpoint_of_a_former_key_is_believed(cast: Cast, folder: Path, settings: Any) -> None:
    write(cast.avalon, 1)
    former = checkpoints.public_key(settings.AUDIT_SEED)
    with acting_for(cast.avalon):
        assert sealing.seal()
    write(cast.avalon, 1)
    settings.AUDIT_SEED = bytes(range(32))
    with acting_for(cast.avalon):
        assert not sealing.seal()  # the key was changed and the old one not named
        settings.AUDIT_FORMER_KEYS = (former,)
        assert sealing.seal()
    newest = checkpoints.newest(folder, cast.avalon.bpn)
    assert newest is not None
    assert (newest.number, newest.key) == (2, checkpoints.public_key(bytes(range(32))))


def test_a_checkpoint_is_never_written_over(folder: Path) -> None:
    def sign(tip: Tip, minutes: int) -> checkpoints.Checkpoint:
        return checkpoints.Checkpoint.sign(
            "BPNL0", tip, timezone.now() + timedelta(minutes=minutes), bytes(32)
        )

    first = sign(Tip(3, "ab"), 0)
    checkpoints.keep(folder, first)
    checkpoints.keep(folder, sign(Tip(3, "ab"), 5))
    with pytest.raises(checkpoints.BadCheckpoint, match="signed before"):
        checkpoints.keep(folder, sign(Tip(3, "cd"), 5))
    assert list(checkpoints.kept(folder, "BPNL0")) == [first]


# Away from here


def run_command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    nowhere = {
        "COLLAB_ENV": "test",
        "DATABASE_URL": "postgres://app_rt@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    return subprocess.run(
        [sys.executable, "manage.py", "verify_audit", *arguments],
        cwd=ROOT,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
    )


def verify(*arguments: str) -> str:
    """Run the command here, beside a database that it does not need; return what it says."""
    said = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=said)
    except CommandError as refused:
        return f"{said.getvalue()}refused: {refused}"
    return said.getvalue()


def test_an_export_is_verified_without_the_database(
    cast: Cast, folder: Path, tmp_path: Path, settings: Any
) -> None:
    write(cast.avalon, 5)
    with acting_for(cast.avalon):
        sealing.seal()
    caller = machine(cast.avalon, ["audit:read"])  # two entries more
    first = caller.get("audit?limit=4").json()
    second = caller.get(f"audit?limit=4&cursor={first['next']}").json()
    assert [each["number"] for each in first["items"] + second["items"]] == [7, 6, 5, 4, 3, 2, 1]
    pages = [tmp_path / "1.json", tmp_path / "2.json"]
    for path, body in zip(pages, (first, second), strict=True):
        path.write_text(json.dumps(body))
    key = checkpoints.public_key(settings.AUDIT_SEED)
    signed = ["--checkpoints", str(folder), "--key", key]
    good = run_command(*map(str, pages), *signed)
    assert good.returncode == 0, good.stderr
    assert "entries 1 to 7 hold, 1 signed states agree" in good.stdout
    assert "refused" in verify(str(pages[0]))  # does not begin at the beginning
    assert "refused" not in verify(str(pages[0]), "--part")
    assert "unsigned" in verify(*map(str, pages), "--checkpoints", str(folder))
    second["items"][0]["change"] = {"step": 99}
    pages[1].write_text(json.dumps(second))
    bad = verify(*map(str, pages), *signed)
    assert "refused" in bad
    assert "entry 3 changed" in bad
