"""Looks at every organisation's audit chain and signs how far it has come."""

import logging

from django.conf import settings
from django.utils import timezone

from collab.events import audit
from collab.events.checkpoints import BadCheckpoint, Checkpoint, keep, newest, public_key
from collab.events.checkpoints import start_from as trusted_start
from collab.organisations.context import acting_for, acting_for_platform, acting_organisation

logger = logging.getLogger(__name__)


def trusted_keys() -> frozenset[str]:
    """Return the public keys whose checkpoints this installation believes."""
    return frozenset({public_key(settings.AUDIT_SEED), *settings.AUDIT_FORMER_KEYS})


def seal_all() -> int:
    """Sign every chain that has grown and holds; return how many were signed.

    A broken chain is not signed: the log names the first wrong entry, and so does the page.
    """
    signed = 0
    for organisation_id in acting_for_platform(reason="sign the audit chains"):
        with acting_for(organisation_id):
            signed += seal()
    return signed


def seal() -> bool:
    """Sign the acting organisation's chain if it has grown since the last time and holds."""
    tenant = acting_organisation().bpn
    try:
        before = trusted_start(newest(settings.CHECKPOINTS, tenant), trusted_keys())
        found = audit.state(after=before)
        if found.findings:
            logger.error("audit chain of %s not signed: %s", tenant, found.findings[0])
            return False
        if found.tip.number == before.number:
            return False
        point = Checkpoint.sign(tenant, found.tip, timezone.now(), settings.AUDIT_SEED)
        keep(settings.CHECKPOINTS, point)
    except BadCheckpoint as bad:
        logger.error("audit chain of %s not signed: %s", tenant, bad)
        return False
    return True
