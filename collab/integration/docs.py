"""The page on which a signed-in person reads the API's description and tries it out."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from collab.integration import callers
from collab.integration.description import LABELS, area_of, tags_of

FIRST = next(iter(LABELS))


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show one area of ``openapi.json``; send the anonymous to sign in and back.

    ``tag`` chooses the area of a tag, for links to an operation that name no area.
    Calls made from the page carry the web session and its CSRF token: they may do what the
    person's role may do, for the organisation the session works for.
    """
    if not callers.is_signed_in(request):
        return redirect_to_login(request.get_full_path())
    tag = request.GET.get("tag")
    shown = area_of(tag) if tag else request.GET.get("area", FIRST)
    if shown not in LABELS:
        raise Http404
    areas = [
        {
            "href": f"?area={name}",
            "label": label,
            "count": tags_of(name).total(),
            "current": name == shown,
        }
        for name, label in LABELS.items()
    ]
    tags = " ".join(tags_of(shown))
    return render(request, "integration/docs.html", {"areas": areas, "area": shown, "tags": tags})
