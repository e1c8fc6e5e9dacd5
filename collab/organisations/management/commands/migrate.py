"""``manage.py migrate`` that brings up an empty database in half the time.

Before a constraint or index is added, Django builds the classes of every model that has a key to
the same models again. Each walled table has several constraints and a key to its organisation, so
that made up most of the time. On PostgreSQL neither changes what the classes of other models say:
it is enough to note it in the one class that there is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState
from django.db.models import BaseConstraint, Index

OPTIONS = {"add_constraint": "constraints", "add_index": "indexes"}
"""Methods of a state that add to an option of a model."""

Note = Callable[[ProjectState, str, str, BaseConstraint | Index], None]


class Command(migrate.Command):
    """As Django's, with constraints and indexes noted in place."""

    def handle(self, *args: Any, **options: Any) -> None:
        with noted_in_place():
            super().handle(*args, **options)


@contextmanager
def noted_in_place() -> Iterator[None]:
    """Let states of migrations keep their model classes when a constraint or index is added."""
    kept = {method: getattr(ProjectState, method) for method in OPTIONS}
    for method, option in OPTIONS.items():
        setattr(ProjectState, method, _note(option))
    try:
        yield
    finally:
        for method, original in kept.items():
            setattr(ProjectState, method, original)


def _note(option: str) -> Note:
    def note(state: ProjectState, app: str, model: str, added: BaseConstraint | Index) -> None:
        options = state.models[app, model].options
        options[option] = [*options[option], added]
        if "apps" in vars(state):  # the classes were built
            meta = state.apps.get_model(app, model)._meta
            setattr(meta, option, [*getattr(meta, option), added])

    return note
