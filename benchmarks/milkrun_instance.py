"""Milk-run problems of our own, seeded, in the engine's file format.

    python -m benchmarks.milkrun_instance OUT.json [--suppliers 150] [--seed 1]

Suppliers lie in clusters around a plant, most of them within a day's drive; their volumes are
log-normal with weekday swings, their offers of patterns, windows and empties mixed.
"""

import argparse
import json
from pathlib import Path
from random import Random
from typing import Any

PLANT = (50.1, 11.2)
OFFERS: list[list[list[int]] | None] = [
    None,
    [[1, 3], [2, 4], [1, 4], [2, 5], [3, 5]],
    [[1, 3, 5], [1, 2, 4, 5], [1, 2, 3, 4, 5]],
    [[2, 4], [1, 3, 5], [1, 2, 3, 4, 5]],
    [[1, 2, 3, 4, 5]],
]
# id, kg, m3, pallets, load metres, per day, per km, kg CO2e per km empty and full
TRUCKS = [
    ("VAN", 1300, 15, 7, 3.0, 60, 0.26, 0.25, 0.31),
    ("RIGID", 6200, 44, 17, 7.0, 92, 0.46, 0.54, 0.70),
    ("ARTIC", 24000, 88, 33, 13.6, 155, 0.68, 0.74, 1.08),
]
DAYS = [1, 2, 3, 4, 5]


def instance(suppliers: int = 150, seed: int = 1) -> dict[str, Any]:
    """Return a problem of that many suppliers, five days and three vehicle types."""
    rng = Random(f"milkrun/{suppliers}/{seed}")
    centres = [
        (PLANT[0] + rng.uniform(-1.2, 1.2), PLANT[1] + rng.uniform(-1.7, 1.7))
        for _ in range(max(2, suppliers // 7))
    ]
    return {
        "version": 1,
        "name": f"{suppliers} suppliers, 5 days, 3 vehicle types, seed {seed}",
        "currency": "EUR",
        "working_days": DAYS,
        "co2_price_per_t": 90.0,
        "plant": {
            "id": "PLANT",
            "lat": PLANT[0],
            "lon": PLANT[1],
            "windows": [[330, 1350]],
            "load_min": 15,
            "unload_fixed_min": 15,
            "unload_per_pallet_min": 0.6,
            "stock_cost_per_pallet_day": 0.9,
        },
        "suppliers": [_supplier(rng, number, centres) for number in range(1, suppliers + 1)],
        "fleet": [_truck(row) for row in TRUCKS],
        "driver": {"max_driving_min": 540, "break_after_min": 270, "break_min": 45},
        "direct": {"tariff": _tariff(), "co2e_kg_per_tkm": 0.11},
        "distances": {"model": "haversine", "detour": 1.28, "speed_kmh": 60.0},
    }


def _supplier(rng: Random, number: int, centres: list[tuple[float, float]]) -> dict[str, Any]:
    centre = rng.choice(centres)
    weekly, weight = min(90.0, max(1.0, rng.lognormvariate(2.1, 0.9))), rng.uniform(140, 540)
    swings = [rng.uniform(0.6, 1.4) for _ in DAYS]
    metres = 0.4 / rng.choice([1, 1, 2])
    volume = {}
    for day, swing in zip(DAYS, swings, strict=True):
        pallets = round(weekly * swing / sum(swings), 1)
        volume[str(day)] = {
            "kg": round(pallets * weight, 1),
            "m3": round(pallets * 1.05, 2),
            "pallets": pallets,
            "ldm": round(pallets * metres, 2),
        }
    opens, back = rng.choice([360, 390, 420, 480]), rng.choice([0.1, 0.25, 0.4])
    return {
        "id": f"S{number:03}",
        "lat": round(centre[0] + rng.gauss(0, 0.06), 4),
        "lon": round(centre[1] + rng.gauss(0, 0.09), 4),
        "windows": [[opens, opens + rng.choice([300, 420, 600])]],
        "service_fixed_min": 12,
        "service_per_pallet_min": 1.1,
        "volume": volume,
        "empties_per_pallet": {
            "kg": round(24 * back, 2),
            "m3": round(1.05 * back, 3),
            "pallets": back,
            "ldm": round(metres * back, 3),
        },
        "patterns": rng.choice(OFFERS),
        "allowed_vehicle_types": rng.choice([None, None, None, None, ["VAN", "RIGID"]]),
    }


def _truck(row: tuple[Any, ...]) -> dict[str, Any]:
    name, kg, m3, pallets, ldm, fixed, per_km, empty, full = row
    return {
        "id": name,
        "count": 30,
        "capacity": {"kg": kg, "m3": m3, "pallets": pallets, "ldm": ldm},
        "fixed_per_day": fixed,
        "per_km": per_km,
        "per_hour": 32.0,
        "max_duty_min": 780,
        "max_km": None,
        "start_min": 240,
        "end_min": 1380,
        "max_trips": 2,
        "co2e_kg_per_km_empty": empty,
        "co2e_kg_per_km_full": full,
        "emission_class": "Euro VI",
    }


def _tariff() -> list[dict[str, float]]:
    return [
        {
            "max_km": km,
            "max_pallets": pallets,
            "price": round(55 + 1.5 * km * (pallets / 33) ** 0.42 + 3.2 * pallets, 2),
        }
        for km in (60, 120, 180, 260, 400)
        for pallets in (1, 2, 4, 7, 12, 20, 33)
    ]


def main() -> None:
    """Write an instance."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--suppliers", type=int, default=150)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    text = json.dumps(instance(options.suppliers, options.seed), indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
