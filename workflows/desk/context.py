"""What every page knows: who is asking and as what, how much waits for them, how it shall look."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .inbox import inbox
from .pages import may_begin
from .rail import Rail, notes

THEME_COOKIE = f"{settings.COOKIE_PREFIX}theme"
THEMES = ("light", "dark")  # anything else: as the device has it


def desk(request: HttpRequest) -> dict[str, Any]:
    """Costs nothing until used: a partial page that shows no count pays for none."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    here = request.resolver_match.view_name if request.resolver_match else ""
    page: dict[str, Any] = {
        "group_name": settings.GROUP_NAME,
        "demonstration": settings.DEMONSTRATION,
        "theme": theme if theme in THEMES else "",
    }
    standing = getattr(request, "standing", None)
    if standing is not None and request.user.is_authenticated:
        page |= {
            "standing": standing,
            "inbox_count": SimpleLazyObject(lambda: inbox(standing).count()),
            "rail": Rail(standing, here),
            "inbox_notes": notes(),
            "may_begin": SimpleLazyObject(lambda: may_begin(standing)),
        }
    return page
