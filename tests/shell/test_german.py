"""Nothing on a page stays English for a German reader."""

import re
from pathlib import Path

import pytest

from collab.shell.catalogues import read_po
from tests.harness.servers import ROOT

CATALOGUE = read_po(ROOT / "locale" / "de" / "LC_MESSAGES" / "django.po")
KNOWN = {key.split("\x00")[0] for key in CATALOGUE}
SHORT = re.compile(
    r"""{%\s*translate\s+(?P<quote>["'])(?P<text>(?:(?!(?P=quote)).)*)(?P=quote)"""
    r"""(?:\s+context\s+(?P<mark>["'])(?P<context>\w+)(?P=mark))?"""
)
PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.mark.parametrize("template", sorted((ROOT / "templates").rglob("*.html")), ids=str)
def test_each_template_is_translated(template: Path) -> None:
    texts = {_key(found) for found in SHORT.finditer(template.read_text(encoding="utf-8"))}
    assert texts <= KNOWN


def _key(found: re.Match[str]) -> str:
    """Return the key of the catalogue: a word with two meanings has its context before it."""
    text = found["text"].replace("%", "%%")
    return f"{found['context']}\x04{text}" if found["context"] else text


def test_translations_keep_the_places_for_values() -> None:
    for key, value in CATALOGUE.items():
        expected = set(PLACE.findall(key))
        for form in value.split("\x00") if key else []:
            assert set(PLACE.findall(form)) <= expected, key
