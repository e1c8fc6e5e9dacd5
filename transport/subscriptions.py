"""Which events the transport app listens to: each module subscribes when it is imported."""

from transport.listeners import emissions, empties, routes, tenders, tracking

__all__ = ["emissions", "empties", "routes", "tenders", "tracking"]
