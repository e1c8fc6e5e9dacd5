"""Our ``migrate`` notes constraints in place; states and classes say the same as Django's."""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from collab.organisations.management.commands.migrate import noted_in_place

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
THEN: list[Operation] = [
    migrations.AddConstraint(
        "Line", models.UniqueConstraint(fields=["part"], name="shop_line_part")
    ),
    migrations.AddIndex("Line", models.Index(fields=["part"], name="shop_line_by_part")),
    migrations.AddField("Line", "amount", models.IntegerField(default=1)),
    migrations.AddConstraint(
        "Line", models.CheckConstraint(condition=models.Q(amount__gt=0), name="shop_line_amount")
    ),
    migrations.RemoveConstraint("Line", "shop_line_part"),
]


def walked() -> ProjectState:
    state = ProjectState()
    for operation in FIRST:
        operation.state_forwards("shop", state)
    assert state.apps.get_model("shop", "Line")  # from here on classes are kept up to date
    for operation in THEN:
        operation.state_forwards("shop", state)
    return state


def names_of(state: ProjectState) -> list[str]:
    meta = state.apps.get_model("shop", "Line")._meta
    return [each.name for each in (*meta.constraints, *meta.indexes)]


def test_states_and_classes_are_those_of_django() -> None:
    plain = walked()
    with noted_in_place():
        ours = walked()
    assert ours == plain
    assert names_of(ours) == names_of(plain) == ["shop_line_amount", "shop_line_by_part"]


def test_classes_of_other_models_are_left_as_they_are() -> None:
    state = ProjectState()
    for operation in FIRST:
        operation.state_forwards("shop", state)
    part = state.apps.get_model("shop", "Part")
    with noted_in_place():
        THEN[0].state_forwards("shop", state)
    assert state.apps.get_model("shop", "Part") is part
    THEN[1].state_forwards("shop", state)
    assert state.apps.get_model("shop", "Part") is not part
