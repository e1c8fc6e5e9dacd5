"""Open demand series, and take them out of planning and back."""

from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.queries import (
    PartRow,
    aliases_of,
    part_by_number,
    resolve_partner_number,
)
from collab.masterdata.refusals import Refused, clean_text, locked
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, may_act_at
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Partnership
from forecasting.events import DemandForecast
from forecasting.models import Category, DemandSeries


@transaction.atomic
def open_series(
    *,
    supplier: str,
    part_number: str,
    site: str = "",
    category: str = Category.DEFAULT.value,
    description: str = "",
) -> tuple[DemandSeries, bool]:
    """Return the series of a part from a supplier at a site, and whether it is new.

    ``supplier`` is a BPN, ``part_number`` the acting customer's number or the supplier's,
    ``site`` the code of an own site or empty. The same key again returns the series that is
    there, unchanged. Raises ``Refused`` for whatever is unknown.
    """
    if category not in Category.values:
        raise Refused("category", f"one of {', '.join(Category.values)}", category)
    partner = supplier_by_bpn(supplier)
    part = own_part(part_number, partner.pk)
    site_code = own_site_code(site)
    text = clean_text("description", description, 120, required=False)
    return DemandSeries.objects.get_or_create(
        owner_id=acting_organisation_id(),
        counterparty=partner,
        part_number=part.number,
        site_code=site_code,
        category=category,
        defaults={
            "part_id": part.id,
            "supplier_part_number": supplier_number(part, partner.pk),
            "unit": part.base_unit,
            "description": text,
        },
    )


@transaction.atomic
def set_active(series_id: UUID, *, is_active: bool, version: int | None = None) -> DemandSeries:
    """Take a series out of matching and forecasting, or back; its history stays.

    The same state again changes nothing. Raises ``VersionConflict`` if the row has moved on.
    """
    series = locked(DemandSeries, series_id, version)
    if series.is_active == is_active:
        return series
    series.is_active = is_active
    series.version += 1
    series.save(update_fields=["is_active", "version", "changed_at"])
    publish(
        DemandForecast(
            change_id=str(uuid7()),
            supplier_id=series.counterparty_id,
            series_ids=[str(series.pk)],
        )
    )
    return series


def supplier_by_bpn(bpn: str) -> Organisation:
    """Return the active supplier with this BPN; raise ``Refused`` for any other partner."""
    own = acting_organisation_id()
    partner = Organisation.objects.filter(bpn=bpn.strip()).exclude(pk=own).first()
    if partner is None or not are_partners(customer_id=own, supplier_id=partner.pk):
        raise Refused("supplier", "the BPN of an active supplier of yours", bpn)
    return partner


def are_partners(*, customer_id: int, supplier_id: int) -> bool:
    """Say whether the two do business with these roles right now."""
    return Partnership.objects.filter(
        customer_id=customer_id, supplier_id=supplier_id, state=Partnership.State.ACTIVE
    ).exists()


def own_part(number: str, supplier_id: int) -> PartRow:
    """Return the acting customer's part by its own number, else by the supplier's."""
    on = own_day()
    part = part_by_number(number) or resolve_partner_number(supplier_id, number, on)
    if part is None:
        raise Refused("part_number", "a part number of yours or of the supplier", number)
    return part


def own_site_code(code: str) -> str:
    """Return the code if it is one of an own site that one's role reaches to, or empty."""
    text = code.strip()
    site = Site.objects.filter(owner_id=acting_organisation_id(), code=text).first()
    if text and site is None:
        raise Refused("site", "the code of one of your sites", code)
    if not may_act_at(site.pk if site else None):
        raise Refused("site", "the site that your role is at", code)
    return text


def supplier_number(part: PartRow, supplier_id: int) -> str:
    """Return the supplier's own number for the part: of several the one valid since last."""
    valid = [
        alias for alias in aliases_of(part.id, on=own_day()) if alias.partner_id == supplier_id
    ]
    newest = max(valid, key=lambda alias: (alias.valid_from, alias.partner_number), default=None)
    return newest.partner_number if newest else ""
