"""What deserves a second look when a release, an ASN or a receipt arrives."""

from dataclasses import dataclass
from enum import StrEnum


class AlertKind(StrEnum):
    """Why something was noticed; none of these stops a message from being applied by itself."""

    NEW_RELEASE = "new_release"
    MISSING_RELEASE = "missing_release"
    SUPERSEDED = "superseded_ignored"
    DUPLICATE = "duplicate_ignored"
    DIFFERS = "differs_ignored"
    RECEIVED_DECREASED = "received_cum_decreased"
    FIRM_DECREASED = "firm_decreased"
    GO_AHEAD_ORDER = "go_ahead_order"
    UNLOADING_POINT_CHANGED = "unloading_point_changed"
    CUMULATIVE_RESET = "cumulative_reset"
    NOT_COVERABLE = "not_coverable"
    ALREADY_INCLUDED = "already_included"
    QUANTITY_DEVIATION = "quantity_deviation"
    MISMATCH = "cumulative_mismatch"


@dataclass(frozen=True, slots=True)
class Alert:
    """One notice; ``detail`` is the figure or number it speaks of, readable as it stands."""

    kind: AlertKind
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.detail}" if self.detail else str(self.kind)
