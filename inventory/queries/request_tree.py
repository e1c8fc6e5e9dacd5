"""The tree of answers as its root sees it: figures by tier, without names (IN-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from inventory.models import DataRequest, RequestOrigin
from inventory.queries.data_requests import Figure, figure_shown
from inventory.rules.data_request import distinct, pooled
from inventory.services.data_answers import answers_to, report_from


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One answering party under its keyed name, with a figure for each part."""

    key: str
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier below the reader: ``gaps`` parties have no figures, whatever the reason."""

    number: int
    nodes: Sequence[TreeNode]
    parties: int
    gaps: int


@dataclass(frozen=True, slots=True)
class Tree:
    """All live requests for one notice, or for one received request, taken together."""

    tiers: Sequence[Tier]
    parties: int
    gaps: int
    is_final: bool


def tree_of(*, notice_id: UUID | None = None, received_id: UUID | None = None) -> Tree:
    """Return the tree below the acting organisation.

    Which direct supplier a figure came through is not told: all are pooled.
    """
    origins = RequestOrigin.objects.filter(notice_id=notice_id, received_id=received_id)
    rows = list(
        DataRequest.objects.filter(
            owner_id=acting_organisation_id(),
            pk__in=list(origins.values_list("request", flat=True)),
            ended_at__isnull=True,
            ends_at__gt=timezone.now(),
        )
    )
    bpns = dict(
        Organisation.objects.filter(pk__in={row.counterparty_id for row in rows}).values_list(
            "pk", "bpn"
        )
    )
    answers = {answer.request_id: answer for answer in answers_to([row.pk for row in rows])}
    found = pooled(
        report_from(row, answers.get(row.pk), bpns.get(row.counterparty_id, "")) for row in rows
    )
    deepest = max([*(node.tier for node in found.nodes), *found.gaps], default=0)
    tiers = []
    for number in range(1, deepest + 1):
        nodes = [node for node in found.nodes if node.tier == number]
        shown = [
            TreeNode(node.key, [figure_shown(each, each["part"]) for each in node.figures])
            for node in nodes
        ]
        tiers.append(Tier(number, shown, distinct(nodes), found.gaps.get(number, 0)))
    return Tree(tiers, distinct(found.nodes), sum(found.gaps.values()), found.is_final)
