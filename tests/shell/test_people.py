"""From an invitation to the first page: mail, password, second factor, roles, the last admin."""

import re
from io import StringIO
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from collab.events.models import Errand, Event
from collab.masterdata.refusals import Refused
from collab.organisations import services
from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation, Person, Site
from collab.shell.invitations import send_invitation, sign_in_link
from inventory.forms import site_choices
from inventory.services.subjects import own_site, own_site_or_all
from tests.conftest import ClientFor
from tests.harness.cast import Cast, found_person

PAGE = "/t/avalon/admin/"
FORM = {"email": "Jana@Avalon.Example", "name": "Jana", "role": "planner", "language": "de"}
PASSWORD = "a-long-enough-word"
FOUNDED = (
    "Neva Glass", "--bpn=BPNL00000000NEVA", "--kind=supplier", "--country=FI", "--admin",
    "aino@neva.example", "--admin-name=Aino", "--timezone=Europe/Helsinki",
)  # fmt: skip


def test_an_invited_colleague_gets_in_with_a_password_and_a_second_factor(
    cast: Cast, client_for: ClientFor
) -> None:
    admin = client_for(cast.avalon, "admin")
    assert admin.post(f"{PAGE}people/new/", FORM).status_code == 302
    link = mailed_link(cast.avalon)
    assert "Avalon Motors" in mail.outbox[0].subject
    jana = Client()
    choose_password(jana, link)
    assert jana.get("/t/avalon/").url == "/accounts/2fa/totp/activate/"  # type: ignore[attr-defined]
    jana.post("/accounts/reauthenticate/", {"password": PASSWORD})
    form = jana.get("/accounts/2fa/totp/activate/")
    assert form.status_code == 200
    counter = next(iter(yield_hotp_counters_from_time()))
    secret = form.context["form"].secret
    code = format_hotp_value(hotp_value(secret, counter))
    assert jana.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert jana.get("/t/avalon/").status_code == 200
    page = admin.get(PAGE).content.decode()
    assert "jana@avalon.example" in page


def test_a_link_works_once_and_for_nobody_else(cast: Cast, client_for: ClientFor) -> None:
    client_for(cast.avalon, "admin").post(f"{PAGE}people/new/", FORM)
    link = mailed_link(cast.avalon)
    choose_password(Client(), link)
    again = Client().get(link, follow=True)
    assert "password1" not in again.content.decode()
    with acting_for(cast.avalon):
        other = services.invite_person(email="x@avalon.example", name="X", role="viewer").person
    swapped = sign_in_link(other).rpartition("-")[2]
    assert "password1" not in Client().get(f"{link.rpartition('-')[0]}-{swapped}").content.decode()


def test_somebody_with_an_account_gets_no_link_to_its_password(
    cast: Cast, client_for: ClientFor
) -> None:
    Person.objects.create_user("jana@avalon.example", PASSWORD, name="Jana")
    client_for(cast.avalon, "admin").post(f"{PAGE}people/new/", FORM)
    send_all(cast.avalon)
    assert "/password/reset/key/" not in mail.outbox[0].body


