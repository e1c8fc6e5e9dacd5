"""Tables of the forecasting app, one file a noun."""

from forecasting.models.advised import Advised
from forecasting.models.capacity import CAPACITY, CapacityGroup, CapacityLink, CapacityMatch
from forecasting.models.chain import (
    Actual,
    HeardStock,
    LifeCycle,
    PartPlanning,
    Pegging,
    SeriesPlanning,
    Succession,
)
from forecasting.models.commits import Commit, CommitReview, CommitTask, PlanningTerms
from forecasting.models.locks import RowLock
from forecasting.models.market import MarketSignal
from forecasting.models.measures import AccuracyFigure, BullwhipFigure
from forecasting.models.orders import OrderConfirmation, OrderLine, ToleranceGroup
from forecasting.models.releases import (
    COMMIT,
    Commitment,
    DeliverySchedule,
    Origin,
    ReleaseAnswer,
    ReleaseDraft,
    ScheduleLine,
)
from forecasting.models.runs import ForecastRun, SeriesForecast
from forecasting.models.scenarios import Scenario, ScenarioAnswer, ScenarioOffer
from forecasting.models.series import (
    DEMAND,
    Category,
    DailyDemand,
    DemandHistory,
    DemandSeries,
    Frequency,
)
from forecasting.models.talk import COMMENT, PlanComment, PlanWatch, UpdateRequest
from forecasting.models.versions import DemandVersion, Step

__all__ = [
    "CAPACITY",
    "COMMENT",
    "COMMIT",
    "DEMAND",
    "AccuracyFigure",
    "Actual",
    "Advised",
    "BullwhipFigure",
    "CapacityGroup",
    "CapacityLink",
    "CapacityMatch",
    "Category",
    "Commit",
    "CommitReview",
    "CommitTask",
    "Commitment",
    "DailyDemand",
    "DeliverySchedule",
    "DemandHistory",
    "DemandSeries",
    "DemandVersion",
    "ForecastRun",
    "Frequency",
    "HeardStock",
    "LifeCycle",
    "MarketSignal",
    "OrderConfirmation",
    "OrderLine",
    "Origin",
    "PartPlanning",
    "Pegging",
    "PlanComment",
    "PlanWatch",
    "PlanningTerms",
    "ReleaseAnswer",
    "ReleaseDraft",
    "RowLock",
    "Scenario",
    "ScenarioAnswer",
    "ScenarioOffer",
    "ScheduleLine",
    "SeriesForecast",
    "SeriesPlanning",
    "Step",
    "Succession",
    "ToleranceGroup",
    "UpdateRequest",
]
