"""The door: entering, leaving, and how the house speaks and looks to whoever came in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from workflows.desk.context import THEME_COOKIE, THEMES
from workflows.desk.middleware import CHOSEN_AT_THE_DOOR
from workflows.desk.request import DeskRequest, address_of, post_only
from workflows.organisation.models import Person

from . import mine, second
from .devices import known_with
from .guessing import PAUSE, at_the_door, may_try, succeeded
from .log import known_as, said
from .still import still
from .watch import ENDED, GUEST

YEAR_SECONDS = 365 * 24 * 60 * 60


class DoorForm(AuthenticationForm):
    """User name and password; how often one may try, `guessing` says."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("User name and password do not match. Mind upper and lower case in the password."),
        "wait": _("Too many attempts. Please wait a quarter of an hour, or ask your administrator for a new password."),
    }

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        name = str(self.cleaned_data.get("username", ""))
        if not name or not self.cleaned_data.get("password"):
            return self.cleaned_data
        counts = at_the_door(name, address_of(self.request), known_with(self.request, name))
        if not may_try(counts):
            said("entry slowed", self.request, grave=True, **known_as(name))
            raise ValidationError(self.error_messages["wait"], code="wait")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            said("entry failed", self.request, grave=True, **known_as(name))
            raise
        succeeded(counts)
        return cleaned


@dataclass(frozen=True)
class Guest:
    """One of the demonstration's people, with a sentence on what to try as them."""

    person: Person
    hint: str


def guests() -> list[Guest]:
    """Whom one may become with one click, in the order the demonstration names them; none without it."""
    listed = settings.VAR_DIR / "demonstration.json"
    if not (settings.DEMONSTRATION and listed.exists()):
        return []
    rows = json.loads(listed.read_text(encoding="utf-8"))
    people = Person.objects.filter(is_active=True, is_system=False).prefetch_related("posts__unit")
    by_name = {person.username: person for person in people.filter(username__in=[row["username"] for row in rows])}
    word = "en" if get_language() == "en" else "zh"
    return [Guest(by_name[row["username"]], row[word]) for row in rows if row["username"] in by_name]


class Enter(LoginView):
    """The door itself; in a demonstration also eight people one may become."""

    template_name = "door/enter.html"
    authentication_form = DoorForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ended = self.request.session.pop(ENDED, "")
        return super().get_context_data(guests=guests(), ended=ended, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        person = form.get_user()
        assert isinstance(person, Person)
        return second.come_in(self.request, person, self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        wait = any(error.code == "wait" for error in form.non_field_errors().as_data())
        response = self.render_to_response(self.get_context_data(form=form), status=429 if wait else 422)
        if wait:
            response["Retry-After"] = str(int(PAUSE.total_seconds()))
        return response


@login_not_required
def become(request: HttpRequest) -> HttpResponse:
    """Enter as one of the demonstration's people. Without a demonstration there is no such address."""
    wanted = request.POST.get("username")
    guest = next((guest for guest in guests() if guest.person.username == wanted), None)
    if guest is None:
        raise Http404
    login(request, guest.person, backend=second.BACKEND)
    request.session[GUEST] = True
    if (chosen := request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)) in dict(settings.LANGUAGES):
        # whoever they become next, it is the same visitor: what they chose here or inside stays chosen
        request.session[CHOSEN_AT_THE_DOOR] = chosen
    return HttpResponseRedirect(_back(request, "desk:inbox"))


class Leave(LogoutView):
    """Leave by POST; the browser is asked to forget what it kept of our pages."""

    next_page = "door:enter"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            said("left", request, person=request.user.pk)
        response = super().post(request, *args, **kwargs)
        # what was typed and not sent stays on the device, sealed with a key only the same person is told
        response["Clear-Site-Data"] = '"cache"'
        return response


@login_not_required
@post_only("door:home")
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language: inside it is stored on the person, at the door it holds for the session; a cookie tells the door."""
    chosen = request.POST.get("language", "")
    response = HttpResponseRedirect(_back(request, "door:home"))
    if chosen in dict(settings.LANGUAGES) and check_for_language(chosen):
        if request.user.is_authenticated:
            Person.objects.filter(pk=request.user.pk).update(language=chosen)
            request.session.pop(CHOSEN_AT_THE_DOOR, None)
        else:
            request.session[CHOSEN_AT_THE_DOOR] = chosen
        keep_choice(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@login_not_required
@post_only("door:home")
def theme(request: HttpRequest) -> HttpResponse:
    """Choose light, dark, or (anything else) as the device has it."""
    chosen = request.POST.get("theme", "")
    response = HttpResponseRedirect(_back(request, "door:home"))
    if chosen in THEMES:
        keep_choice(response, THEME_COOKIE, chosen)
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


@require_GET
def home(request: DeskRequest) -> HttpResponse:
    return redirect("desk:inbox")


def keep_choice(response: HttpResponse, name: str, value: str) -> None:
    """In a cookie, for a year."""
    response.set_cookie(
        name, value, max_age=YEAR_SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def _back(request: HttpRequest, otherwise: str) -> str:
    """Where the form said to go next, if that is one of our own pages."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse(otherwise)


urlpatterns = [
    path("", home, name="home"),
    path("enter/", Enter.as_view(), name="enter"),
    path("enter/as/", become, name="become"),
    path("enter/second/", second.second, name="second"),
    path("enter/still/", still, name="still"),
    path("leave/", login_not_required(Leave.as_view()), name="leave"),
    path("language/", language, name="language"),
    path("theme/", theme, name="theme"),
    path("me/", mine.mine, name="mine"),
    path("me/password/", mine.password, name="password"),
    path("me/alone/", mine.alone, name="alone"),
    path("me/anew/", mine.anew, name="anew"),
    path("me/app/", mine.app, name="app"),
    path("me/passkey/", mine.passkey, name="passkey"),
    path("me/codes/", mine.codes, name="codes"),
    path("me/factor/<int:pk>/forget/", mine.forget, name="forget"),
]
