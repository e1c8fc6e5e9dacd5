"""What the invented companies make and how they are called: lists to draw from, nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """A kind of part: name, weight of one unit [g] and units in one pack."""

    name: str
    weight_g: int
    pack_quantity: int


@dataclass(frozen=True, slots=True)
class Material:
    """What tier 2 makes: name, unit (UN/ECE Rec 20), usage per part, weight of one unit [g]."""

    name: str
    unit: str
    usage: str
    weight_g: int


@dataclass(frozen=True, slots=True)
class Trade:
    """What a tier-1 company is called after, its articles and the assembly they go into."""

    word: str
    code: str
    assembly: str
    articles: tuple[Article, ...]


HARNESS = Trade(
    "Harness",
    "HR",
    "Electrical system",
    (
        Article("Door harness", 1450, 24),
        Article("Engine bay harness", 5200, 8),
        Article("Tailgate harness", 980, 30),
        Article("Cockpit harness", 7800, 6),
        Article("Seat harness", 640, 40),
        Article("Roof harness", 720, 40),
    ),
)
TRADES = (
    Trade(
        "Cable",
        "CB",
        "High-voltage system",
        (
            Article("Battery cable", 2100, 20),
            Article("Charging cable", 3400, 10),
            Article("Earth strap", 180, 200),
        ),
    ),
    Trade(
        "Stamping",
        "ST",
        "Body shell",
        (
            Article("Side reinforcement", 4300, 36),
            Article("Seat cross-member", 2600, 48),
            Article("Bracket, battery tray", 850, 120),
            Article("Wheel arch", 3900, 30),
        ),
    ),
    Trade(
        "Optics",
        "OP",
        "Lighting",
        (
            Article("Headlamp left", 4100, 8),
            Article("Headlamp right", 4100, 8),
            Article("Rear lamp", 1700, 16),
            Article("Interior light", 210, 96),
        ),
    ),
    Trade(
        "Castings",
        "CA",
        "Chassis",
        (
            Article("Control arm", 3200, 24),
            Article("Wheel carrier", 5600, 16),
            Article("Motor mount", 1900, 40),
        ),
    ),
    Trade(
        "Seating",
        "SE",
        "Seats",
        (
            Article("Front seat frame", 11800, 4),
            Article("Headrest", 900, 36),
            Article("Seat rail", 2700, 20),
        ),
    ),
    Trade(
        "Cells",
        "CE",
        "Traction battery",
        (Article("Battery module", 24000, 2), Article("Cell frame", 410, 60)),
    ),
    Trade(
        "Glazing",
        "GL",
        "Glass and seals",
        (
            Article("Windscreen", 13500, 20),
            Article("Door glass", 3600, 40),
            Article("Quarter light", 1200, 60),
        ),
    ),
    Trade(
        "Mouldings",
        "MO",
        "Exterior trim",
        (
            Article("Front bumper skin", 4800, 10),
            Article("Sill trim", 1300, 30),
            Article("Mirror housing", 380, 72),
        ),
    ),
    Trade(
        "Brakes",
        "BR",
        "Brake system",
        (
            Article("Brake disc", 7200, 30),
            Article("Caliper", 4100, 24),
            Article("Brake pad set", 1500, 60),
        ),
    ),
    Trade(
        "Thermal",
        "TH",
        "Thermal management",
        (
            Article("Radiator", 3900, 16),
            Article("Coolant pump", 1200, 32),
            Article("Coolant hose", 450, 80),
        ),
    ),
    Trade(
        "Controls",
        "CO",
        "Electronics",
        (
            Article("Door control unit", 260, 90),
            Article("Window lift switch", 85, 240),
            Article("Radar sensor", 190, 64),
        ),
    ),
    Trade(
        "Interiors",
        "IN",
        "Interior trim",
        (
            Article("Door panel", 3100, 12),
            Article("Centre console", 4600, 8),
            Article("Sun visor", 420, 60),
        ),
    ),
    Trade(
        "Fastening",
        "FA",
        "Body shell",
        (
            Article("Wheel bolt set", 620, 150),
            Article("Trim clip set", 45, 600),
            Article("Hinge", 780, 80),
        ),
    ),
)

COPPER_WIRE = Material("Copper wire 0.35 mm²", "MTR", "42.5", 4)
COPPER_CATHODE = Material("Copper cathode", "KGM", "0.004", 1000)  # for a metre of the wire
MATERIALS = {
    "Wire": Material("Stranded wire 2.5 mm²", "MTR", "12.4", 25),
    "Compound": Material("Polypropylene compound", "KGM", "0.85", 1000),
    "Forge": Material("Forged blank", "H87", "1", 2400),
    "Steel": Material("Galvanised strip", "KGM", "3.2", 1000),
    "Circuits": Material("Circuit board", "H87", "1", 60),
    "Terminals": Material("Terminal, tin-plated", "H87", "18", 1),
    "Resin": Material("Epoxy resin", "LTR", "0.12", 1150),
    "Springs": Material("Compression spring", "H87", "2", 30),
    "Foam": Material("Polyurethane foam", "KGM", "0.6", 1000),
    "Rubber": Material("Sealing profile", "MTR", "1.8", 110),
    "Aluminium": Material("Aluminium ingot", "KGM", "2.7", 1000),
}
MATERIALS_OF_TRADE = {
    "Harness": ("Wire", "Terminals", "Compound"),
    "Cable": ("Wire", "Terminals"),
    "Stamping": ("Steel",),
    "Optics": ("Circuits", "Resin", "Compound"),
    "Castings": ("Aluminium", "Forge"),
    "Seating": ("Foam", "Springs", "Steel"),
    "Cells": ("Aluminium", "Terminals", "Resin"),
    "Glazing": ("Rubber", "Resin"),
    "Mouldings": ("Compound", "Rubber"),
    "Brakes": ("Forge", "Springs", "Steel"),
    "Thermal": ("Aluminium", "Rubber"),
    "Controls": ("Circuits", "Compound", "Terminals"),
    "Interiors": ("Foam", "Compound"),
    "Fastening": ("Forge", "Steel", "Springs"),
}
CARRIERS = (
    ("Danube Haulage", "Linz"),
    ("Iberia Roadlink", "Zaragoza"),
    ("Baltic Cargo Line", "Poznan"),
)

FIRST_NAMES = (
    "Ana", "Bruno", "Clara", "Dana", "Elena", "Filip", "Greta", "Henrik", "Ines", "Jakub",
    "Katarina", "Luca", "Marta", "Nora", "Oskar", "Paula", "Rui", "Sofia", "Tomas", "Vera",
)  # fmt: skip
LAST_NAMES = (
    "Almeida", "Berger", "Costa", "Dumitru", "Eriksen", "Ferrari", "Garcia", "Horvat", "Ionescu",
    "Jansen", "Kowalska", "Lindqvist", "Moreau", "Novak", "Oliveira", "Popescu", "Richter",
    "Svoboda", "Toth", "Weber", "Zielinski",
)  # fmt: skip
