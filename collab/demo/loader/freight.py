"""What the demo's car makers agreed with carriers, lent to suppliers, and paid on top."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from transport.services.empties import (
    Booking,
    Container,
    book,
    compare_month,
    confirm_month,
    keep_container,
)
from transport.services.empties import state_stock as state_empties
from transport.services.premium import (
    PremiumPlan,
    answer_premium,
    hear_answer,
    request_premium,
)
from transport.services.tariffs import TariffPlan, keep_tariff

BUYERS = ("avalon", "kestrel")
BORROWERS = 6
SCARCE, ENOUGH = (0.15, 0.25), (0.65, 0.8)
"""Share of the balance on hand: of the first account, of the others."""
BOXES = (
    Container(
        code="KLT4328", name="Small box 400 x 300 x 280", weight_kg="1.9", volume_m3="0.034",
        per_pallet_place="32", value_minor=1_250, lead_time_days=5,
    ),
    Container(
        code="GLT1210", name="Pallet box 1200 x 1000 x 975", weight_kg="38", volume_m3="1.170",
        per_pallet_place="1", value_minor=21_000, lead_time_days=8,
    ),
)  # fmt: skip


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write tariffs, accounts of containers and some premium freight."""
    rng = np.random.default_rng([network.seed, 41])
    for buyer in BUYERS:
        owner = directory.organisations[buyer]
        partners = [
            directory.organisations[edge.supplier]
            for edge in network.partnerships
            if edge.customer == buyer
        ]
        carriers = [each for each in partners if each.kind in {"carrier", "logistics"}]
        suppliers = [each for each in partners if each.kind == "supplier"]
        with acting_for(owner):
            _tariffs(carriers, rng, as_of)
            accounts = _empties(suppliers[:BORROWERS], rng, as_of)
        _count(owner, accounts, as_of)
        _premium(owner, suppliers, rng, as_of)


def _tariffs(carriers: list[Organisation], rng: np.random.Generator, as_of: datetime) -> None:
    """Agree full trucks, milk runs and part loads, the cheaper carrier being asked first."""
    start = own_day(as_of).replace(month=1, day=1)
    dearness = sorted(float(each) for each in rng.uniform(0.94, 1.14, len(carriers)))
    for rank, (carrier, factor) in enumerate(zip(carriers, dearness, strict=True), start=1):
        for mode, words, lines in (
            ("direct", "Full trucks", _full(factor)),
            ("milk_run", "Milk runs", _run(factor)),
            ("part_load", "Part loads over the cross-dock", _part(factor)),
        ):
            keep_tariff(
                TariffPlan(
                    carrier=carrier.bpn,
                    number=f"{carrier.short_name[:8].upper()}-{mode.upper()}",
                    name=f"{words}, {carrier.short_name}",
                    mode=mode,
                    valid_from=start,
                    rank=rank,
                    answer_minutes=45,
                    pickups_per_week=5,
                    lines=lines,
                )
            )


def _full(factor: float) -> list[dict[str, object]]:
    rates = [(300, 168), (800, 142), (1_600, 131), (None, 124)]
    return [
        {
            "kind": "rate", "basis": "km", "price": f"{price * factor:.2f}", "fixed_cents": 9_500,
            **({"max_km": str(until)} if until else {}),
        }
        for until, price in rates
    ] + [{"kind": "minimum", "cents": 42_000}, {"kind": "stop", "cents": 6_500}]  # fmt: skip


def _run(factor: float) -> list[dict[str, object]]:
    return [
        {"kind": "rate", "basis": "km", "price": f"{118 * factor:.2f}", "fixed_cents": 21_000},
        {"kind": "stop", "cents": 4_200},
    ]


def _part(factor: float) -> list[dict[str, object]]:
    bands = [(500, 1_450), (2_500, 1_180), (7_500, 930), (24_000, 760)]
    return [
        {
            "kind": "rate", "basis": "100 kg", "price": f"{price * factor:.2f}",
            "fixed_cents": 4_800, "max_kg": str(until),
        }
        for until, price in bands
    ] + [{"kind": "minimum", "cents": 8_900}, {"kind": "weights", "kg_per_m3": "333"}]  # fmt: skip


def _empties(
    suppliers: list[Organisation], rng: np.random.Generator, as_of: datetime
) -> list[tuple[Organisation, UUID, int]]:
    """Lend boxes, take some back; return account and balance by supplier."""
    for box in BOXES:
        keep_container(box)
    found: list[tuple[Organisation, UUID, int]] = []
    today = own_day(as_of)
    for supplier in suppliers:
        for box in BOXES:
            many = int(rng.integers(180, 900)) // (1 if box.code == "KLT4328" else 12)
            back, broken = int(many * rng.uniform(0.3, 0.7)), max(1, many // 60)
            for kind, number, days in (
                ("issued", many, 74), ("returned", back, 21), ("issued", back // 2 + 1, 12),
                ("scrapped", broken, 5),
            ):  # fmt: skip
                made, _is_new = book(
                    Booking(
                        partner=supplier.bpn,
                        code=box.code,
                        kind=kind,
                        number=number,
                        moved_on=today - timedelta(days=days),
                        reference=f"{kind}-{days}",
                        source_key=f"demo:{supplier.slug}:{box.code}:{kind}:{days}",
                    )
                )
            balance = many - back + back // 2 + 1 - broken
            daily = max(1, balance // 14)
            lasts = rng.uniform(*(ENOUGH if found else SCARCE))
            on_hand = int(balance * lasts)
            state_empties(made.account_id, on_hand=on_hand, needed=[daily] * 20, as_of=as_of)
            found.append((supplier, made.account_id, balance))
    return found


def _count(
    owner: Organisation, accounts: list[tuple[Organisation, UUID, int]], as_of: datetime
) -> None:
    """Let some suppliers count last month, one of them differently."""
    with acting_for(owner):
        month = (own_day(as_of).replace(day=1) - timedelta(days=1)).replace(day=1)
    for place, (supplier, account_id, balance) in enumerate(accounts[:4]):
        counted = max(0, balance - (3 if place == 1 else 0))
        for side in (owner, supplier):
            figure = balance if side == owner else counted
            with acting_for(side):
                confirm_month(account_id, month=month, counted=figure, as_of=as_of)
        with acting_for(owner):
            compare_month(account_id, month, as_of=as_of)


def _premium(
    owner: Organisation, suppliers: list[Organisation], rng: np.random.Generator, as_of: datetime
) -> None:
    """Ask for a van, an extra truck and a flight; two are agreed, one waits."""
    cases = (
        ("late_production", "van", 184_000, "Line 2 has parts until the late shift"),
        ("late_call", "truck", 96_000, "Volume was called a day late"),
        ("quality_block", "air", 612_000, "Lot blocked, replacement flown in"),
    )
    for place, (cause, means, cost, reason) in enumerate(cases):
        supplier = suppliers[int(rng.integers(0, min(len(suppliers), 3)))]
        with acting_for(owner):
            row = request_premium(
                PremiumPlan(
                    partner=supplier.bpn,
                    cause=cause,
                    means=means,
                    reason=reason,
                    needed_by=as_of + timedelta(hours=10 + 8 * place),
                    cost_minor=cost,
                    standard_cost_minor=int(Decimal(cost) / 8),
                    weight_kg=Decimal(240),
                ),
                as_of=as_of,
            )
        if place:
            with acting_for(supplier):
                verdict = "disputed" if place == 2 else "approved"
                answer, _is_new = answer_premium(
                    row.pk, verdict=verdict, reason="Blocked by a wrong limit", as_of=as_of
                )
            with acting_for(owner):
                hear_answer(answer)
