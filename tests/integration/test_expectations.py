"""A refusal names the field, what it expects and what it got: for every kind of field."""

from typing import Any

import pytest
from django.core.validators import RegexValidator
from rest_framework import serializers as drf

from collab.integration.expectations import check
from collab.integration.problems import Problem
from tests.harness.cast import Cast
from tests.integration.machines import machine


class _Inner(drf.Serializer[Any]):
    on = drf.DateField()


class _Form(drf.Serializer[Any]):
    kind = drf.ChoiceField(choices=["free", "blocked"], required=False)
    quantity = drf.DecimalField(18, 6, min_value=0, required=False)
    pieces = drf.IntegerField(min_value=1, max_value=9, required=False)
    at = drf.DateTimeField(required=False)
    name = drf.CharField(max_length=3, required=False)
    code = drf.RegexField("^[A-Z]+$", required=False)
    numbers = drf.ListField(child=drf.IntegerField(), max_length=2, required=False)
    days = _Inner(many=True, required=False)
    own = drf.CharField(
        required=False, validators=[RegexValidator("^x", "expected a name that starts with x")]
    )


@pytest.mark.parametrize(
    ("sent", "field", "expected"),
    [
        ({"kind": "sold"}, "kind", "one of free, blocked"),
        ({"quantity": "-1"}, "quantity", "a number from 0 with at most 6 decimal places"),
        ({"quantity": "NaN"}, "quantity", "a number from 0 with at most 6 decimal places"),
        ({"pieces": "2.5"}, "pieces", "a whole number from 1 to 9"),
        ({"pieces": None}, "pieces", "a whole number from 1 to 9"),
        ({"at": "soon"}, "at", "an instant with its offset, as 2026-01-31T08:30:00Z"),
        ({"name": ""}, "name", "text of at most 3 characters"),
        ({"name": "long"}, "name", "text of at most 3 characters"),
        ({"code": "a"}, "code", "text that matches ^[A-Z]+$"),
        ({"numbers": [1, "x"]}, "numbers.1", "a whole number"),
        ({"numbers": [1, 2, 3]}, "numbers", "a list of at most 2 entries"),
        ({"days": [{"on": "2026-01-31"}, {"on": "31.1."}]}, "days.1.on", "a date, as 2026-01-31"),
        ({"days": [{}]}, "days.0.on", "a date, as 2026-01-31"),
        ({"days": "x"}, "days", "a list"),
        ({"own": "y"}, "own", "a name that starts with x"),
    ],
)
def test_each_kind_of_field_says_its_form(sent: dict[str, Any], field: str, expected: str) -> None:
    with pytest.raises(Problem) as refused:
        check(_Form(data=sent), sent)
    (error,) = refused.value.body()["errors"]
    assert (error["field"], error["expected"]) == (field, expected)
    value: Any = sent
    for step in field.split("."):
        value = value[int(step)] if step.isdecimal() else value.get(step)
    assert error["value"] == (value if value is None or isinstance(value, str) else str(value))


def test_the_doors_say_it_alike(cast: Cast) -> None:
    brasov = machine(cast.brasov)
    (filtered,) = brasov.get("stock?limit=x").json()["errors"]
    assert filtered["expected"] == "a whole number from 1 to 200"
    (unreadable,) = brasov.post("stock-counts", "x").json()["errors"]
    assert unreadable["expected"] == "a stock count or a list of them"
    count = {"counterparty": cast.avalon.bpn, "quantity": "x", "kind": "sold"}
    row = {each["field"]: each for each in brasov.post("stock-counts", count).json()["errors"]}
    assert row["quantity"]["value"] == "x"
    assert row["kind"]["expected"].startswith("one of free, ")
