"""Dispatch advices being packed: from open calls to what is sent, step by step (TR-16).

A draft's document is plain JSON: ``customer`` (BPN), ``ship_from`` and ``ship_to`` (codes of
places), ``lines``, ``units``, ``transport``, ``mix_rests``. Customers never see one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from collab.masterdata.queries.packaging import packs_of
from collab.masterdata.queries.parts import PartRow, resolve_partner_number
from collab.masterdata.refusals import Refused, clean_decimal, clean_whole, locked
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from forecasting.queries.advised import advised_on_calls
from forecasting.queries.calls import CallFilter, CallRow, open_calls
from transport.models import DispatchAdvice, DispatchDraft
from transport.rules.handling_units import Content, Packing, Unit, plain, suggest
from transport.services.advices import Sent, correct_advice, send_advice
from transport.services.consignments import Consignment, StatedLine
from transport.services.draft_transport import own_place, transport_of
from transport.services.numbers import next_number
from transport.services.places import Place, place_named, place_of
from transport.services.plates import give_plates

STEPS = ("lines", "pack", "labels", "send")
PALLET = "PX"
BOX = "BX"
GRAMS = Decimal(1000)


@transaction.atomic
def open_draft(quantities: Mapping[UUID, Decimal | None], *, as_of: datetime) -> DispatchDraft:
    """Begin an advice with these calls (line → quantity, ``None`` = what is still open of it).

    Raises ``Refused`` without calls, for calls of several customers or ship-to sites, and for a
    quantity that is not above 0.
    """
    calls = open_calls(CallFilter(supplier_id=acting_organisation_id(), lines=list(quantities)))
    if not calls:
        raise Refused("lines", "at least one open call", "none")
    if len({(call.customer_id, call.site_code) for call in calls}) > 1:
        raise Refused("lines", "calls of one customer for one site", f"{len(calls)} calls")
    sent = advised_on_calls(calls)
    lines = []
    for position, call in enumerate(calls, start=1):
        wanted = quantities[call.line_id]
        if wanted is None:
            wanted = max(call.quantity - sent[call.line_id], Decimal(0)) or call.quantity
        lines.append(_line(position, call, wanted, as_of))
    ship_to, ship_from = ship_to_of(calls[0]), own_place()
    document = {
        "customer_id": calls[0].customer_id,
        "ship_from": ship_from["code"],
        "ship_to": ship_to["code"],
        "mix_rests": False,
        "lines": lines,
        "units": [],
        "transport": transport_of(calls[0], ship_from, ship_to, as_of),
    }
    _pack(document)
    draft: DispatchDraft = DispatchDraft.objects.create(
        partner_id=calls[0].customer_id, step="pack", document=document
    )
    return draft


def ship_to_of(call: CallRow) -> Place:
    """Return the site that a call wants the goods at; the customer's only one if it names none.

    Raises ``Refused`` where that is not known.
    """
    rows = Site.visible.filter(owner_id=call.customer_id)
    if call.site_code:
        rows = rows.filter(code=call.site_code)
    found = list(rows.exclude(kind=Site.Kind.OFFICE).order_by("code")[:2])
    if len(found) != 1:
        raise Refused("ship_to", "a site of the customer that you may see", call.site_code)
    return place_of(found[0])


@transaction.atomic
def pack_draft(
    draft_id: UUID,
    packing: Mapping[int, tuple[str, str]],
    *,
    mix_rests: bool,
    version: int | None = None,
) -> DispatchDraft:
    """Pack anew: position → (quantity per box, boxes on a load unit), as texts that people type.

    Given plates are kept for the packs that are left. Raises ``Refused``, ``VersionConflict``.
    """
    draft = _open(draft_id, version)
    document = draft.document
    for line in document["lines"]:
        if line["position"] in packing:
            per_pack, boxes = packing[line["position"]]
            line["per_pack"] = plain(
                clean_decimal("per_pack", per_pack, digits=18, places=3, above=Decimal(0))
            )
            line["packs_per_load_unit"] = clean_whole("boxes", boxes, at_least=1, at_most=1000)
    document["mix_rests"] = mix_rests
    plates = [unit["plate"] for unit in document["units"] if unit["plate"]]
    _pack(document)
    for unit, plate in zip(document["units"], plates, strict=False):
        unit["plate"] = plate
    return _save(draft, "pack")


@transaction.atomic
def label_draft(draft_id: UUID, *, version: int | None = None) -> DispatchDraft:
    """Give every pack its licence plate and the advice its number, so that labels can be printed.

    Twice changes nothing.
    """
    draft = _open(draft_id, version)
    document = draft.document
    bare = [unit for unit in document["units"] if not unit["plate"]]
    if not bare and document["transport"]["number"] and draft.step in {"labels", "send"}:
        return draft
    for unit, plate in zip(bare, give_plates(len(bare)), strict=True):
        unit["plate"] = plate
    if not document["transport"]["number"]:
        document["transport"]["number"] = next_number("advice")
    return _save(draft, "labels")


@transaction.atomic
def state_transport(
    draft_id: UUID, told: Mapping[str, str], *, version: int | None = None
) -> DispatchDraft:
    """Keep what a person states about weights, times and the vehicle; see ``TRANSPORT``."""
    draft = _open(draft_id, version)
    transport = draft.document["transport"]
    for name in TRANSPORT:
        if name in told:
            transport[name] = told[name].strip()[:80]
    return _save(draft, "send")


TRANSPORT = (
    "gross_kg", "net_kg", "despatched_at", "expected_at", "dock", "shipment_number",
    "transport_document", "carrier_name", "plate",
)  # fmt: skip


@transaction.atomic
def send_draft(draft_id: UUID, *, version: int | None = None) -> Sent:
    """Send what a draft holds; a draft that was sent gives the same advice again.

    Raises ``DispatchDraft.DoesNotExist``, ``VersionConflict`` and ``NotSendable``.
    """
    draft = locked(DispatchDraft, draft_id, version)
    told = consignment_of(draft)
    replaced = draft.document.get("replaces")
    if draft.advice_id is not None:
        return Sent(DispatchAdvice.objects.get(pk=draft.advice_id), is_new=False)
    sent = correct_advice(UUID(replaced), told) if replaced else send_advice(told)
    draft.advice_id = sent.advice.pk
    _save(draft, "send")
    return sent


@transaction.atomic
def discard_draft(draft_id: UUID) -> None:
    """Forget a draft that was not sent; its plates are never given out again."""
    _open(draft_id, None).delete()


def consignment_of(draft: DispatchDraft) -> Consignment:
    """Return what a draft would send; raise ``Refused`` for a value that is none."""
    document = draft.document
    transport = document["transport"]
    return Consignment(
        customer_id=draft.partner_id,
        ship_from=place_named(document["ship_from"], field="ship_from"),
        ship_to=place_named(document["ship_to"], field="ship_to"),
        lines=[_stated(line, transport["number"]) for line in document["lines"]],
        units=units_of_document(document),
        shipment_id=UUID(transport["shipment_id"]) if transport.get("shipment_id") else None,
        gross_kg=_weight("gross_kg", transport["gross_kg"]),
        net_kg=_weight("net_kg", transport["net_kg"]),
        despatched_at=moment_of("despatched_at", transport["despatched_at"]),
        expected_at=moment_of("expected_at", transport["expected_at"]),
        source_key=f"draft:{draft.pk}",
        number=transport["number"],
        dock=transport["dock"],
        shipment_number=transport["shipment_number"],
        transport_document=transport["transport_document"],
        carrier_name=transport["carrier_name"],
        plate=transport["plate"],
    )


def units_of_document(document: Mapping[str, Any]) -> list[Unit]:
    """Return the packs that a draft holds."""
    return [
        Unit(
            key=each["key"],
            parent=each["parent"],
            pack_type=each["pack_type"],
            plate=each["plate"],
            contents=tuple(Content(line, Decimal(amount)) for line, amount in each["contents"]),
            gross_kg=None if each["gross_kg"] is None else Decimal(each["gross_kg"]),
        )
        for each in document["units"]
    ]


def _line(position: int, call: CallRow, quantity: Decimal, as_of: datetime) -> dict[str, Any]:
    part = resolve_partner_number(call.customer_id, call.part_number, own_day(as_of))
    found: dict[str, Any] = {
        "position": position,
        "call": str(call.line_id),
        "due": call.due_from.isoformat(),
        "part_number": call.part_number,
        "supplier_part_number": part.number if part else call.supplier_part_number,
        "name": part.name if part else "",
        "unit": call.unit,
        "quantity": plain(
            clean_decimal("quantity", quantity, digits=18, places=3, above=Decimal(0))
        ),
        "order_number": "",
        "per_pack": plain(quantity),
        "packs_per_load_unit": 1,
        "pack_type": BOX,
        "piece_kg": piece_kg(part),
        "pack_kg": "0",
        "is_suggested": False,
    }
    packed = packs_of(part.id, call.customer_id, quantity) if part is not None else None
    if packed is not None:
        pack, _count = packed
        found |= {
            "per_pack": plain(pack.quantity),
            "packs_per_load_unit": pack.packs_per_load_unit,
            "pack_type": pack.code,
            "pack_kg": plain(pack.tare_weight_kg or Decimal(0)),
            "is_suggested": True,
        }
    return found


def piece_kg(part: PartRow | None) -> str:
    """Return what one piece weighs [kg] as a text, empty where it is not known."""
    if part is None or part.gross_weight_g is None:
        return ""
    return plain(part.gross_weight_g / GRAMS)


def _pack(document: dict[str, Any]) -> None:
    """Replace the packs of a document by those its lines suggest, and the weights with them."""
    lines = document["lines"]
    packings = [
        Packing(
            line=line["position"],
            quantity=Decimal(line["quantity"]),
            per_pack=Decimal(line["per_pack"]),
            pack_type=line["pack_type"],
            packs_per_load_unit=line["packs_per_load_unit"],
            load_unit_type=PALLET,
            piece_kg=Decimal(line["piece_kg"]) if line["piece_kg"] else None,
            pack_kg=Decimal(line["pack_kg"]),
        )
        for line in lines
    ]
    try:
        units = suggest(packings, mix_rests=document["mix_rests"])
    except ValueError as error:
        expected = str(error).removeprefix("expected ").partition(", got ")[0]
        raise Refused("per_pack", expected, "") from None
    document["units"] = [
        {
            "key": unit.key,
            "parent": unit.parent,
            "pack_type": unit.pack_type,
            "plate": "",
            "contents": [[each.line, plain(each.quantity)] for each in unit.contents],
            "gross_kg": None if unit.gross_kg is None else plain(unit.gross_kg),
        }
        for unit in units
    ]
    _weigh(document, units, packings)


def _weigh(document: dict[str, Any], units: Iterable[Unit], packings: Iterable[Packing]) -> None:
    """Suggest the weights; where a part's weight is not known they stay for people to state."""
    net: Decimal | None = Decimal(0)
    for each in packings:
        net = None if net is None or each.piece_kg is None else net + each.quantity * each.piece_kg
    gross: Decimal | None = Decimal(0)
    for unit in units:
        if not unit.parent:
            gross = None if gross is None or unit.gross_kg is None else gross + unit.gross_kg
    transport = document["transport"]
    transport["net_kg"] = "" if net is None else plain(_to_grams(net))
    transport["gross_kg"] = "" if gross is None else plain(_to_grams(gross))


