"""Join a partner's own name of a serial or a lot to its GS1 name, so that traces cross (IN-20).

As-built documents name things by ``urn:uuid:``; readers and events by GTIN and serial number. A
serial part or batch document says both the name and the maker's number with the serial: where the
part is one of ours with a GTIN, that is one thing. What the partner has stated of it before is
stated of that thing then. A join holds for its sender's statements alone.
"""

from dataclasses import replace
from urllib.parse import quote

from django.db import transaction
from django.db.models import Q

from collab.integration.catenax.instances import BATCH_KEY, MAKER_KEY, MODELS, SERIAL_KEY, Instance
from collab.integration.epcis.identifiers import lot_of, serial_of, to_link
from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.locks import hold
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.masterdata.queries import PartRow, part_by_number, resolve_partner_number
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from inventory.models import ThingName, TraceLink
from inventory.rules.genealogy import Link
from inventory.services.genealogy import write_links
from inventory.services.hold_upkeep import TURN, hold_by_new_name, keep_up

KINDS = tuple(f"catenax:{model}" for model in MODELS)


@transaction.atomic
def apply_instance(arrival: Arrival) -> Outcome:
    """Join the name that a document gives to the thing that it is; the same again is harmless.

    A document without serial or batch number joins nothing. Raises ``MessageRefused`` for a part
    that is not ours with a GTIN, and for a name that was joined to another thing before.
    """
    instance = arrival.document.content
    alias = _alias(instance)
    serial, lot = instance.local(SERIAL_KEY), instance.local(BATCH_KEY)
    if not serial and not lot:
        return Outcome()
    thing = _thing(_part(instance, arrival.sender_id), serial, lot)
    hold(TURN)
    row, is_new = ThingName.objects.get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=arrival.sender_id,
        alias=alias,
        defaults={"thing": thing},
    )
    if row.thing != thing:
        raise _refused("joined", "", row.thing, thing)
    if is_new:
        _rename(arrival.sender_id, alias, thing)
    return Outcome(applied=1)


def register_handlers() -> None:
    """Let the inbox hand these documents over."""
    for kind in KINDS:
        register(kind, apply_instance)


def _rename(partner_id: int, alias: str, thing: str) -> None:
    """State the partner's links of the alias of the thing instead."""
    stated = TraceLink.objects.filter(
        Q(parent=alias) | Q(child=alias),
        owner_id=acting_organisation_id(),
        counterparty_id=partner_id,
        event__isnull=True,
    )
    links = [
        Link(
            parent=thing if row.parent == alias else row.parent,
            child=thing if row.child == alias else row.child,
            how=row.how,
            event=None,
            at=row.at,
            counterparty_id=partner_id,
            ended_at=row.ended_at,
            quantity=row.quantity,
            uom=row.uom,
        )
        for row in stated
    ]
    change = write_links(links, stated)
    hold_by_new_name(alias, thing)
    keep_up(replace(change, things=change.things | {thing}))


def _alias(instance: Instance) -> str:
    given = [told for told in (instance.asset_id, instance.older_id) if told]
    if len(given) != 1:
        expected = "globalAssetId, or catenaXId in version 3.0.0"
        raise _refused("identifier", "", expected, ", ".join(given))
    return f"urn:uuid:{given[0].removeprefix('urn:uuid:').lower()}"


def _part(instance: Instance, sender_id: int) -> PartRow:
    """Return our part behind an instance: by our number, else by its maker's or the sender's."""
    told, own, today = instance.part_type, acting_organisation_id(), own_day()
    maker = Organisation.objects.filter(bpn=instance.local(MAKER_KEY)).first()
    part = part_by_number(told.customer_part) if told.customer_part else None
    if part is None and maker is not None and maker.pk == own:
        part = part_by_number(told.maker_part)
    if part is None:
        partner_id = maker.pk if maker is not None and maker.pk != own else sender_id
        part = resolve_partner_number(partner_id, told.maker_part, today)
    if part is None or not part.gtin:
        expected = "the number of a part of yours with a trade item number (GTIN)"
        path = "/partTypeInformation/manufacturerPartId"
        raise _refused("part", path, expected, told.maker_part)
    return part


def _thing(part: PartRow, serial: str, lot: str) -> str:
    value, key = (serial, "21") if serial else (lot, "10")
    name = f"https://id.gs1.org/01/{part.gtin.zfill(14)}/{key}/{quote(value, safe='')}"
    thing = to_link(name)
    if (serial_of(thing) if serial else lot_of(thing)) != value:
        raise _refused("serial", "/localIdentifiers", "1 to 20 signs that GS1 allows", value)
    return thing


def _refused(code: str, path: str, expected: str, found: str) -> MessageRefused:
    return MessageRefused([Finding(code=code, path=path or "/", expected=expected, found=found)])
