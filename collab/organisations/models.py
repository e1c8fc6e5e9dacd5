"""Organisations, their sites, the people and the machines that act for them."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from collab.organisations.context import acting_organisation_id
from collab.organisations.owned import Owned, OwnedForeignKey
from collab.organisations.walls import OwnWalls, SameOwner

PERSON = "(SELECT collab.person())"


class Tenant(models.Model):
    """The bare key of an organisation, so that platform work can visit each one in turn.

    It carries no business field and stands outside the walls for that reason.
    """

    id = models.BigAutoField(primary_key=True)
    is_active = models.BooleanField(default=True)


class VisibleManager(models.Manager["Organisation"]):
    """Organisations as the database shows them: oneself, partners and parties to one's grants."""


class Organisation(models.Model):
    """A legal entity that takes part in the network."""

    class Kind(models.TextChoices):
        OEM = "oem", _("Car maker")
        SUPPLIER = "supplier", _("Supplier")
        CARRIER = "carrier", _("Carrier")
        LOGISTICS = "logistics", _("Logistics provider")

    id = models.BigIntegerField(primary_key=True)  # equals its Tenant's
    bpn = models.CharField(max_length=16, unique=True)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=Kind)
    country = models.CharField(max_length=2)
    timezone = models.CharField(max_length=40, default="Europe/Berlin")
    duns = models.CharField(max_length=9, blank=True)
    policy_version = models.PositiveIntegerField(default=1)

    objects: ClassVar[VisibleManager] = VisibleManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            OwnWalls(
                column="id",
                also_read="EXISTS (SELECT FROM organisations_membership m WHERE"
                f" m.organisation_id = organisations_organisation.id AND m.person_id = {PERSON})",
            )
        ]

    def __str__(self) -> str:
        return self.name


class VisibleSites(models.Manager["Site"]):
    """One's own sites and those of active partners; the database decides."""

    def get_queryset(self) -> models.QuerySet["Site"]:
        acting_organisation_id()  # fail closed outside acting_for
        return super().get_queryset()


class Site(Owned):
    """A place of an organisation: plant, warehouse, cross-dock."""

    class Kind(models.TextChoices):
        PLANT = "plant", _("Plant")
        WAREHOUSE = "warehouse", _("Warehouse")
        CROSS_DOCK = "cross_dock", _("Cross-dock")
        OFFICE = "office", _("Office")

    code = models.CharField(max_length=20)
    bpn = models.CharField(max_length=16, blank=True)
    gln = models.CharField(max_length=13, blank=True)
    locode = models.CharField(max_length=5, blank=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind)
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=60)
    latitude = models.FloatField()
    longitude = models.FloatField()
    timezone = models.CharField(max_length=40, default="Europe/Berlin")
    version = models.PositiveIntegerField(default=1)

    visible: ClassVar[VisibleSites] = VisibleSites()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "code"], name="organisations_site_code"),
        ]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """People by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **extra)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """Somebody who signs in; identity comes before any organisation is known."""

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=8, default="en")
    timezone = models.CharField(max_length=40, default="Europe/Berlin")
    density = models.CharField(max_length=12, default="comfortable")
    shortcuts_enabled = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)  # exempt from the second factor

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """Return up to two letters that stand for the person in an avatar."""
        words = self.name.split() or [self.email]
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email

    def get_full_name(self) -> str:
        return self.name


class MembershipManager(models.Manager["Membership"]):
    """Memberships: an organisation's, or those of the person who is signing in."""


class Membership(models.Model):
    """A person's role in an organisation, at one site or at all."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("Administrator")
        PLANNER = "planner", _("Planner")
        CLERK = "clerk", _("Clerk")
        DISPATCHER = "dispatcher", _("Dispatcher")
        VIEWER = "viewer", _("Viewer")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, choices=Role)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_active = models.BooleanField(default=True)

    objects: ClassVar[MembershipManager] = MembershipManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            OwnWalls(column="organisation_id", also_read=f"person_id = {PERSON}"),
            models.UniqueConstraint(
                fields=["organisation", "person"],
                name="organisations_membership_person",
            ),
        ]


class ApiClient(Owned):
    """A partner's system that acts for its organisation."""

    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "name"], name="organisations_apiclient_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CredentialManager(models.Manager["ApiKey"]):
    """API keys: the organisation's own, or the one being presented."""

    def get_queryset(self) -> models.QuerySet["ApiKey"]:
        return super().get_queryset()


class ApiKey(Owned):
    """A client's secret, stored as a hash; at most two live ones, so that keys can rotate."""

    client = OwnedForeignKey(ApiClient, on_delete=models.CASCADE)
    prefix = models.CharField(max_length=24)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of a 256-bit secret, hex
    scopes = ArrayField(models.CharField(max_length=40))
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[CredentialManager] = CredentialManager()  # type: ignore[assignment]

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(also_read="digest = (SELECT collab.credential())"),
            SameOwner("client", on_delete="CASCADE"),
        ]
