"""Verify the ledgers in the database: every entry, every stored hash, every signed head."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collab.events.transparency.models import TransparencyLog
from collab.events.transparency.verification import Report, verify
from collab.organisations.context import (
    acting_for,
    acting_for_platform,
    acting_organisation,
    acting_organisation_id,
)


class Command(BaseCommand):
    """``manage.py verify_ledger``: exit 0 if all hold, 1 with each wrong entry."""

    help = (
        "Verify each organisation's ledgers against their own hashes, the objects they stand for, "
        "the signed heads in the database and those kept outside it. Run it as the run-time role."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", metavar="BPN", help="only this one's")
        parser.add_argument(
            "--name", help="only the ledger of this name, such as inventory.tracking"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        seen = broken = 0
        for organisation_id in acting_for_platform(reason="verify the ledgers"):
            with acting_for(organisation_id):
                if options["organisation"] not in (None, acting_organisation().bpn):
                    continue
                for name in _names(options["name"]):
                    report = verify(name=name)
                    if report is not None:
                        seen += 1
                        broken += not self._tell(report)
        if broken:
            raise CommandError(f"{broken} of {seen} ledgers were tampered with or are incomplete")
        self.stdout.write(f"{seen} ledgers hold")

    def _tell(self, report: Report) -> bool:
        if report.holds:
            size, heads = report.size, report.heads
            self.stdout.write(f"{report.log_id}: {size} entries hold, {heads} signed heads agree")
        for finding in report.findings:
            self.stdout.write(f"{report.log_id}: {finding}")
        return report.holds


def _names(asked: str | None) -> list[str]:
    if asked is not None:
        return [asked]
    logs = TransparencyLog.objects.filter(owner_id=acting_organisation_id())
    return sorted(logs.values_list("name", flat=True))
