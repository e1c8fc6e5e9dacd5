"""Columns that hold one figure per week, in one row per version instead of one row per week."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


def weekly_quantities(*, is_optional: bool = False) -> Any:
    """Return a column of quantities [base unit of the part], one per week from ``first_week`` on.

    A missing figure is NULL, which is not zero. ``is_optional``: the whole column may be missing.
    """
    figure = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    if is_optional:
        return ArrayField(figure, null=True, blank=True)
    return ArrayField(figure, default=list)


def is_monday(field: str, name: str) -> models.CheckConstraint:
    """Return the rule that ``field`` is the Monday of an ISO week."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__iso_week_day": 1}), name=name)
