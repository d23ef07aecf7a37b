"""What every page knows of the papers: whether the person keeps them, and what waits or failed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from documents.models import Receipt
from documents.registry.clerks import keeps_papers
from documents.registry.distribution import addressed, unanswered
from documents.registry.queue import failed_count

# Section of the registry → the views that belong to it.
SECTIONS = {
    "register": ("register", "paper", "paper_void"),
    "distribution": ("distribution", "distributed"),
    "lists": ("lists", "new_list", "edit_list"),
    "batches": ("batches", "batch", "new_batch"),
    "unprinted": ("unprinted", "correct"),
    "seals": ("seals", "seal", "seal_withdraw"),
}


def views_of(*sections: str) -> frozenset[str]:
    """The full names of all views of these sections."""
    return frozenset(f"registry:{view}" for section in sections for view in SECTIONS[section])


def registry(request: HttpRequest) -> dict[str, Any]:
    """Costs nothing until used, as what the desk tells every page."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    page: dict[str, Any] = {"section": next((section for section in SECTIONS if here in views_of(section)), "")}
    standing = getattr(request, "standing", None)
    if standing is not None and request.user.is_authenticated:
        page |= {
            "received_count": SimpleLazyObject(lambda: unanswered(Receipt.objects.filter(addressed(standing))).count()),
            "failed_count": SimpleLazyObject(failed_count),
            "keeps_papers": SimpleLazyObject(lambda: keeps_papers(standing)),
        }
    return page
