"""Collab's settings with the peers of the HTTP benchmark mounted and no rate limit in the way."""

from collab.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.peer_urls"
API_RATE_PER_MINUTE = 100_000_000
