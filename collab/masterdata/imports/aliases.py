"""Import partners' part numbers: which part of ours they mean, from when until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collab.integration.imports import DAY, ImportColumn, ImportKind, Values, Verdict
from collab.masterdata.imports.lookups import (
    Partners,
    Parts,
    differences,
    given,
    plain,
    refusals,
    refused,
    undo_conflicts,
)
from collab.masterdata.models import PartAlias
from collab.masterdata.rules.part_numbers import compare_key
from collab.masterdata.services.aliases import (
    FIELDS,
    create_alias,
    fill_alias,
    remove_alias,
    update_alias,
)
from collab.organisations.clock import own_day

COLUMNS = (
    ImportColumn(
        "partner",
        _("Partner"),
        is_required=True,
        also_called=("bpn", "customer", "supplier", "Kunde", "Lieferant", "Partner BPN"),
        example="BPNL000000000001",
    ),
    ImportColumn(
        "part_number",
        _("Our part number"),
        is_required=True,
        also_called=("part number", "number", "own part number", "Teilenummer"),
        longest=40,
        example="4711-A",
    ),
    ImportColumn(
        "partner_number",
        _("Partner's part number"),
        is_required=True,
        also_called=("partner part number", "customer part number", "supplier part number"),
        longest=40,
        example="8W0 971 615 B",
    ),
    ImportColumn("revision", _("Revision"), also_called=("index", "Änderungsstand"), longest=20),
    ImportColumn("valid_from", _("Valid from"), DAY, also_called=("from", "gültig ab")),
    ImportColumn("valid_to", _("Valid until"), DAY, also_called=("until", "to", "gültig bis")),
)
CHANGING = ("partner_number", "revision", "valid_to")


@dataclass(slots=True)
class Context:
    """What a chunk of rows needs to know."""

    parts: Parts
    partners: Partners
    known: dict[tuple[int, str], list[PartAlias]]
    today: date


def prepare(rows: Sequence[Values]) -> Context:
    parts = Parts.named(str(row["part_number"]) for row in rows if row.get("part_number"))
    keys = {key for row in rows if (key := _key(row))}
    known: dict[tuple[int, str], list[PartAlias]] = {}
    found = PartAlias.objects.filter(compare_key__in=keys).select_related("part", "partner")
    for alias in found.order_by("valid_from"):
        known.setdefault((alias.partner_id, alias.compare_key), []).append(alias)
    return Context(parts, Partners.all(), known, own_day())


def validate_row(values: Values, context: Context) -> Verdict:
    alias, changes = _understood(values, context)
    if alias.pk and not alias._state.adding:
        before = {name: getattr(alias, name) for name in CHANGING}
        copy = PartAlias(
            pk=alias.pk,
            owner_id=alias.owner_id,
            part_id=alias.part_id,
            partner_id=alias.partner_id,
            **{name: getattr(alias, name) for name in FIELDS},
        )
        with refusals({}):
            fill_alias(copy, changes)
        _refuse_overlap(copy, context)
        found = differences(before, {name: getattr(copy, name) for name in changes})
        return Verdict("changed" if found else "unchanged", found)
    _refuse_overlap(alias, context)
    context.known.setdefault((alias.partner_id, alias.compare_key), []).append(alias)
    fields = {name: getattr(alias, name) for name in FIELDS}
    shown = {"partner": alias.partner.name, "part_number": alias.part.number, **fields}
    return Verdict("new", differences({}, shown))


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    alias, changes = _understood(values, context)
    with refusals({"partner": "partner"}):
        if alias._state.adding:
            made = create_alias(
                part=alias.part,
                partner=alias.partner,
                **{name: getattr(alias, name) for name in FIELDS},
            )
            return {"id": str(made.pk), "version": made.version, "before": None}
        before = {name: getattr(alias, name) for name in CHANGING}
        changed = update_alias(alias.pk, version=alias.version, **changes)
    return {"id": str(alias.pk), "version": changed.version, "before": plain(before)}


def undo_row(record: dict[str, Any]) -> None:
    key = UUID(record["id"])
    with undo_conflicts(PartAlias.DoesNotExist), transaction.atomic():
        if record["before"] is None:
            remove_alias(key, version=record["version"])
            return
        before = dict(record["before"])
        if before["valid_to"] is not None:
            before["valid_to"] = date.fromisoformat(before["valid_to"])
        update_alias(key, version=record["version"], **before)


def _understood(values: Values, context: Context) -> tuple[PartAlias, dict[str, Any]]:
    """Return the alias the row means, perhaps a new one, and what the row says about it."""
    partner = context.partners.get("partner", values["partner"])
    part = context.parts.get("part_number", values["part_number"])
    changes = given(values, CHANGING)
    key = _key(values)
    if not key:
        expected = "a part number with a letter or digit"
        raise refused("partner_number", values["partner_number"], expected)
    since: date | None = values.get("valid_from")
    for alias in context.known.get((partner.pk, key), []):
        if alias._state.adding or alias.part_id != part.pk:
            continue
        if alias.valid_from == since or (since is None and _holds(alias, context.today)):
            return alias, changes
    alias = PartAlias(part=part, partner=partner)
    with refusals({}):
        fill_alias(alias, {"valid_from": since or context.today, **changes})
    return alias, changes


def _refuse_overlap(alias: PartAlias, context: Context) -> None:
    for other in context.known.get((alias.partner_id, alias.compare_key), []):
        if other.pk == alias.pk:
            continue
        ends_before = alias.valid_to is not None and alias.valid_to <= other.valid_from
        starts_after = other.valid_to is not None and other.valid_to <= alias.valid_from
        if not ends_before and not starts_after:
            raise refused(
                "partner_number",
                alias.partner_number,
                f"a number that does not mean {other.part.number} from {other.valid_from} on",
            )


def _holds(alias: PartAlias, on: date) -> bool:
    return alias.valid_from <= on and (alias.valid_to is None or on < alias.valid_to)


def _key(values: Values) -> str:
    try:
        return compare_key(str(values.get("partner_number") or ""))
    except ValueError:
        return ""


ALIASES = ImportKind(
    name="part_aliases",
    title=_("Partners' part numbers"),
    columns=COLUMNS,
    key=("partner_number", "partner", "valid_from"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="masterdata:parts",
)
