"""Leak channel 37 at a real Mosquitto: what a device's account lets it do, and until when."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from collab.integration.device_intake.account_files import AccountFiles, reload_broker
from collab.integration.mqtt.accounts import Account, access_file, usable
from collab.integration.mqtt.passwords import hash_password, verify_password
from collab.integration.mqtt.topics import plain_filter, share_name, sparkplug_filters
from tests.harness.broker import RunningBroker, needs_mosquitto, running_broker
from tests.integration.mqtt.client import Party, wait_until

OURS = Account("a1", hash_password("secret of a1"), "brasov", "probe-1")
RIVAL = Account("b2", hash_password("secret of b2"), "porto", "probe-1")
SIBLING = Account("a3", hash_password("secret of a3"), "brasov", "probe-10")
INTAKE = ("intake", "secret of intake")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    AccountFiles(tmp_path, INTAKE).write([OURS, RIVAL, SIBLING])
    with running_broker(tmp_path) as running:
        yield running


def sign_in(broker: RunningBroker, account: Account, **options) -> Party:
    return Party(broker.port, account.username, f"secret of {account.username}", **options)


@needs_mosquitto
def test_nobody_hears_a_rival_or_speaks_for_one(broker: RunningBroker) -> None:
    """`#`, `+/+`, `$share`, retained messages, last wills and foreign topics, one after another."""
    intake = Party(broker.port, *INTAKE)
    for topic in (plain_filter(share_name(INTAKE[1])), *sparkplug_filters()):
        intake.subscribe(topic)
    rival = sign_in(broker, RIVAL)
    for topic in (
        *("#", "+/+", "+/+/+/+", "t/#", "t/+/+/readings", "t/brasov/probe-1/readings"),
        *("$share/collab/t/+/+/readings", "$share/x/#", "$share/x/t/brasov/probe-1/readings"),
        *("spBv1.0/#", "spBv1.0/brasov/+/probe-1", "$SYS/#", "$CONTROL/#"),
    ):
        rival.subscribe(topic)
    ours = sign_in(broker, OURS, will=("spBv1.0/brasov/NDEATH/probe-1", b"cnry-will"))
    assert ours.publish("t/brasov/probe-1/readings", b"cnry-data") == "Success"
    for foreign in (
        *("t/porto/probe-1/readings", "t/brasov/probe-10/readings", "t/brasov/probe-1x/readings"),
        *("spBv1.0/porto/NDATA/probe-1", "spBv1.0/brasov/NDATA/probe-10"),
        *("spBv1.0/brasov/NCMD/probe-1", "spBv1.0/STATE/collab", "$SYS/broker/uptime"),
    ):
        assert ours.publish(foreign, b"cnry-forged") == "Not authorized", foreign
    ours.vanish()
    wait_until(lambda: len(intake.received) >= 2)  # the positive control: intake hears both
    forging = sign_in(broker, RIVAL, will=("t/brasov/probe-1/readings", b"cnry-forged-will"))
    forging.vanish()
    for _ in range(5):  # a rival in the share would be given some of them
        assert rival.publish("t/porto/probe-1/readings", b"own") == "Success"
    wait_until(lambda: len(intake.received) >= 7)
    assert sorted(intake.received) == [
        ("spBv1.0/brasov/NDEATH/probe-1", b"cnry-will"),
        ("t/brasov/probe-1/readings", b"cnry-data"),
        *[("t/porto/probe-1/readings", b"own")] * 5,
    ]
    assert rival.received == []
    for party in (rival, intake):
        party.leave()


@needs_mosquitto
def test_commands_reach_only_the_node_they_name(broker: RunningBroker) -> None:
    ours, sibling, intake = (
        sign_in(broker, OURS),
        sign_in(broker, SIBLING),
        Party(broker.port, *INTAKE),
    )
    ours.subscribe("spBv1.0/brasov/NCMD/probe-1")
    sibling.subscribe("spBv1.0/brasov/NCMD/probe-1")
    sibling.subscribe("spBv1.0/brasov/NCMD/probe-10")
    assert intake.publish("spBv1.0/brasov/NCMD/probe-1", b"rebirth") == "Success"
    wait_until(lambda: ours.received)
    assert sibling.received == []
    assert intake.publish("t/brasov/probe-1/readings", b"forged") == "Not authorized"
    for party in (ours, sibling, intake):
        party.leave()


@needs_mosquitto
def test_a_revocation_bites_within_five_seconds(broker: RunningBroker) -> None:
    """Who lost the account is cut off and not let in again; the others stay connected (OR-05)."""
    ours, rival = sign_in(broker, OURS), sign_in(broker, RIVAL)
    pid_file = broker.folder / "pid"
    assert broker.process is not None
    pid_file.write_text(str(broker.process.pid))
    files = AccountFiles(broker.folder, INTAKE)
    assert not files.write([OURS, RIVAL, SIBLING])  # the same accounts: nothing to reload
    assert files.write([RIVAL, SIBLING])
    assert reload_broker(pid_file)
    assert wait_until(ours.disconnected.is_set) < 2
    again = sign_in(broker, OURS)
    assert (again.connected.is_set(), again.reason) == (False, "Not authorized")
    assert rival.publish("t/porto/probe-1/readings", b"own") == "No matching subscribers"
    rival.leave()


@needs_mosquitto
def test_moving_a_device_takes_its_former_topic_away_at_once(broker: RunningBroker) -> None:
    ours = sign_in(broker, OURS)
    renamed = Account(OURS.username, OURS.password, OURS.tenant, "probe-2")
    AccountFiles(broker.folder, INTAKE).write([renamed, RIVAL])
    broker.reload()
    wait_until(lambda: ours.publish("t/brasov/probe-1/readings", b"x") == "Not authorized")
    ours.leave()


@needs_mosquitto
def test_tls_with_a_certificate_of_our_own(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost",
         "-keyout", tmp_path / "tls/server.key", "-out", tmp_path / "tls/server.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    AccountFiles(tmp_path, INTAKE).write([OURS])
    from collab.integration.device_intake.address import parse_address
    from collab.integration.device_intake.broker import Broker

    with running_broker(tmp_path, tls=True) as running:
        url = f"mqtts://intake:secret%20of%20intake@localhost:{running.port}"
        trusting = Broker(
            parse_address(f"{url}?cafile={tmp_path}/tls/server.crt"),
            name="t",
            filters=["t/+/+/readings"],
        )
        doubting = Broker(parse_address(url), name="d", filters=[])
        for each in (trusting, doubting):
            each.start()
        wait_until(lambda: trusting.is_connected)
        assert not doubting.is_connected
        for each in (trusting, doubting):
            each.stop()


def test_names_that_are_wildcards_or_lines_get_no_account() -> None:
    bad = ["#", "+", "a/b", "$share", "a b", "x\ntopic readwrite #", "gate:door", ""]
    odd = [Account("u", "h", "brasov", name) for name in bad]
    odd += [Account("u\nuser intake", "h", "brasov", "d"), Account("u", "h:x\ny", "brasov", "d")]
    assert usable(odd) == []
    rules = access_file([OURS, RIVAL])
    assert rules.count("user ") == 2
    assert "#" not in rules.replace("/#", "")


def test_passwords_are_those_of_mosquitto() -> None:
    stored = "$7$101$6DVrSzEtRgJ7MJrw$k2JVBhHkQbbWb9hSw7o="  # another hash
    assert not verify_password("secret", stored)
    assert not verify_password("secret", "plain")
    assert verify_password("sécret", hash_password("sécret"))
