"""Why a problem has no plan: which suppliers and which limits stand against each other."""

from transport.engine.milkrun.plan import Conflict
from transport.engine.milkrun.search import Search
from transport.engine.milkrun.solution import Solution


def conflicts_of(search: Search) -> tuple[Conflict, ...]:
    """Return the conflicts of a problem for which no week could be built.

    First the suppliers that have no way even alone, with what rules it out; then those that have
    one alone and none beside the others.
    """
    model = search.model
    alone = [supplier for supplier in model.active if not _has_way(search, supplier)]
    found = [_reason(search, supplier) for supplier in alone]
    if found:
        return tuple(found)
    if pinned := sorted({pin.supplier for pin in model.options.pins if pin.day is not None}):
        return (Conflict(tuple(pinned), "their pins on day, vehicle, trip or position"),)
    solution = Solution.empty(model)
    left = [
        model.problem.suppliers[supplier].id
        for supplier in sorted(model.active, key=lambda s: -model.km[s + 1][0])
        if not search.inserter.insert(solution, supplier)
    ]
    return (Conflict(tuple(left), "the vehicles of the fleet are all used by the others"),)


def _has_way(search: Search, supplier: int) -> bool:
    return search.inserter.insert(Solution.empty(search.model), supplier)


def _reason(search: Search, supplier: int) -> Conflict:
    """Return what rules out every way of one supplier."""
    model, options = search.model, search.model.options
    one = model.problem.suppliers[supplier]
    ways, km = model.ways[supplier], model.km[supplier + 1][0]
    said = []
    if not ways:
        limits = [
            name
            for name, given in (
                ("pins", any(pin.supplier == one.id for pin in options.pins)),
                ("fixed patterns", one.id in options.patterns),
                ("frequency", one.id in options.frequencies),
                ("minimum frequency", one.id in options.min_frequencies),
            )
            if given
        ]
        said.append(f"its patterns leave none under: {', '.join(limits) or 'those offered'}")
    if model.price(km, 0.0) is None:
        said.append(f"no direct tariff reaches {km:.1f} km")
    if any(way.stops for way in ways):
        said.append(_vehicle_reason(search, supplier))
    return Conflict((one.id,), "; ".join(said))


def _vehicle_reason(search: Search, supplier: int) -> str:
    """Return why no vehicle can visit a supplier and come back."""
    model, one = search.model, search.model.problem.suppliers[supplier]
    fleet = [each for each in model.problem.fleet if one.allows(each.id)]
    if not fleet:
        return "no vehicle type is allowed there"
    able = {
        number: search.pricing.trip((number,)).able
        for way in model.ways[supplier]
        for number in way.stops
    }
    if not any(all(able[number] for number in way.stops) for way in model.ways[supplier]):
        least = min(max(model.stops[n].load[2] for n in way.stops)
                    for way in model.ways[supplier] if way.stops)  # fmt: skip
        return f"a pick-up of {least:.1f} pallets or its weight exceeds every vehicle allowed"
    minutes = model.minutes[0][supplier + 1] + model.minutes[supplier + 1][0]
    return f"{minutes:.0f} min of driving do not fit windows, shift, distance or driver limits"
