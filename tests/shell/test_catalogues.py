"""Compiling PO to MO: read back with Python's own gettext, bad files named by line."""

import gettext
import io
from pathlib import Path

import pytest

from collab.shell.catalogues import BadCatalogue, compile_all, read_po, to_mo

PO = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: somewhere.py:1
msgid "Share"
msgstr "Teilen"

msgctxt "noun"
msgid "Share"
msgstr "Anteil"

msgid "%(n)s row"
msgid_plural "%(n)s rows"
msgstr[0] "%(n)s Zeile"
msgstr[1] "%(n)s Zeilen"

#, fuzzy
msgid "Guess"
msgstr "Vermutung"

msgid "Long "
"text \"quoted\""
msgstr "Langer "
"Text „zitiert“"

msgid "Not yet"
msgstr ""
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> gettext.GNUTranslations:
    source = tmp_path / "django.po"
    source.write_text(PO, encoding="utf-8")
    return gettext.GNUTranslations(io.BytesIO(to_mo(read_po(source))))


def test_messages_read_back(catalogue: gettext.GNUTranslations) -> None:
    assert catalogue.gettext("Share") == "Teilen"
    assert catalogue.pgettext("noun", "Share") == "Anteil"
    assert catalogue.ngettext("%(n)s row", "%(n)s rows", 1) == "%(n)s Zeile"
    assert catalogue.ngettext("%(n)s row", "%(n)s rows", 2) == "%(n)s Zeilen"
    assert catalogue.gettext('Long text "quoted"') == "Langer Text „zitiert“"


def test_fuzzy_and_missing_stay_english(catalogue: gettext.GNUTranslations) -> None:
    assert catalogue.gettext("Guess") == "Guess"
    assert catalogue.gettext("Not yet") == "Not yet"


def test_a_broken_file_is_refused_with_its_line(tmp_path: Path) -> None:
    source = tmp_path / "bad.po"
    source.write_text('msgid "a"\nmsgstr "b"\n\nnonsense here\n', encoding="utf-8")
    with pytest.raises(BadCatalogue, match=r"bad\.po:4"):
        read_po(source)


def test_only_what_changed_is_compiled(tmp_path: Path) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO, encoding="utf-8")
    assert [path.name for path in compile_all(tmp_path)] == ["django.mo"]
    assert compile_all(tmp_path) == []
