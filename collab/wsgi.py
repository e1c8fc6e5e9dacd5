"""The WSGI application: pages and REST."""

import os

from collab.heap import freeze_heap, pause_collections

pause_collections()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - loads what nobody collects

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collab.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402 - needs the apps loaded

from collab.organisations.role import refuse_unsafe_role  # noqa: E402

refuse_unsafe_role()
_ = get_resolver().url_patterns  # loads all routes: else the first request would
freeze_heap()
