"""The API's description of itself, whole and by area.

An area is as much as somebody reads at a time: Swagger UI resolves its whole document anew for each
operation that is opened, which takes two seconds with all areas in one.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.generators import SchemaGenerator

PLATFORM = "platform"
LABELS = {
    "masterdata": _("Master data"),
    "forecasting": _("Forecasts"),
    "inventory": _("Inventory"),
    "transport": _("Transport"),
    PLATFORM: _("Platform"),  # what belongs to no area: access, sharing, work, messages
}
Document = dict[str, Any]


@cache
def description() -> Document:
    """Return the OpenAPI document of all routes."""
    generator: Any = SchemaGenerator
    found: Document = generator().get_schema(request=None, public=True)
    return found


def area_of(tag: str) -> str:
    """Return the area in which the operations with ``tag`` are shown."""
    return tag if tag in LABELS else PLATFORM


@cache
def tags_of(area: str) -> Counter[str]:
    """Return the tags of an area, each with the number of its operations."""
    return Counter(
        tag
        for item in description_of(area)["paths"].values()
        for operation in item.values()
        for tag in operation["tags"]
    )


@cache
def description_of(area: str) -> Document:
    """Return the description of one area's operations and of the components they need."""
    whole = description()
    paths = {}
    for path, item in whole["paths"].items():
        if found := {verb: each for verb, each in item.items() if area in _areas(each)}:
            paths[path] = found
    return {**whole, "paths": paths, "components": _needed(whole["components"], paths)}


def _areas(operation: Document) -> set[str]:
    return {area_of(tag) for tag in operation["tags"]}


def _needed(components: Document, paths: Document) -> Document:
    """Return the components that ``paths`` refer to, and what those refer to in turn."""
    wanted: set[tuple[str, str]] = set()
    ahead = list(_references(paths))
    while ahead:
        kind, name = key = ahead.pop()
        if key not in wanted:
            wanted.add(key)
            ahead += _references(components[kind][name])
    found = {
        kind: {name: each for name, each in named.items() if (kind, name) in wanted}
        for kind, named in components.items()
    }
    return {**found, "securitySchemes": components["securitySchemes"]}


def _references(node: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each component that is linked in ``node``."""
    if isinstance(node, dict):
        if isinstance(link := node.get("$ref"), str):
            _hash, _components, kind, name = link.split("/")
            yield kind, name
        node = list(node.values())
    if isinstance(node, list | tuple):
        for each in node:
            yield from _references(each)
