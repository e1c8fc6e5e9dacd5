"""Each end of a partnership or grant does its own part, and nobody does the other's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Grant, Partnership, live_pairs
from collab.sharing.queries import fields_for, visible_fields
from tests.harness.cast import SINCE, TIER_TWO_FIELDS, Cast, give


def multi_tier(cast: Cast) -> Grant:
    with acting_for(cast.brasov):
        return Grant.objects.get(topic="work.exceptions", viewer=cast.silesia)


def test_the_owner_cannot_consent_for_whom_it_is_about(cast: Cast) -> None:
    with acting_for(cast.brasov):
        grant = Grant.objects.create(
            viewer=cast.silesia,
            about=cast.kestrel,
            topic="inventory.stock",
            purpose="early warning",
            valid_from=SINCE,
        )
        grant.about_consented_at = SINCE
        with pytest.raises(DatabaseError, match="consent"), transaction.atomic():
            grant.save()
        with pytest.raises(DatabaseError, match="consent"), transaction.atomic():
            Grant.objects.create(
                viewer=cast.silesia,
                about=cast.kestrel,
                topic="inventory.coverage",
                purpose="early warning",
                valid_from=SINCE,
                about_consented_at=SINCE,
            )
    with acting_for(cast.silesia):
        assert live_pairs("inventory.stock") == []


def test_the_other_ends_change_nothing_but_consent(cast: Cast) -> None:
    key = multi_tier(cast).pk
    with acting_for(cast.avalon):
        grant = Grant.objects.get(pk=key)
        grant.fields = []
        with pytest.raises(DatabaseError, match="somebody else"), transaction.atomic():
            grant.save()
    with acting_for(cast.silesia):
        assert Grant.objects.filter(pk=key).update(fields=[]) == 0


def test_other_terms_need_new_consent(cast: Cast) -> None:
    grant = multi_tier(cast)
    with acting_for(cast.brasov):
        grant.fields = [*TIER_TWO_FIELDS, "on_hand"]
        grant.save()
        grant.refresh_from_db()
        assert grant.about_consented_at is None
    with acting_for(cast.silesia):
        assert live_pairs("work.exceptions") == []


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": SINCE},
        {"valid_to": SINCE + timedelta(days=1)},  # over by now
        {"valid_from": datetime(2100, 1, 1, tzinfo=UTC)},  # not yet
    ],
)
def test_a_grant_outside_its_life_opens_nothing(cast: Cast, change: dict[str, datetime]) -> None:
    with acting_for(cast.avalon):
        assert live_pairs("inventory.stock") == [(cast.brasov.pk, cast.avalon.pk)]
    with acting_for(cast.brasov):
        Grant.objects.filter(topic="inventory.stock", viewer=cast.avalon).update(**change)
    with acting_for(cast.avalon):
        assert live_pairs("inventory.stock") == []


def test_limited_fields_of_several_grants_add_up(cast: Cast) -> None:
    pair = (cast.brasov.pk, cast.avalon.pk)
    give(cast.brasov, cast.silesia, cast.avalon, "work.exceptions", fields=["run_out_at"])
    with acting_for(cast.silesia):
        assert visible_fields("work.exceptions")[pair] == {*TIER_TWO_FIELDS, "run_out_at"}
    give(cast.brasov, cast.silesia, cast.avalon, "work.exceptions")
    with acting_for(cast.silesia):
        assert fields_for("work.exceptions", *pair) is None
    with acting_for(cast.porto):
        assert fields_for("work.exceptions", *pair) == frozenset()


def test_only_the_invited_accepts(cast: Cast) -> None:
    with acting_for(cast.kestrel):
        invitation = Partnership.objects.create(
            counterparty=cast.silesia, customer=cast.kestrel, supplier=cast.silesia
        )
        invitation.state = Partnership.State.ACTIVE
        with pytest.raises(DatabaseError, match="accept"), transaction.atomic():
            invitation.save()
    with acting_for(cast.silesia):
        assert "Kestrel Motors" in set(Organisation.objects.values_list("name", flat=True))
        assert not Site.visible.filter(owner=cast.kestrel).exists()  # not before accepting
        Partnership.objects.filter(pk=invitation.pk).update(state=Partnership.State.ACTIVE)
        assert Site.visible.filter(owner=cast.kestrel).exists()


def test_who_is_no_partner_is_not_there(cast: Cast) -> None:
    with acting_for(cast.porto):
        assert set(Organisation.objects.values_list("slug", flat=True)) == {
            "porto",
            "avalon",
            "kestrel",
        }
        assert set(Site.visible.values_list("owner__slug", flat=True)) <= {
            "porto",
            "avalon",
            "kestrel",
        }
