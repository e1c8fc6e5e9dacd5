"""The rows of the demo network before they are rows: plain frozen values that name each other."""

from dataclasses import dataclass
from decimal import Decimal

from collab.demo.demand import DemandSeries
from collab.demo.geography import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSite:
    """A place of an organisation; ``kind`` is plant, warehouse or cross_dock."""

    code: str
    name: str
    kind: str
    place: Place
    bpn: str
    gln: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody who signs in with ``email``; ``role`` is admin, planner, clerk or dispatcher."""

    email: str
    name: str
    role: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrganisation:
    """A legal entity with its sites, people and machines.

    ``kind`` is oem, supplier, carrier or logistics; ``tier`` 0 for a car maker, 1 to 3 for a
    supplier, ``None`` for those who move goods. The first site is the main one.
    """

    slug: str
    name: str
    short_name: str
    kind: str
    tier: int | None
    bpn: str
    duns: str
    country: str
    timezone: str
    sites: tuple[DemoSite, ...]
    people: tuple[DemoPerson, ...]
    api_clients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPackaging:
    """One pack: UN/ECE Rec 21 kind, quantity in base units, weights [kg], lengths [mm]."""

    code: str
    kind: str
    quantity: Decimal
    tare_weight_kg: Decimal
    length_mm: int
    width_mm: int
    height_mm: int
    stack_limit: int
    packs_per_load_unit: int
    is_returnable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPart:
    """A part under its owner's number; ``kind`` as ``Part.Kind``, unit UN/ECE Rec 20."""

    owner: str
    number: str
    name: str
    kind: str
    base_unit: str
    gross_weight_g: Decimal | None = None
    packaging: DemoPackaging | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBomLine:
    """One line of the owner's own bill of material; ``usage`` in ``unit`` per parent."""

    owner: str
    parent: str
    component: str
    usage: Decimal
    unit: str
    take_rate: Decimal = Decimal(1)
    scrap_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSupply:
    """One part that one supplier delivers to one site of one customer.

    ``customer`` and ``supplier`` are slugs; each side's number names a ``DemoPart`` of its
    own. ``stock`` [``unit``] is what the supplier holds for this customer at ``ship_from``;
    days of supply measure it against ``demand.planned``.
    """

    customer: str
    supplier: str
    customer_number: str
    supplier_number: str
    name: str
    unit: str
    ship_from: str
    ship_to: str
    minimum_days: Decimal
    maximum_days: Decimal
    lead_time_days: int
    stock: Decimal
    demand: DemandSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPartnership:
    """Two organisations, by slug, that do business: who buys and who delivers or carries."""

    customer: str
    supplier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoGrant:
    """``owner`` lets ``viewer`` read ``topic`` about its business with ``about``; all slugs.

    No ``fields`` means all. ``is_consented`` says that ``about``, being a third party, agreed.
    """

    owner: str
    viewer: str
    about: str
    topic: str
    purpose: str
    fields: tuple[str, ...] = ()
    is_consented: bool = False
