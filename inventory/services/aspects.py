"""Take the daily Catena-X aspects of partners in, and name own parts and sites for them (IN-01)."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collab.integration.catenax import documents, reading
from collab.integration.catenax.stock_models import MODELS
from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.masterdata.models import Part
from collab.masterdata.refusals import Refused
from collab.masterdata.rules.identifiers import check_bpn
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from inventory.messages.aspects import changed_at, check
from inventory.models import MaterialTwin, SiteAddress, StatedAspect
from inventory.services.refreshes import hear_figures, open_keys
from inventory.services.subjects import own_site, part_of, partner_of

KINDS = {f"catenax:{model}": model for model in MODELS}


@transaction.atomic
def name_material(*, partner: str, part_number: str, asset_id: UUID) -> MaterialTwin:
    """Note the identifier of a part between oneself and a partner (BPN); the last one holds.

    Raises ``Refused`` for an unknown partner or part, and an identifier of another part.
    """
    other = partner_of(partner)
    part = part_of(part_number, other.pk, own_day())
    taken = MaterialTwin.objects.filter(
        owner_id=acting_organisation_id(), partner=other, asset_id=asset_id
    ).exclude(part_id=part.id)
    if taken.exists():
        raise Refused("asset_id", "an identifier of its own for each part", asset_id)
    row, _is_new = MaterialTwin.objects.update_or_create(
        owner_id=acting_organisation_id(),
        partner=other,
        part_id=part.id,
        defaults={"asset_id": asset_id},
    )
    return row


@transaction.atomic
def name_address(*, site: str, bpna: str) -> SiteAddress:
    """Note the address number (BPNA) of an own site; the last one holds. Raises ``Refused``."""
    place = own_site(site)
    number = bpna.strip().upper()
    try:
        check_bpn(number)
    except ValueError:
        raise Refused("bpna", "BPNA and 12 letters or digits", bpna) from None
    if not number.startswith("BPNA"):
        raise Refused("bpna", "BPNA and 12 letters or digits", bpna)
    row, _is_new = SiteAddress.objects.update_or_create(
        owner_id=acting_organisation_id(), site_id=place.pk, defaults={"bpna": number}
    )
    return row


def apply_aspect(arrival: Arrival) -> Outcome:
    """Keep a partner's aspect as the newest of its kind; an older state is refused whole."""
    aspect, model = arrival.document.content, KINDS[arrival.document.kind]
    _check_parties(arrival)
    now = timezone.now()
    check(aspect, now=now, is_from_supplier=_side(arrival.sender_id))
    header = arrival.document.header
    stated_at = changed_at(aspect) or (header.sent_at if header else now)
    part = _part(arrival.sender_id, aspect.asset_id)
    key = {
        "owner_id": acting_organisation_id(),
        "partner_id": arrival.sender_id,
        "part_id": part.pk,
        "model": model,
        "direction": getattr(aspect, "direction", ""),
    }
    row = StatedAspect.objects.select_for_update(of=("self",)).filter(**key).first()
    if row is not None and row.changed_at is not None and stated_at < row.changed_at:
        expected = f"a state at or after {row.changed_at.isoformat()}"
        raise _refused("older", "/", expected, stated_at.isoformat())
    row = row or StatedAspect(**key)
    row.part_number, row.changed_at = part.number, stated_at
    row.document = documents.dumps(reading.write(aspect)).decode()
    row.message_id = arrival.message_id
    row.save()
    hear_figures(open_keys(part_number=part.number, partner_id=arrival.sender_id))
    return Outcome(applied=1)


def register_handlers() -> None:
    """Let the inbox hand these kinds of messages over."""
    for kind in KINDS:
        register(kind, apply_aspect)


def _check_parties(arrival: Arrival) -> None:
    """Hold sender and receiver against whom the inbox authenticated and who acts."""
    own = acting_organisation()
    if arrival.sender_id == own.pk:
        raise _refused("not-a-partner", "/", "an aspect of a partner", own.bpn)
    header = arrival.document.header
    if header is None:
        return
    sender = Organisation.objects.get(pk=arrival.sender_id).bpn
    if header.sender != sender:
        raise _refused("not-the-sender", "/header/senderBpn", sender, header.sender)
    if header.receiver != own.bpn:
        raise _refused("not-the-receiver", "/header/receiverBpn", own.bpn, header.receiver)


def _side(sender_id: int) -> bool | None:
    """Say whether the sender supplies the acting organisation; None if it does both."""
    own = acting_organisation_id()
    rows = Partnership.objects.filter(
        Q(customer_id=own, supplier_id=sender_id) | Q(customer_id=sender_id, supplier_id=own),
        state=Partnership.State.ACTIVE,
    )
    sides = {supplier == sender_id for supplier in rows.values_list("supplier_id", flat=True)}
    return sides.pop() if len(sides) == 1 else None


def _part(partner_id: int, asset_id: str) -> Part:
    """Return the own part that a partner means: by the agreed identifier, else by our own key."""
    key = UUID(asset_id.removeprefix("urn:uuid:"))
    own = acting_organisation_id()
    twin = MaterialTwin.objects.filter(owner_id=own, partner_id=partner_id, asset_id=key).first()
    part = Part.objects.filter(owner_id=own, pk=twin.part_id if twin else key).first()
    if part is None:
        expected = "the identifier of a part that is agreed with this partner"
        raise _refused("unknown-part", "/materialGlobalAssetId", expected, asset_id)
    return part


def _refused(code: str, path: str, expected: str, found: str) -> MessageRefused:
    return MessageRefused([Finding(code=code, path=path, expected=expected, found=found)])
