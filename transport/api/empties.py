"""REST: kinds of containers, accounts, bookings and monthly confirmations."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError
from collab.integration.statements import Statements, Verdict
from collab.masterdata.api.base import MasterDataView
from collab.masterdata.refusals import Refused
from transport.models import ContainerType, EmptiesAccount, EmptiesMovement
from transport.queries.empties import (
    VIEWS,
    AccountFilter,
    AccountRow,
    account_rows,
    accounts,
    months,
)
from transport.services.empties import (
    Booking,
    Container,
    book,
    confirm_month,
    keep_container,
    state_stock,
)

READ, WRITE, ADVISE = "transport:read", "transport:write", "transport:advise"


class ContainerInput(serializers.Serializer[Any]):
    """A kind of returnable container."""

    code = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=80)
    weight_kg = serializers.DecimalField(max_digits=9, decimal_places=3, min_value=0)
    volume_m3 = serializers.DecimalField(max_digits=9, decimal_places=4, min_value=0)
    per_pallet_place = serializers.DecimalField(max_digits=8, decimal_places=2, default=Decimal(1))
    value_minor = serializers.IntegerField(min_value=0, max_value=10**9 - 1, default=0)
    currency = serializers.CharField(max_length=3, default="EUR")
    lead_time_days = serializers.IntegerField(min_value=0, max_value=366, default=5)


class ContainerOutput(ContainerInput):
    """A kind of container."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()


class AccountQuery(serializers.Serializer[Any]):
    """Filters of the list of accounts."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    code = serializers.CharField(max_length=20, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class AccountOutput(serializers.Serializer[Any]):
    """How many containers a partner holds: balance = issued - returned - scrapped."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    lender = serializers.CharField(help_text="BPN of the owner of the containers.")
    holder = serializers.CharField(help_text="BPN of who has them.")
    balance = serializers.IntegerField()
    issued = serializers.IntegerField()
    returned = serializers.IntegerField()
    scrapped = serializers.IntegerField()
    oldest_on = serializers.DateField(allow_null=True)
    on_hand = serializers.IntegerField(allow_null=True)
    cover_days = serializers.CharField(allow_null=True)
    is_cover_at_least = serializers.BooleanField()
    missing = serializers.IntegerField()
    version = serializers.IntegerField()


class MonthOutput(serializers.Serializer[Any]):
    """A month as both sides counted it."""

    month = serializers.DateField()
    ours = serializers.IntegerField(allow_null=True)
    theirs = serializers.IntegerField(allow_null=True)
    booked = serializers.IntegerField()


class OneAccountOutput(AccountOutput):
    """An account with its months."""

    months = MonthOutput(many=True)


class BookingInput(serializers.Serializer[Any]):
    """Containers that moved; the same key again changes nothing."""

    partner = serializers.CharField(max_length=16, help_text="BPN")
    code = serializers.CharField(max_length=20)
    kind = serializers.ChoiceField(choices=EmptiesMovement.Kind.choices)
    number = serializers.IntegerField(min_value=1, max_value=10**9 - 1)
    moved_on = serializers.DateField()
    source_key = serializers.CharField(max_length=120)
    reference = serializers.CharField(max_length=60, default="", allow_blank=True)
    assets = serializers.ListField(
        child=serializers.CharField(max_length=40), default=list, max_length=1_000,
        help_text="GRAI of each container, where tagged.",
    )  # fmt: skip


class BookedOutput(serializers.Serializer[Any]):
    """What became of a booking."""

    id = serializers.UUIDField()
    is_new = serializers.BooleanField()
    account = serializers.UUIDField()


class StockInput(serializers.Serializer[Any]):
    """What the holder has empty, and what it needs on each day from tomorrow on."""

    on_hand = serializers.IntegerField(min_value=0, max_value=10**9 - 1)
    needed = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=10**9 - 1),
        default=list,
        max_length=366,
    )


class MonthCountInput(serializers.Serializer[Any]):
    """What you count at the end of a month."""

    month = serializers.DateField(help_text="Any day of the month.")
    counted = serializers.IntegerField(min_value=0, max_value=10**9 - 1)
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class ContainerTypes(MasterDataView):
    """Your kinds of returnable containers."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": ContainerInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ContainerOutput, "POST": ContainerOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        self.query()
        page = paginate(request, ContainerType.objects.all())
        return Response(page.body([_container(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Add a kind of container."""
        row = keep_container(Container(**self.body()))
        return Response(_container(row), status=201, headers={"ETag": etag_of(row)})


