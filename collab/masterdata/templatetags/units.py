"""Units on pages: the word to read, with the code as its title."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from collab.masterdata.unit_words import unit_word

register = template.Library()
register.filter("unit_word", lambda code: unit_word(str(code)) if code else "")


@register.filter
def unit(code: str | None) -> SafeString | str:
    """Return the unit for the text of a page; in attributes and titles use ``unit_word``."""
    if not code:
        return ""
    word = unit_word(str(code))
    return word if word == code else format_html('<abbr title="{}">{}</abbr>', code, word)
