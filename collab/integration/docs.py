"""The page on which a signed-in person reads the API's description and tries it out."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from collab.integration import callers


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show the operations of ``openapi.json``; send the anonymous to sign in and back.

    Calls made from the page carry the web session and its CSRF token: they may do what the
    person's role may do, for the organisation the session works for.
    """
    if not callers.is_signed_in(request):
        return redirect_to_login(request.get_full_path())
    return render(request, "integration/docs.html")
