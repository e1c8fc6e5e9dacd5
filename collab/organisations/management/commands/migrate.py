"""``manage.py migrate`` that brings up an empty database in a third of the time.

After each operation Django builds the classes again of every model that is related to the changed
one, and of those related to them. Every walled table has a key to its organisation, so that is
all of them, every time: the time grew with the square of the number of tables. On PostgreSQL
most operations change what one class says and no other:

- a constraint or index is noted in the one class that there is;
- for a new model, and for a field that is new or that no other model's key refers to, only the
  class of that model is built.

Everything else, and what a model inherits, goes Django's way. Code of a migration gets classes
that are all new: the state says that its classes are late, as Django's own does after adding a
plain field, so that ``RunPython`` builds them all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import field_is_referenced
from django.db.models import BaseConstraint, Field, Index

from collab.organisations.partitions import open_months

OPTIONS = {"add_constraint": "constraints", "add_index": "indexes"}
"""Methods of a state that add to an option of a model."""

Note = Callable[[ProjectState, str, str, BaseConstraint | Index], None]


class Command(migrate.Command):
    """As Django's, with the classes of other models kept where they stay the same."""

    def handle(self, *args: Any, **options: Any) -> None:
        with others_kept():
            super().handle(*args, **options)
        is_rehearsal = options["plan"] or options["check_unapplied"]
        if not is_rehearsal:
            open_months(today=datetime.now(UTC))  # the run-time role may not


@contextmanager
def others_kept() -> Iterator[None]:
    """Let states of migrations keep the classes of models that an operation leaves as they are."""
    ours: dict[str, Callable[..., None]] = {
        **{method: _note(option) for method, option in OPTIONS.items()},
        "add_model": _add_model(ProjectState.add_model),
        "add_field": _change_field(ProjectState.add_field, always=True),
        "alter_field": _change_field(ProjectState.alter_field, always=False),
    }
    kept = {method: getattr(ProjectState, method) for method in ours}
    for method, changed in ours.items():
        setattr(ProjectState, method, changed)
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


def _add_model(original: Callable[[ProjectState, ModelState], None]) -> Callable[..., None]:
    def add(state: ProjectState, model_state: ModelState) -> None:
        with _one_class(state):
            original(state, model_state)

    return add


def _change_field(original: Callable[..., None], *, always: bool) -> Callable[..., None]:
    """Return the method that builds one class, ``always`` or if no other model's key refers."""

    def change(
        state: ProjectState, app: str, model: str, name: str, field: "Field[Any, Any]", *rest: Any
    ) -> None:
        if always or not field_is_referenced(state, (app, model), (name, field)):
            with _one_class(state):
                original(state, app, model, name, field, *rest)
        else:
            original(state, app, model, name, field, *rest)

    return change


@contextmanager
def _one_class(state: ProjectState) -> Iterator[None]:
    """Let the state build the class of a changed model only."""
    vars(state)["reload_model"] = partial(_reload_one, state)
    try:
        yield
    finally:
        del vars(state)["reload_model"]


def _reload_one(state: ProjectState, app: str, model: str, delay: bool = False) -> None:
    if "apps" not in vars(state):
        return
    label = f"{app}.{model}"
    if any(
        isinstance(base, str) and base.lower() == label
        for other in state.models.values()
        for base in other.bases
    ):
        ProjectState.reload_model(state, app, model, delay)
        return
    state.is_delayed = True
    state._reload({(app, model)})  # type: ignore[attr-defined]
