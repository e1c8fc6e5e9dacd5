"""What the REST views of plans share: scopes, partners' names, figures by week."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from forecasting.axis import weeks_from
from forecasting.queries.commit_grid import texts

READ, WRITE, COMMIT = "forecasting:read", "forecasting:write", "forecasting:commit"
LONGEST = 208
RENAMED = {"site_code": "site"}


def quantity(**options: Any) -> serializers.DecimalField:
    """Return a field for a quantity >= 0 [base unit of the part], exact to three places."""
    return serializers.DecimalField(max_digits=18, decimal_places=3, min_value=0, **options)


def figures(**options: Any) -> serializers.ListField:
    """Return a field for figures per week from ``first_week`` on; null is missing, not zero."""
    return serializers.ListField(
        child=serializers.DecimalField(max_digits=18, decimal_places=3, allow_null=True),
        max_length=LONGEST,
        **options,
    )


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return visible values under the names of the API; quantities as exact text."""
    return {RENAMED.get(name, name): _plain(value) for name, value in values.items()}


def weekly(first: date, columns: Mapping[str, Sequence[Decimal | None]]) -> list[dict[str, Any]]:
    """Return one object per week with the figures of all columns."""
    longest = max((len(each) for each in columns.values()), default=0)
    lines = {name: texts(values) for name, values in columns.items()}
    return [
        {"week": week, **{name: line[place] for name, line in lines.items() if place < len(line)}}
        for place, week in enumerate(weeks_from(first, longest))
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return texts([value])[0]
    if isinstance(value, list) and any(isinstance(each, Decimal) for each in value):
        return texts(value)
    return value
