"""Compile the translations: PO text in, binary MO out, without tools from outside.

Both formats are described in the GNU gettext manual ("PO Files", "MO Files").
"""

import ast
import struct
from collections.abc import Iterator
from pathlib import Path

_MAGIC = 0x950412DE
_HEAD_BYTES = 28
_CONTEXT, _PLURAL = "\x04", "\x00"


class BadCatalogue(ValueError):
    """A PO file breaks the format; the message names file and line."""


def compile_all(folder: Path) -> list[Path]:
    """Compile every ``<language>/LC_MESSAGES/*.po`` below ``folder`` whose MO is older.

    Returns the MO files written.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            target.write_bytes(to_mo(read_po(source)))
            written.append(target)
    return written


def read_po(path: Path) -> dict[str, str]:
    """Return the translated messages of a PO file: MO key → MO value; fuzzy ones are left out.

    Raises
    ------
    BadCatalogue
        If a line is neither comment, keyword nor string.
    """
    found: dict[str, str] = {}
    for entry, is_fuzzy in _entries(path):
        key, value = _pair(entry)
        if value.strip(_PLURAL) and (not is_fuzzy or not key):
            found[key] = value
    return found


def to_mo(messages: dict[str, str]) -> bytes:
    """Return the catalogue in MO form, keys sorted as the format asks."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    count = len(pairs)
    keys, values = b"", b""
    key_index, value_index = [], []
    for key, value in pairs:
        key_index.append((len(key), len(keys)))
        value_index.append((len(value), len(values)))
        keys += key + b"\0"
        values += value + b"\0"
    keys_start = _HEAD_BYTES + 16 * count
    values_start = keys_start + len(keys)
    table = [number for size, at in key_index for number in (size, at + keys_start)]
    table += [number for size, at in value_index for number in (size, at + values_start)]
    head = (_MAGIC, 0, count, _HEAD_BYTES, _HEAD_BYTES + 8 * count, 0, 0)
    return struct.pack(f"<{7 + len(table)}I", *head, *table) + keys + values


def _entries(path: Path) -> Iterator[tuple[dict[str, str], bool]]:
    entry: dict[str, str] = {}
    field, is_fuzzy = "", False
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        starts_anew = line.startswith(("#", "msgctxt")) or (
            line.startswith("msgid ") and "msgid" in entry
        )
        if entry.get("msgid") is not None and (not line or starts_anew):
            yield entry, is_fuzzy
            entry, field, is_fuzzy = {}, "", False
        if line.startswith("#,"):
            is_fuzzy = "fuzzy" in line
        if not line or line.startswith("#"):
            continue
        if not line.startswith('"'):
            field, _space, line = line.partition(" ")
            entry[field] = ""
        if not field.startswith("msg") or not line.startswith('"'):
            raise BadCatalogue(f"expected a keyword with a string at {path}:{number}, got {raw!r}")
        entry[field] += ast.literal_eval(line)
    if "msgid" in entry:
        yield entry, is_fuzzy


def _pair(entry: dict[str, str]) -> tuple[str, str]:
    key = entry["msgid"]
    if "msgctxt" in entry:
        key = entry["msgctxt"] + _CONTEXT + key
    if "msgid_plural" not in entry:
        return key, entry.get("msgstr", "")
    forms = sorted(name for name in entry if name.startswith("msgstr["))
    return key + _PLURAL + entry["msgid_plural"], _PLURAL.join(entry[name] for name in forms)
