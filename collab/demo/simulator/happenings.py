"""What happens in the simulated network: frozen values, each at its hour."""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something at ``at_hours`` >= 0 after the start of the simulation [simulated hours]."""

    kind: ClassVar[str] = ""
    at_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHappening(Happening):
    """Something about one part that ``supplier`` delivers to ``customer``; both are slugs.

    ``number`` is the supplier's; quantities are whole base units of the part.
    """

    supplier: str
    customer: str
    number: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced(PartHappening):
    """The supplier put finished parts into its warehouse."""

    kind: ClassVar[str] = "produced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped(PartHappening):
    """A load left the supplier; it arrives ``arrives_at_hours`` after the start."""

    kind: ClassVar[str] = "shipped"
    arrives_at_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(PartHappening):
    """A load reached the customer's site."""

    kind: ClassVar[str] = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed(PartHappening):
    """The customer used parts up; ``missing`` more were needed and not there."""

    kind: ClassVar[str] = "consumed"
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted(Happening):
    """``holder`` reports what it has at ``site`` of the part that it calls ``number``.

    ``partner`` is the other side of the supply. The figure is that of the hour of the report,
    which comes ``late_hours`` after the usual one.
    """

    kind: ClassVar[str] = "counted"
    holder: str
    partner: str
    number: str
    site: str
    quantity: int
    unit: str
    late_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMissed(Happening):
    """``holder`` did not report on this day."""

    kind: ClassVar[str] = "missed"
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandChanged(Happening):
    """``customer`` now needs ``factor`` times its plan of a part: a new delivery schedule.

    ``number`` is the customer's; ``quantities`` are those of the coming days, tomorrow first.
    """

    kind: ClassVar[str] = "demand"
    customer: str
    supplier: str
    number: str
    site: str
    factor: float
    quantities: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTurned(Happening):
    """A scenario begins or ends; ``companies`` are the slugs it strikes."""

    kind: ClassVar[str] = "scenario"
    name: str
    begins: bool
    companies: tuple[str, ...]


def as_plain(happening: Happening) -> dict[str, object]:
    """Return a happening as plain values, its kind included."""
    values = {each.name: getattr(happening, each.name) for each in fields(happening)}
    return {"kind": happening.kind, **values}
