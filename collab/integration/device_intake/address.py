"""Where the broker is and how to trust it, from one address."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_FILES: Final = ("cafile", "certfile", "keyfile")


class BadAddress(ValueError):
    """MQTT_URL cannot be used; the message never repeats it, it holds a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """``mqtt[s]://user:password@host[:port]`` with the files of TLS in the query."""

    host: str
    port: int
    username: str
    password: str
    is_secure: bool
    cafile: Path | None = None
    certfile: Path | None = None
    keyfile: Path | None = None

    def tls(self) -> ssl.SSLContext | None:
        """Return how to verify the broker, and our own certificate where one is named."""
        if not self.is_secure:
            return None
        context = ssl.create_default_context(cafile=self.cafile and str(self.cafile))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certfile is not None:
            context.load_cert_chain(self.certfile, self.keyfile)
        return context


def parse_address(url: str) -> Address:
    """Read ``mqtts://intake:secret@broker.example:8883?cafile=/etc/collab/ca.crt``.

    Raises
    ------
    BadAddress
        If the user is missing, an option unknown, a file not there, or TLS files without mqtts.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme not in _PORTS or not parts.hostname or not parts.username:
        raise BadAddress("expected MQTT_URL as mqtt[s]://user:password@host[:port]")
    if unknown := sorted(set(options) - set(_FILES)):
        raise BadAddress(f"expected MQTT_URL without the unknown option {unknown[0]!r}")
    if options and parts.scheme != "mqtts":
        raise BadAddress("expected mqtts:// in MQTT_URL beside files of TLS")
    files = {name: Path(value) for name, value in options.items()}
    for name, path in files.items():
        if not path.is_file():
            raise BadAddress(f"expected {name} of MQTT_URL to name a file, found none")
    return Address(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        username=unquote(parts.username),
        password=unquote(parts.password or ""),
        is_secure=parts.scheme == "mqtts",
        **files,
    )
