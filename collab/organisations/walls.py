"""Row-level security as a Django constraint, so that it rides in the table's own migration.

``OwnWalls`` is for rows only their owner may see. ``collab.sharing.walls`` adds the shared form.
``SameOwner`` ties a foreign key to rows of the same owner: foreign keys ignore row-level
security, so a single-column key would accept a link to a rival's row.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BaseConstraint, Model

VIEWER = "(SELECT collab.viewer())"


class SqlConstraint(BaseConstraint):
    """A constraint that is SQL of its own: created, removed and serialised, never validated."""

    def __eq__(self, other: object) -> bool:
        """Compare what a migration would write, so that nothing is made anew without a change."""
        if isinstance(other, SqlConstraint):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def statements(self, model: type[Model]) -> list[str]:
        """Return the statements that create it."""
        raise NotImplementedError

    def removals(self, model: type[Model]) -> list[str]:
        """Return the statements that undo ``statements``."""
        raise NotImplementedError

    def key(self, model: type[Model]) -> str:
        """Return a constraint that must stand before any foreign key is added, or nothing."""
        return ""

    def constraint_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Put the key inside ``CREATE TABLE``; the rest runs at the end of the migration."""
        if model is None or schema_editor is None:
            return ""
        schema_editor.deferred_sql.extend(self.statements(model))
        return self.key(model)

    def create_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Add the key to the existing table now, and the rest at the end of the migration."""
        if model is None or schema_editor is None:
            return ""
        schema_editor.deferred_sql.extend(self.statements(model))
        key = self.key(model)
        return f'ALTER TABLE "{model._meta.db_table}" ADD {key}' if key else ""

    def remove_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Return the SQL that removes the constraint."""
        return "" if model is None else ";\n".join(self.removals(model))

    def validate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Any = None,
        using: str | None = DEFAULT_DB_ALIAS,
    ) -> None:
        """Leave the judgement to PostgreSQL."""


class OwnWalls(SqlConstraint):
    """Only the organisation in ``column`` reads and writes the row.

    ``also_read`` and ``also_update`` are SQL conditions that widen reading or updating, for the
    few tables with two ends (grants, partnerships) and for credentials. ``is_referenced`` is false
    where no composite foreign key can lead to the table, whose rows are too many for a further
    index.
    """

    def __init__(
        self,
        column: str = "owner_id",
        *,
        also_read: str = "",
        also_update: str = "",
        is_referenced: bool = True,
        name: str = "%(app_label)s_%(class)s_walls",
    ) -> None:
        super().__init__(name=name)
        self.column = column
        self.also_read = also_read
        self.also_update = also_update
        self.is_referenced = is_referenced

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs["column"] = self.column
        if self.also_read:
            kwargs["also_read"] = self.also_read
        if self.also_update:
            kwargs["also_update"] = self.also_update
        if not self.is_referenced:
            kwargs["is_referenced"] = False
        return path, tuple(args), kwargs

    def read_condition(self, table: str) -> str:
        """Return the condition under which a viewer sees a row."""
        own = f"{self.column} = {VIEWER}"
        return f"{own} OR {self.also_read}" if self.also_read else own

    def statements(self, model: type[Model]) -> list[str]:
        table = model._meta.db_table
        own = f"{self.column} = {VIEWER}"
        update = f"{own} OR {self.also_update}" if self.also_update else own
        return [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY {table}_read ON "{table}" FOR SELECT'
            f" USING ({self.read_condition(table)})",
            f'CREATE POLICY {table}_insert ON "{table}" FOR INSERT WITH CHECK ({own})',
            f'CREATE POLICY {table}_update ON "{table}" FOR UPDATE'
            f" USING ({update}) WITH CHECK ({update})",
            f'CREATE POLICY {table}_delete ON "{table}" FOR DELETE USING ({own})',
        ]

    def key(self, model: type[Model]) -> str:
        """Return what composite foreign keys to this table refer to."""
        if not self._has_key:
            return ""
        return f"CONSTRAINT {model._meta.db_table}_owner_key UNIQUE (owner_id, id)"

    def removals(self, model: type[Model]) -> list[str]:
        table = model._meta.db_table
        removals = [
            f'DROP POLICY {table}_{verb} ON "{table}"'
            for verb in ("read", "insert", "update", "delete")
        ]
        if self._has_key:
            removals.append(f'ALTER TABLE "{table}" DROP CONSTRAINT {table}_owner_key')
        return removals

    @property
    def _has_key(self) -> bool:
        return self.column == "owner_id" and self.is_referenced


class SameOwner(SqlConstraint):
    """The row that the foreign key ``field`` names belongs to the same owner."""

    def __init__(
        self, field: str, *, on_delete: str = "NO ACTION", name: str | None = None
    ) -> None:
        super().__init__(name=name or f"%(app_label)s_%(class)s_{field}_owner")
        self.field = field
        self.on_delete = on_delete

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs["field"] = self.field
        kwargs["on_delete"] = self.on_delete
        return path, tuple(args), kwargs

    def statements(self, model: type[Model]) -> list[str]:
        table = model._meta.db_table
        link: Any = model._meta.get_field(self.field)
        target = link.remote_field.model._meta.db_table
        return [
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{self._short()}"'
            f' FOREIGN KEY (owner_id, {link.column}) REFERENCES "{target}" (owner_id, id)'
            f" ON DELETE {self.on_delete} DEFERRABLE INITIALLY DEFERRED"
        ]

    def removals(self, model: type[Model]) -> list[str]:
        return [f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self._short()}"']

    def _short(self) -> str:
        return self.name[:63]
