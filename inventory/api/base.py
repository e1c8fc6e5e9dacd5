"""What the REST views of stock share: scopes, names of fields, refusals."""

from collab.integration.problems import FieldError
from collab.masterdata.refusals import Refused

READ, WRITE = "inventory:read", "inventory:write"
RENAMED = {"site_code": "site"}


def error_of(refused: Refused) -> FieldError:
    """Return a service's refusal as the API tells it."""
    return FieldError(refused.field, refused.expected, refused.value)
