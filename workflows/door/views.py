"""The door: entering, leaving, and how the house speaks and looks to whoever came in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from workflows.desk.context import THEME_COOKIE, THEMES
from workflows.desk.middleware import CHOSEN_AT_THE_DOOR
from workflows.desk.request import DeskRequest, address_of, post_only
from workflows.desk.times import stamp
from workflows.organisation.models import Person

FAILURES = 5  # wrong passwords for one name from one address, then a pause
PAUSE_SECONDS = 15 * 60
YEAR_SECONDS = 365 * 24 * 60 * 60


class DoorForm(AuthenticationForm):
    """User name and password; after five failures the same name from the same address has to wait."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("User name and password do not match. Mind upper and lower case in the password."),
        "wait": _("Too many attempts. Please wait a quarter of an hour, or ask your administrator for a new password."),
    }

    def clean(self) -> dict[str, Any]:
        key = self._key()
        if cache.get(key, 0) >= FAILURES:
            raise ValidationError(self.error_messages["wait"], code="wait")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            cache.add(key, 0, PAUSE_SECONDS)
            cache.incr(key)
            raise
        cache.delete(key)
        return cleaned

    def _key(self) -> str:
        assert self.request is not None
        name = str(self.cleaned_data.get("username", "")).casefold()
        return f"door:{address_of(self.request)}:{name.encode().hex()}"


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
        return super().get_context_data(guests=guests(), **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        entered = super().form_valid(form)
        person = form.get_user()
        assert isinstance(person, Person)
        _say_who_set_the_password(self.request, person)
        return entered

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        wait = any(error.code == "wait" for error in form.non_field_errors().as_data())
        return self.render_to_response(self.get_context_data(form=form), status=429 if wait else 422)


def _say_who_set_the_password(request: HttpRequest, person: Person) -> None:
    """Once, on the first entry with a password somebody else has set: whoever sets it could enter in one's name."""
    if person.password_set_by is None or person.password_set_at is None:
        return
    with override(person.language):
        told = _("Your password was set by %(person)s, %(when)s. If you did not ask for it, tell the auditor.")
        messages.warning(request, str(told) % {"person": person.password_set_by, "when": stamp(person.password_set_at)})
    person.password_set_by = person.password_set_at = None
    person.save(update_fields=["password_set_by", "password_set_at"])


@login_not_required
def become(request: HttpRequest) -> HttpResponse:
    """Enter as one of the demonstration's people. Without a demonstration there is no such address."""
    wanted = request.POST.get("username")
    guest = next((guest for guest in guests() if guest.person.username == wanted), None)
    if guest is None:
        raise Http404
    login(request, guest.person, backend="django.contrib.auth.backends.ModelBackend")
    if (chosen := request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)) in dict(settings.LANGUAGES):
        # whoever they become next, it is the same visitor: what they chose here or inside stays chosen
        request.session[CHOSEN_AT_THE_DOOR] = chosen
    return HttpResponseRedirect(_back(request, "desk:inbox"))


class Leave(LogoutView):
    """Leave by POST; the browser is asked to forget what it kept of our pages."""

    next_page = "door:enter"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
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
    path("leave/", login_not_required(Leave.as_view()), name="leave"),
    path("language/", language, name="language"),
    path("theme/", theme, name="theme"),
]
