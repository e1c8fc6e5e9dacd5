"""Devices of the simulator in the registry, with fresh credentials."""

from collections.abc import Iterator

from collab.demo.devices.fleet import Login
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from inventory.models import Device
from inventory.services.device_plans import DevicePlan, keep_device
from inventory.services.devices import issue_credential, live_credentials, revoke

AT_ONCE = 100
PER_MINUTE, BURST = 6_000, 60_000


def register(owner: Organisation, count: int) -> Iterator[Login]:
    """Yield the accounts of ``sim-00001`` and so on; missing devices are registered.

    A secret is told only when it is made, so each run makes new ones and revokes the former.
    """
    codes = [f"sim-{number:05d}" for number in range(1, count + 1)]
    for first in range(0, count, AT_ONCE):
        chunk = codes[first : first + AT_ONCE]
        with acting_for(owner):
            known = {row.code: row for row in Device.objects.filter(owner=owner, code__in=chunk)}
            made = [_login(owner, code, known.get(code)) for code in chunk]
        yield from made


def _login(owner: Organisation, code: str, device: Device | None) -> Login:
    if device is None:
        device = keep_device(DevicePlan(code=code, per_minute=PER_MINUTE, burst=BURST))
    for credential in live_credentials(device.pk):
        revoke(credential.pk)
    username, secret = issue_credential(device)
    return Login(username, secret, owner.slug, code)
