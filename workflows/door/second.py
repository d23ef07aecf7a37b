"""The second factor where it is asked for: on the way in, anew before signing, and before it is changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_http_methods

from workflows.matters.models import Matter
from workflows.matters.moves import Move
from workflows.matters.perform import is_rehearsal
from workflows.organisation.models import Person
from workflows.organisation.standing import Standing

from . import factors
from .devices import remember
from .watch import ENROL, FACTOR, SURE, is_guest, within

HALF = "half"  # of the session: whose password was right, and whose second factor is still asked for
HALF_SECONDS = 10 * 60
ASKED = "second_factor"  # in a form that was sent again with a code: the name of its mark
BACKEND = "django.contrib.auth.backends.ModelBackend"

Answer = Callable[[HttpRequest], HttpResponse]


# --- on the way in -----------------------------------------------------------------------------------------


def come_in(request: HttpRequest, person: Person, onwards: str) -> HttpResponse:
    """The password was right: in, or first to the page that asks for the second factor."""
    if factors.has_one(person):
        request.session[HALF] = {
            "person": person.pk, "at": int(time.time()), "hash": person.get_session_auth_hash(), "onwards": onwards,
        }  # fmt: skip
        request.session.cycle_key()
        return redirect("door:second")
    return _inside(request, person, onwards)


def _inside(request: HttpRequest, person: Person, onwards: str, *, factor: bool = False) -> HttpResponse:
    login(request, person, backend=BACKEND)
    if factor:
        request.session[FACTOR] = int(time.time())
    elif factors.has_to(person):
        request.session[ENROL] = True
    response = HttpResponseRedirect(onwards)
    remember(request, response, person)
    return response


def _half(request: HttpRequest) -> tuple[Person, str] | None:
    """Whose password was right a moment ago in this session, and where they were going."""
    half = request.session.get(HALF)
    if not half or not 0 <= time.time() - half["at"] < HALF_SECONDS:
        return None
    person = Person.objects.filter(pk=half["person"], is_active=True, is_system=False).first()
    if person is None or not constant_time_compare(person.get_session_auth_hash(), half["hash"]):
        return None
    return person, half["onwards"]


@login_not_required
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """The second page of the door. Whoever has not shown a password just now begins at the first."""
    found = _half(request)
    if request.user.is_authenticated or found is None:
        request.session.pop(HALF, None)
        return redirect("door:home" if request.user.is_authenticated else "door:enter")
    person, onwards = found
    form = factors.Ask(sent(request), person=person, request=request)
    if request.method == "POST" and form.is_valid():
        del request.session[HALF]
        response = _inside(request, person, onwards, factor=True)
        _say_what_is_left(request, person, form)
        return response
    return render(request, "door/second.html", asked(request, person, form), status=status_of(form))


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty one that was sent is not one that was not."""
    return request.POST if request.method == "POST" else None


def asked(request: HttpRequest, person: Person, form: factors.Ask) -> dict[str, Any]:
    """What a page shows that asks for a second factor."""
    held = factors.of(person)
    return {
        "form": form,
        "has_codes": any(each.type == factors.Kind.TOTP for each in held) or factors.codes_left(held) > 0,
        "has_app": any(each.type == factors.Kind.TOTP for each in held),
        "challenge": factors.challenge(request, person, held),
    }


def status_of(form: Any) -> int:
    if not form.is_bound or not form.errors:
        return 200
    return 429 if any(error.code == "wait" for error in form.non_field_errors().as_data()) else 422


def _say_what_is_left(request: HttpRequest, person: Person, form: factors.Ask) -> None:
    """Whoever used a recovery code learns how many there are."""
    if form.authenticator.type != factors.Kind.RECOVERY_CODES:
        return
    left = factors.codes_left(factors.of(person))
    with override(person.language):
        told = ngettext(
            "You used a recovery code; %(left)d is left.", "You used a recovery code; %(left)d are left.", left
        )
        messages.warning(request, told % {"left": left})


# --- anew, before signing ------------------------------------------------------------------------------------


class AskAnew(Exception):
    """The move signs, and it is too long ago that whoever makes it showed a second factor."""


def ask_before_signing(matter: Matter, move: Move, standing: Standing, seat: str) -> None:
    """A guard of `perform`: who agrees in an office that signs shows the second factor anew.

    Asked of a person before a page only: the clock, a command and a rehearsal have no second factor.
    """
    request: HttpRequest | None = context.request
    if request is None or is_rehearsal() or move.verdict != "agree" or standing.person != request.user:
        return
    if is_guest(request) or within(request, FACTOR, settings.SIGN_ANEW_AFTER):
        return
    signs = matter.policy.signing_roles() if matter.policy else frozenset()
    if move.by.role_for(matter, seat) not in signs:
        return
    if settings.SECOND_FACTOR_REQUIRED or FACTOR in request.session or factors.has_one(standing.person):
        raise AskAnew


class AskAnewMiddleware:
    """Asks in the middle of an act, and lets the same act be sent again with the answer, so that nothing is typed twice."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method != "POST" or not request.user.is_authenticated or ASKED not in request.POST:
            return None
        assert isinstance(request.user, Person)
        form = factors.Ask(request.POST, person=request.user, request=request)
        if not form.is_valid():
            return _ask(request, form)
        made_sure(request)
        request.session[FACTOR] = request.session[SURE]
        request.session.pop(ENROL, None)
        _say_what_is_left(request, request.user, form)
        return None

    def process_exception(self, request: HttpRequest, failure: Exception) -> HttpResponse | None:
        if not isinstance(failure, AskAnew):
            return None
        assert isinstance(request.user, Person)
        return _ask(request, factors.Ask(person=request.user, request=request))


def _ask(request: HttpRequest, form: factors.Ask) -> HttpResponse:
    """The page that asks, with everything in it that had been sent; files have to be chosen anew."""
    own = {"csrfmiddlewaretoken", ASKED, "code", "credential"}
    carried = [(name, value) for name, values in request.POST.lists() if name not in own for value in values]
    person = form.person
    facts = {
        "base": "partial.html" if request.htmx else "base.html",  # type: ignore[attr-defined]
        "sent": carried,
        "files": [file.name for _name, files in request.FILES.lists() for file in files],
        "mark": ASKED,
        "none_yet": not factors.has_one(person),
        **asked(request, person, form),
    }
    response = render(request, "door/anew.html", facts, status=max(status_of(form), 422))
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Retarget"], response["HX-Reswap"] = "#matter", "innerHTML show:none"
    return response


# --- anew, before what one enters with is changed --------------------------------------------------------------

SURE_SECONDS = 10 * 60


def sure_of(request: HttpRequest) -> bool:
    """Whether it is certain who sits there: they entered a moment ago, or were asked anew."""
    return within(request, SURE, SURE_SECONDS)


def made_sure(request: HttpRequest) -> None:
    """They showed once more who they are: from now on under another key, as after entering."""
    request.session[SURE] = int(time.time())
    request.session.cycle_key()
