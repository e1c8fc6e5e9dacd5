"""The WSGI application: pages and REST."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collab.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402 - needs the apps loaded

from collab.heap import freeze_heap  # noqa: E402
from collab.organisations.role import refuse_unsafe_role  # noqa: E402

refuse_unsafe_role()
_ = get_resolver().url_patterns  # loads all routes: else the first request would
freeze_heap()
