"""Units read as words or symbols, in the reader's language, and lose nothing."""

import pytest
from django.template import Context, Template
from django.utils import translation

from collab.masterdata.rules.units import CANONICAL_UNITS
from collab.masterdata.unit_words import unit_word


@pytest.mark.parametrize("code", sorted(CANONICAL_UNITS))
def test_every_unit_has_a_word_of_its_own(code: str) -> None:
    words = [unit_word(each) for each in CANONICAL_UNITS]
    assert unit_word(code) != code
    assert words.count(unit_word(code)) == 1


@pytest.mark.parametrize(
    ("code", "english", "german"),
    [
        ("H87", "pcs", "Stk"),
        ("PCE", "pcs", "Stk"),  # an alias means the same
        ("KGM", "kg", "kg"),
        ("PR", "pairs", "Paar"),
        ("XYZ", "XYZ", "XYZ"),  # unknown: shown as it came
    ],
)
def test_worked_examples(code: str, english: str, german: str) -> None:
    with translation.override("en"):
        assert unit_word(code) == english
    with translation.override("de"):
        assert unit_word(code) == german


def test_a_page_keeps_the_code_as_title_and_escapes_what_it_does_not_know() -> None:
    page = Template("{{ a|unit }} {{ b|unit }} {{ c|unit }}|{{ a|unit_word }}")
    with translation.override("en"):
        text = page.render(Context({"a": "H87", "b": "<b>", "c": None}))
    assert text == '<abbr title="H87">pcs</abbr> &lt;b&gt; |pcs'
