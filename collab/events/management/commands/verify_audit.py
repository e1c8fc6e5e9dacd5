"""Verify an export of the audit log away from the installation: files only, no database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collab.events.chain import GENESIS, START, Tip, against, verify
from collab.events.checkpoints import BadCheckpoint, Checkpoint, signed_findings


class Command(BaseCommand):
    """``manage.py verify_audit FILE…``: exit 0 if the chain holds, 1 with each wrong entry."""

    help = (
        "Verify entries of the audit log. FILE holds replies of GET /api/v1/audit, "
        "one or several JSON documents; the entries may come in any order."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--part", action="store_true", help="the entries need not begin with number 1"
        )
        parser.add_argument(
            "--checkpoints", type=Path, help="folder of the organisation's signed states"
        )
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            help="a public key, base64, that may have signed them; known from elsewhere",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        entries = [entry for path in options["files"] for entry in _entries(path)]
        if not entries:
            raise CommandError("expected entries, got none")
        tenant = str(entries[0]["tenant"])
        start = _before(entries) if options["part"] else START
        tip, findings = verify(entries, tenant=tenant, after=start)
        points = _checkpoints(options["checkpoints"], tenant)
        findings += signed_findings(points, frozenset(options["key"]))
        findings += against(entries, tip, [point.tip for point in points])
        for finding in sorted(set(findings), key=lambda each: (each.number, each.kind)):
            self.stdout.write(str(finding))
        if findings:
            raise CommandError(f"the audit log of {tenant} was tampered with or is incomplete")
        first = min(int(entry["number"]) for entry in entries)
        self.stdout.write(
            f"{tenant}: entries {first} to {tip.number} hold, {len(points)} signed states agree"
        )


def _entries(path: Path) -> list[Any]:
    """Return the entries of every JSON document in a file."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"expected a readable file: {error}") from None
    reader, found, at = json.JSONDecoder(), [], 0
    try:
        while at < len(text):
            body, at = reader.raw_decode(text, at)
            found += body.get("items", [body])
            at += len(text[at:]) - len(text[at:].lstrip())
        for entry in found:
            int(entry["number"]), entry["tenant"], entry["hash"], entry["previous"]
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"expected replies of GET /api/v1/audit in {path}: {error}") from None
    return found


def _before(entries: list[Any]) -> Tip:
    """Return the state before the first entry: a part of a chain starts where it starts."""
    first = min(entries, key=lambda each: int(each["number"]))
    number = int(first["number"])
    return Tip(number - 1, GENESIS if number == 1 else str(first["previous"]))


def _checkpoints(folder: Path | None, tenant: str) -> list[Checkpoint]:
    if folder is None:
        return []
    found = []
    own = folder / tenant
    for path in sorted((own if own.is_dir() else folder).glob("*.json")):
        try:
            point = Checkpoint.read(json.loads(path.read_text(encoding="utf-8")))
        except (BadCheckpoint, ValueError) as error:
            raise CommandError(f"{path}: {error}") from None
        if point.tenant == tenant:
            found.append(point)
    return found
