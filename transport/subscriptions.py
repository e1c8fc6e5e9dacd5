"""Which events the transport app listens to: each module subscribes when it is imported."""

from transport.listeners import emissions, empties, tenders, tracking

__all__ = ["emissions", "empties", "tenders", "tracking"]
