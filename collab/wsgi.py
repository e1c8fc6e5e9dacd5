"""The WSGI application: pages and REST."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collab.settings")
application = get_wsgi_application()

from collab.organisations.role import refuse_unsafe_role  # noqa: E402 - needs the apps loaded

refuse_unsafe_role()
