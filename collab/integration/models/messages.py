"""Messages of partners' systems, as they came and as they went, and how each partner's are read."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.organisations.models import Organisation
from collab.organisations.owned import Owned, OwnedForeignKey
from collab.organisations.walls import OwnWalls, SameOwner


class PartnerProfile(Owned):
    """How one partner's messages are to be understood: data, one row per partner, no code.

    Empty values mean: as the message says. ``commitments`` maps the partner's status codes to our
    commitments, ``qualifiers`` our field names to the qualifiers the partner uses, in order of
    preference. ``tolerance`` is a share of the quantity, 0.05 for 5 %.
    """

    class Basis(models.TextChoices):
        SHIP = "ship", _("Day of dispatch")
        DELIVERY = "delivery", _("Day of delivery")

    class Measure(models.TextChoices):
        DISCRETE = "discrete", _("Quantity of each date")
        CUMULATIVE = "cumulative", _("Cumulative quantity")

    class Policy(models.TextChoices):
        ALL = "all", _("Everything or nothing")
        LINES = "lines", _("The good lines; hold the others")

    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    identifier = models.CharField(max_length=35, blank=True)
    qualifier = models.CharField(max_length=4, blank=True)
    own_identifier = models.CharField(max_length=35, blank=True)
    own_qualifier = models.CharField(max_length=4, blank=True)
    charset = models.CharField(max_length=12, blank=True)
    date_basis = models.CharField(max_length=8, choices=Basis, blank=True)
    quantity_basis = models.CharField(max_length=10, choices=Measure, blank=True)
    commitments = models.JSONField(default=dict, blank=True)
    qualifiers = models.JSONField(default=dict, blank=True)
    tolerance = models.DecimalField(max_digits=6, decimal_places=4, null=True, blank=True)
    apply_policy = models.CharField(max_length=5, choices=Policy, default=Policy.LINES)
    is_acknowledged = models.BooleanField(default=True)
    takes_dispatch_advice = models.BooleanField(default=True)  # not for JIS or kanban alone
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "partner"], name="integration_profile_once"),
            models.UniqueConstraint(
                fields=["owner", "identifier", "qualifier"],
                condition=~Q(identifier=""),
                name="integration_profile_identifier",
            ),
        ]


class InboundMessage(Owned):
    """A message that the owner received, byte for byte, and what became of it.

    ``sender_identifier`` is the sender as the envelope names it, ``reference`` its control
    reference; both and the hash together make a repetition known. ``problems`` is the report.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        APPLIED = "applied", _("Applied")
        HELD = "held", _("Held")
        REFUSED = "refused", _("Refused")

    sender = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sender_identifier = models.CharField(max_length=80, blank=True)
    syntax = models.CharField(max_length=8, blank=True)
    kind = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64)
    raw = models.BinaryField()
    size = models.PositiveIntegerField()
    parser_version = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State, default=State.RECEIVED)
    problems = models.JSONField(default=list)
    applied = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    is_confirmed = models.BooleanField(default=False)  # taken although its number came before
    repetitions = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "sender_identifier", "reference", "sha256"],
                name="integration_inbound_once",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="integration_inbound_newest"),
            models.Index(fields=["owner", "state", "-id"], name="integration_inbound_state"),
        ]


class OutboundMessage(Owned):
    """A message of the owner to a partner; ``number`` is its control number, per partner.

    ``title`` says what it is about. One that ``wants_answer`` is missed when the receiver has not
    acknowledged it in time; ``note`` is what the receiver said.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        FETCHED = "fetched", _("Fetched")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        REFUSED = "refused", _("Refused")

    receiver = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    raw = models.BinaryField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    about = OwnedForeignKey(InboundMessage, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    title = models.CharField(max_length=120, blank=True)
    wants_answer = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("about"),
            models.UniqueConstraint(
                fields=["owner", "receiver", "number"], name="integration_outbound_number"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="integration_outbound_newest")
        ]
