"""REST: the tamper-evident ledger of tracking events: keys, signed heads, proofs, witnesses."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.events.transparency.models import TreeHead, WitnessedHead
from collab.events.transparency.reading import NotLogged, NotSigned
from collab.events.transparency.trust import published_keys
from collab.integration.lists import paginate
from collab.integration.problems import NOT_FOUND, FieldError, Problem
from collab.integration.views import View
from collab.organisations.context import acting_organisation_id
from inventory.api.base import READ, WRITE
from inventory.queries.event_ledger import Broken, growth_of, ledger_of, proof_of_event
from inventory.queries.logged_events import LEDGER
from inventory.services.ledger_watch import watch

LARGEST = 2**53 - 1


class LedgerQuery(serializers.Serializer[Any]):
    """Whose ledger is asked for."""

    organisation = serializers.CharField(
        max_length=16, default="", help_text="BPN; your own ledger without one."
    )


class InclusionQuery(serializers.Serializer[Any]):
    """Of which event the proof is wanted, and under which head."""

    event = serializers.UUIDField(help_text="Key of a tracking event that you see whole.")
    size = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST,
        help_text="Of a signed head; else the newest.",
    )

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which is a word of Python's own."""
        text = "Size of an older head: the answer then ties that head to its own."
        return {**super().get_fields(), "from": _size(text, required=False)}


class ConsistencyQuery(LedgerQuery):
    """Between which signed sizes the proof is wanted."""

    to = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST, help_text="Else the newest."
    )

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which is a word of Python's own."""
        return {**super().get_fields(), "from": _size("Size of the older head.", required=True)}


def _size(text: str, *, required: bool) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=required, min_value=1, max_value=LARGEST, help_text=text
    )


class LedgerHead(serializers.Serializer[Any]):
    """A signed tree head: Ed25519 over the canonical JSON (RFC 8785) of the first four fields."""

    log_id = serializers.CharField(help_text="BPN of the owner / name of the ledger.")
    tree_size = serializers.IntegerField()
    root = serializers.CharField(help_text="Hexadecimal.")  # type: ignore[assignment]
    timestamp = serializers.CharField(help_text="UTC, as it was signed.")
    key_id = serializers.CharField()
    signature = serializers.CharField(help_text="Base64.")


class LedgerKey(serializers.Serializer[Any]):
    """A public key that heads are signed with."""

    id = serializers.CharField()
    algorithm = serializers.ChoiceField(choices=["Ed25519"])
    public_key = serializers.CharField(help_text="Raw 32 bytes, base64.")
    pem = serializers.CharField(help_text="The same as a PEM file.")
    is_current = serializers.BooleanField()


class LedgerRecord(serializers.Serializer[Any]):
    """What was logged."""

    kind = serializers.CharField()
    id = serializers.CharField()
    hash = serializers.CharField(help_text="ni:///sha-256;… of the canonical form.")
    canonical = serializers.CharField()


class LedgerSince(serializers.Serializer[Any]):
    """The path from an older head of that size."""

    tree_size = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())


class InclusionProof(serializers.Serializer[Any]):
    """That a record is entry ``index`` (from 0) under the head; the verifier takes it as it is."""

    format = serializers.CharField()
    record = LedgerRecord()
    salt = serializers.CharField()
    index = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())
    head = LedgerHead()
    since = LedgerSince(required=False)


class ConsistencyProof(serializers.Serializer[Any]):
    """That a ledger only grew between two heads; the verifier takes it as it is."""

    format = serializers.CharField()
    first = LedgerHead()
    second = LedgerHead()
    path = serializers.ListField(child=serializers.CharField())


class WitnessInput(serializers.Serializer[Any]):
    """Whose ledger to look at now."""

    organisation = serializers.CharField(max_length=16, help_text="BPN of a partner.")


class WitnessedHeadOutput(LedgerHead):
    """A copy of a partner's head, and whether it fits the copy before."""

    organisation = serializers.CharField(help_text="BPN of the owner of the ledger.")
    seen_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(choices=WitnessedHead.Verdict.choices)
    reason = serializers.CharField(allow_blank=True)


