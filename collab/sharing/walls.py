"""The walls of a shared row: its owner writes, and whom a live grant entitles reads.

One definition, ``Walls(topic)``, gives the row-level policy; ``collab.sharing.models.Shared``
builds the ORM filter from the same topic. ``tests/test_walls.py`` compares their answers.
"""

from typing import Any

from django.db.models import Model

from collab.organisations.walls import VIEWER, OwnWalls, SameOwner

__all__ = ["LIVE_GRANT", "OwnWalls", "SameOwner", "Walls", "topic_of"]

LIVE_GRANT = (
    "g.revoked_at IS NULL AND g.valid_from <= statement_timestamp()"
    " AND (g.valid_to IS NULL OR g.valid_to > statement_timestamp())"
    " AND (g.about_id = g.viewer_id OR g.about_consented_at IS NOT NULL)"
    " AND NOT (g.is_viewer_paused OR g.is_about_paused)"
)
"""SQL: the grant ``g`` opens something now; ``collab.sharing.models.is_live`` says the same."""


class Walls(OwnWalls):
    """A row about business with ``counterparty``, opened to others by grants of ``topic``.

    The CASE hides the condition from the planner's estimate: as policy and query filter say the
    same on the same columns, it would else multiply both selectivities and pick a bad plan
    (``docs/decisions/0002-guarded-policies.md``).
    """

    def __init__(
        self,
        topic: str,
        *,
        is_referenced: bool = True,
        name: str = "%(app_label)s_%(class)s_walls",
    ) -> None:
        super().__init__(name=name, is_referenced=is_referenced)
        self.topic = topic

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        kwargs.pop("column")
        kwargs["topic"] = self.topic
        return path, (), kwargs

    def read_condition(self, table: str) -> str:
        return (
            f"CASE WHEN owner_id = {VIEWER} OR EXISTS (SELECT FROM sharing_grant g"
            f" WHERE g.viewer_id = {VIEWER} AND g.topic = '{self.topic}'"
            f' AND g.owner_id = "{table}".owner_id AND g.about_id = "{table}".counterparty_id'
            f" AND {LIVE_GRANT})"
            " THEN true ELSE false END"
        )


def topic_of(model: type[Model]) -> str:
    """Return the sharing topic that the model's walls name."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, Walls):
            return constraint.topic
    raise LookupError(f"expected Walls(topic) in the constraints of {model.__name__}, found none")
