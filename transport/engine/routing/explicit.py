"""Distances that an instance gives itself, instead of coordinates."""

from transport.engine.routing.source import Source, shown

FORMATS = ("FULL_MATRIX", "LOWER_ROW", "UPPER_ROW")


def explicit_matrix(
    source: Source, layout: str, rows: list[tuple[int, list[str]]], count: int, head: int
) -> tuple[tuple[float, ...], ...]:
    """Return the matrix of ``count`` x ``count`` distances from the rows of its section.

    ``layout`` is FULL_MATRIX, LOWER_ROW or UPPER_ROW (both without the diagonal, mirrored);
    lines may break anywhere. Raises ``UnreadableInstance`` with the line, ``head`` being the
    section's own.
    """
    if layout not in FORMATS:
        raise source.wrong(f"expected {', '.join(FORMATS)}, got {shown(layout)}", head)
    cells = {
        "FULL_MATRIX": lambda: ((a, b) for a in range(count) for b in range(count)),
        "LOWER_ROW": lambda: ((a, b) for a in range(1, count) for b in range(a)),
        "UPPER_ROW": lambda: ((a, b) for a in range(count) for b in range(a + 1, count)),
    }[layout]()
    matrix = [[0.0] * count for _ in range(count)]
    place = head
    for place, words in rows:
        for word in words:
            value = source.number(word, place)
            cell = next(cells, None)
            if cell is None:
                raise source.wrong(f"expected no more distances than {layout} has", place)
            a, b = cell
            if a == b and value:
                raise source.wrong("expected no distance from a place to itself", place)
            matrix[a][b] = value
            if layout != "FULL_MATRIX":
                matrix[b][a] = value
    if next(cells, None) is not None:
        raise source.wrong(f"expected as many distances as {layout} has, got fewer", place)
    return tuple(map(tuple, matrix))
