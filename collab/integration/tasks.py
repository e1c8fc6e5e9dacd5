"""Work of the doors: deliver webhooks, forget old ones."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from collab.celery import app
from collab.events.leases import Lease, Start, bury, finish
from collab.events.tasks import OrganisationTask, PlatformTask, on_beat
from collab.integration.webhooks import services
from collab.integration.webhooks.sending import Answer, post
from collab.organisations.context import acting_for, acting_for_platform


class DeliveryTask(OrganisationTask):
    """Sends between two short transactions: none is open while a receiver takes its time."""

    abstract = True
    is_long = True

    def buried(self, start: Start, subject_id: UUID, reason: str) -> None:
        """Count a try that never came to an end as one without answer."""
        with acting_for(start.organisation_id):
            bury(start, reason)
            services.note_answer(subject_id, Answer(0, reason[:200]))


@shared_task(base=DeliveryTask, name=services.TASK)
def deliver_webhook(start: Start, attempt_id: UUID) -> None:
    """Make one try; a crash in between makes it again under the same ``webhook-id``."""
    with Lease(start):
        with acting_for(start.organisation_id):
            message = services.outgoing(attempt_id, now=timezone.now())
            if message is None:
                finish(start)
                return
        answer = post(message.url, message.headers, message.body)
        with acting_for(start.organisation_id):
            services.note_answer(attempt_id, answer)
            finish(start)


@app.task(base=PlatformTask, name="integration.forget_webhooks")
def forget_webhooks() -> None:
    """Delete deliveries that ended 30 days ago; once a day."""
    for organisation_id in acting_for_platform(reason="deliveries are kept for 30 days"):
        with acting_for(organisation_id):
            services.forget_old(now=timezone.now())


@app.on_after_finalize.connect
def schedule(sender: Any, **_signal: Any) -> None:
    """Put the doors' own work on the beat."""
    on_beat(sender, forget_webhooks, every_s=86_400)
