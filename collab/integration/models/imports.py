"""Files that somebody brings in: staged, compared, applied, and for a day undoable."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.organisations.models import Person
from collab.organisations.owned import Owned, OwnedForeignKey
from collab.organisations.walls import OwnWalls, SameOwner


class ImportFile(Owned):
    """An uploaded file as it came; kept so that nothing is lost, whatever was understood."""

    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "sha256"], name="integration_importfile_content"
            ),
        ]


class ImportBatch(Owned):
    """One import of one file, and how the file is understood.

    ``mapping`` says which place of the header holds which column; ``mapping_version`` counts its
    changes, so that a dry run is known to be of the present understanding. An empty
    ``decimal_sign`` or ``date_order`` means that the file leaves it open and somebody must say.
    """

    class State(models.TextChoices):
        STAGED = "staged", _("Uploaded")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        APPLYING = "applying", _("Applying")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")

    class Mode(models.TextChoices):
        ALL = "all", _("All rows or none")
        ROWS = "rows", _("The good rows")

    kind = models.CharField(max_length=40)
    file = OwnedForeignKey(ImportFile)
    state = models.CharField(max_length=10, choices=State, default=State.STAGED)
    form = models.CharField(max_length=4)
    sheet_name = models.CharField(max_length=80, blank=True)
    encoding = models.CharField(max_length=12, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    header = models.JSONField()
    mapping = models.JSONField(default=dict)
    mapping_version = models.PositiveIntegerField(default=1)
    decimal_sign = models.CharField(max_length=1, blank=True)
    date_order = models.CharField(max_length=3, blank=True)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.ROWS)
    total = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    applied = models.PositiveIntegerField(default=0)
    job_id = models.UUIDField(null=True, blank=True)
    uploaded_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("file"),
            models.UniqueConstraint(
                fields=["owner", "kind", "file"],
                condition=Q(state__in=["staged", "checking", "checked", "applying"]),
                name="integration_importbatch_open_once",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="integration_import_newest")
        ]


class ImportRow(Owned):
    """One row of the file: what was read, what is wrong with it, what applying it did."""

    class Outcome(models.TextChoices):
        STAGED = "staged", _("Not checked yet")
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        UNCHANGED = "unchanged", _("Unchanged")
        WRONG = "wrong", _("Error")

    batch = OwnedForeignKey(ImportBatch, on_delete=models.CASCADE)
    line = models.PositiveIntegerField()
    cells = models.JSONField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.STAGED)
    differences = models.JSONField(default=dict)  # column: [before, after]
    errors = models.JSONField(default=list)  # {column, read, expected, suggestion}
    is_applied = models.BooleanField(default=False)
    undo = models.JSONField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("batch", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "batch", "line"], name="integration_importrow_line"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "batch", "outcome", "line"], name="integration_importrow_outcome"
            )
        ]


class ColumnMatch(Owned):
    """Which column a header meant last time: remembered per organisation and kind of import."""

    kind = models.CharField(max_length=40)
    header = models.CharField(max_length=80)  # case-folded
    column = models.CharField(max_length=40, blank=True)  # empty: left out

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "kind", "header"], name="integration_columnmatch_header"
            ),
        ]
