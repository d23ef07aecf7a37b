"""Browsers that have come in before: whose name they came in with.

So guessing at a name from elsewhere does not shut its owner out. The cookie opens nothing; stolen, it is worth
five tries in a quarter of an hour.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from workflows.organisation.models import Person

from .guessing import same_name

COOKIE = f"{settings.COOKIE_PREFIX}known"
SALT = "door.known"
MOST = 8  # names: so many may share a machine
YEAR_SECONDS = 365 * 24 * 60 * 60


def _mark(name: str) -> str:
    return salted_hmac(SALT, same_name(name), algorithm="sha256").hexdigest()[:16]


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        found: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=YEAR_SECONDS)
    except signing.BadSignature:
        return {}
    return found


def known_with(request: HttpRequest, name: str) -> str:
    """The browser's own mark, if somebody has come in with that name on it; else nothing."""
    found = _read(request)
    return str(found["device"]) if _mark(name) in found.get("names", ()) else ""


def remember(request: HttpRequest, response: HttpResponse, person: Person) -> None:
    """This person has come in on this browser."""
    found, mark = _read(request), _mark(person.username)
    names = [mark, *(each for each in found.get("names", ()) if each != mark)][:MOST]
    value = signing.dumps({"device": found.get("device") or secrets.token_hex(8), "names": names}, salt=SALT)
    response.set_cookie(
        COOKIE, value, max_age=YEAR_SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