class Keys(View):
    """The public keys of signed heads, the current one first; compare them by another way."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": LedgerKey(many=True)}

    def get(self, request: Request) -> Response:
        """List the keys."""
        self.query()
        keys = [
            {
                "id": key.id,
                "algorithm": "Ed25519",
                "public_key": key.public_key,
                "pem": key.pem,
                "is_current": key.is_current,
            }
            for key in published_keys()
        ]
        return Response(keys)


class Heads(View):
    """Signed heads of a ledger that is open to you."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = LedgerQuery
    names_one: ClassVar[bool] = True
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": LedgerHead}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        try:
            log = ledger_of(asked["organisation"])
        except NotLogged:
            raise Problem(404, "Not found", NOT_FOUND) from None
        rows = TreeHead.objects.filter(owner_id=log.owner_id, log=log)
        page = paginate(request, rows, order="-size")
        return Response(page.body([row.signed().body() for row in page.items]))


class InclusionProofs(View):
    """Proofs that a tracking event is in its owner's ledger."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = InclusionQuery
    replies: ClassVar[dict[str, Any]] = {"GET": InclusionProof}

    def get(self, request: Request) -> Response:
        """Return the proof; 409 while no head covers the event, seconds after it came."""
        asked = self.query()
        try:
            found = proof_of_event(asked["event"], size=asked.get("size"), since=asked.get("from"))
        except (NotLogged, NotSigned, Broken) as reason:
            raise problem_of(reason) from None
        return Response(found.body())


class ConsistencyProofs(View):
    """Proofs that a ledger only grew between two of its heads."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = ConsistencyQuery
    names_one: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": ConsistencyProof}

    def get(self, request: Request) -> Response:
        """Return the proof between the heads of two signed sizes."""
        asked = self.query()
        first, second = asked["from"], asked.get("to")
        if second is not None and second < first:
            errors = [FieldError("to", f"a size of at least {first}", second)]
            raise Problem(400, "Invalid input", "A ledger only grows.", errors)
        try:
            found = growth_of(asked["organisation"], first, second)
        except (NotLogged, Broken) as reason:
            raise problem_of(reason) from None
        return Response(found.body())


class Witnesses(View):
    """Your copies of partners' heads: what you can hold against a ledger that was changed."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = LedgerQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": WitnessInput}
    replies: ClassVar[dict[str, Any]] = {"GET": WitnessedHeadOutput, "POST": WitnessedHeadOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def get(self, request: Request) -> Response:
        """Return a page of copies, newest first."""
        asked = self.query()
        rows = _copies()
        if bpn := asked["organisation"]:
            rows = rows.filter(counterparty__bpn=bpn)
        page = paginate(request, rows, order="-id")
        return Response(page.body([_shown(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Look at a partner's newest head now; return the newest copy with its verdict."""
        bpn = self.body()["organisation"]
        try:
            log = ledger_of(bpn)
        except NotLogged:
            raise Problem(404, "Not found", NOT_FOUND) from None
        if log.owner_id == acting_organisation_id():
            errors = [FieldError("organisation", "a partner", bpn)]
            raise Problem(400, "Invalid input", "Nobody witnesses oneself.", errors)
        gone = watch([log.pk]).contradictions
        row = _copies().filter(counterparty_id=log.owner_id).order_by("-id").first()
        if row is None:
            raise Problem(409, "Not signed yet", "The ledger has no signed head yet.")
        told = {"verdict": gone[0].verdict, "reason": gone[0].reason} if gone else {}
        return Response({**_shown(row), **told})


def problem_of(reason: NotLogged | NotSigned | Broken) -> Problem:
    """Return why there is no proof as the API tells it; foreign and missing look the same."""
    if isinstance(reason, NotLogged):
        return Problem(404, "Not found", NOT_FOUND)
    if isinstance(reason, NotSigned):
        return Problem(409, "Not signed yet", "No head covers the event yet: ask in some seconds.")
    return Problem(409, "The ledger does not hold", str(reason))


def _copies() -> QuerySet[WitnessedHead]:
    return WitnessedHead.objects.filter(
        owner_id=acting_organisation_id(), log_name__endswith=f"/{LEDGER}"
    ).select_related("counterparty")


def _shown(row: WitnessedHead) -> dict[str, Any]:
    return {
        **row.signed().body(),
        "organisation": row.counterparty.bpn,
        "seen_at": row.seen_at,
        "verdict": row.verdict,
        "reason": row.reason,
    }


routes: list[URLPattern] = [
    path("ledger/keys", Keys.as_view(), name="ledger-keys"),
    path("ledger/heads", Heads.as_view(), name="ledger-heads"),
    path("ledger/proofs/inclusion", InclusionProofs.as_view(), name="ledger-inclusion"),
    path("ledger/proofs/consistency", ConsistencyProofs.as_view(), name="ledger-consistency"),
    path("ledger/witness", Witnesses.as_view(), name="ledger-witness"),
]
