"""Webhooks: where others' systems are told of what happens, and the log of deliveries."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.integration.models.webhooks import WebhookDelivery, WebhookEndpoint
from collab.integration.webhooks import services
from collab.integration.webhooks.addresses import LONGEST, ForbiddenAddress
from collab.integration.webhooks.queries import (
    SORTS,
    DeliveryRow,
    EndpointRow,
    attempts_of,
    deliveries,
    delivery_list,
    delivery_rows,
    endpoint_rows,
)
from collab.integration.webhooks.sources import known_sources
from collab.shell.asking import key_of, of_page, paging, tabs
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url

READERS, ADMIN = ("admin", "planner"), "admin"
SHOWN, EXPORTED, SHOWN_BYTES = 50, 100_000, 100_000
State = WebhookDelivery.State
VIEWS = {
    "": _("All"),
    State.DEAD.value: _("Never delivered"),
    State.WAITING.value: _("Waiting"),
    State.DELIVERED.value: _("Delivered"),
}
SORT_LABELS = {
    "newest": _("Latest first"),
    "oldest": _("Oldest first"),
    "ended": _("Ended last"),
}


class WebhookForm(forms.Form):
    """A new endpoint: where to send, and what."""

    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("A public https address of your system."),
    )
    source = forms.ChoiceField(label=_("What is sent"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what the areas have to tell."""
        super().__init__(*args, **kwargs)
        field = self.fields["source"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                str(source.label),
                [(f"{name}:{value}", label) for value, label in source.offers()],
            )
            for name, source in known_sources().items()
        ]

    def subscribe(self) -> tuple[WebhookEndpoint, str] | None:
        """Make the endpoint; return it with its secret, ``None`` where the form says why not."""
        name, _colon, value = self.cleaned_data["source"].partition(":")
        try:
            return known_sources()[name].subscribe(self.cleaned_data["url"], value)
        except ForbiddenAddress as refused:
            expected = str(refused).removeprefix("expected ")
            self.add_error("url", gettext("Expected %(what)s.") % {"what": expected})
        except LookupError:
            self.add_error("source", gettext("This is not there any more."))
        return None


@require_GET
@for_roles(*READERS)
def overview(request: PageRequest) -> HttpResponse:
    """List the endpoints."""
    context = {"rows": endpoint_rows(), "may_change": _may_change(request)}
    name = "shell/webhooks_list.html" if is_fragment(request) else "shell/webhooks.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles(ADMIN)
def create(request: PageRequest) -> HttpResponse:
    """Make an endpoint and show the secret that signs for it once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (made := form.subscribe()) is not None:
        endpoint, secret = made
        return _object(request, endpoint.pk, secret=secret)
    context = {"form": form}
    status = 422 if form.errors else 200
    return render(request, "shell/webhook_new.html", context, status=status)


@require_GET
@for_roles(*READERS)
def one(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one endpoint with the log of its deliveries."""
    return _object(request, key)


@require_GET
@for_roles(*READERS)
def log(request: PageRequest) -> HttpResponse:
    """List the deliveries of all endpoints; filters are in the address."""
    context = _log(request, key_of(request.GET.get("endpoint", "")))
    if wanted_form(request):
        return _export(request, context)
    context["endpoints"] = [(row.id, row.url) for row in endpoint_rows()]
    name = "shell/webhook_log_list.html" if is_fragment(request) else "shell/webhook_log.html"
    return render(request, name, context)


