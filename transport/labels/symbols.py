"""The two codes of a label as plain shapes, in modules."""

from typing import Final

from pystrich.code128 import Code128Encoder
from pystrich.datamatrix import DataMatrixData, DataMatrixEncoder

QUIET_BARS: Final = 10  # modules left and right of a Code 128
QUIET_CELLS: Final = 1  # modules around a Data Matrix

Run = tuple[int, int]  # first module and how many


def code128(text: str) -> tuple[list[Run], int]:
    """Return the bars of a Code 128 (sets A, B and C as they are shortest) and its width.

    No quiet zone; ``ValueError`` for what is not ASCII.
    """
    if not text.isascii():
        raise ValueError(f"expected ASCII in a linear code, got {text!r}")
    bars: str = Code128Encoder(text).bars
    return _runs(bars), len(bars)


def data_matrix(text: str) -> tuple[list[list[Run]], int]:
    """Return the rows of a square Data Matrix (ECC 200), each as dark runs, and its side.

    No quiet zone. Text beyond ASCII is marked with its character set in the symbol.
    """
    encoder = DataMatrixEncoder(DataMatrixData(text, auto_encoding=True), quiet_zone=0)
    rows = encoder.init_renderer().matrix
    return [_runs("".join("1" if cell else "0" for cell in row)) for row in rows], len(rows)


def _runs(cells: str) -> list[Run]:
    """Return the stretches of ``1``."""
    found: list[Run] = []
    for place, cell in enumerate(cells):
        if cell != "1":
            continue
        if found and sum(found[-1]) == place:
            found[-1] = found[-1][0], found[-1][1] + 1
        else:
            found.append((place, 1))
    return found
