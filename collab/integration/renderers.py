"""JSON as we send it: exact decimals as strings, no infinity, no detour over Python's encoder."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


def _plain(value: Any) -> Any:
    """Return what the encoder can write for a value it does not know."""
    if isinstance(value, Promise | str):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, int):
        return int(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise NotImplementedError(f"expected a plain value, got {type(value).__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_plain, decimal_format="string")


def encode(data: Any) -> bytes:
    """Return ``data`` as JSON; decimals become strings, NaN and infinity become null."""
    return _encoder.encode(data)


class Json(BaseRenderer):
    """The one renderer of the API."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body; an absent body is empty."""
        return b"" if data is None else encode(data)


class AlwaysJson(BaseContentNegotiation):
    """Answer in JSON whatever ``Accept`` says: there is no other form."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the parser of the body's type, or ``None``, which becomes a 415."""
        from rest_framework.utils.mediatypes import media_type_matches

        for parser in parsers:
            if media_type_matches(parser.media_type, request.content_type or ""):
                return parser
        return None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """Return the first renderer."""
        return renderers[0], renderers[0].media_type
