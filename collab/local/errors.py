"""The one error that start-up shows to a person."""


class StartError(RuntimeError):
    """Collab cannot start; the message is one sentence that names the cause and the way out."""
