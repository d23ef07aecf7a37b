"""What is asked of every request: is the person still there, do they have to do something first, what is kept of it.

The session knows by the machine's clock when somebody entered, when they were last heard of, when they gave a
second factor; so nothing here costs a query. A session whose owner came in with one click is a guest's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from workflows.organisation.models import Person

from .log import said

# of the session: instants in seconds, and whether its owner is a guest
ENTERED, SEEN, SURE, FACTOR = "entered", "seen", "sure", "factor"
GUEST, ENROL, ENDED = "guest", "enrol", "ended"
HEARD_OF_EVERY = 60  # seconds: how exactly it is known when somebody was last there

# where one may go who has something to do first
MINE = {"door:mine", "door:app", "door:passkey", "door:codes", "door:anew"}
PASSWORD = {"door:password"}

Answer = Callable[[HttpRequest], HttpResponse]


@receiver(user_logged_in)
def entered(sender: Any, request: HttpRequest, user: Person, **more: Any) -> None:
    """Whoever comes in, by whatever way, is there from now on."""
    now = int(time.time())
    request.session.update({ENTERED: now, SEEN: now, SURE: now})
    said("entered", request, person=user.pk, name=user.username)


def is_guest(request: HttpRequest) -> bool:
    """Whether they came in with one click, which only a demonstration offers."""
    return bool(settings.DEMONSTRATION and request.session.get(GUEST))


def within(request: HttpRequest, stamp: str, seconds: int) -> bool:
    """Whether that instant of the session is no longer ago than that."""
    return 0 <= time.time() - request.session.get(stamp, 0) < seconds


class WatchMiddleware:
    """Ends sessions that are too old or idle, leads to what has to be done first, keeps pages out of every store."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "_auth_user_id" in request.session:
            self._look_at(request)
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers["Cache-Control"] = "private, no-store"
        if response.status_code == 403:
            who = request.user.pk if request.user.is_authenticated else None
            said("refused", request, grave=True, person=who, method=request.method, path=request.path)
        return response

    def _look_at(self, request: HttpRequest) -> None:
        session, now = request.session, int(time.time())
        if ENTERED not in session:  # of before there were stamps
            session.update({ENTERED: now, SEEN: now})
        why = ""
        if now - session[ENTERED] >= settings.SESSION_COOKIE_AGE:
            why = "old"
        elif now - session.get(SEEN, 0) >= settings.SESSION_IDLE:
            why = "idle"
        if why:
            said("session ended", request, person=session["_auth_user_id"], why=why)
            logout(request)
            request.session[ENDED] = why
        elif now - session[SEEN] >= HEARD_OF_EVERY and not _of_itself(request):
            session[SEEN] = now

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not getattr(view, "login_required", True) or not request.user.is_authenticated or is_guest(request):
            return None
        assert isinstance(request.user, Person)
        here = request.resolver_match.view_name if request.resolver_match else ""
        first = ""
        if request.user.password_set_by_id:  # known to whoever set it
            first = "door:password" if here not in PASSWORD else ""
        elif request.session.get(ENROL):
            first = "door:mine" if here not in MINE | PASSWORD else ""
        elif here.startswith("admin:") and settings.SECOND_FACTOR_REQUIRED and FACTOR not in request.session:
            first = "door:mine"  # somebody who came to administer after they came in
        if not first:
            return None
        if getattr(request, "htmx", False) or request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(resolve_url(first))
        return redirect(first)


def _of_itself(request: HttpRequest) -> bool:
    """A page that looks again every few seconds, and says so, does not say that anybody sits before it."""
    return "X-Of-Itself" in request.headers
