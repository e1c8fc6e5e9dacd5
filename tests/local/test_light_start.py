"""Every process loads the whole of Collab at its start, but no solver and no document library."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = "lightgbm openpyxl ortools pandas pyvrp reportlab scipy statsmodels"
"""Packages that take tenths of a second to import, five processes at every start."""
START = f"""
import sys
import threading
import django
django.setup()
from django.urls import get_resolver
from collab.celery import app
get_resolver().url_patterns
app.loader.import_default_modules()
print(" ".join(sorted(set("{HEAVY}".split()) & set(sys.modules))), threading.active_count())
"""


def test_no_process_starts_with_a_solver() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env={**os.environ, "COLLAB_ENV": "test", "DJANGO_SETTINGS_MODULE": "collab.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == "1"  # no package, and no thread that a forked worker would lose
