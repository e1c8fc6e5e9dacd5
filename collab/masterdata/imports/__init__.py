"""Which lists of master data can be imported; the app registers them when Django starts."""

from collab.integration.imports import register_import
from collab.masterdata.imports.aliases import ALIASES
from collab.masterdata.imports.bill_of_material import BILL_OF_MATERIAL
from collab.masterdata.imports.parts import PARTS


def register() -> None:
    """Make the kinds known."""
    for kind in (PARTS, ALIASES, BILL_OF_MATERIAL):
        register_import(kind)
