"""Who may be named as the sender of a message: oneself, or an active partner with a profile."""

from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.registry import Arrival
from collab.integration.models.messages import PartnerProfile
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership


def may_be_named(sender: Organisation) -> bool:
    """Whether the acting organisation may say that ``sender`` sent it something.

    Whoever hands a message in acts for its receiver; a name that it gives opens no right to
    write for the one it names, which is for the area that applies the message to hold.
    """
    if sender.pk == acting_organisation_id():
        return True
    rows = Partnership.objects.filter(state=Partnership.State.ACTIVE)
    return rows.filter(customer=sender).exists() or rows.filter(supplier=sender).exists()


def objection(
    sender: Organisation | None, profile: PartnerProfile | None, identifier: str
) -> Finding | None:
    """Return why a message of ``sender`` has to wait, if it has to.

    One's own systems need no profile for documents that name no sender.
    """
    is_own = sender is not None and sender.pk == acting_organisation_id()
    if sender is None or (profile is None and not is_own):
        expected = f"a partner profile with the identifier {identifier}"
        return Finding(code="unknown-sender", expected=expected)
    if not may_be_named(sender):
        return Finding(
            code="sender-not-active", expected="a partner whose partnership is active",
            found=sender.bpn,
        )  # fmt: skip
    return None


def require_own_system(arrival: Arrival, *, else_from: str) -> None:
    """Refuse a message that the acting organisation's own system did not send.

    Whoever holds a copy of one could else write in another's name. ``else_from`` says whose
    messages come from theirs.

    Raises
    ------
    MessageRefused
        With the code ``not-the-sender`` and the number of who sent it.
    """
    if arrival.sender_id == acting_organisation_id():
        return
    sender = Organisation.objects.filter(pk=arrival.sender_id).values_list("bpn", flat=True)
    raise MessageRefused(
        [
            Finding(
                code="not-the-sender",
                expected=f"a message of your own system; {else_from}",
                found=sender.first() or "",
                message=arrival.document.reference,
            )
        ]
    )
