"""One statement or a list of them in one request; a list is answered row by row with 207."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from collab.integration.expectations import field_errors
from collab.integration.problems import CONTENT_TYPE, FieldError, Problem

MOST_ROWS = 500
Verdict = tuple[int, dict[str, Any]] | FieldError
"""What became of a statement: status and body, or what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """A kind of statement that one request states once, or up to 500 times.

    ``take`` gets the values of those rows that ``serializer`` accepts and returns a verdict for
    each. ``one`` and ``many`` name the kind ("an order line", "order lines"), ``counted_as`` the
    number of rows that were taken, ``refusal`` the problem of a single one that was not.
    """

    serializer: type[serializers.Serializer[Any]]
    take: Callable[[list[dict[str, Any]]], Sequence[Verdict]]
    one: str
    many: str
    counted_as: str
    refusal: str

    def answer(self, data: Any) -> Response:
        """Answer the body of a request; raise ``Problem`` if it is neither one nor a list."""
        if isinstance(data, list):
            return self._answer_list(data)
        if not isinstance(data, Mapping):
            errors = [FieldError("", f"{self.one} or a list of them", data)]
            raise Problem(400, "Invalid input", "The body is neither.", errors)
        [(status, body, errors)] = self._verdicts([data])
        if not errors:
            return Response(body, status=status)
        problem = Problem(status, self.refusal, "Nothing was changed.", errors)
        return Response(problem.body(), status=status, content_type=CONTENT_TYPE)

    def _answer_list(self, data: list[Any]) -> Response:
        check_length(data, self.many)
        rows = [
            {"row": place, "status": status, **body}
            | ({"errors": [error.body() for error in errors]} if errors else {})
            for place, (status, body, errors) in enumerate(self._verdicts(data))
        ]
        refused = sum("errors" in row for row in rows)
        taken = len(rows) - refused
        return Response({self.counted_as: taken, "refused": refused, "rows": rows}, status=207)

    def _verdicts(self, data: Sequence[Any]) -> list[tuple[int, dict[str, Any], list[FieldError]]]:
        """Return status, body and errors of each row; a refused row has no body."""
        found: list[tuple[int, dict[str, Any], list[FieldError]]] = []
        accepted: dict[int, dict[str, Any]] = {}
        for place, each in enumerate(data):
            errors = [FieldError("", self.one, None)]
            if isinstance(each, Mapping):
                checked = self.serializer(data=each)
                errors = row_errors(checked, each)
                if not errors:
                    accepted[place] = checked.validated_data
            found.append((422, {}, errors))
        for place, verdict in zip(accepted, self.take(list(accepted.values())), strict=True):
            found[place] = (
                (422, {}, [verdict]) if isinstance(verdict, FieldError) else (*verdict, [])
            )
        return found


def check_length(rows: Sequence[Any], many: str) -> None:
    """Raise ``Problem`` for an empty list and one of more than 500."""
    if not 1 <= len(rows) <= MOST_ROWS:
        errors = [FieldError("", f"1 to {MOST_ROWS} {many}", len(rows))]
        raise Problem(400, "Invalid input", "The list has a wrong length.", errors)


def row_errors(checked: serializers.Serializer[Any], data: Mapping[str, Any]) -> list[FieldError]:
    """Return what is wrong with one row: unknown fields if it is else valid, else each field."""
    if checked.is_valid():
        unknown = sorted(set(data) - set(checked.fields))
        return [FieldError(name, "no such field", data[name]) for name in unknown[:1]]
    return list(field_errors(checked, data))