def _to_grams(weight: Decimal) -> Decimal:
    return weight.quantize(Decimal("0.001"))


def _stated(line: Mapping[str, Any], number: str) -> StatedLine:
    return StatedLine(
        position=line["position"],
        part_number=line["part_number"],
        quantity=Decimal(line["quantity"]),
        unit=line["unit"],
        supplier_part_number=line["supplier_part_number"],
        name=line["name"],
        order_number=line["order_number"],
        delivery_note=number,
        schedule_line_id=UUID(line["call"]) if line["call"] else None,
    )


def _weight(field: str, text: str) -> Decimal:
    return clean_decimal(field, text, digits=12, places=3, at_least=Decimal(0))


def moment_of(field: str, text: str) -> datetime:
    """Return an instant as it is kept in a draft; raise ``Refused`` for what is none."""
    found = parse_datetime(text)
    if found is None:
        raise Refused(field, "a day and a time", text)
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _open(draft_id: UUID, version: int | None) -> DispatchDraft:
    draft = locked(DispatchDraft, draft_id, version)
    if draft.advice_id is not None:
        raise Refused("draft", "a draft that was not sent", draft.document["transport"]["number"])
    return draft


def _save(draft: DispatchDraft, step: str) -> DispatchDraft:
    draft.step = step
    draft.version += 1
    draft.save()
    return draft


__all__: Sequence[str] = (
    "STEPS", "TRANSPORT", "consignment_of", "discard_draft", "label_draft", "open_draft",
    "pack_draft", "send_draft", "ship_to_of", "state_transport", "units_of_document",
)  # fmt: skip
