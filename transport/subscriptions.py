"""Which events the transport app listens to: each module subscribes when it is imported."""

from transport.listeners import emissions, empties

__all__ = ["emissions", "empties"]
