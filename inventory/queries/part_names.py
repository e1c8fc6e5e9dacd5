"""What the acting organisation calls its parts."""

from collections.abc import Iterable

from collab.masterdata.models import Part

MOST_NAMED = 500


def names_by_number(numbers: Iterable[str]) -> dict[str, str]:
    """Return the names of own parts by number; one query."""
    wanted = {number for number in numbers if number}
    return dict(Part.objects.filter(number__in=wanted).values_list("number", "name"))


def numbers_named(text: str) -> list[str]:
    """Return the numbers of own parts whose name holds ``text``, at most ``MOST_NAMED``."""
    rows = Part.objects.filter(name__icontains=text).order_by("number")
    return list(rows.values_list("number", flat=True)[:MOST_NAMED])
