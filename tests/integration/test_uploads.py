"""Bodies above the limit are refused before they are read, and stopped while they are."""

import io
import json
import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from collab.integration import uploads
from collab.integration.models.imports import ImportFile
from collab.organisations.context import acting_for
from tests.harness.cast import Cast

MB = 2**20


class Untouched(io.RawIOBase):
    """A body that nobody may read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise AssertionError("expected the body to be left unread")


def answer(path: str, **headers: str) -> tuple[int, bytes]:
    """Send a POST whose body must not be read; return status and body of the answer."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.input": Untouched(),
        "wsgi.url_scheme": "http",
        **headers,
    }
    seen: list[str] = []
    body = b"".join(WSGIHandler()(environ, lambda status, _headers: seen.append(status)))
    return int(seen[0].split()[0]), body


@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    [
        ("multipart/form-data; boundary=x", 26 * MB, 413),
        ("multipart/form-data; boundary=x", 10**12, 413),
        ("application/json", 11 * MB, 413),
        ("text/csv", 26 * MB, 413),
    ],
)
@pytest.mark.django_db
def test_an_announced_excess_is_refused_unread(kind: str, size: int, expected: int) -> None:
    for path in ("/t/avalon/network/import/", "/api/v1/stock-counts"):
        status, body = answer(path, CONTENT_TYPE=kind, CONTENT_LENGTH=str(size))
        assert status == expected
        if path.startswith("/api/"):
            assert json.loads(body)["status"] == expected


@pytest.mark.django_db
def test_a_body_without_a_length_is_refused_unread() -> None:
    chunked = {"CONTENT_TYPE": "text/csv", "HTTP_TRANSFER_ENCODING": "chunked"}
    assert answer("/api/v1/stock-counts", **chunked)[0] == 411


def test_files_are_counted_while_they_come(
    cast: Cast,
    client_for: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    """A form may just fit while its files do not: reading stops, and nothing is kept."""
    monkeypatch.setattr(uploads, "MAX_BYTES", 3 * MB)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    client = client_for(cast.avalon)
    page = "/t/avalon/network/import/upload"
    big = SimpleUploadedFile("parts.csv", b"number;name\n" + b"x" * (3 * MB))
    refused = client.post(page, {"kind": "parts", "file": big})
    assert refused.status_code == 413
    assert list(tmp_path.iterdir()) == []
    small = SimpleUploadedFile("parts.csv", b"number;name\nA-1;Bolt\n")
    assert client.post(page, {"kind": "parts", "file": small}).status_code == 302
    with acting_for(cast.avalon):
        assert ImportFile.objects.count() == 1
