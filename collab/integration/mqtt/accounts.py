"""The password and access files of Mosquitto, made of devices' accounts.

Mosquitto applies the rules to what is published, the last will included, and to what is delivered;
what no rule allows is refused. A device may subscribe to anything, but a wildcard that reaches
beyond its own topics delivers nothing, whatever group it shares (see `topics.share_name`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from collab.integration.mqtt.topics import (
    PLAIN_ROOT,
    SPARKPLUG_ROOT,
    Kind,
    is_name,
    plain_filter,
    sparkplug_filters,
)

PASSWORDS: Final = "passwords"
ACCESS: Final = "acl"


@dataclass(frozen=True, slots=True)
class Account:
    """A device that may sign in: ``password`` as `passwords.hash_password` writes it."""

    username: str
    password: str
    tenant: str
    device: str


def usable(accounts: Iterable[Account]) -> list[Account]:
    """Return the accounts that can be written: names without wildcards, colons and line ends."""
    return [
        each
        for each in accounts
        if all(map(is_name, (each.username, each.tenant, each.device)))
        and not set(each.password) & set(":\r\n")
    ]


def password_file(accounts: Sequence[Account], intake: tuple[str, str] | None = None) -> str:
    """Return the lines of ``password_file``; ``intake`` is (user name, password hash)."""
    rows = [(each.username, each.password) for each in accounts]
    if intake is not None:
        rows.insert(0, intake)
    return "".join(f"{username}:{password}\n" for username, password in rows)


def access_file(accounts: Sequence[Account], intake: str | None = None) -> str:
    """Return the rules of ``acl_file``; ``intake`` is the user name of our own process."""
    parts = [] if intake is None else [_block(intake, intake_rules())]
    parts += [_block(each.username, device_rules(each.tenant, each.device)) for each in accounts]
    return "\n".join(parts)


def device_rules(tenant: str, device: str) -> list[str]:
    """Return what one device may do: write its own topics and read commands to itself.

    ``t/{tenant}/{device}/#`` and ``spBv1.0/{tenant}/+/{device}/#`` in full, narrowed to the
    direction each has: a device that reads its own data back, or commands itself, has no use.
    """
    rules = [f"topic write {PLAIN_ROOT}/{tenant}/{device}/#"]
    for kind in Kind:
        right = "read" if kind.is_command else "write"
        ending = "/+" if kind.names_device else ""
        rules.append(f"topic {right} {SPARKPLUG_ROOT}/{tenant}/{kind}/{device}{ending}")
    return rules


def intake_rules() -> list[str]:
    """Return what our intake may do: read what devices say, send commands and its own state."""
    return [
        *(f"topic read {each}" for each in (plain_filter(), *sparkplug_filters())),
        f"topic write {SPARKPLUG_ROOT}/+/{Kind.NCMD}/+",
        "topic read $SYS/broker/uptime",
    ]


def _block(username: str, rules: Iterable[str]) -> str:
    return "".join([f"user {username}\n", *(f"{rule}\n" for rule in rules)])
