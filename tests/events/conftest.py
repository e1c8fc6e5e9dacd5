"""Fixtures of the audit chain's tests."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """Keep this test's checkpoints apart."""
    settings.CHECKPOINTS = tmp_path / "checkpoints"
    return tmp_path / "checkpoints"
