"""The codes by which partners name the owner's places."""

from uuid import UUID

from django.db import transaction

from collab.masterdata.models import SiteAlias
from collab.masterdata.refusals import checked, clean_text, locked, refusing
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.models import Organisation, Site

REASONS = {
    "masterdata_sitealias_code": ("partner_code", "a code this partner does not use for another")
}


@transaction.atomic
def create_site_alias(
    *, site: Site, partner: Organisation, partner_code: str, unloading_point: str = ""
) -> SiteAlias:
    """Say that ``partner`` means ``site`` (and its dock or line) by ``partner_code``."""
    code = clean_text("partner_code", partner_code, 40)
    alias = SiteAlias(
        site=site,
        partner=partner,
        partner_code=code,
        compare_key=checked("partner_code", compare_key, code)[:40],
        unloading_point=clean_text("unloading_point", unloading_point, 20, required=False),
    )
    with refusing(REASONS, {"partner_code": code}):
        alias.save()
    return alias


@transaction.atomic
def remove_site_alias(alias_id: UUID) -> None:
    """Forget a code; what comes with it from then on is held."""
    locked(SiteAlias, alias_id, None).delete()
