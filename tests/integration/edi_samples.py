"""Where the tests find the public sample messages; they are read there and never copied."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / os.environ.get("EDI_SAMPLES", "../shared/data")
EDIFACT = (
    "APERAK_D04A",
    "DELFOR_D04A_vda4984",
    "DELFOR_D97A",
    "DELJIT_D04A_JIS",
    "DELJIT_D04A_vda4985_JIT",
    "DESADV_D07A_vda4987",
    "INVRPT_D97A",
    "RECADV_D97A",
)


def sample(*parts: str) -> bytes:
    """Return one sample; skip the test where the samples are not there."""
    path = FOLDER.joinpath(*parts)
    if not path.exists():
        if os.environ.get("COLLAB_SHARED") == "required":
            pytest.fail(f"expected the sample {path}, got none")
        pytest.skip(f"sample {path} is absent")
    return path.read_bytes()


def edifact_sample(name: str) -> bytes:
    """Return a sample in EDIFACT."""
    return sample("edifact", f"{name}.edi")


def x12_sample(name: str) -> bytes:
    """Return a sample in X12; ``name`` without its version."""
    return sample("x12", f"{name}.edi")
