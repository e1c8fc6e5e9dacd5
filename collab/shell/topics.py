"""The topics of shared data in words, and the fields each one has."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Field
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Shared, shared_models
from collab.sharing.walls import topic_of

_WORDS: dict[str, tuple[Promise, str]] = {
    "inventory.stock": (_("Stock"), "package"),
    "inventory.coverage": (_("Days of supply"), "gauge"),
    "inventory.receipt": (_("Receipts and cumulative quantities"), "package"),
    "inventory.vmi": (_("Bands and quoted consumption"), "package"),
    "inventory.refresh": (_("Questions for figures"), "message"),
    "inventory.tracking": (_("Tracking events"), "radar"),
    "inventory.sensor": (_("Readings of sensors, and seals"), "radar"),
    "inventory.notice": (_("Disruption notices"), "alert"),
    "inventory.genealogy": (_("Lots, what was made from them, and holds"), "network"),
    "inventory.request": (_("Requests for data"), "help"),
    "forecasting.demand": (_("Demand"), "chart"),
    "forecasting.commit": (_("Commits"), "check"),
    "forecasting.capacity": (_("Capacity"), "factory"),
    "forecasting.comment": (_("Comments on plans"), "message"),
    "transport.order": (_("Transport orders"), "truck"),
    "transport.load": (_("Loads"), "truck"),
    "transport.shipment": (_("Shipments and visits"), "truck"),
    "transport.tender": (_("Offers of loads"), "truck"),
    "transport.answer": (_("Answers of carriers and suppliers"), "check"),
    "transport.tariff": (_("Tariffs"), "euro"),
    "transport.billing": (_("Freight bills"), "euro"),
    "transport.premium": (_("Premium freight"), "alert"),
    "transport.tracking": (_("Positions of vehicles"), "radar"),
    "transport.advice": (_("Dispatch advices"), "package"),
    "transport.empties": (_("Empty containers"), "package"),
    "transport.route": (_("Fixed routes"), "sequence"),
    "work.exceptions": (_("Exceptions"), "alert"),
}
_PLUMBING = {"id", "version", "object_kind", "object_id", "bucket", "sender_key", "run_id"}
_FIELDS: dict[str, Promise] = {
    "part_number": _("Part number"),
    "partner_part_number": _("Partner's part number"),
    "supplier_part_number": _("Supplier's part number"),
    "site_code": _("Site"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "kind": _("Kind of stock"),
    "stage": _("Stage"),
    "counted_at": _("Counted at"),
    "recorded_at": _("Recorded at"),
    "source": _("Source"),
    "source_grade": _("How the figure came about"),
    "days_of_supply": _("Days of supply"),
    "is_at_least": _("At least this long"),
    "minimum_days": _("Minimum [days]"),
    "maximum_days": _("Maximum [days]"),
    "on_hand": _("On hand"),
    "blocked": _("Blocked"),
    "in_transit": _("In transit"),
    "next_arrival_at": _("Next arrival"),
    "lead_days": _("Lead time [days]"),
    "daily_need": _("Daily need"),
    "run_out_at": _("Runs out at"),
    "level": _("Level"),
    "observed_at": _("As of"),
    "stale_after": _("Stale after"),
    "projection": _("Projection"),
    "is_short": _("Below minimum"),
    "is_active": _("In use"),
    "frequency": _("Period"),
    "on": _("Day"),
    "type": _("Type"),
    "severity": _("Severity"),
    "is_open": _("Open"),
    "episode": _("Episode"),
    "raised_at": _("Raised at"),
    "cleared_at": _("Cleared at"),
    "last_seen_at": _("Last seen at"),
    "times_seen": _("Times seen"),
    "title_params": _("Figures in the title"),
    "impact_minutes": _("Impact [minutes]"),
    "impact_cost_minor": _("Impact [cost]"),
    "currency": _("Currency"),
    "changed_at": _("Changed at"),
    "created_at": _("Created at"),
}
_TABLES: dict[str, Promise] = {
    "forecasting.DailyDemand": _("Daily demand"),
    "forecasting.DemandSeries": _("Series"),
    "inventory.StockCount": _("Stock counts"),
    "inventory.StockPosition": _("Stock now"),
    "inventory.Coverage": _("Days of supply"),
    "inventory.GoodsReceipt": _("Goods receipts"),
    "inventory.ReceiptLine": _("Lines of goods receipts"),
    "inventory.ReceiptAnswer": _("Answers to goods receipts"),
    "inventory.CumulativeStanding": _("Cumulative quantities"),
    "inventory.DisruptionNotice": _("Disruption notices"),
    "inventory.TraceLink": _("Links between lots and what was made from them"),
    "inventory.LotHold": _("Holds on lots"),
    "inventory.HeldThing": _("Things that are held"),
    "inventory.NoticeVersion": _("Earlier versions of notices"),
    "inventory.DataRequest": _("Requests for data"),
    "inventory.DataAnswer": _("Answers to requests for data"),
    "inventory.SensorReading": _("Readings of sensors"),
    "inventory.LatestReading": _("Newest readings"),
    "inventory.Seal": _("Seals"),
    "inventory.SealScan": _("Looks at seals"),
    "inventory.QuotedConsumption": _("Quoted consumption"),
    "inventory.PartnerRefresh": _("Figures wanted of partners"),
    "inventory.VmiBand": _("Agreed bands"),
    "inventory.VmiReceipt": _("Planned receipts"),
    "work.Alert": _("Exceptions"),
}


@dataclass(frozen=True, slots=True)
class SharedTopic:
    """A kind of data that organisations may open to each other."""

    name: str
    label: str
    icon: str
    models: tuple[type[Shared], ...]

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Name and words of every field a grant of this topic can be limited to."""
        found: dict[str, str] = {}
        for model in self.models:
            for field in business_fields(model):
                found.setdefault(field.name, words_of(field.name, str(field.verbose_name)))
        return [("counterparty", str(_("Whose business it is"))), *found.items()]


def shared_topics() -> list[SharedTopic]:
    """Return every topic of the installed apps, in the language of the reader."""
    return [
        SharedTopic(name, str(_WORDS[name][0]) if name in _WORDS else name, icon_of(name), models)
        for name, models in _by_topic().items()
    ]


def business_fields(model: type[Shared]) -> "list[Field[Any, Any]]":
    """Return the columns of a shared table that say something to people."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in _PLUMBING and not field.is_relation
    ]


def table_label(model: type[Shared]) -> str:
    """Return a shared table in words."""
    words = _TABLES.get(model._meta.label)
    return str(words) if words else str(model._meta.verbose_name_plural).capitalize()


def words_of(name: str, otherwise: str) -> str:
    """Return a field in words; ``otherwise`` if it has none."""
    return str(_FIELDS[name]) if name in _FIELDS else otherwise.capitalize()


def topic_label(name: str) -> str:
    """Return the topic in words; its name if it has none."""
    return str(_WORDS[name][0]) if name in _WORDS else name


def icon_of(name: str) -> str:
    """Return the icon of a topic."""
    return _WORDS[name][1] if name in _WORDS else "share"


@cache
def _by_topic() -> dict[str, tuple[type[Shared], ...]]:
    found: dict[str, tuple[type[Shared], ...]] = {}
    for model in shared_models():
        name = topic_of(model)
        found[name] = (*found.get(name, ()), model)
    return dict(sorted(found.items()))
