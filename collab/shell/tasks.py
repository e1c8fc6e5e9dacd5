"""The shell's work on a queue: mail."""

from uuid import UUID

from celery import shared_task

from collab.events.tasks import OrganisationTask
from collab.organisations.services import INVITATION_TASK
from collab.shell import invitations


@shared_task(base=OrganisationTask, name=INVITATION_TASK.partition("@")[0])
def send_invitation(event_id: UUID) -> None:
    """Send the mail of an invitation; after a crash perhaps a second time, never not at all."""
    invitations.send_invitation(event_id)
