"""Labels as answers to a browser: files to print, pictures to look at."""

from django.http import HttpResponse

from collab.shell.page import PageRequest
from transport.rules.label import Size


def size_of(request: PageRequest) -> Size:
    """Return the size that the address asks for, the largest for anything else."""
    wanted = request.GET.get("size", "")
    return Size(wanted) if wanted in set(Size) else Size.LARGE


def wanted_part(request: PageRequest) -> int:
    """Return which file of labels the address asks for, 1 for anything else."""
    text = request.GET.get("part", "1")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 4 else 1


def pdf_of(raw: bytes, name: str) -> HttpResponse:
    """Return a PDF that the browser shows, ready to print."""
    response = HttpResponse(raw, content_type="application/pdf")
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)[:60]
    response["Content-Disposition"] = f'inline; filename="{safe}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def svg_of(text: str) -> HttpResponse:
    """Return a picture for ``<img>``; opened alone it may load and run nothing."""
    response = HttpResponse(text, content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