def test_only_administrators_invite_and_nobody_reaches_a_foreign_member(
    cast: Cast, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    assert planner.get(PAGE).status_code == 200
    assert planner.post(f"{PAGE}people/new/", FORM).status_code == 403
    with acting_for(cast.brasov):
        foreign = services.invite_person(email="f@brasov.example", name="F", role="admin")
    admin = client_for(cast.avalon, "admin")
    for action in ("change", "switch", "again"):
        answer = admin.post(f"{PAGE}people/{foreign.pk}/{action}", {"role": "viewer"})
        assert answer.status_code == 404
    assert "f@brasov.example" not in admin.get(PAGE).content.decode()


def test_a_role_changes_and_access_ends_at_once(cast: Cast, client_for: ClientFor) -> None:
    admin, planner = client_for(cast.avalon, "admin"), client_for(cast.avalon)
    with acting_for(cast.avalon):
        member = Membership.objects.get(person__email="planner@avalon.example")
    admin.post(f"{PAGE}people/{member.pk}/change", {"role": "clerk"})
    assert planner.get("/t/avalon/network/sharing/new/").status_code == 403
    admin.post(f"{PAGE}people/{member.pk}/switch", {"active": "no"})
    assert planner.get("/t/avalon/").status_code in {302, 403, 404}
    admin.post(f"{PAGE}people/{member.pk}/switch", {"active": "yes"})
    assert planner.get("/t/avalon/").status_code == 200


def test_no_way_takes_the_last_administrator(cast: Cast, client_for: ClientFor) -> None:
    admin = client_for(cast.avalon, "admin")
    with acting_for(cast.avalon):
        own = Membership.objects.get(role="admin")
    admin.post(f"{PAGE}people/{own.pk}/change", {"role": "viewer"})
    admin.post(f"{PAGE}people/{own.pk}/switch", {"active": "no"})
    again = {**FORM, "email": "admin@avalon.example", "role": "viewer"}
    assert admin.post(f"{PAGE}people/new/", again).status_code == 422
    body = {"email": "admin@avalon.example", "name": "A", "role": "viewer"}
    answer = admin.post("/api/v1/members", body, content_type="application/json")
    assert answer.status_code == 409
    with acting_for(cast.avalon):
        own.refresh_from_db()
    assert (own.role, own.is_active) == ("admin", True)


def test_nobody_takes_an_address_that_another_organisation_may_invite(
    cast: Cast, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    wish = {"action_add": "", "email": "boss@kestrel.example"}
    assert client.post("/accounts/email/", wish).status_code == 404
    assert not Person.objects.filter(email="boss@kestrel.example").exists()


@pytest.mark.parametrize("page", ["", "totp/activate/", "webauthn/", "webauthn/add/"])
def test_the_pages_of_the_second_factor_open(cast: Cast, page: str) -> None:
    person = found_person(cast.avalon)
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get(f"/accounts/2fa/{page}").status_code == 200


def test_the_button_of_the_passkey_has_its_form_and_script(database: None) -> None:
    page = Client().get("/accounts/login/").content.decode()
    for part in ('form="mfa_login"', 'id="mfa_login"', "mfa/js/webauthn.js", "loginForm"):
        assert part in page


def test_an_operator_founds_an_organisation_and_hands_over_the_first_link(
    database: None,
) -> None:
    printed = StringIO()
    call_command("found_organisation", *FOUNDED, stdout=printed)
    aino = Client()
    choose_password(aino, printed.getvalue().split()[-1])
    assert aino.get("/t/neva-glass/").url == "/accounts/2fa/totp/activate/"  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="not in use"):
        call_command("found_organisation", *FOUNDED)


@pytest.mark.parametrize(
    "wrong",
    ["--bpn=12", "--country=de", "--timezone=Mars/Base", "--admin=aino", "--kind=bank"],
)
def test_a_wrong_option_founds_nothing(database: None, wrong: str) -> None:
    with pytest.raises(CommandError, match=r"expected|invalid choice"):
        call_command("found_organisation", *FOUNDED, wrong)
    assert not Person.objects.exists()


def choose_password(client: Client, link: str) -> None:
    """Follow the link as a browser does, and choose the password."""
    form = client.get(link, follow=True)
    place = form.redirect_chain[-1][0]
    answer = client.post(place, {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()


def mailed_link(organisation: Organisation) -> str:
    """Send what waits; return the path of the link in the newest mail."""
    send_all(organisation)
    found = re.search(r"https?://\S+", mail.outbox[-1].body)
    assert found, "expected a link in the mail"
    return urlsplit(found.group()).path


def send_all(organisation: Organisation) -> None:
    """Do what the queue of mails would do."""
    with acting_for(organisation):
        waiting = Errand.objects.filter(name="shell.send_invitation@mail")
        for key in waiting.values_list("subject_id", flat=True):
            assert Event.objects.filter(pk=key).exists()
            send_invitation(key)


def test_a_role_at_one_site_acts_at_that_site_alone(cast: Cast, client_for: ClientFor) -> None:
    with acting_for(cast.avalon):
        home = Site.objects.get(owner=cast.avalon)
        place = {"kind": home.kind, "country": "DE", "latitude": 48.1, "longitude": 11.6}
        other = Site.objects.create(code="NEW", name="New plant", **place)
    admin = client_for(cast.avalon, "admin")
    admin.post(f"{PAGE}people/new/", {**FORM, "role": "clerk", "site": home.code})
    with acting_for(cast.avalon):
        jana = Membership.objects.get(person__email="jana@avalon.example")
    assert jana.site_id == home.pk
    with acting_for(cast.avalon, site_id=jana.site_id):
        assert own_site(home.code) == home
        with pytest.raises(Refused, match="the site that your role is at"):
            own_site(other.code)
        with pytest.raises(Refused, match="the site that your role is at"):
            own_site_or_all("")
        assert [code for code, _ in site_choices()] == [home.code]
    admin.post(f"{PAGE}people/{jana.pk}/change", {"role": "admin", "site": home.code})
    with acting_for(cast.avalon):
        jana.refresh_from_db()
    assert jana.site_id is None, "an administrator's role is for all sites"
