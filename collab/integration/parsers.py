"""JSON as we take it: text that PostgreSQL and UTF-8 can hold, or a 400 that says where."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.parsers import JSONParser

from collab.integration.problems import FieldError, Problem

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SUSPECT = re.compile(rb"\\u(0000|[dD][89a-fA-F])")  # written out they are no JSON or no UTF-8
_MOST = 10
_EXPECTED = "text without U+0000 and without half a surrogate pair"


class Json(JSONParser):
    """The one parser of JSON bodies.

    U+0000 and lone surrogates are valid JSON escapes that no text column can keep; refusing them
    here keeps every view from meeting them, also those that store a body as it came.
    """

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body; ``Problem`` 400 names the places of text we cannot hold."""
        seen = _Seen(stream)
        parsed = super().parse(seen, media_type, parser_context)  # type: ignore[arg-type]
        if seen.is_suspect and (places := list(_places(parsed, ""))):
            errors = [FieldError(place, _EXPECTED) for place in places[:_MOST]]
            raise Problem(400, "Invalid input", "Some values are not as expected.", errors)
        return parsed


class _Seen:
    """A stream that notices escapes worth a closer look while it is read in one piece."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.is_suspect = False

    def read(self, size: int = -1) -> bytes:
        found: bytes = self._stream.read() if size < 0 else self._stream.read(size)
        # An escape may be cut in two where the body is read in pieces.
        self.is_suspect = self.is_suspect or size >= 0 or _SUSPECT.search(found) is not None
        return found


def _places(value: Any, path: str) -> Iterator[str]:
    """Yield the paths of what holds unstorable text; keys show theirs as escapes."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield path
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            plain = _UNSTORABLE.sub(lambda sign: ascii(sign.group())[1:-1], key)
            step = f"{path}.{plain}".lstrip(".")
            if plain != key:
                yield step
            yield from _places(inner, step)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _places(inner, f"{path}.{place}".lstrip("."))
