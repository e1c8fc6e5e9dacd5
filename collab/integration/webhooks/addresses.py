"""Which addresses we send to: public ones, looked up once and held to."""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 500
_PORTS = range(1, 65_536)
_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "64:ff9b::/96", "2002::/16")
)
"""Shared, protocol, benchmark and translated ranges, whatever the library thinks of them."""

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddress(ValueError):
    """An address that we do not send to: not https, not public, or not found."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: the name the receiver is known by, and the address it is sent to."""

    host: str
    port: int
    path: str
    address: str


def check_url(url: str) -> tuple[str, int, str]:
    """Return host, port and path of an https URL without credentials, or refuse it."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise ForbiddenAddress("expected an https address") from None
    is_plain = parts.username is None and parts.password is None and not parts.fragment
    if len(url) > LONGEST or parts.scheme != "https" or not parts.hostname or not is_plain:
        raise ForbiddenAddress(f"expected an https address of at most {LONGEST} signs")
    if any(ord(sign) < 33 or ord(sign) > 126 for sign in url) or port not in _PORTS:
        raise ForbiddenAddress("expected an https address without blanks, in ASCII")
    if (literal := _literal(parts.hostname)) is not None and not is_public(literal):
        raise ForbiddenAddress("expected a public address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname, port, path


def resolve(url: str) -> Target:
    """Look a URL's host up; every address it has must be public, the first one is taken.

    Who connects to ``Target.address`` meets what was checked here: nothing is looked up again.
    """
    host, port, path = check_url(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise ForbiddenAddress(f"expected {host} to have an address") from None
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(is_public(ipaddress.ip_address(each)) for each in addresses):
        raise ForbiddenAddress(f"expected {host} to have public addresses only")
    return Target(host, port, path, addresses[0])


def is_public(address: IpAddress) -> bool:
    """Say whether an address is one of the public internet."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(mapped)
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
