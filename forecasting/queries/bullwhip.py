"""Where orders swing more than consumption, part by part and along the tiers the viewer is in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, FloatField, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import seen
from forecasting.models import DEMAND, BullwhipFigure, Pegging
from forecasting.queries.measures import CUSTOMERS, SUPPLIERS
from forecasting.rules.bullwhip import Bullwhip, Standing, chain_ratio

VERDICTS: dict[str, tuple[str | Promise, str]] = {
    "amplified": (_("Amplified"), "warn"),
    "damped": (_("Damped"), "info"),
    "neutral": (_("Passed on as it is"), "ok"),
    "not_defined": (_("Not defined: use never changes"), "done"),
    "too_short": (_("Too short: 26 weeks are needed"), "done"),
}
HEAT = ((1.05, "5"), (1.5, "3"), (2.5, "2"), (4.0, "1"))  # below → level of the heat colours
SORTS = {
    "-ratio": (F("seen_ratio").desc(nulls_last=True), "pk"),
    "ratio": (F("seen_ratio").asc(nulls_last=True), "pk"),
    "part": ("seen_part", "pk"),
}


@dataclass(frozen=True, slots=True)
class BullwhipRow:
    """One series; what the viewer may not see is None or empty."""

    id: UUID
    series_id: UUID
    owner: Name
    partner: Name
    part_number: str
    site_code: str
    ratio: float | None
    verdict: str
    nervousness: Mapping[str, Any]
    until: date | None
    weeks: int | None
    computed_at: datetime | None

    @property
    def label(self) -> str | Promise:
        """The verdict in words."""
        return VERDICTS.get(self.verdict, ("", ""))[0]

    @property
    def tone(self) -> str:
        """The colour of the verdict."""
        return VERDICTS.get(self.verdict, ("", "done"))[1]

    @property
    def heat(self) -> str:
        """The level of the heat colours: 5 = nothing is added, 0 = four times and more."""
        return heat_of(self.ratio)


@dataclass(frozen=True, slots=True)
class TierRow:
    """One own part with the customer's part that causes it, and the product of both ratios."""

    customer: Name
    customer_part: str
    inbound: float | None
    supplier: Name
    part_number: str
    series_id: UUID
    outbound: float | None
    product: float | None

    @property
    def heat(self) -> str:
        """The level of the product's heat colour."""
        return heat_of(self.product)


def heat_of(ratio: float | None) -> str:
    """Return the heat level of a ratio; "n" where it has none."""
    if ratio is None:
        return "n"
    return next((level for below, level in HEAT if ratio < below), "0")


def bullwhips(view: str = "", *, part: str = "", partner: str = "") -> Any:
    """Return the visible figures with ``seen_part`` and ``seen_ratio`` as far as visible."""
    rows = BullwhipFigure.objects.annotate(
        seen_part=seen(DEMAND, "part_number", CharField()),
        seen_ratio=seen(DEMAND, "ratio", FloatField()),
        seen_verdict=seen(DEMAND, "verdict", CharField()),
    )
    own = Q(owner_id=acting_organisation_id())
    if view == SUPPLIERS:
        rows = rows.filter(own)
    elif view == CUSTOMERS:
        rows = rows.exclude(own)
    if part:
        rows = rows.filter(seen_part__istartswith=part)
    if partner:
        keys = Organisation.objects.filter(bpn=partner).values("pk")
        name = "owner_id" if view == CUSTOMERS else "counterparty_id"
        rows = rows.filter(**{f"{name}__in": keys})
    return rows


def bullwhip_rows(rows: Any) -> list[BullwhipRow]:
    """Return rows of ``bullwhips`` with the fields that the viewer may see."""
    found = list(rows)
    names = names_of({each.owner_id for each in found} | {each.counterparty_id for each in found})
    return [_row(each, names) for each in found]


def tiers(*, limit: int = 50) -> list[TierRow]:
    """Return own parts with the customers' parts that cause them, the largest product first.

    Only where the viewer has both: what a customer calls from it against what the customer uses,
    and what it calls from its own supplier against what it uses itself.
    """
    own = {
        each.series_id: each
        for each in BullwhipFigure.objects.filter(owner_id=acting_organisation_id())
    }
    pegs = Pegging.objects.filter(series_id__in=own.keys()).values_list(
        "series_id", "cause_id", "customer_id", "customer_part_number"
    )
    causes: dict[UUID, list[tuple[UUID, int, str]]] = defaultdict(list)
    for series_id, cause_id, customer_id, number in pegs:
        causes[series_id].append((cause_id, customer_id, number))
    wanted = {cause for each in causes.values() for cause, _customer, _number in each}
    inbound = {
        each.series_id: each
        for each in bullwhips(CUSTOMERS).filter(series_id__in=wanted)
        if each.seen_verdict is not None
    }
    names = names_of(
        {each.counterparty_id for each in own.values()}
        | {customer for each in causes.values() for _cause, customer, _number in each}
    )
    rows = [
        _tier(own[series_id], inbound[cause], names.get(customer, NOBODY), number, names)
        for series_id, each in causes.items()
        for cause, customer, number in each
        if cause in inbound
    ]
    rows.sort(key=lambda row: (row.product is None, -(row.product or 0.0), row.part_number))
    return rows[:limit]


def ratio_of(verdict: str, ratio: float | None, weeks: int) -> Bullwhip:
    """Return a kept figure as the rules know it."""
    standing = {"too_short": Standing.TOO_SHORT, "not_defined": Standing.NOT_DEFINED}
    return Bullwhip(ratio, standing.get(verdict, Standing.MEASURED), weeks)


def _tier(
    own: BullwhipFigure,
    inbound: Any,
    customer: Name,
    number: str,
    names: Mapping[int, Name],
) -> TierRow:
    echelons: Sequence[Bullwhip] = [
        ratio_of(inbound.seen_verdict, inbound.seen_ratio, inbound.weeks),
        ratio_of(own.verdict, own.ratio, own.weeks),
    ]
    return TierRow(
        customer,
        number,
        inbound.seen_ratio,
        names.get(own.counterparty_id, NOBODY),
        own.part_number,
        own.series_id,
        own.ratio,
        chain_ratio(echelons),
    )


def _row(row: BullwhipFigure, names: Mapping[int, Name]) -> BullwhipRow:
    allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)

    def shown(name: str, hidden: Any) -> Any:
        return getattr(row, name) if allowed is None or name in allowed else hidden

    return BullwhipRow(
        row.pk,
        row.series_id,
        names.get(row.owner_id, NOBODY),
        names.get(row.counterparty_id, NOBODY),
        shown("part_number", ""),
        shown("site_code", ""),
        shown("ratio", None),
        shown("verdict", ""),
        shown("nervousness", {}),
        shown("until", None),
        shown("weeks", None),
        shown("computed_at", None),
    )
