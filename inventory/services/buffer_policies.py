"""How the safety stock of a part at a site is found: set, changed and taken away."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from collab.masterdata.refusals import Refused, clean_decimal, locked
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from inventory.models import BufferPolicy
from inventory.services.subjects import resolve

Figure = Decimal | int | str | None
DAYS = (
    "lead_days", "lead_sigma_days", "minimum_days", "maximum_days", "processing_days",
    "hard_days", "soft_days",
)  # fmt: skip
QUANTITIES = (
    "daily_demand", "daily_sigma", "minimum_quantity", "maximum_quantity", "pack_size",
)  # fmt: skip
NEVER_NULL = frozenset({"processing_days", "hard_days", "soft_days"})
LEAST_LEVEL, MOST_LEVEL = Decimal("0.5"), Decimal("0.99999")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFigures:
    """What a planner states; None is measured, or no bound. Units as in ``BufferPolicy``."""

    method: str = BufferPolicy.Method.FORMULA
    service_level: Decimal | str = "0.95"
    lead_days: Figure = None
    lead_sigma_days: Figure = None
    processing_days: Figure = 0
    daily_demand: Figure = None
    daily_sigma: Figure = None
    minimum_quantity: Figure = None
    maximum_quantity: Figure = None
    minimum_days: Figure = None
    maximum_days: Figure = None
    hard_days: Figure = 0
    soft_days: Figure = 0
    pack_size: Figure = None
    unit_cost: Figure = None
    currency: str = "EUR"
    is_active: bool = True


@transaction.atomic
def set_policy(
    *, counterparty: str, part_number: str, site: str, figures: PolicyFigures
) -> tuple[BufferPolicy, bool]:
    """Set the policy of a part at an own site with a partner, or change the one that stands.

    ``counterparty`` is a BPN, ``part_number`` one's own or the partner's. Returns the policy and
    whether it is new. Raises ``Refused`` naming the field.
    """
    values = cleaned(figures)
    subject = resolve(counterparty=counterparty, part_number=part_number, site=site, on=own_day())
    row, is_new = BufferPolicy.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        part_id=subject.part.id,
        site_id=subject.site_id,
        partner_id=subject.counterparty_id,
        defaults={
            "part_number": subject.part.number, "site_code": subject.site_code, **values,
        },
    )  # fmt: skip
    if not is_new:
        _put(row, values)
    return row, is_new


@transaction.atomic
def change_policy(
    policy_id: UUID, figures: PolicyFigures, *, version: int | None = None
) -> BufferPolicy:
    """Change a policy's figures; raise ``Refused``, ``VersionConflict`` or ``DoesNotExist``."""
    row = locked(BufferPolicy, policy_id, version)
    _put(row, cleaned(figures))
    return row


@transaction.atomic
def remove_policy(policy_id: UUID, *, version: int | None = None) -> None:
    """Take a policy away with its suggestions; what was agreed with partners stays."""
    locked(BufferPolicy, policy_id, version).delete()


def cleaned(figures: PolicyFigures) -> dict[str, object]:
    """Return the columns of valid figures; raise ``Refused`` for the first bad one."""
    if figures.method not in BufferPolicy.Method.values:
        raise Refused("method", "formula or quantile", figures.method)
    level = clean_decimal(
        "service_level", figures.service_level, digits=6, places=5, at_least=LEAST_LEVEL
    )
    if level > MOST_LEVEL:
        raise Refused("service_level", f"at most {MOST_LEVEL}", level)
    values: dict[str, object] = {
        "method": figures.method, "service_level": level, "currency": _currency(figures.currency),
        "is_active": figures.is_active,
    }  # fmt: skip
    for name in DAYS:
        values[name] = _figure(name, getattr(figures, name), digits=7)
    for name in QUANTITIES:
        values[name] = _figure(name, getattr(figures, name), digits=18, above=name == "pack_size")
    values["unit_cost"] = _figure("unit_cost", figures.unit_cost, digits=14, places=4)
    for name in ("quantity", "days"):
        low, high = values[f"minimum_{name}"], values[f"maximum_{name}"]
        if isinstance(low, Decimal) and isinstance(high, Decimal) and high < low:
            raise Refused(f"maximum_{name}", f"at least {low}", high)
    return values


def _figure(
    name: str, value: Figure, *, digits: int, places: int = 3, above: bool = False
) -> Decimal | None:
    if value is None or value == "":
        return Decimal(0) if name in NEVER_NULL else None
    zero = Decimal(0)
    if above:
        return clean_decimal(name, value, digits=digits, places=places, above=zero)
    return clean_decimal(name, value, digits=digits, places=places, at_least=zero)


def _currency(text: str) -> str:
    code = text.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Refused("currency", "an ISO 4217 code", text)
    return code


def _put(row: BufferPolicy, values: dict[str, object]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
