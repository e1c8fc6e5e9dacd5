"""The four walls, generated from models, tables, routes, tasks and topics: nothing is forgotten."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from collab.organisations.context import NoActingOrganisation, acting_for
from collab.organisations.owned import ForeignOwner, Owned
from collab.organisations.role import unsafe_reasons
from collab.organisations.walls import OwnWalls
from collab.sharing.models import Shared, shared_models
from collab.sharing.walls import topic_of
from tests.harness.allowed import OPEN_TABLES, OPEN_UNIQUES, PLATFORM_MODULES, SHARE_KEYS
from tests.harness.cast import Cast

ROOT = Path(__file__).resolve().parents[1]


def walled_models() -> list[type[models.Model]]:
    """Return every model whose rows belong to somebody."""
    return [
        model
        for model in apps.get_models()
        if any(isinstance(each, OwnWalls) for each in model._meta.constraints)
    ]


def owned_models() -> list[type[Owned]]:
    return [model for model in apps.get_models() if issubclass(model, Owned)]


def rows(sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or [])
        return list(cursor.fetchall())


# Wall 3: the database


@pytest.mark.django_db
def test_every_table_is_walled_or_listed_with_a_reason() -> None:
    tables = rows(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition"
    )
    assert len(tables) > 20
    bare = {name for name, is_walled in tables if not is_walled}
    assert bare - set(OPEN_TABLES) == set()
    assert {name for name, is_walled in tables if is_walled} & set(OPEN_TABLES) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("model", walled_models(), ids=lambda m: m.__name__)
def test_each_verb_has_a_policy_of_its_own(model: type[models.Model]) -> None:
    found = {
        verb: (using, check)
        for verb, using, check in rows(
            "SELECT cmd, qual, with_check FROM pg_policies WHERE tablename = %s"
            " AND policyname LIKE tablename || '\\_%%'",
            [model._meta.db_table],
        )
    }
    assert set(found) == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert "viewer()" in found["SELECT"][0]
    assert "viewer()" in found["INSERT"][1]
    assert all("viewer()" in part for part in found["UPDATE"])
    assert "viewer()" in found["DELETE"][0]


@pytest.mark.django_db
def test_the_run_time_role_is_bound_by_the_walls() -> None:
    assert unsafe_reasons() == []
    may_truncate = rows(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' AND relkind IN ('r', 'p')"
        " AND has_table_privilege(current_user, c.oid, 'TRUNCATE')"
    )
    assert may_truncate == []


@pytest.mark.django_db
def test_no_function_runs_with_its_owners_rights() -> None:
    assert rows(
        "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
        " WHERE prosecdef AND nspname IN ('public', 'collab')"
    ) == []  # fmt: skip


@pytest.mark.django_db
def test_no_view_steps_over_the_walls() -> None:
    assert rows(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' AND relkind IN ('v', 'm')"
    ) == []  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("model", walled_models(), ids=lambda m: m.__name__)
def test_a_unique_key_tells_nothing_about_a_rival(model: type[models.Model]) -> None:
    first_columns = rows(
        "SELECT i.relname, a.attname, x.indisprimary FROM pg_index x"
        " JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
        " WHERE t.relname = %s AND x.indisunique",
        [model._meta.db_table],
    )
    own_columns = {each.column for each in model._meta.constraints if isinstance(each, OwnWalls)}
    for index, column, is_primary in first_columns:
        if is_primary or column in own_columns:
            continue
        assert any(index.startswith(listed) for listed in OPEN_UNIQUES), (
            f"expected {index} to start with {own_columns}, got {column}"
        )


@pytest.mark.django_db
def test_foreign_keys_between_owned_rows_stay_with_one_owner() -> None:
    tables = {model._meta.db_table for model in walled_models()}
    links = rows(
        "SELECT t.relname, f.relname, c.confdeltype::text,"
        " array(SELECT attname::text FROM pg_attribute"
        "        WHERE attrelid = t.oid AND attnum = ANY (c.conkey))"
        " FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
        " JOIN pg_class f ON f.oid = c.confrelid WHERE c.contype = 'f'"
    )
    for table, target, on_delete, columns in links:
        if table not in tables or target not in tables or "owner_id" in columns:
            continue
        assert set(columns) <= SHARE_KEYS or table.startswith("organisations_"), (
            f"expected {table}.{columns} → {target} to hold owner_id or to be a listed share key"
        )
        assert on_delete in {"a", "r"}, f"{table}.{columns} must not cascade over owners"


@pytest.mark.parametrize("model", owned_models(), ids=lambda m: m.__name__)
def test_a_key_to_an_owned_row_is_a_composite_one(model: type[Owned]) -> None:
    held = {each.field for each in model._meta.constraints if hasattr(each, "on_delete")}
    for field in model._meta.get_fields():
        if field.name in {"owner", "counterparty"}:  # of bulk tables, held by the policies
            continue
        if isinstance(field, models.ForeignKey) and not field.db_constraint:
            assert field.name in held, f"{model.__name__}.{field.name} lacks SameOwner"


@pytest.mark.django_db
def test_partitions_are_reached_through_their_parent_only() -> None:
    assert rows(
        "SELECT relname FROM pg_class c WHERE relispartition AND relkind = 'r'"
        " AND has_table_privilege(current_user, c.oid, 'SELECT')"
    ) == []  # fmt: skip


# Wall 2: the manager


@pytest.mark.parametrize("model", owned_models(), ids=lambda m: m.__name__)
def test_an_owned_model_keeps_its_fence(model: type[Owned]) -> None:
    assert model._meta.base_manager_name == "objects"
    assert any(isinstance(each, OwnWalls) for each in model._meta.constraints)


@pytest.mark.parametrize(
    "model",
    [model for model in owned_models() if model.__name__ != "ApiKey"],
    ids=lambda m: m.__name__,
)
def test_no_manager_answers_nobody(model: type[Owned]) -> None:
    for ask in (
        model.objects.all,
        model._default_manager.exists,
        model._base_manager.count,
    ):
        with pytest.raises(NoActingOrganisation):
            ask()


@pytest.mark.parametrize("model", shared_models(), ids=lambda m: m.__name__)
def test_a_shared_model_names_a_topic(model: type[Shared]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", topic_of(model))


def test_nobody_saves_a_row_of_somebody_else(cast: Cast) -> None:
    from collab.organisations.models import Site

    with acting_for(cast.avalon):
        site = Site.objects.get()
    with acting_for(cast.kestrel), pytest.raises(ForeignOwner):
        site.save()


def test_the_database_stops_what_the_manager_does_not_see(cast: Cast) -> None:
    from collab.organisations.models import Site

    with acting_for(cast.avalon):
        key = Site.objects.get().pk
    with acting_for(cast.kestrel):
        assert models.QuerySet(Site).filter(pk=key).update(name="taken over") == 0
        assert models.QuerySet(Site).filter(pk=key)._raw_delete("default") == 0
    with acting_for(cast.avalon):
        assert Site.objects.get().name == "Avalon Munich"


# Wall 1: the context


def test_nobody_sees_anything_before_and_after_the_block(cast: Cast) -> None:
    from collab.organisations.models import Organisation

    assert Organisation.objects.count() == 0
    with acting_for(cast.avalon):
        assert Organisation.objects.count() > 1
    assert Organisation.objects.count() == 0


def test_platform_work_is_called_only_from_listed_modules() -> None:
    callers = {
        str(path.relative_to(ROOT))
        for folder in ("collab", *(config.label for config in apps.get_app_configs()))
        for path in (ROOT / folder).rglob("*.py")
        if "acting_for_platform(" in path.read_text(encoding="utf-8")
    }
    assert callers <= PLATFORM_MODULES


# Tasks


def test_no_task_runs_for_nobody() -> None:
    from collab.celery import app
    from collab.events.tasks import PlatformTask, UnsignedTask

    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    for_somebody = [task for task in ours if not isinstance(task, PlatformTask)]
    assert for_somebody
    for task in for_somebody:
        with pytest.raises((NoActingOrganisation, UnsignedTask)):
            task.apply(args=["0190b9d6-0000-7000-8000-000000000000"], throw=True)


# Topics


def test_every_live_topic_is_shared_by_a_known_grant_topic() -> None:
    from collab.live.topics import known_topics

    shared_topics = {topic_of(model) for model in shared_models()}
    assert known_topics()
    for topic in known_topics().values():
        assert topic.sharing_topic is None or topic.sharing_topic in shared_topics
