"""Cookies that only this host sets and gets: over TLS their names begin as browsers then insist on."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class _InOurCookie(CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class Messages(FallbackStorage):
    """In a cookie of our name; what does not fit into it, in the session."""

    storage_classes = (_InOurCookie, SessionStorage)
