"""Language and standing of whoever asks, and the pages for an act that failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect

from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.models import Matter
from workflows.organisation.offices import Place
from workflows.organisation.standing import Standing
from workflows.steps.models import StepTask
from workflows.trail import actions, naming

from .request import page_of

Answer = Callable[[HttpRequest], HttpResponse]


CHOSEN_AT_THE_DOOR = "language"  # of the session


class LanguageMiddleware:
    """Speaks what was chosen at the door, else the person's stored language; to a stranger the cookie's, or the browser's.

    What somebody chose at the door holds until they leave, and changes nothing that is stored of the person.
    Beside it, `request.standing`: the person's posts and stand-ins of today, asked for once, when needed.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        language = at_the_door(request) or user.language if user.is_authenticated else _asked_for(request)
        # activated, not overridden: a streamed answer is still being written after this returns
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
        request.standing = SimpleLazyObject(lambda: Standing(request.user))  # type: ignore[attr-defined, arg-type]
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not user.is_authenticated:
            patch_vary_headers(response, ("Accept-Language",))
        return response


def at_the_door(request: HttpRequest) -> str:
    """The language chosen before entering, which the session carries inside; empty where none was."""
    return str(request.session.get(CHOSEN_AT_THE_DOOR, ""))


def _asked_for(request: HttpRequest) -> str:
    """The cookie's language, else the browser's, else the house's."""
    offered = dict(settings.LANGUAGES)
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if cookie in offered:
        return cookie
    return (
        translation.get_language_from_request(request)
        if "Accept-Language" in request.headers
        else settings.LANGUAGE_CODE
    )


class RefusalMiddleware:
    """Turns the two ways an act can come too late or too far into pages that say what is the case.

    `StepOutOfOrder` → 409: who decided what, when. `NotYours` → 403: who may. For htmx the same as
    a fragment. Whoever sends a form, or asks by htmx, when their session has ended is sent to the door
    as a whole page, and from there back to the page they were on.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        door = resolve_url(settings.LOGIN_URL)
        if not isinstance(response, HttpResponseRedirect) or urlsplit(response.url).path != door:
            return response
        if (request.method == "POST" or request.htmx) and urlsplit(response.url).query:  # type: ignore[attr-defined]
            # somebody whose session is over: after entering they are led to the page they were on, not to what it asked
            response["Location"] = f"{door}?{urlencode({REDIRECT_FIELD_NAME: page_of(request)})}"
        return HttpResponseClientRedirect(response.url) if request.htmx else response  # type: ignore[attr-defined]

    def process_exception(self, request: HttpRequest, failure: Exception) -> HttpResponse | None:
        if isinstance(failure, StepOutOfOrder):
            response = _page(request, "moved_on", 409, out_of_order(failure))
            response["HX-Trigger"] = "stale"  # the list beside it has to look again
            return response
        if isinstance(failure, NotYours):
            return _page(request, "not_yours", 403, not_yours(failure, request.standing))  # type: ignore[attr-defined]
        return None


def _page(request: HttpRequest, name: str, status: int, facts: dict[str, Any]) -> HttpResponse:
    base = "partial.html" if request.htmx else "base.html"  # type: ignore[attr-defined]
    return render(request, f"desk/shell/{name}.html", {"base": base, **facts}, status=status)


def out_of_order(failure: StepOutOfOrder) -> dict[str, Any]:
    """Who moved the matter on: name ("X for Y"), what they did, when; and where it stands now."""
    facts: dict[str, Any] = {"matter": Matter.objects.select_related("unit").get(pk=failure.matter.pk)}
    if entry := failure.by:
        facts |= {"entry": entry, "who": naming.in_full(entry), "did": actions.label(entry)}
    return facts


def not_yours(failure: NotYours, standing: Standing) -> dict[str, Any]:
    """What is missing: the offices the matter lies with now, beside the posts the person holds.

    Nothing of the matter to somebody who may not see it.
    """
    matter = failure.matter
    facts: dict[str, Any] = {"reason": str(failure), "posts": standing.posts}
    if matter.pk is None:
        opener = getattr(matter, "OPENED_BY", None)
        return facts | {"needed": [f"{matter.unit} · {opener}"] if opener else []}
    if not Matter.objects.visible_to(standing.person, standing).filter(pk=matter.pk).exists():
        return facts
    tasks = StepTask.objects.filter(matter=matter.pk, closed_at=None, waits=False)
    rows = [
        row
        for task in tasks.prefetch_related("candidates__unit", "candidates__person")
        for row in task.candidates.all()
    ]
    return facts | {
        "matter": matter,
        "own": standing.person.pk in matter.interested,
        "needed": [str(Place(row.role, row.unit, row.person)) for row in rows],
    }
