"""Asks one address of ours whether it answers 200; the container health checks call it."""

import http.client
import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def answers(url: str, *, public_url: str = "") -> bool:
    """Return whether ``url`` answers 200 within 5 s, asked as our own proxy would ask.

    ``public_url`` is the address people use: its host is among the allowed ones and its
    scheme keeps the answer from being a redirect.
    """
    public = urlsplit(public_url or url)
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1], public_url=os.environ.get("COLLAB_BASE_URL", "")) else 1)
