"""Our ``migrate`` keeps classes that stay the same; states and classes say the same as Django's."""

from typing import Any

from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from collab.organisations.management.commands.migrate import others_kept

FIRST: list[Operation] = [
    migrations.CreateModel("Part", [("id", models.AutoField(primary_key=True))]),
    migrations.CreateModel(
        "Line",
        [
            ("id", models.AutoField(primary_key=True)),
            ("part", models.ForeignKey("shop.Part", models.CASCADE)),
        ],
    ),
]
CONSTRAINT, INDEX, *MORE = THEN = [
    migrations.AddConstraint(
        "Line", models.UniqueConstraint(fields=["part"], name="shop_line_part")
    ),
    migrations.AddIndex("Line", models.Index(fields=["part"], name="shop_line_by_part")),
    migrations.AddField("Line", "amount", models.IntegerField(default=1)),
    migrations.AddConstraint(
        "Line", models.CheckConstraint(condition=models.Q(amount__gt=0), name="shop_line_amount")
    ),
    migrations.RemoveConstraint("Line", "shop_line_part"),
    migrations.CreateModel("Pack", [("code", models.TextField(primary_key=True))]),
    migrations.CreateModel("Bag", [], bases=("shop.pack",)),
    migrations.AddField("Part", "pack", models.ForeignKey("shop.Pack", models.CASCADE, null=True)),
    migrations.AddField("Part", "packs", models.ManyToManyField("shop.Pack", related_name="+")),
    migrations.AddField("Pack", "height", models.IntegerField(null=True)),
    migrations.AlterField("Line", "amount", models.BigIntegerField(default=1)),
    migrations.AlterField("Part", "id", models.UUIDField(primary_key=True)),
    migrations.RenameField("Pack", "height", "depth"),
]


def started() -> ProjectState:
    state = ProjectState()
    for operation in FIRST:
        operation.state_forwards("shop", state)
    assert state.apps.get_model("shop", "Line")  # from here on classes are kept up to date
    return state


def walked() -> ProjectState:
    state = started()
    for operation in THEN:
        operation.state_forwards("shop", state)
    return state


def told(state: ProjectState) -> dict[str, Any]:
    """Return what a schema editor reads of every class: columns, keys and what refers to it."""
    found: dict[str, Any] = {}
    for model in state.apps.get_models(include_auto_created=True):
        meta = model._meta
        found[meta.label] = {
            "columns": {each.column: each.db_type(connection) for each in meta.local_fields},
            "options": [each.name for each in (*meta.constraints, *meta.indexes)],
            "parents": [each._meta.label for each in meta.parents],
            "referring": {
                (each.related_model._meta.label, each.field.name, each.field.db_type(connection))
                for each in meta.related_objects
            },
        }
    return found


def test_states_and_classes_are_those_of_django() -> None:
    plain = walked()
    with others_kept():
        ours = walked()
    assert ours == plain
    assert told(ours) == told(plain)
    assert told(ours)["shop.Line"]["columns"] == {
        "id": "integer", "part_id": "uuid", "amount": "bigint",
    }  # fmt: skip
    assert ours.apps.get_model("shop", "Bag")._meta.get_field("depth")


def test_classes_of_other_models_are_left_as_they_are() -> None:
    state = started()
    part = state.apps.get_model("shop", "Part")
    with others_kept():
        for operation in (CONSTRAINT, MORE[0], MORE[3]):
            operation.state_forwards("shop", state)
    assert state.apps.get_model("shop", "Part") is part
    INDEX.state_forwards("shop", state)
    assert state.apps.get_model("shop", "Part") is not part


def test_code_of_a_migration_gets_classes_that_know_each_other() -> None:
    seen = []

    def look(apps: Any, _editor: Any) -> None:
        for name, field in (("Line", "part"), ("Part", "pack")):
            model = apps.get_model("shop", name)._meta.get_field(field).related_model
            seen.append(apps.get_model(model._meta.label) is model)

    with others_kept():
        state = walked()
        migrations.AddField("Part", "weight", models.IntegerField(null=True)).state_forwards(
            "shop", state
        )
        editor = connection.schema_editor()
        migrations.RunPython(look).database_forwards("shop", editor, state, state)
    assert seen == [True, True]