@require_GET
@for_roles(*READERS)
def delivery(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one delivery: each try, and what was sent."""
    found = deliveries().select_related("endpoint").filter(pk=key).first()
    if found is None:
        raise Http404
    [row] = delivery_rows([found])
    body = bytes(found.body)
    context = {
        "row": row,
        "attempts": attempts_of(key),
        "text": body[:SHOWN_BYTES].decode("utf-8", "replace"),
        "is_cut": len(body) > SHOWN_BYTES,
        "may_change": _may_change(request),
    }
    return render(request, "shell/webhook_delivery.html", context)


@require_POST
@for_roles(ADMIN)
def switch(request: PageRequest, key: UUID) -> HttpResponse:
    """Pause or resume an endpoint."""
    is_on = request.POST.get("on") == "1"
    try:
        if is_on:
            services.resume(key)
        else:
            services.pause(key)
    except WebhookEndpoint.DoesNotExist:
        raise Http404 from None
    text = gettext("It is sent to again.") if is_on else gettext("Paused; nothing is lost.")
    return go_to(request, page_url(request, "shell:webhook", key), toast=text)


@require_POST
@for_roles(ADMIN)
def test(request: PageRequest, key: UUID) -> HttpResponse:
    """Send an endpoint a message that says it is a test."""
    try:
        services.send_test(key)
    except WebhookEndpoint.DoesNotExist:
        raise Http404 from None
    text = gettext("A test is on its way; the log shows what comes of it.")
    return go_to(request, page_url(request, "shell:webhook", key), toast=text)


@require_POST
@for_roles(ADMIN)
def rotate(request: PageRequest, key: UUID) -> HttpResponse:
    """Make a new secret; the one before signs as well until the next one."""
    endpoint = WebhookEndpoint.objects.filter(pk=key).first()
    if endpoint is None:
        raise Http404
    return _object(request, key, secret=services.rotate_secret(endpoint))


@require_POST
@for_roles(ADMIN)
def again(request: PageRequest, key: UUID) -> HttpResponse:
    """Send an ended delivery again as a message of its own."""
    if not deliveries().exclude(state=State.WAITING).filter(pk=key).exists():
        raise Http404
    made = services.replay(key)
    text = gettext("It is sent again under a new number.")
    return go_to(request, page_url(request, "shell:webhook-delivery", made.pk), toast=text)


def _object(request: PageRequest, key: UUID, *, secret: str = "") -> HttpResponse:
    row: EndpointRow | None = next(iter(endpoint_rows(key)), None)
    if row is None:
        raise Http404
    context = {
        **_log(request, key),
        "row": row,
        "secret": secret,
        "may_change": _may_change(request),
    }
    name = "shell/webhook_log_list.html" if is_fragment(request) else "shell/webhook.html"
    return render(request, name, context)


def _log(request: PageRequest, endpoint_id: UUID | None) -> dict[str, Any]:
    """Return a page of deliveries as the address asks for it."""
    asked, page = request.GET, of_page(request.GET)
    state, sort = asked.get("view", ""), asked.get("sort", "newest")
    state, sort = (state if state in VIEWS else ""), (sort if sort in SORTS else "newest")
    wants_file = wanted_form(request) is not None
    rows = delivery_list(
        state=state,
        endpoint_id=endpoint_id,
        sort=sort,
        limit=EXPORTED if wants_file else SHOWN + 1,
        offset=0 if wants_file else (page - 1) * SHOWN,
    )
    dead = deliveries(state=State.DEAD.value, endpoint_id=endpoint_id).count()
    return {
        "deliveries": rows if wants_file else rows[:SHOWN],
        "views": tabs(request, VIEWS, state, {State.DEAD.value: dead}),
        "state": state,
        "sort": sort,
        "sorts": SORT_LABELS.items(),
        "endpoint": endpoint_id,
        **paging(request, page, found=len(rows), shown=SHOWN),
    }


def _export(request: PageRequest, context: dict[str, Any]) -> HttpResponse:
    columns = [
        gettext("Delivery"), gettext("Address"), gettext("State"), gettext("Tries"),
        gettext("Answer"), gettext("Note"), gettext("Created"), gettext("Ended"),
    ]  # fmt: skip
    found: list[DeliveryRow] = context["deliveries"]
    rows = (
        [
            str(row.id), row.url, row.state_label, row.tries, row.status or "", row.note,
            row.created_at, row.ended_at,
        ]
        for row in found
    )  # fmt: skip
    return export_response(request, "webhook-deliveries", columns, rows)


def _may_change(request: PageRequest) -> bool:
    return request.membership.role == ADMIN
