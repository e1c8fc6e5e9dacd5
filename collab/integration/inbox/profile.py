"""How one partner's messages are read, as plain values that mappers take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The mapping profile of a partner; the empty one reads a message by the standard alone.

    ``commitments``: status code → commitment. ``qualifiers``: field → the qualifiers that fill
    it, best first. ``date_basis`` is ``ship`` or ``delivery``, ``quantity_basis`` ``discrete`` or
    ``cumulative``, both empty for "as the message says".
    """

    charset: str = ""
    date_basis: str = ""
    quantity_basis: str = ""
    commitments: Mapping[str, str] = field(default_factory=dict)
    qualifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tolerance: Decimal | None = None
    holds_lines: bool = True

    def qualifiers_of(self, name: str, *usual: str) -> tuple[str, ...]:
        """Return the qualifiers that fill field ``name``, the partner's or else the usual."""
        return tuple(self.qualifiers.get(name, usual))


STANDARD = Profile()
