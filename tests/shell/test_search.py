"""The command palette finds what the viewer may see, and nothing else."""

from collab.masterdata.models import Part
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.shell import search
from tests.harness.cast import Cast
from tests.shell.conftest import Raise


def labels(cast_member: object, text: str) -> dict[str, list[str]]:
    """Return heading → labels as ``cast_member`` finds them."""
    with acting_for(cast_member):  # type: ignore[arg-type]
        return {group.label: [hit.label for hit in group.hits] for group in search.find(text)}


def test_parts_are_found_by_number_without_separators_and_by_name(cast: Cast) -> None:
    with acting_for(cast.avalon):
        number = "AM-597 12"
        Part.objects.create(number=number, compare_key=compare_key(number), name="Door harness")
    assert labels(cast.avalon, "am59")["Parts"] == ["Door harness"]
    assert labels(cast.avalon, "door")["Parts"] == ["Door harness"]
    assert "Parts" not in labels(cast.brasov, "door")


def test_partners_are_found_only_if_known(cast: Cast) -> None:
    assert labels(cast.avalon, "harness")["Partners"] == ["Brasov Harness", "Porto Harness"]
    assert "Partners" not in labels(cast.porto, "brasov")


def test_exceptions_are_found_by_the_numbers_one_may_see(cast: Cast, raised: Raise) -> None:
    raised(cast.brasov, cast.avalon, "BH-9")
    assert len(labels(cast.avalon, "AM-BH")["Exceptions"]) == 1
    assert len(labels(cast.silesia, "BH-9")["Exceptions"]) == 1
    assert "Exceptions" not in labels(cast.silesia, "AM-BH")
    assert "Exceptions" not in labels(cast.porto, "BH-9")


def test_odd_texts_are_answered(cast: Cast) -> None:
    for text in ("", " ", "%", "--", "\x00", "'; drop table", "ü" * 80):
        labels(cast.avalon, text.replace("\x00", ""))
