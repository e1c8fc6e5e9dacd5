"""Whether an unloading point that a release names is one of the receiving site's."""

from collab.masterdata.queries import resolve_unloading_point, site_aliases
from collab.masterdata.refusals import Refused

FIELD = "unloading_point"


def unknown_point(*, site_code: str, supplier_id: int, point: str) -> Refused | None:
    """Return why a line that names ``point`` is to be held, None where it may pass.

    A point is known by its own name or by a partner's code for it. A site without any recorded
    point has nothing to hold it against: the text passes as it came.
    """
    if not point:
        return None
    recorded = [row for row in site_aliases() if row.site_code == site_code]
    if not recorded:
        return None
    names = {row.unloading_point.casefold() for row in recorded}
    if point.casefold() in names | {row.partner_code.casefold() for row in recorded}:
        return None
    meant = resolve_unloading_point(supplier_id, point)
    if meant is not None and meant.site_code == site_code:
        return None
    return Refused(FIELD, f"an unloading point recorded for {site_code}", point)
