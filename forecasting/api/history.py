"""REST: past demand of own series, as a system hands it in."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from collab.masterdata.refusals import Refused
from forecasting.engine.reader import UnreadableDemand, arranged
from forecasting.models import Frequency
from forecasting.services.history import keep_history

MOST_ROWS = 50_000
ABSENT = ("missing", "zero")


class HistoryRow(serializers.Serializer[Any]):
    """The demand of one series in one period [base units of the part]."""

    series = serializers.CharField(
        max_length=61, help_text="Part number; followed by @ and the site if it has several series."
    )
    period = serializers.CharField(
        max_length=10, help_text="2026-03, 2026-W09 or 2026-03-05, as the frequency says."
    )
    quantity = serializers.CharField(
        max_length=40, allow_blank=True, help_text="At least 0; empty where it is not known."
    )


class HistoryInput(serializers.Serializer[Any]):
    """Past demand of any number of series over the same periods."""

    frequency = serializers.ChoiceField(choices=Frequency.choices)
    absent = serializers.ChoiceField(
        choices=ABSENT,
        default="missing",
        help_text="What a period between the first and the last means that is not named.",
    )
    rows = serializers.ListField(child=HistoryRow(), allow_empty=False, max_length=MOST_ROWS)


class HistoryOutput(serializers.Serializer[Any]):
    """What is kept now."""

    series = serializers.IntegerField()
    buckets = serializers.IntegerField()
    first_period = serializers.DateField()
    last_period = serializers.DateField()


class DemandHistories(View):
    """Past demand; what is sent replaces what was known of the same periods."""

    scopes: ClassVar[dict[str, str]] = {"POST": "forecasting:write"}
    bodies: ClassVar[dict[str, Any]] = {"POST": HistoryInput}
    replies: ClassVar[dict[str, Any]] = {"POST": HistoryOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Keep all rows or none; the first one that is wrong is named."""
        asked = self.body()
        rows = (
            (place, row["series"].strip(), row["period"].strip(), row["quantity"].strip())
            for place, row in enumerate(asked["rows"])
        )
        try:
            kept = keep_history(arranged(rows, "rows", asked["frequency"], absent=asked["absent"]))
        except UnreadableDemand as wrong:
            expected, _got, found = wrong.what.removeprefix("expected ").partition(", got ")
            raise _refusal(FieldError(f"rows.{wrong.line}", expected, found)) from None
        except Refused as refused:
            found = refused.value
            raise _refusal(FieldError("rows.series", refused.expected, found)) from None
        return Response(
            {
                "series": kept.series,
                "buckets": kept.buckets,
                "first_period": kept.first,
                "last_period": kept.last,
            }
        )


def _refusal(error: FieldError) -> Problem:
    return Problem(422, "Nothing kept", f"expected {error.expected}", [error])


routes: list[URLPattern] = [
    path("demand-history", DemandHistories.as_view(), name="demand-history"),
]
