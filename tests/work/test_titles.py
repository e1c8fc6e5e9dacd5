"""Titles of alerts: the reader's plural, numbers and units; hidden values choose a shorter text."""

import pytest
from django.utils import timezone, translation

from collab.work.titles import title_of

BELOW = {"number": "BH-100", "difference": "1234.500", "unit": "H87", "first_week": "2026-W48"}


@pytest.mark.parametrize(
    ("language", "weeks", "title"),
    [
        ("en", 1, "Line 1 is over capacity in 1 week from 2026-W48"),
        ("en", 3, "Line 1 is over capacity in 3 weeks from 2026-W48"),
    ],
)
def test_a_single_week_is_one(language: str, weeks: int, title: str) -> None:
    with translation.override(language):
        values = {"group": "Line 1", "weeks": weeks, "first_week": "2026-W48"}
        assert title_of("forecasting.capacity_short", values) == title


def test_numbers_and_units_are_the_readers() -> None:
    with translation.override("en"):
        assert "1,234.5 pcs below" in title_of("forecasting.commit_below_forecast", BELOW)
    with translation.override("de"):
        assert "1.234,5" in title_of("forecasting.commit_below_forecast", BELOW)
        assert "H87" not in title_of("forecasting.commit_below_forecast", BELOW)


def test_what_the_reader_may_not_see_is_left_out() -> None:
    with translation.override("en"):
        title = title_of("forecasting.commit_below_forecast", {"number": "BH-100"})
    assert title == "BH-100: commit is below the forecast"


def test_days_and_instants_are_the_readers() -> None:
    asked = {"request": "R-7", "partner": "Avalon", "due": "2026-11-23T11:30:00+00:00"}
    with translation.override("de"), timezone.override("Europe/Berlin"):
        assert "23.11.2026, 12:30" in title_of("inventory.data_requested", asked)
    with translation.override("en"), timezone.override("UTC"):
        assert "23 Nov 2026, 11:30" in title_of("inventory.data_requested", asked)
        told = title_of("inventory.data_requested", asked | {"due": "2026-11-23 11:30"})
    assert "2026-11-23 11:30" in told


def test_a_day_stands_in_a_sentence_as_the_reader_writes_it() -> None:
    waiting = {"supplier": "Porto", "count": 4, "on": "2026-11-18"}
    with translation.override("en"):
        told = title_of("forecasting.release_unacknowledged", waiting)
    assert told == "Porto has not acknowledged 4 releases of 18 Nov 2026"
    with translation.override("de"):
        assert "18.11.2026" in title_of("forecasting.release_unacknowledged", waiting)
