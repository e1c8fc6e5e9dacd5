"""The topics of shared data in words, and the fields each one has."""

from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Shared, shared_models
from collab.sharing.walls import topic_of

_WORDS: dict[str, tuple[Promise, str]] = {
    "inventory.stock": (_("Stock"), "package"),
    "inventory.coverage": (_("Days of supply"), "gauge"),
    "forecasting.demand": (_("Demand"), "chart"),
    "work.exceptions": (_("Exceptions"), "alert"),
}
_PLUMBING = {"id", "owner", "counterparty", "version"}


@dataclass(frozen=True, slots=True)
class SharedTopic:
    """A kind of data that organisations may open to each other."""

    name: str
    label: str
    icon: str
    models: tuple[type[Shared], ...]

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Name and words of every field a grant of this topic can be limited to."""
        found: dict[str, str] = {}
        for model in self.models:
            for field in model._meta.concrete_fields:
                if field.name not in _PLUMBING and not field.is_relation:
                    found.setdefault(field.name, str(field.verbose_name).capitalize())
        return [("counterparty", str(_("Whose business it is"))), *found.items()]


def shared_topics() -> list[SharedTopic]:
    """Return every topic of the installed apps, in the language of the reader."""
    return [
        SharedTopic(name, str(_WORDS[name][0]) if name in _WORDS else name, icon_of(name), models)
        for name, models in _by_topic().items()
    ]


def topic_label(name: str) -> str:
    """Return the topic in words; its name if it has none."""
    return str(_WORDS[name][0]) if name in _WORDS else name


def icon_of(name: str) -> str:
    """Return the icon of a topic."""
    return _WORDS[name][1] if name in _WORDS else "share"


@cache
def _by_topic() -> dict[str, tuple[type[Shared], ...]]:
    found: dict[str, tuple[type[Shared], ...]] = {}
    for model in shared_models():
        name = topic_of(model)
        found[name] = (*found.get(name, ()), model)
    return dict(sorted(found.items()))
