"""Who sees what in the demo network."""

from collections.abc import Collection, Sequence

from collab.demo.facts import DemoGrant, DemoPartnership, DemoSupply

LIMITED_FIELDS = {
    "work.exceptions": (
        "type", "severity", "part_number", "site_code", "days_of_supply", "level",
    ),
    "inventory.coverage": ("part_number", "site_code", "days_of_supply", "level"),
}  # fmt: skip
"""What the next tier may see of a bottleneck: of which part, where and how urgent, not for whom."""
SUPPLIER_TOPICS = (
    "inventory.stock",
    "inventory.coverage",
    "inventory.receipt",
    "inventory.vmi",
    "inventory.refresh",
    "inventory.tracking",
    "inventory.sensor",
    "inventory.notice",
    "inventory.genealogy",
    "inventory.request",
    "work.exceptions",
    "forecasting.commit",
    "forecasting.capacity",
    "forecasting.comment",
    "transport.advice",
    "transport.answer",
    "transport.shipment",
    "transport.empties",
    "transport.premium",
)
CUSTOMER_TOPICS = (
    "inventory.receipt",
    "inventory.vmi",
    "inventory.refresh",
    "inventory.tracking",
    "inventory.sensor",
    "inventory.notice",
    "inventory.genealogy",
    "inventory.request",
    "work.exceptions",
    "forecasting.demand",
    "forecasting.comment",
    "transport.advice",  # what customers say to it
    "transport.order",
    "transport.shipment",
    "transport.route",
    "transport.empties",
    "transport.premium",
)
TO_CARRIER_TOPICS = (
    "inventory.tracking",
    "inventory.sensor",
    "transport.load",
    "transport.shipment",
    "transport.tender",
    "transport.tariff",
    "transport.billing",
    "transport.route",
)
FROM_CARRIER_TOPICS = (
    "inventory.tracking",
    "inventory.sensor",
    "transport.answer",
    "transport.tracking",
    "transport.billing",
)


def grants_of(
    supplies: Sequence[DemoSupply],
    partnerships: Sequence[DemoPartnership],
    movers: Collection[str],
) -> tuple[DemoGrant, ...]:
    """Return all that anybody opens to anybody; ``movers`` are those who carry goods."""
    return (*_bilateral(supplies), *_with_carriers(partnerships, movers), *_multi_tier())


def _bilateral(supplies: Sequence[DemoSupply]) -> list[DemoGrant]:
    """Return what every seller and buyer open to each other about their own business."""
    grants = []
    for customer, seller in dict.fromkeys((one.customer, one.supplier) for one in supplies):
        grants += [
            DemoGrant(
                owner=seller,
                viewer=customer,
                about=customer,
                topic=topic,
                purpose="Supply planning",
            )
            for topic in SUPPLIER_TOPICS
        ]
        grants += [
            DemoGrant(
                owner=customer,
                viewer=seller,
                about=seller,
                topic=topic,
                purpose="Supply planning",
            )
            for topic in CUSTOMER_TOPICS
        ]
    return grants


def _with_carriers(
    partnerships: Sequence[DemoPartnership], carriers: Collection[str]
) -> list[DemoGrant]:
    """Return what car makers and those who move goods for them open to each other."""
    return [
        DemoGrant(owner=owner, viewer=viewer, about=viewer, topic=topic, purpose="Moving goods")
        for edge in partnerships
        if edge.supplier in carriers
        for owner, viewer, topics in (
            (edge.customer, edge.supplier, TO_CARRIER_TOPICS),
            (edge.supplier, edge.customer, FROM_CARRIER_TOPICS),
        )
        for topic in topics
    ]


def _multi_tier() -> list[DemoGrant]:
    """Return the founding story's sight over two tiers, consented to by who it is about.

    The cross-dock opens what it keeps for the car maker.
    """
    down = [
        DemoGrant(
            owner="brasov",
            viewer="silesia",
            about="avalon",
            topic=topic,
            fields=fields,
            purpose="Early warning for the next tier",
            is_consented=True,
        )
        for topic, fields in LIMITED_FIELDS.items()
    ]
    up = DemoGrant(
        owner="silesia",
        viewer="avalon",
        about="brasov",
        topic="inventory.coverage",
        purpose="Early warning for the car maker",
        is_consented=True,
    )
    late = DemoGrant(
        owner="brasov",
        viewer="avalon",
        about="silesia",
        topic="work.exceptions",
        fields=LIMITED_FIELDS["work.exceptions"],
        purpose="Early warning for the car maker",
        is_consented=True,
    )
    at_the_dock = DemoGrant(
        owner="rhine",
        viewer="avalon",
        about="avalon",
        topic="inventory.stock",
        purpose="Stock kept for the car maker",
    )
    return [*down, up, late, at_the_dock]
