"""What documents say of a band: advised goods that are overdue, less shipped than was due (IN-07).

Time alone brings both about, so every band is looked at once an hour as well.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from collab.masterdata.queries import PartRow, parts_by_id
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from inventory.in_transit import still_on_the_way
from inventory.models import VmiBand
from inventory.rules.cumulative_ledger import standings
from inventory.services.cumulative import Papers, accepted_receipts, facts_of, papers_of
from inventory.vmi_alerts import LateAdvices, judge_late, judge_under_run
from transport.queries.announced import AnnouncedLine, on_the_way

ZERO = Decimal(0)
DAY = timedelta(days=1)


@transaction.atomic
def watch_all(*, as_of: datetime) -> int:
    """Judge every band of one's own by what time has made overdue; return how many there are."""
    bands = list(VmiBand.objects.filter(owner_id=acting_organisation_id()).order_by("pk"))
    watch_advices(bands, as_of=as_of)
    for supplier_id, group in _by_supplier(bands).items():
        _watch_cumulative(supplier_id, group, as_of)
    return len(bands)


def watch_advices(bands: Sequence[VmiBand], *, as_of: datetime) -> None:
    """Judge one's own bands by advised goods that should be there already."""
    if not bands:
        return
    lines = still_on_the_way(
        on_the_way(
            partner_ids={band.counterparty_id for band in bands},
            part_numbers={band.part_number for band in bands},
        )
    )
    overdue: dict[tuple[int, str, str], list[AnnouncedLine]] = defaultdict(list)
    for line in lines:
        if line.customer_id == acting_organisation_id() and line.expected_at < as_of:
            overdue[line.supplier_id, line.part_number, line.site_code].append(line)
    for band in bands:
        late = overdue.get((band.counterparty_id, band.part_number, band.site_code), [])
        judge_late(band, _late(late), at=as_of)


@transaction.atomic
def watch_cumulative(supplier_id: int, part_numbers: Collection[str], *, as_of: datetime) -> None:
    """Judge one's own bands of these parts of a supplier by what it should have shipped."""
    bands = VmiBand.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=supplier_id,
        part_number__in=part_numbers,
    )
    _watch_cumulative(supplier_id, list(bands.order_by("pk")), as_of)


def _watch_cumulative(supplier_id: int, bands: Sequence[VmiBand], as_of: datetime) -> None:
    if not bands:
        return
    papers = papers_of(supplier_id, {band.part_number for band in bands})
    agreed = accepted_receipts(supplier_id)
    parts = parts_by_id({band.part_id for band in bands})
    for band in bands:
        gap = _under_run(papers, band, parts[band.part_id], agreed, as_of)
        judge_under_run(band, gap, at=as_of)


def _under_run(
    papers: Mapping[tuple[str, str], Papers],
    band: VmiBand,
    part: PartRow,
    agreed: Collection[UUID],
    as_of: datetime,
) -> Decimal:
    """Return what was due before today and is not shipped [base units]; 0 without a release."""
    mine = papers.get((band.part_number, band.site_code)) or papers.get((band.part_number, ""))
    if mine is None:
        return ZERO
    now = standings(facts_of(mine, part, agreed), on=own_day(as_of) - DAY)[0]
    return max(ZERO, now.to_ship or ZERO)


def _late(lines: Sequence[AnnouncedLine]) -> LateAdvices | None:
    if not lines:
        return None
    first = min(lines, key=lambda line: (line.expected_at, line.number))
    return LateAdvices(len({line.advice_id for line in lines}), first.number, first.expected_at)


def _by_supplier(bands: Iterable[VmiBand]) -> dict[int, list[VmiBand]]:
    found: dict[int, list[VmiBand]] = defaultdict(list)
    for band in bands:
        found[band.counterparty_id].append(band)
    return found