class OneContainerType(MasterDataView):
    """One kind of container."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": ContainerInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ContainerOutput, "PUT": ContainerOutput}
    versioned = frozenset({"PUT"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the kind of container."""
        row = get_for_org(ContainerType, pk=key)
        return self.reply(_container(row), etag_of(row))

    def put(self, request: Request, key: UUID) -> Response:
        """Replace its figures."""
        self.locked(ContainerType, key)
        row = keep_container(Container(**self.body()), key=key)
        return Response(_container(row), headers={"ETag": etag_of(row)})


class EmptiesAccounts(MasterDataView):
    """Accounts of containers that are yours, or that you hold."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = AccountQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": AccountOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        wanted = AccountFilter(view=asked["view"], code=asked["code"], partner_bpn=asked["partner"])
        page = paginate(request, accounts(wanted))
        return Response(page.body([_account(row) for row in account_rows(page.items)]))


class OneEmptiesAccount(MasterDataView):
    """One account; its owner states what the holder has empty."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": StockInput}
    replies: ClassVar[dict[str, Any]] = {"GET": OneAccountOutput, "PUT": AccountOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the account and its months."""
        row = get_for_org(accounts(), pk=key)
        note_reads(EmptiesAccount, [row])
        return self.reply(_account(account_rows([row])[0]) | _months(key), etag_of(row))

    def put(self, request: Request, key: UUID) -> Response:
        """State stock and need of the holder; too little raises an exception for both."""
        get_for_org(accounts(AccountFilter(view="ours")), pk=key)
        row = state_stock(key, as_of=timezone.now(), **self.body())
        return Response(_account(account_rows([row])[0]), headers={"ETag": etag_of(row)})


class EmptiesConfirmations(MasterDataView):
    """Your count of an account at the end of a month."""

    scopes: ClassVar[dict[str, str]] = {"POST": ADVISE}
    bodies: ClassVar[dict[str, Any]] = {"POST": MonthCountInput}
    replies: ClassVar[dict[str, Any]] = {"POST": OneAccountOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request, key: UUID) -> Response:
        """Confirm a month; a second count of it replaces the first."""
        row = get_for_org(accounts(), pk=key)
        confirm_month(key, as_of=timezone.now(), **self.body())
        return Response(_account(account_rows([row])[0]) | _months(key))


class EmptiesMovements(MasterDataView):
    """Bookings on your accounts: one, or a list of at most 500 answered row by row."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": BookingInput}
    replies: ClassVar[dict[str, Any]] = {"POST": BookedOutput}

    @extend_schema(request=BookingInput)
    def post(self, request: Request) -> Response:
        """Book containers issued, returned or scrapped."""
        return BOOKINGS.answer(request.data)


def _container(row: ContainerType) -> dict[str, Any]:
    names = [name for name in ContainerOutput().fields if isinstance(name, str)]
    return {name: getattr(row, name) for name in names} | {"id": row.pk}


def _account(row: AccountRow) -> dict[str, Any]:
    names = {"code", "balance", "issued", "returned", "scrapped", "oldest_on", "on_hand"}
    names |= {"cover_days", "is_cover_at_least", "missing", "version", "id"}
    return {name: getattr(row, name) for name in sorted(names)} | {
        "lender": row.lender.bpn,
        "holder": row.holder.bpn,
    }


def _months(key: UUID) -> dict[str, Any]:
    return {
        "months": [
            {
                "month": each.month,
                "ours": each.ours,
                "theirs": each.theirs,
                "booked": each.booked,
            }
            for each in months(key)
        ]
    }


def _take(rows: list[dict[str, Any]]) -> list[Verdict]:
    return [_booked(row) for row in rows]


def _booked(row: dict[str, Any]) -> Verdict:
    try:
        made, is_new = book(Booking(**row))
    except Refused as refused:
        return FieldError(refused.field, refused.expected, refused.value)
    body = {"id": made.pk, "is_new": is_new, "account": made.account_id}
    return 201 if is_new else 200, body


BOOKINGS = Statements(
    serializer=BookingInput,
    take=_take,
    one="a booking",
    many="bookings",
    counted_as="booked",
    refusal="Not booked",
)

routes: list[URLPattern] = [
    path("container-types", ContainerTypes.as_view(), name="container-types"),
    path("container-types/<uuid:key>", OneContainerType.as_view(), name="container-type"),
    path("empties-accounts", EmptiesAccounts.as_view(), name="empties-accounts"),
    path("empties-accounts/<uuid:key>", OneEmptiesAccount.as_view(), name="empties-account"),
    path(
        "empties-accounts/<uuid:key>/confirmations",
        EmptiesConfirmations.as_view(),
        name="empties-confirmations",
    ),
    path("empties-movements", EmptiesMovements.as_view(), name="empties-movements"),
]
