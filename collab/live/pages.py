"""The feed over HTTP, for clients that saw a gap or cannot hold a socket."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.utils import translation
from django.views.decorators.http import require_GET

from collab.live.replay import MAX_FRAMES, frames, missed

BIGGEST = 2**63 - 1


@require_GET
def feed(request: HttpRequest, tenant: str) -> HttpResponse:
    """Return the frames after ``?after=<seq>`` as a JSON list, oldest first.

    ``{"resync": true, "s": head}`` stands for "read the page's regions again": too many, too
    old, or no longer complete.
    """
    after = request.GET.get("after", "")
    if not (after.isascii() and after.isdecimal()) or int(after) > BIGGEST:
        return HttpResponseBadRequest("expected after=<number of the last frame>", "text/plain")
    behind = missed(int(after))
    if not behind.is_replayable:
        return JsonResponse({"resync": True, "s": behind.head})
    found = frames(translation.get_language(), behind.after, behind.head, MAX_FRAMES)
    body = b"[" + b",".join(frame for _seq, frame in found) + b"]"
    return HttpResponse(body, content_type="application/json")
