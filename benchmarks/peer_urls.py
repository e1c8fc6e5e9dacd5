"""The peer of the hot list: the same rows by a plain ModelSerializer, behind the same login."""

from typing import Any, ClassVar

from django.urls import path
from rest_framework import generics, serializers
from rest_framework.renderers import JSONRenderer

from collab.sharing.queries import latest_rows
from collab.urls import urlpatterns as collab_urlpatterns
from inventory.models import StockPosition
from inventory.queries.stock import FIELDS

PAGE = 50


class PeerRow(serializers.ModelSerializer[StockPosition]):
    """The fields of the hot list, written the usual way."""

    owner: Any = serializers.CharField(source="owner.bpn")
    site = serializers.CharField(source="site_code")

    class Meta:
        model = StockPosition
        fields = ("id", "owner", *("site" if name == "site_code" else name for name in FIELDS))


class PeerList(generics.ListAPIView[StockPosition]):
    """The newest 50 positions: model objects through a ModelSerializer and DRF's own JSON."""

    scopes: ClassVar[dict[str, str]] = {"GET": "inventory:read"}
    serializer_class = PeerRow
    renderer_classes = (JSONRenderer,)
    pagination_class = None

    def get_queryset(self) -> Any:
        """Return the rows of the hot list by the same two index walks, owners joined."""
        keys = [row[1] for row in latest_rows(StockPosition, (), order="observed_at", limit=PAGE)]
        rows = StockPosition.objects.filter(pk__in=keys).select_related("owner")
        return rows.order_by("-observed_at", "-pk")


urlpatterns = [path("api/v1/peer/stock", PeerList.as_view()), *collab_urlpatterns]
handler400 = "collab.shell.errors.bad_request"
handler403 = "collab.shell.errors.forbidden"
handler404 = "collab.shell.errors.not_found"
handler500 = "collab.shell.errors.broken"
