"""What must agree with the code: migrations, imports, the list of features, the lock files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from collab.events.bus import event_kinds

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.django_db
def test_every_model_change_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_imports_point_down() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout[-3000:]


def feature_rows() -> list[tuple[str, str]]:
    """Return (row id, test) for each row of docs/features.md that names a test."""
    text = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    row = r"^\| ([A-Z]{2,3}-\d\d|WE-\d+) .*?`(tests/[\w/.]+(?:::\w+)?)`"
    return re.findall(row, text, re.MULTILINE)


@pytest.mark.parametrize(("row", "test"), feature_rows())
def test_the_test_that_proves_a_feature_exists(row: str, test: str) -> None:
    path, _, name = test.partition("::")
    source = ROOT / path
    assert source.is_file(), f"{row}: {path} does not exist"
    if name:
        assert f"def {name}(" in source.read_text(encoding="utf-8"), f"{row}: no {name} in {path}"


def test_event_names_are_past_tense_and_versioned() -> None:
    assert event_kinds()
    for name, kind in event_kinds().items():
        if kind.__module__.startswith("tests."):
            continue  # made by another test
        assert re.fullmatch(r"([a-z]+\.)+[A-Z]\w+", name), name
        assert kind.version >= 1


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-setup.lock", "requirements-dev.lock"]
)
def test_python_locks_hold_hashes_and_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "index-url" not in text
    assert not re.search(r"^psycopg(\[|=)", text, re.MULTILINE), "psycopg 3 would replace psycopg2"


def test_the_npm_lock_holds_hashes_and_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in text
    assert '"resolved"' not in text
