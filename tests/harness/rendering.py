"""Of what an answer was rendered from, only the outermost template's context is kept.

Django's test client copies the context of every template, each component and inclusion of a page
anew: a tenth of the time of a page, for contexts that no test reads.
"""

from typing import Any

from django.test import client

_keep = client.store_rendered_templates


def keep_outermost_context() -> None:
    """Let ``response.context`` be that of the template that the view itself rendered."""
    client.store_rendered_templates = _keep_first


def _keep_first(store: dict[str, Any], *args: Any, **said: Any) -> None:
    if "context" not in store:
        _keep(store, *args, **said)
