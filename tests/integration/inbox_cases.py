"""Interchanges of test messages, and what the inbox makes of them."""

from datetime import datetime
from typing import Any

from collab.integration.edifact import envelope as edifact
from collab.integration.edifact.tokens import segment
from collab.integration.inbox import applying, receiving
from collab.integration.inbox.registry import Arrival
from collab.integration.models.messages import InboundMessage

AT = datetime(2026, 11, 22, 6, 0)
COMMENT, BPNL = "f5c151e4-30b5-4456-94fd-2a7b559b6121", "BPNL6666666666YY"
Seen = list[Arrival]


def interchange(*numbers: str, reference: str = "101", sender: str = "O0013000OEM") -> bytes:
    """Return an interchange of one-segment test messages."""
    return edifact.write(
        [("TSTMSG:D:04A:UN", [segment("BGM", "241", number, "9")]) for number in numbers or ("A",)],
        sender=(sender, "OD"),
        receiver=("O0013000SUP", "OD"),
        reference=reference,
        prepared_at=AT,
    )


def x12_interchange(count: int = 3) -> bytes:
    return (
        "ISA*00*          *00*          *ZZ*OEM            *ZZ*SUP            "
        "*261122*0600*U*00401*000000007*0*P*>~GS*PS*OEM*SUP*20261122*0600*7*X*004010~"
        f"ST*830*0001~BFR*00*1~SE*{count}*0001~GE*1*7~IEA*1*000000007~"
    ).encode()


def kept(raw: bytes, **more: Any) -> InboundMessage:
    return receiving.receive(raw=raw, **more)[0]


def applied(raw: bytes, **more: Any) -> InboundMessage:
    return applying.apply(kept(raw, **more).pk)


def codes(message: InboundMessage) -> list[str]:
    return [each["code"] for each in message.problems]
