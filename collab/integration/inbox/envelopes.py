"""What came in: its syntax, sender, control reference and documents, whatever the format."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from collab.integration.catenax import documents, models, reading
from collab.integration.catenax.stock_models import MessageHeader
from collab.integration.edifact import envelope as edifact
from collab.integration.inbox.findings import Finding, MessageRefused, errors_of
from collab.integration.inbox.registry import Document
from collab.integration.x12 import envelope as x12

PARSER_VERSION: Final = "1"
LARGEST: Final = 15 * 1024 * 1024  # bytes
EDIFACT, X12, JSON = "edifact", "x12", "json"
EPCIS: Final = "epcis"  # kept here, but read and applied at a door of its own
_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The outside of a message; an empty ``identifier`` means that it names no sender.

    ``interchange`` is what a 997 or a CONTRL answers.
    """

    syntax: str
    kind: str
    identifier: str = ""
    qualifier: str = ""
    reference: str = ""
    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    interchange: x12.Interchange | edifact.Interchange | None = None

    @property
    def is_numbered(self) -> bool:
        """Whether the reference is a control number, which never comes twice."""
        return self.syntax in {EDIFACT, X12} and bool(self.reference)

    @property
    def is_accepted(self) -> bool:
        """Whether the documents may be handed on."""
        return not errors_of(self.findings)


def syntax_of(raw: bytes) -> str:
    """Return the syntax that the first bytes show, or an empty text."""
    start = raw[:64].lstrip(b"\xef\xbb\xbf" + _BLANK)
    if start.startswith((b"UNA", b"UNB")):
        return EDIFACT
    if start.startswith(b"ISA"):
        return X12
    return JSON if start.startswith((b"{", b"[")) else ""


def open_envelope(raw: bytes, *, kind: str = "", charset: str = "") -> Envelope:
    """Read the outside of a message and cut it into its documents.

    ``kind`` is the caller's word for a JSON document whose properties do not tell its model.
    Whatever is wrong becomes a finding: this raises nothing for any bytes.
    """
    syntax = syntax_of(raw)
    try:
        if len(raw) > LARGEST:
            raise _refused("too-large", f"at most {LARGEST} bytes", f"{len(raw)} bytes")
        if syntax == EDIFACT:
            return _edifact(raw, charset)
        if syntax == X12:
            return _x12(raw, charset)
        if syntax == JSON:
            return _json(raw, kind)
        start = raw[:20].decode("ascii", "replace")
        raise _refused("no-envelope", "EDIFACT (UNA, UNB), X12 (ISA) or a JSON object", start)
    except MessageRefused as refused:
        return Envelope(syntax=syntax, kind=kind or syntax, findings=refused.findings)


def _edifact(raw: bytes, charset: str) -> Envelope:
    found = edifact.read(raw, charset=charset)
    parts = tuple(
        Document(
            kind=f"{EDIFACT}:{message.kind}",
            reference=message.reference,
            content=message,
            findings=message.findings,
        )
        for message in found.messages
    )
    return Envelope(
        syntax=EDIFACT,
        kind=parts[0].kind if parts else EDIFACT,
        identifier=found.sender,
        qualifier=found.sender_qualifier,
        reference=found.reference,
        documents=parts,
        findings=found.findings or _nothing_inside(parts),
        interchange=found,
    )


def _x12(raw: bytes, charset: str) -> Envelope:
    found = x12.read(raw, charset=charset)
    parts = tuple(
        Document(
            kind=f"{X12}:{each.kind}",
            reference=each.control,
            content=each,
            findings=(*group.findings, *each.findings),
        )
        for group in found.groups
        for each in group.sets
    )
    return Envelope(
        syntax=X12,
        kind=parts[0].kind if parts else X12,
        identifier=found.sender,
        qualifier=found.sender_qualifier,
        reference=found.reference,
        documents=parts,
        findings=found.findings or _nothing_inside(parts),
        interchange=found,
    )


def _json(raw: bytes, kind: str) -> Envelope:
    document = documents.loads(raw)
    is_wrapped = isinstance(document, dict) and set(document) == {"header", "content"}
    said = document["content"] if is_wrapped else document
    named = kind.removeprefix("catenax:")
    model = named if named in models.MODELS else models.model_of(said)
    if model not in models.MODELS:
        raise _refused("unknown-kind", f"one of {', '.join(models.MODELS)}", model)
    name = f"catenax:{model}"
    reference = _reference_of(said) or hashlib.sha256(raw).hexdigest()
    notes: list[Finding] = []
    header = None
    if is_wrapped:
        header = reading.read_object(MessageHeader, document["header"], "/header", notes)
    aspect = reading.read_object(
        models.MODELS[model], said, "/content" if is_wrapped else "", notes
    )
    if notes:  # its correction will be about the same object
        return Envelope(syntax=JSON, kind=name, reference=reference, findings=tuple(notes))
    part = Document(kind=name, reference=reference, content=aspect, header=header)
    return Envelope(syntax=JSON, kind=name, reference=reference, documents=(part,))


def _reference_of(document: Any) -> str:
    """Return the identifier of what the document is about; empty for a request for update."""
    for name in ("commentId", "materialDemandId", "capacityGroupId", "notificationId"):
        found = document.get(name) if isinstance(document, dict) else None
        if found and isinstance(found, str):
            return found.removeprefix("urn:uuid:").lower()
    return ""


def _nothing_inside(parts: tuple[Document, ...]) -> tuple[Finding, ...]:
    if parts:
        return ()
    return (Finding(code="empty", expected="at least one message in the interchange"),)


def _refused(code: str, expected: str, found: str) -> MessageRefused:
    return MessageRefused([Finding(code=code, expected=expected, found=found)])
