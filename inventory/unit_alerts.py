"""What exceptions about handling units are called, and where they lead."""

from django.utils.translation import gettext_lazy as _

from collab.work.links import link_kind
from collab.work.titles import name_type
from inventory.services.expected_units import OBJECT_KIND, UNIT_MISSING


def name_types() -> None:
    """Give the exception its texts, fullest first, and its object its page."""
    name_type(
        UNIT_MISSING,
        _("Unit %(pack)s of advice %(advice)s was not read as expected at %(site_code)s"),
        _("A unit was not read as expected at %(site_code)s"),
        _("A unit was not read as expected"),
    )
    link_kind(OBJECT_KIND, "inventory:advised-unit", _("Look at the unit"))
