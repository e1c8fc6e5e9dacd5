"""A view names the scope of each method; without one nobody passes."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from collab.integration.scopes import allows
from collab.organisations.context import Acting


class HasScope(BasePermission):
    """The caller's key, token or role holds the scope that the view names for the method."""

    message = "Your role or key does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Fail closed: a served method without a scope in ``view.scopes`` is refused."""
        method = "GET" if request.method == "HEAD" else (request.method or "")
        if not isinstance(request.auth, Acting):
            return False
        if not hasattr(view, method.lower()):
            return True  # the view answers 405
        needed = getattr(view, "scopes", {}).get(method)
        if needed is None:
            return False
        self.message = f"This needs the scope {needed}."
        return allows(request.auth.scopes or frozenset(), needed)
