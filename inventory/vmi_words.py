"""What is wrong with a band, in words."""

from django.utils.translation import gettext_lazy as _

from inventory.rules.vmi import Breach

_WORDS = {
    Breach.STOCK_OUT: _("Runs out"),
    Breach.BELOW: _("Below the band"),
    Breach.ABOVE: _("Above the band"),
    Breach.ON_HAND: _("On hand outside the band"),
    Breach.SIGNAL: _("Signal level reached"),
}


def words_of(kind: Breach) -> str:
    """Return a kind of breach in the reader's language."""
    return str(_WORDS[kind])
