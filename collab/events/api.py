"""REST: the audit log, in the form in which it can be verified away from here."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from collab.events import serializers as forms
from collab.events.audit import as_item
from collab.events.audit_log import AuditEntry
from collab.integration.lists import paginate
from collab.integration.views import View
from collab.organisations.context import acting_organisation


class Audit(View):
    """Who changed whose access to our data, and how."""

    scopes: ClassVar[dict[str, str]] = {"GET": "audit:read"}
    filters = forms.AuditFilter
    lists = True
    replies: ClassVar[dict[str, Any]] = {"GET": forms.AuditRow}

    def get(self, request: Request) -> Response:
        """List the entries, newest first; `manage.py verify_audit` takes the pages as files."""
        asked = self.query()
        rows = AuditEntry.objects.all()
        if action := asked.get("action"):
            rows = rows.filter(action=action)
        if since := asked.get("since"):
            rows = rows.filter(at__gte=since)
        page = paginate(request, rows, order="-number")
        tenant = acting_organisation().bpn
        return Response(page.body([as_item(entry, tenant) for entry in page.items]))
