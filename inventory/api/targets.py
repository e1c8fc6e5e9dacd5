"""REST: agreed days of supply."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import VERSIONED, MasterDataView
from inventory import services
from inventory.api.base import READ, RENAMED, WRITE
from inventory.models import CoverageTarget
from inventory.queries.targets import TargetFilter, TargetRow, target_rows, targets

LONGEST_HOURS = 744


class TargetQuery(serializers.Serializer[Any]):
    """Filters of the list of targets."""

    part_number = serializers.CharField(
        max_length=40, default="", help_text="The beginning of either partner's number."
    )
    site = serializers.CharField(max_length=20, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class TargetChange(serializers.Serializer[Any]):
    """The figures of a target."""

    minimum_days = serializers.DecimalField(max_digits=6, decimal_places=2, min_value=0)
    maximum_days = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    report_every_hours = serializers.IntegerField(
        min_value=1, max_value=LONGEST_HOURS, required=False
    )
    lead_days = serializers.DecimalField(
        max_digits=6,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="Replenishment lead time: less cover is urgent, less than twice is watched.",
    )


class TargetBody(TargetChange):
    """The body of a target; partner, part and site say which one."""

    counterparty = serializers.CharField(max_length=16, help_text="BPN of the partner.")
    part_number = serializers.CharField(max_length=40, help_text="Your number, or the partner's.")
    site = serializers.CharField(
        max_length=20, default="", allow_blank=True, help_text="Code of your site; empty: any."
    )


class TargetOutput(serializers.Serializer[Any]):
    """Agreed days of supply."""

    id = serializers.UUIDField()
    owner = serializers.CharField()
    counterparty = serializers.CharField()
    part_number = serializers.CharField()
    partner_part_number = serializers.CharField(allow_blank=True)
    site = serializers.CharField(allow_blank=True)
    minimum_days = serializers.CharField()
    maximum_days = serializers.CharField(allow_null=True)
    report_every_hours = serializers.IntegerField()
    lead_days = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class CoverageTargets(MasterDataView):
    """Minimum and maximum days of supply per part, site and partner."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = TargetQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": TargetBody}
    replies: ClassVar[dict[str, Any]] = {"POST": TargetOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first: one's own and partners'; hidden fields are absent."""
        asked = self.query()
        wanted = TargetFilter(
            part=asked["part_number"], site=asked["site"], partner_bpn=asked["partner"]
        )
        page = paginate(request, targets(wanted))
        return Response(page.body([shown(row) for row in target_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Agree a target; for the same partner, part and site the figures replace those before."""
        target, is_new = services.agree_target(services.Target(**self.body()))
        return _answer(target, 201 if is_new else 200)


class OneCoverageTarget(MasterDataView):
    """One target."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": TargetChange}
    replies: ClassVar[dict[str, Any]] = {"PATCH": TargetOutput}
    versioned = VERSIONED

    def get(self, request: Request, target_id: UUID) -> Response:
        """Return the target; hidden fields are absent."""
        target = get_for_org(CoverageTarget, pk=target_id)
        note_reads(CoverageTarget, [target])
        return self.reply(shown(target_rows([target])[0]), etag_of(target))

    def patch(self, request: Request, target_id: UUID) -> Response:
        """Change the figures."""
        target = self.locked(CoverageTarget, target_id)
        figures = {
            "minimum_days": target.minimum_days,
            "maximum_days": target.maximum_days,
            "report_every_hours": target.report_every_hours,
            "lead_days": target.lead_days,
        }
        changed = services.change_target(target_id, **(figures | self.body(partial=True)))
        return _answer(changed, 200)

    def delete(self, request: Request, target_id: UUID) -> Response:
        """Take the target back."""
        self.locked(CoverageTarget, target_id)
        services.remove_target(target_id)
        return Response(status=204)


def shown(row: TargetRow) -> dict[str, Any]:
    """Return the target as the API shows it: key, owner and what the grants open."""
    body: dict[str, Any] = {"id": row.id, "owner": row.owner.bpn, "version": row.version}
    body |= {RENAMED.get(name, name): value for name, value in row.values.items()}
    if row.counterparty.bpn:
        body["counterparty"] = row.counterparty.bpn
    return body


def _answer(target: CoverageTarget, status: int) -> Response:
    body = shown(target_rows([target])[0])
    return Response(body, status=status, headers={"ETag": etag_of(target)})
