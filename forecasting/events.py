"""What the forecasting app tells the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from collab.events.bus import Touch, declare

DEMAND_TOPIC = "forecasting.demand"
COMMIT_TOPIC = "forecasting.commit"
CAPACITY_TOPIC = "forecasting.capacity"
COMMENT_TOPIC = "forecasting.comment"
GRID_TOPIC = "forecasting.grid"
EDITING_TOPIC = "forecasting.editing"
RELEASED_TOPIC = "forecasting.released"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DemandForecast:
    """The daily demand of some parts from one supplier changed.

    ``change_id`` is unique to this change; ``series_ids`` are at most 200 demand series.
    """

    version: ClassVar[int] = 1
    change_id: str
    supplier_id: int
    series_ids: list[str]
    run_id: str = ""

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show coverage, which follows with its own event."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulesPublished:
    """A customer released new delivery schedules to one supplier.

    ``change_id`` is unique to this event; at most 200 schedules, each of another series.
    """

    version: ClassVar[int] = 1
    change_id: str
    batch_id: str
    supplier_id: int
    schedule_ids: list[str]
    series_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the batch: new schedules are on no screen yet, lists fetch themselves again."""
        return [Touch(RELEASED_TOPIC, UUID(self.batch_id), self.supplier_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAnswered:
    """A supplier acknowledged, accepted or rejected schedules of one customer, at most 200.

    ``change_id`` is unique to this event; an answer may change until its time is over.
    """

    version: ClassVar[int] = 1
    change_id: str
    customer_id: int
    answer_ids: list[str]
    schedule_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the answers."""
        return [Touch(COMMIT_TOPIC, UUID(key), self.customer_id) for key in self.answer_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A supplier committed quantities for some series of one customer."""

    version: ClassVar[int] = 1
    change_id: str
    customer_id: int
    commit_ids: list[str]
    series_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the commits."""
        return [Touch(COMMIT_TOPIC, UUID(key), self.customer_id) for key in self.commit_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityStated:
    """A supplier stated capacity, or the demand linked to it changed: the match is new."""

    version: ClassVar[int] = 1
    change_id: str
    customer_id: int
    group_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the groups."""
        return [Touch(CAPACITY_TOPIC, UUID(key), self.customer_id) for key in self.group_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCommented:
    """One side commented on weeks of a series or capacity group, or took the comment back."""

    version: ClassVar[int] = 1
    comment_id: str
    partner_id: int
    object_id: str

    def touches(self) -> Sequence[Touch]:
        """Return the comment."""
        return [Touch(COMMENT_TOPIC, UUID(self.comment_id), self.partner_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CommitReviewed:
    """A customer accepted or challenged what a supplier committed."""

    version: ClassVar[int] = 1
    change_id: str
    review_id: str
    commit_id: str
    schedule_id: str
    supplier_id: int
    verdict: str

    def touches(self) -> Sequence[Touch]:
        """Return the schedule that the commit answers."""
        return [Touch(DEMAND_TOPIC, UUID(self.schedule_id), self.supplier_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningTermsChanged:
    """A customer set or took back terms about forecasts with a supplier."""

    version: ClassVar[int] = 1
    terms_id: str
    supplier_id: int

    def touches(self) -> Sequence[Touch]:
        """Return nothing: terms show at the next look."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequested:
    """One side asked the other for newer figures."""

    version: ClassVar[int] = 1
    request_id: str
    partner_id: int

    def touches(self) -> Sequence[Touch]:
        """Return nothing: the answer arrives at the request itself."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioOffered:
    """A customer shows one supplier what a scenario would ask of it."""

    version: ClassVar[int] = 1
    change_id: str
    supplier_id: int
    offer_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return nothing: the supplier's page asks for its offers."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioAnswered:
    """A supplier accepted or aborted an offered scenario."""

    version: ClassVar[int] = 1
    answer_id: str
    offer_id: str
    customer_id: int
    verdict: str

    def touches(self) -> Sequence[Touch]:
        """Return nothing: the customer's page asks for its answers."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersChanged:
    """A customer ordered from one supplier, or decided about what it confirmed.

    ``change_id`` is unique to this event; at most 200 order lines.
    """

    version: ClassVar[int] = 1
    change_id: str
    supplier_id: int
    order_line_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the order lines."""
        return [Touch(DEMAND_TOPIC, UUID(key), self.supplier_id) for key in self.order_line_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersConfirmed:
    """A supplier confirmed order lines of one customer, as they are or with a difference.

    ``change_id`` is unique to this event; at most 200 confirmations.
    """

    version: ClassVar[int] = 1
    change_id: str
    customer_id: int
    confirmation_ids: list[str]
    order_line_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the confirmations."""
        return [Touch(COMMIT_TOPIC, UUID(key), self.customer_id) for key in self.confirmation_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEdited:
    """Figures of the own plan changed in the grid; nobody else is told.

    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    series_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the rows of the grid."""
        return [Touch(GRID_TOPIC, UUID(key)) for key in self.series_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class RowsHeld:
    """Somebody began or ended to edit rows of a grid; nobody outside the organisation is told.

    ``change_id`` is unique to this event; rows are demand series or capacity groups.
    """

    version: ClassVar[int] = 1
    change_id: str
    row_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the rows of the grids."""
        return [Touch(EDITING_TOPIC, UUID(key)) for key in self.row_ids]
