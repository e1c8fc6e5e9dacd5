"""What a mistake of ours raises while a message is read or applied; the message outlives it.

Everything else is not about the message and passes: PostgreSQL away, a file that cannot be
written, a time limit. The task is then started again, and the message stays as it came.
"""

from typing import Final

from django.core.exceptions import (
    FieldError,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import DataError, IntegrityError, ProgrammingError

from collab.integration.inbox.findings import Finding

READING_FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)
APPLYING_FAULTS: Final = (
    *READING_FAULTS,
    DataError,
    FieldError,
    IntegrityError,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ProgrammingError,
    ValidationError,
)
CODE: Final = "fault"


def fault(expected: str, *, message: str = "") -> Finding:
    """Return the finding under which a message with a fault of ours is held and counted."""
    return Finding(code=CODE, expected=expected, message=message)
