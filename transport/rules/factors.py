"""Choosing the emission factor of a movement among versioned rows (TR-18)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from transport.rules.emissions import DistanceBasis, Factor, FactorUnit, Scope

FALLBACK_REGIONS = ("EU", "GB", "")


class NoFactor(ValueError):
    """No row fits; the text names mode, vehicle, fuel, regions, scope and day asked for."""


def select(
    factors: Iterable[Factor],
    *,
    mode: str,
    vehicle: str,
    scope: Scope,
    on: date,
    fuel: str = "",
    regions: Sequence[str] = (),
    unit: FactorUnit = FactorUnit.KG_PER_TKM,
) -> Factor:
    """Return the row to calculate with.

    Mode, vehicle, scope and unit must be equal; a row without fuel serves every fuel, and no fuel
    asked takes any row. Own rows go before shipped ones, then the first region in ``regions`` and
    the fallbacks EU, GB, any; then verified rows, then the newest. A row of another scope is never
    taken: there is no conversion between scopes.

    Raises
    ------
    NoFactor
        If no row fits.
    """
    order = (*regions, *(each for each in FALLBACK_REGIONS if each not in regions))
    fitting = [
        each
        for each in factors
        if (each.mode, each.vehicle, each.scope, each.unit) == (mode, vehicle, scope, unit)
        and (not fuel or each.fuel in {"", fuel})
        and each.region in order
        and each.valid_from <= on
        and (each.valid_to is None or on <= each.valid_to)
    ]
    if not fitting:
        places = ", ".join(each or "any" for each in order)
        raise NoFactor(
            f"no {scope.value} factor in {unit.value} for {mode} {vehicle} {fuel or 'any fuel'} "
            f"in {places} on {on}"
        )
    return min(
        fitting,
        key=lambda each: (
            not each.is_own,
            order.index(each.region),
            not each.verified,
            -each.valid_from.toordinal(),
            each.id,
        ),
    )


def factor_from_row(row: Mapping[str, object], *, is_own: bool) -> Factor:
    """Return the factor of one data row, all figures as text; raise ``ValueError`` by field name.

    Keys: those of ``Factor`` without ``is_own``. ``valid_to``, ``load_share``, ``empty_share`` and
    ``distance_adjustment`` may be missing or null.
    """
    texts = {name: _text(row, name) for name in ("id", "mode", "vehicle", "source", "edition")}
    verified = row.get("verified", False)
    if verified not in (True, False):
        raise ValueError(f"expected verified true or false, got {verified!r}")
    start = _day(row, "valid_from")
    value = _number(row, "value")
    if start is None or value is None:
        raise ValueError("expected valid_from and value, got none")
    return Factor(
        **texts,
        fuel=str(row.get("fuel") or ""),
        region=str(row.get("region") or ""),
        scope=Scope(_text(row, "scope")),
        unit=FactorUnit(_text(row, "unit")),
        value=value,
        valid_from=start,
        valid_to=_day(row, "valid_to"),
        basis=DistanceBasis(_text(row, "basis")),
        load_share=_number(row, "load_share"),
        empty_share=_number(row, "empty_share"),
        gwp_set=str(row.get("gwp_set") or ""),
        verified=bool(verified),
        distance_adjustment=_number(row, "distance_adjustment"),
        is_own=is_own,
    )


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if isinstance(value, str) and value:
        return value
    raise ValueError(f"expected text in {name}, got {value!r}")


def _number(row: Mapping[str, object], name: str) -> Decimal | None:
    if row.get(name) is None:
        return None
    text = _text(row, name)
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"expected a number in {name}, got {text!r}") from None


def _day(row: Mapping[str, object], name: str) -> date | None:
    if row.get(name) is None:
        return None
    text = _text(row, name)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected a date in {name}, got {text!r}") from None
