"""What an area puts on the control tower and the supplier's home: panels and key figures.

Areas are reached by dotted path (``settings.TOWER_PANELS`` and its sisters), so that the kernel
imports none of them. Each function runs inside ``acting_for`` and reads through its own app's
managers; it returns ``None`` (or no figures) where the viewer has nothing to look at.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from django.conf import settings
from django.utils.module_loading import import_string

Tone = Literal["brand", "ok", "warn", "crit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One card. ``template`` draws its body with ``context``; the shell draws the frame.

    Its ``key`` is the name of the function that made it (``coverage-heat``); ``columns`` are of
    24. When a frame of one of the live ``topics`` arrives, the page fetches the card again, at
    most every two seconds. ``count`` is a live badge before the note: its name and its number.
    """

    title: str
    template: str
    key: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    count: tuple[str, int] | None = None
    columns: int = 8
    href: str = ""
    link: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One key figure. ``series`` holds its real past values, oldest first, or nothing.

    ``is_good`` judges ``change``: better, worse, or ``None`` for neither.
    """

    key: str
    label: str
    value: str
    unit: str = ""
    change: str = ""
    is_good: bool | None = None
    note: str = ""
    series: Sequence[float] = ()
    tone: Tone = "brand"
    href: str = ""
    topics: tuple[str, ...] = ()


def panels(setting: str) -> Iterator[Panel]:
    """Yield the panels that the functions listed in ``settings.<setting>`` return, in order."""
    for path in getattr(settings, setting, ()):
        if (panel := _made_by(path)) is not None:
            yield panel


def panel_named(setting: str, key: str) -> Panel | None:
    """Return the panel ``key`` of ``settings.<setting>``; ``None`` if there is none."""
    found = [path for path in getattr(settings, setting, ()) if _key(path) == key]
    return _made_by(found[0]) if found else None


def figures(setting: str) -> list[Figure]:
    """Return the key figures of ``settings.<setting>``, in order."""
    functions: list[Callable[[], list[Figure]]] = [
        import_string(path) for path in getattr(settings, setting, ())
    ]
    return [figure for function in functions for figure in function()]


def _made_by(path: str) -> Panel | None:
    made: Panel | None = import_string(path)()
    return None if made is None else replace(made, key=_key(path))


def _key(path: str) -> str:
    return path.rpartition(".")[2].replace("_", "-")
