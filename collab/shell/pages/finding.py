"""The command palette's answers and the keyboard help."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collab.shell import navigation, search
from collab.shell.page import PageRequest, for_roles
from collab.shell.saved_views import reader_of

LONGEST = 80


@require_GET
@for_roles()
def find(request: PageRequest) -> HttpResponse:
    """Return what matches ``?q=`` as grouped links, for the palette or as a page of its own."""
    text = request.GET.get("q", "")[:LONGEST]
    context = {"text": text, "groups": search.find(text, reader_of(request))}
    template = "shell/search_results.html" if request.htmx else "shell/search.html"
    return render(request, template, context)


@require_GET
@for_roles()
def keyboard_help(request: PageRequest) -> HttpResponse:
    """Show the keys that work on this organisation's pages."""
    slug = request.organisation.slug
    groups = navigation.links(request.organisation.kind, slug, "", {})
    goto = [link for group in groups for link in group.links if link.key]
    template = "shell/help_body.html" if request.htmx else "shell/help.html"
    return render(request, template, {"goto": goto})
