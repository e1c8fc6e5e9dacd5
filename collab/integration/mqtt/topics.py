"""The topics devices publish to: ``t/{tenant}/{device}/readings`` and Sparkplug's ``spBv1.0/…``.

A tenant is the short name of its organisation in addresses (its slug), a device the name its
account has; Sparkplug's group is the tenant and its edge node the device that signs in.
Sources: MQTT 5.0 section 4.7; Sparkplug 3.0 chapter 4.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

READINGS: Final = "readings"
PLAIN_ROOT: Final = "t"
SPARKPLUG_ROOT: Final = "spBv1.0"

_LEVEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
BEHIND: Final = ":"
"""Between a node and the device behind it, in the code of that device; no account has it."""


class BadTopic(ValueError):
    """The topic is none of ours; the message says which form was expected."""


class Kind(StrEnum):
    """What a Sparkplug message is about; host application states (STATE) are ours to send."""

    NBIRTH = "NBIRTH"
    NDEATH = "NDEATH"
    DBIRTH = "DBIRTH"
    DDEATH = "DDEATH"
    NDATA = "NDATA"
    DDATA = "DDATA"
    NCMD = "NCMD"
    DCMD = "DCMD"

    @property
    def names_device(self) -> bool:
        """Whether a topic of this kind ends with a device behind the node."""
        return self.value.startswith("D")

    @property
    def is_command(self) -> bool:
        """Whether the host sends it and the node hears it."""
        return self.value.endswith("CMD")


FROM_NODES: Final = tuple(kind for kind in Kind if not kind.is_command)


@dataclass(frozen=True, slots=True)
class PlainTopic:
    """``t/{tenant}/{device}/readings``."""

    tenant: str
    device: str

    def __str__(self) -> str:
        return f"{PLAIN_ROOT}/{self.tenant}/{self.device}/{READINGS}"


@dataclass(frozen=True, slots=True)
class SparkplugTopic:
    """``spBv1.0/{tenant}/{kind}/{node}`` and, for kinds about a device behind it, ``/{device}``."""

    tenant: str
    kind: Kind
    node: str
    device: str = ""

    def __str__(self) -> str:
        ending = f"/{self.device}" if self.device else ""
        return f"{SPARKPLUG_ROOT}/{self.tenant}/{self.kind}/{self.node}{ending}"


def code_behind(node: str, device: str) -> str:
    """Return the code of what a node reports on: its own, or that of the device behind it.

    A code with ``:`` cannot sign in, so nobody but the node speaks for what is behind it.
    """
    return f"{node}{BEHIND}{device}" if device else node


def is_name(text: str) -> bool:
    """Whether a tenant or a device may be called so: no wildcard, no ``/``, no ``$``, no space."""
    return _LEVEL.fullmatch(text) is not None


def parse_topic(text: str) -> PlainTopic | SparkplugTopic:
    """Read a topic that a device published to.

    Raises
    ------
    BadTopic
        For any other, also for commands: only we send them.
    """
    root, *levels = text.split("/")
    if not all(is_name(level) for level in levels):
        raise BadTopic("expected levels of at most 80 letters, digits, _ . - in the topic")
    if root == PLAIN_ROOT and len(levels) == 3 and levels[2] == READINGS:
        return PlainTopic(levels[0], levels[1])
    if root == SPARKPLUG_ROOT and len(levels) in {3, 4} and levels[1] in FROM_NODES:
        kind = Kind(levels[1])
        if kind.names_device == (len(levels) == 4):
            return SparkplugTopic(levels[0], kind, *levels[2:])
    raise BadTopic(
        f"expected {PLAIN_ROOT}/{{tenant}}/{{device}}/{READINGS} or "
        f"{SPARKPLUG_ROOT}/{{tenant}}/{{kind}}/{{node}}[/{{device}}]"
    )


def plain_filter(share: str = "") -> str:
    """Return what intake subscribes to for plain readings; of a group each message reaches one."""
    topic = f"{PLAIN_ROOT}/+/+/{READINGS}"
    return f"$share/{share}/{topic}" if share else topic


def share_name(secret: str) -> str:
    """Return the name of the group of all intake processes that sign in with ``secret``.

    It cannot be guessed. Mosquitto's access file limits what is delivered, not who joins a group: a
    device that knew the name would be given messages in turn, which the broker then withholds from
    it, and intake would never see them.
    """
    return hmac.new(secret.encode(), b"collab intake", hashlib.sha256).hexdigest()[:32]


def sparkplug_filters() -> list[str]:
    """Return what the one intake process that keeps Sparkplug's sessions subscribes to."""
    return [
        f"{SPARKPLUG_ROOT}/+/{kind}/+" + ("/+" if kind.names_device else "") for kind in FROM_NODES
    ]
