"""Take as-built documents of partners in as links between things (IN-20)."""

from dataclasses import replace

from django.db import transaction

from collab.integration.catenax.as_built import MODELS
from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.locks import hold
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.organisations.context import acting_organisation_id
from inventory.messages.as_built import built_of
from inventory.models import TraceLink
from inventory.queries.thing_names import joined_names
from inventory.rules.genealogy import ASSEMBLED, Link
from inventory.services.genealogy import write_links
from inventory.services.hold_upkeep import keep_up

KINDS = tuple(f"catenax:{model}" for model in MODELS)


@transaction.atomic
def apply_as_built(arrival: Arrival) -> Outcome:
    """Make a partner's document the newest of its thing; an older state is refused whole."""
    own = acting_organisation_id()
    if arrival.sender_id == own:
        raise _refused("not-a-partner", "an as-built document of a partner", "your own")
    stated_parent, stated_parts = built_of(arrival.document.content)
    hold("inventory.genealogy")
    joined = joined_names(
        arrival.sender_id, [stated_parent, *(each.thing for each in stated_parts)]
    )
    parent = joined.get(stated_parent, stated_parent)
    components = [replace(each, thing=joined.get(each.thing, each.thing)) for each in stated_parts]
    before = TraceLink.objects.filter(
        owner_id=own, counterparty_id=arrival.sender_id, event__isnull=True, parent=parent
    )
    known = max(before.values_list("at", flat=True), default=None)
    stated = max((each.at for each in components), default=None)
    if known is not None and stated is not None and stated < known:
        expected = f"a state at or after {known.isoformat()}"
        raise _refused("older", expected, stated.isoformat())
    change = write_links(
        [
            Link(
                parent=parent,
                child=each.thing,
                how=ASSEMBLED,
                event=None,
                at=each.at,
                counterparty_id=arrival.sender_id,
                quantity=each.quantity,
                uom=each.unit,
            )
            for each in components
        ],
        before,
    )
    keep_up(change)
    return Outcome(applied=1)


def register_handlers() -> None:
    """Let the inbox hand these documents over."""
    for kind in KINDS:
        register(kind, apply_as_built)


def _refused(code: str, expected: str, found: str) -> MessageRefused:
    return MessageRefused([Finding(code=code, path="/", expected=expected, found=found)])
