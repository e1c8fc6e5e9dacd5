"""The disruption path of one part, and the parts that are in trouble to choose from."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from collab.shell.asking import text_of
from collab.shell.page import PageRequest, for_roles, is_fragment
from inventory.queries.path_picture import draw_path, lasting
from inventory.queries.trouble_path import Station, TroublePath, trouble_path, troubled_parts

MOST_LISTED = 60


@require_GET
@for_roles()
def shown(request: PageRequest) -> HttpResponse:
    """Show the path of the part asked for, else of the one that runs out first."""
    asked = text_of(request.GET, "part", 40)
    troubled = troubled_parts()
    number = asked or (troubled[0].number if troubled else "")
    found = trouble_path(number) if number else None
    root = found.root if found else None
    listed = _listed(found) if found else []
    context = {
        "asked": asked,
        "number": number,
        "troubled": troubled,
        "path": found,
        "root": root,
        "root_lasts": lasting(root) if root else "",
        "is_deepest": found is not None
        and root is not None
        and root.tier < 0
        and all(each.tier >= root.tier for each in found.stations.values()),
        "picture": draw_path(found) if found else None,
        "stations": [(each, lasting(each)) for each in listed],
        "unlisted": len(found.stations) - len(listed) if found else 0,
        "tenant": request.organisation.slug,
    }
    name = "inventory/path_body.html" if is_fragment(request) else "inventory/path.html"
    return render(request, name, context)


def _listed(found: TroublePath) -> list[Station]:
    """Return the stations of the table; of a long path, as a vehicle's is, those in trouble."""
    if len(found.stations) <= MOST_LISTED:
        return found.ordered
    return [each for each in found.ordered if each.is_troubled or each is found.us]


routes: list[URLPattern] = [path("network/path/", shown, name="path")]
