"""The labels of a draft's packs, before anything is sent."""

from decimal import Decimal
from uuid import UUID

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation
from collab.organisations.names import NOBODY, names_of
from transport.models import DispatchDraft
from transport.queries.advices import LineRow
from transport.queries.labels import address, labels
from transport.rules.label import Label
from transport.services.drafts import moment_of, units_of_document
from transport.services.places import place_named


def labels_of_draft(draft: DispatchDraft) -> list[Label]:
    """Return a label for each pack that has a licence plate."""
    document = draft.document
    own = acting_organisation()
    transport = document["transport"]
    ship_from, ship_to = place_named(document["ship_from"]), place_named(document["ship_to"])
    customer = names_of({draft.partner_id}).get(draft.partner_id, NOBODY)
    head = {
        "advice": transport["number"],
        "dock": transport["dock"],
        "duns": own.duns,
        "despatched_on": own_day(moment_of("despatched_at", transport["despatched_at"])),
        "ship_from": address(own.short_name, ship_from),
        "ship_to": address(customer.short, ship_to),
        "country": str(ship_from.get("country", "")),
    }
    lines = {
        each["position"]: LineRow(
            id=draft.pk,
            advice_id=draft.pk,
            position=each["position"],
            part_number=each["part_number"],
            supplier_part_number=each["supplier_part_number"],
            name=each["name"],
            quantity=Decimal(each["quantity"]),
            unit=each["unit"],
            cumulative=None,
            order_number=each["order_number"],
            delivery_note=transport["number"],
            schedule_line_id=UUID(each["call"]) if each["call"] else None,
            received=None,
        )
        for each in document["lines"]
    }
    units = [unit for unit in units_of_document(document) if unit.plate]
    return labels(units, lines, head)
