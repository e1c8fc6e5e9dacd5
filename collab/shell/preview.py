"""What a partner sees of our data, drawn as the partner would read it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from collab.organisations.models import Organisation
from collab.sharing.access import TopicPreview, what_partner_sees
from collab.shell.topics import SharedTopic, business_fields, shared_topics, table_label

NOTHING = "\u2013"


@dataclass(frozen=True, slots=True)
class Table:
    """One table's newest rows with the open fields, and the words for those that stay closed."""

    name: str
    count: int
    columns: list[str]
    rows: list[list[str]]
    closed: list[str]


@dataclass(frozen=True, slots=True)
class Opening:
    """One topic: whether the partner may read it, about whose business, and what is there."""

    topic: SharedTopic
    is_open: bool
    about: list[str]
    tables: list[Table]

    @property
    def count(self) -> int:
        """How many rows the partner can read."""
        return sum(table.count for table in self.tables)


def openings(viewer: Organisation) -> list[Opening]:
    """Return every topic with what ``viewer`` reads of the acting organisation's rows."""
    seen: dict[str, list[TopicPreview]] = {}
    for each in what_partner_sees(viewer.pk):
        seen.setdefault(each.topic, []).append(each)
    found = [
        Opening(
            topic,
            topic.name in seen,
            sorted({name for each in seen.get(topic.name, []) for name in each.about}),
            [_table(topic, each) for each in seen.get(topic.name, [])],
        )
        for topic in shared_topics()
    ]
    return sorted(found, key=lambda each: (not each.is_open, each.topic.label))


def _table(topic: SharedTopic, found: TopicPreview) -> Table:
    model: Any = next(each for each in topic.models if str(each._meta.verbose_name) == found.table)
    fields = {field.attname: field for field in business_fields(model)}
    shown = [name for name in fields if found.fields is None or fields[name].name in found.fields]
    words = dict(topic.fields)
    return Table(
        name=table_label(model),
        count=found.count,
        columns=[words.get(name, name) for name in shown],
        rows=[[_cell(fields[name], row.get(name)) for name in shown] for row in found.sample],
        closed=[words.get(name, name) for name in fields if name not in shown],
    )


def _cell(field: Any, value: Any) -> str:
    if value is None or value in ("", {}, []):
        return NOTHING
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Decimal | float):
        return number_format(f"{value:.2f}".rstrip("0").rstrip("."), use_l10n=True)
    if isinstance(value, dict | list):
        return ", ".join(map(str, value.values() if isinstance(value, dict) else value))
    return str(value)
