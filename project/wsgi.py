"""The door for gunicorn."""

import os
from typing import Any

from django.core.wsgi import get_wsgi_application
from gunicorn.http import wsgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = get_wsgi_application()

_headers = wsgi.Response.default_headers


def _unsigned(response: Any) -> list[str]:
    """Which server this is, is nobody's business; gunicorn has no setting for it."""
    return [line for line in _headers(response) if not line.startswith("Server:")]


wsgi.Response.default_headers = _unsigned
