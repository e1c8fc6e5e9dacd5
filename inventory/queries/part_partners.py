"""Who shares a part: each partner with its number for it, its stock, and what comes from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from collab.masterdata.queries import AliasRow
from collab.shell.network import network, relation_of
from inventory.queries.coverage import CoverageRow
from inventory.queries.deliveries import DeliveryRow
from inventory.queries.stages import StageRow

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow:
    """One partner of a part [base units]; None where nothing is known or granted."""

    bpn: str
    name: str
    relation: str
    number: str
    revision: str
    usable: Decimal | None
    unit: str
    on_the_way: Decimal | None
    cover: CoverageRow | None
    observed_at: datetime | None


def partner_rows(
    aliases: Sequence[AliasRow],
    stages: Iterable[StageRow],
    coverages: Iterable[CoverageRow],
    moving: Iterable[DeliveryRow],
) -> list[PartnerRow]:
    """Return the partners that have a number for the part, or hold or send it; by name."""
    named = {alias.partner_bpn: alias for alias in aliases}
    held = [row for row in stages if not row.is_own]
    covers = [row for row in coverages if not row.is_own]
    coming = [row for row in moving if row.is_incoming]
    known = {node.organisation.bpn: node for node in network().nodes if node.tier}
    keys = {*named, *(row.holder.bpn for row in held), *(row.owner.bpn for row in covers)}
    found = []
    for bpn in keys & known.keys():
        node, alias = known[bpn], named.get(bpn)
        theirs = [row for row in held if row.holder.bpn == bpn]
        sent = [row for row in coming if row.supplier.bpn == bpn]
        cover = _worst(row for row in covers if row.owner.bpn == bpn)
        ages = [row.total.evidence.observed_at for row in theirs]
        found.append(
            PartnerRow(
                bpn=bpn,
                name=node.organisation.short_name,
                relation=relation_of(node.tier, node.organisation),
                number=alias.partner_number if alias else "",
                revision=alias.revision if alias else "",
                usable=sum((row.total.usable for row in theirs), ZERO) if theirs else None,
                unit=theirs[0].unit if theirs else "",
                on_the_way=sum((row.quantity for row in sent), ZERO) if sent else None,
                cover=cover,
                observed_at=min(ages, default=None),
            )
        )
    return sorted(found, key=lambda row: row.name)


def _worst(rows: Iterable[CoverageRow]) -> CoverageRow | None:
    known = [row for row in rows if row.days_of_supply is not None]
    return min(known, key=lambda row: (row.days_of_supply, row.id), default=None)
