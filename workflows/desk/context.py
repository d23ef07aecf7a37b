"""What every page knows: who is asking and as what, how much waits for them, how it shall look."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from documents.clerks import keeps_papers
from documents.distribution import addressed, unanswered
from documents.models import Receipt
from documents.queue import failed_count
from workflows.organisation.roles import Role

from .inbox import inbox
from .pages import may_begin

THEME_COOKIE = "theme"
# Page → the section of the registry it belongs to; every other page is a section of its own.
SECTIONS = {
    page: section
    for section, pages in {
        "register": ("paper", "paper_void"),
        "distribution": ("distributed",),
        "lists": ("new_list", "edit_list"),
        "batches": ("batch", "new_batch"),
        "seals": ("seal", "seal_withdraw"),
    }.items()
    for page in pages
}
THEMES = ("light", "dark")  # anything else: as the device has it


def desk(request: HttpRequest) -> dict[str, Any]:
    """Costs nothing until used: a partial page that shows no count pays for none."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    here = request.resolver_match.url_name if request.resolver_match else ""
    page: dict[str, Any] = {
        "section": SECTIONS.get(here or "", here),
        "group_name": settings.GROUP_NAME,
        "demonstration": settings.DEMONSTRATION,
        "theme": theme if theme in THEMES else "",
    }
    standing = getattr(request, "standing", None)
    if standing is not None and request.user.is_authenticated:
        roles = SimpleLazyObject(lambda: {post.role for post in standing.posts})
        page |= {
            "standing": standing,
            "inbox_count": SimpleLazyObject(lambda: inbox(standing).count()),
            "received_count": SimpleLazyObject(lambda: unanswered(Receipt.objects.filter(addressed(standing))).count()),
            "is_auditor": SimpleLazyObject(lambda: Role.AUDITOR in roles),
            "is_administrator": SimpleLazyObject(lambda: Role.ADMINISTRATOR in roles),
            "failed_count": SimpleLazyObject(failed_count),
            "keeps_papers": SimpleLazyObject(lambda: keeps_papers(standing)),
            "may_begin": SimpleLazyObject(lambda: may_begin(standing)),
        }
    return page
