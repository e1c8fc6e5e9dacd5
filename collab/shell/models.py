"""The shell's one table: filters of lists that people keep under a name."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.organisations.models import Membership, Person
from collab.organisations.owned import Owned
from collab.organisations.walls import OwnWalls

HOLDER = ["owner", "page", "person", "role"]
"""What tells whose view it is: a person's, a role's, or, with neither, the organisation's."""


class SavedView(Owned):
    """The filter of a list under a name: for one person, for a role or for everybody.

    ``page`` is the list's name in the URL table, ``query`` the canonical query string that
    ``collab.shell.saved_views.clean_query`` makes. ``person`` is set for private views only,
    ``role`` for those of a team.
    """

    class Audience(models.TextChoices):
        PRIVATE = "private", _("Only me")
        TEAM = "team", _("My team")
        TENANT = "tenant", _("Everybody")

    page = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.PRIVATE)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    role = models.CharField(max_length=12, choices=Membership.Role, blank=True)
    is_default = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=[*HOLDER, "name"], name="shell_savedview_name", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=HOLDER,
                condition=models.Q(is_default=True),
                name="shell_savedview_default",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(audience="private", person__isnull=False, role="")
                | (models.Q(audience="team", person__isnull=True) & ~models.Q(role=""))
                | models.Q(audience="tenant", person__isnull=True, role=""),
                name="shell_savedview_holder",
            ),
        ]

    def __str__(self) -> str:
        return self.name
