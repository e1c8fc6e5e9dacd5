"""Debian's Chromium, wherever this machine has it."""

import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The one without a window first: it does the same for a quarter less work."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHORT_LIVED = ["--js-flags=--no-opt,--no-maglev"]
"""Flags for pages that are looked at once: their scripts end before optimising them pays."""


def chromium() -> str:
    """Return the path of the browser; raise ``RuntimeError`` where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise RuntimeError(
        f"expected one of {', '.join(NAMES)}, found none: `make browser` installs it"
    )
