"""Two senders at once: one control number is taken once, the same bytes are kept once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection

from collab.integration.edifact import envelope as edifact
from collab.integration.edifact.tokens import segment
from collab.integration.inbox.receiving import receive
from collab.integration.models.messages import InboundMessage
from collab.organisations.context import acting_for
from tests.harness.cast import Cast

AT_ONCE = 4


def interchange(number: str) -> bytes:
    return edifact.write(
        [("TSTMSG:D:04A:UN", [segment("BGM", "241", number, "9")])],
        sender=("OEM", "OD"),
        receiver=("SUP", "OD"),
        reference="101",
        prepared_at=datetime(2026, 11, 22, 6, tzinfo=UTC),
    )


def receive_at_once(cast: Cast, messages: list[bytes]) -> list[str]:
    """Hand all messages in at the same moment; return the states that were answered."""
    start = Barrier(len(messages))

    def hand_in(raw: bytes) -> str:
        try:
            start.wait(timeout=10)
            with acting_for(cast.brasov.pk):
                return receive(raw=raw)[0].state
        finally:
            connection.close()

    with ThreadPoolExecutor(len(messages)) as pool:
        return list(pool.map(hand_in, messages))


@pytest.mark.committed
def test_a_control_number_is_taken_by_one_content_only(cast: Cast) -> None:
    states = receive_at_once(cast, [interchange(str(at)) for at in range(AT_ONCE)])
    assert sorted(states) == ["received"] + ["refused"] * (AT_ONCE - 1)


@pytest.mark.committed
def test_the_same_bytes_are_kept_once(cast: Cast) -> None:
    states = receive_at_once(cast, [interchange("A")] * AT_ONCE)
    assert states == ["received"] * AT_ONCE
    with acting_for(cast.brasov):
        assert InboundMessage.objects.get().repetitions == AT_ONCE - 1
