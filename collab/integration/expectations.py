"""What a field expects, in words: the part of a refusal that helps to correct it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from django.core.validators import RegexValidator
from rest_framework import serializers as drf
from rest_framework.exceptions import ErrorDetail

from collab.integration.problems import FieldError, Problem

Field: TypeAlias = "drf.Field[Any, Any, Any, Any]"
MOST_CHOICES: Final = 30
_OF_THE_FORM: Final = frozenset(
    {
        *("required", "null", "blank", "invalid_choice", "min_value", "max_value", "date"),
        *("min_length", "max_length", "max_digits", "max_decimal_places", "max_whole_digits"),
        *("max_string_length", "datetime", "make_aware", "overflow", "not_a_list", "empty"),
        *("not_a_dict", "not_a_multiple"),
    }
)
"""Codes of refusals that the form of the field explains."""

_FORMS: Final["tuple[tuple[type[Field], str], ...]"] = (
    (drf.BooleanField, "true or false"),
    (drf.IntegerField, "a whole number"),
    (drf.DecimalField, "a number"),
    (drf.FloatField, "a number"),
    (drf.DateTimeField, "an instant with its offset, as 2026-01-31T08:30:00Z"),
    (drf.DateField, "a date, as 2026-01-31"),
    (drf.TimeField, "a time of day, as 08:30"),
    (drf.DurationField, "a duration, as 02:30:00"),
    (drf.UUIDField, "a UUID"),
    (drf.EmailField, "an e-mail address"),
    (drf.URLField, "a URL"),
    (drf.ListField, "a list"),
    (drf.ListSerializer, "a list"),
    (drf.DictField, "an object"),
    (drf.BaseSerializer, "an object"),
    (drf.CharField, "text"),
)


def check(serializer: drf.BaseSerializer[Any], data: Any) -> Any:
    """Return the validated data; raise ``Problem`` 400 naming each field, its form, its value."""
    if not serializer.is_valid():
        errors = list(field_errors(serializer, data))
        raise Problem(400, "Invalid input", "Some values are not as expected.", errors)
    return serializer.validated_data


def field_errors(serializer: drf.BaseSerializer[Any], data: Any) -> Iterator[FieldError]:
    """Yield what is wrong with ``data`` after ``serializer`` refused it."""
    yield from _errors(serializer, serializer.errors, data, "")


def form_of(field: Field) -> str:
    """Return what a value of ``field`` has to be: ``a number from 0, 6 decimal places``."""
    if isinstance(field, drf.MultipleChoiceField):
        return f"a list of {_choices(field)}"
    if isinstance(field, drf.ChoiceField):
        return _choices(field)
    if isinstance(field, drf.RegexField):
        return f"text that matches {_pattern(field)}"
    words = next((text for kind, text in _FORMS if isinstance(field, kind)), "a value")
    return words + _limits(field)


def _choices(field: drf.ChoiceField) -> str:
    names = [str(each) for each in field.choices]
    if len(names) <= MOST_CHOICES:
        return f"one of {', '.join(names)}"
    return f"one of {len(names)} names, as {names[0]}"


def _pattern(field: drf.RegexField) -> str:
    found = (each for each in field.validators if isinstance(each, RegexValidator))
    return re.compile(next(found).regex).pattern


def _limits(field: Field) -> str:
    found = []
    least, most = getattr(field, "min_value", None), getattr(field, "max_value", None)
    if least is not None:
        found.append(f"from {least}")
    if most is not None:
        found.append(f"to {most}")
    text = f" {' '.join(found)}" if found else ""
    places = getattr(field, "decimal_places", None)
    if places is not None:
        text += f" with at most {places} decimal places"
    shortest, longest = getattr(field, "min_length", None), getattr(field, "max_length", None)
    unit = "characters" if isinstance(field, drf.CharField) else "entries"
    if shortest and longest:
        return f"{text} of {shortest} to {longest} {unit}"
    if longest:
        return f"{text} of at most {longest} {unit}"
    return f"{text} of at least {shortest} {unit}" if shortest else text


def _errors(field: Any, found: Any, data: Any, path: str) -> Iterator[FieldError]:
    if isinstance(found, Mapping):
        for key, inner in found.items():
            if key == "non_field_errors":
                yield from _errors(field, inner, data, path)
                continue
            below = f"{path}.{key}".lstrip(".")
            yield from _errors(_child(field, key), inner, _value(data, key), below)
        return
    for place, each in enumerate(found):
        if isinstance(each, Mapping):
            if each:
                child = getattr(field, "child", None)
                below = f"{path}.{place}".lstrip(".")
                yield from _errors(child, each, _value(data, place), below)
            continue
        yield FieldError(path, _expected(field, each), data if path else None, str(each))


def _child(field: Any, key: Any) -> Any:
    if isinstance(field, drf.Serializer):
        return field.fields.get(str(key))
    return getattr(field, "child", None)


def _value(data: Any, key: Any) -> Any:
    if isinstance(data, Mapping):
        return data.get(str(key))
    is_place = isinstance(data, Sequence) and not isinstance(data, str) and str(key).isdecimal()
    return data[int(key)] if is_place and int(key) < len(data) else None


def _expected(field: Any, text: str) -> str:
    code = str(text.code) if isinstance(text, ErrorDetail) else ""
    if isinstance(field, drf.Field) and (code in _OF_THE_FORM or _is_own(field, code, text)):
        return form_of(field)
    return str(text).removesuffix(".").removeprefix("expected ")


def _is_own(field: Field, code: str, text: str) -> bool:
    """Say whether the refusal is in the framework's words, not in those of a rule of ours."""
    kind = next(
        each for each in type(field).__mro__ if each.__module__.startswith("rest_framework")
    )
    words = str(getattr(kind, "default_error_messages", {}).get(code, ""))
    return bool(words) and str(text).startswith(words.partition("{")[0])
