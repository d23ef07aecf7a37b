"""Whether somebody is still inside, asked before a form is sent; and what is said where it was sent all the same."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from workflows.desk.request import page_of
from workflows.matters.models import SentForm
from workflows.organisation.templatetags.typed import mark_of

MOST_KEYS = 50
OURS = frozenset({"csrfmiddlewaretoken", "key", "turn", "written", "seat", "do", "next", "since"})
SECRET = ("password", "code")  # parts of the names of what is never shown again


@login_not_required
@never_cache
@require_GET
def still(request: HttpRequest) -> JsonResponse:
    """Who is inside by this session, as `mark_of` and by name; a fresh token; which of the keys asked for are done."""
    keys = request.GET.getlist("key")[:MOST_KEYS]
    known = {"token": get_token(request), "person": "", "name": "", "done": []}
    if request.user.is_authenticated:
        done = SentForm.objects.filter(person=request.user, key__in=[key for key in keys if "\0" not in key], done=True)
        known |= {"person": mark_of(request.user), "name": str(request.user)}
        known["done"] = list(done.values_list("key", flat=True))
    return JsonResponse(known)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 to a form whose token is another session's: what was typed is shown, and the way back to its form."""
    if getattr(request, "htmx", None) or request.headers.get("HX-Request"):
        response = HttpResponse(status=403)
        response["HX-Reswap"], response["HX-Trigger"] = "none", "stale-token"
        return response
    inside = request.user.is_authenticated
    facts = {"back": page_of(request), "typed": _typed(request) if inside else [], "inside": inside}
    return render(request, "403_csrf.html", facts, status=403)


def _typed(request: HttpRequest) -> list[str]:
    return [
        value
        for name, values in request.POST.lists()
        if name not in OURS and not any(part in name for part in SECRET)
        for value in values
        if value.strip()
    ]
