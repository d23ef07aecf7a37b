"""What one enters with: the password, the second factor, recovery codes. Everybody's own, and nobody else's."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from workflows.desk.request import DeskRequest, post_only
from workflows.organisation.models import Person
from workflows.trail.passwords import password_set

from . import factors, second
from .guessing import may_try, of_a_person, succeeded
from .log import said
from .watch import ENROL, FACTOR

View = Callable[..., HttpResponse]
SHOWN_ONCE = "codes"  # of the session: recovery codes that were made just now


class Old(forms.Form):
    """The password in use, asked so often and not more."""

    old_password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    user: Person
    request: HttpRequest

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        counts = of_a_person("password", self.user.pk)
        if not may_try(counts):
            raise ValidationError(_("Too many attempts. Please wait a quarter of an hour."), code="wait")
        if not self.user.check_password(old):
            said("own password failed", self.request, grave=True, person=self.user.pk)
            raise ValidationError(_("This is not the password you entered with."))
        succeeded(counts)
        return old


class Sure(Old):
    """Asks whether it is still the same person."""

    def __init__(self, *args: Any, user: Person, request: HttpRequest, **kwargs: Any) -> None:
        self.user, self.request = user, request
        super().__init__(*args, **kwargs)


class OwnPassword(SetPasswordForm, Old):
    """The old one, and the new one twice."""

    field_order = ["old_password", "new_password1", "new_password2"]

    def __init__(self, user: Person, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(user, *args, **kwargs)

    def clean_new_password1(self) -> str:
        new: str = self.cleaned_data["new_password1"]
        if new and new == self.cleaned_data.get("old_password"):
            raise ValidationError(_("This is the old one. Please choose another."))
        return new


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: DeskRequest) -> HttpResponse:
    """A new password of one's own: the old one is asked for, every other session ends, the trail has a line."""
    person = request.user
    if not person.has_usable_password():
        return render(request, "door/password_own.html", {"none": True})
    first, set_at = person.password_set_by, person.password_set_at
    form = OwnPassword(person, request, second.sent(request))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            password_set(person, by=person)
        update_session_auth_hash(request, person)  # this session goes on; the others were for the old password
        said("password changed", request, person=person.pk)
        messages.success(request, _("Your password is changed. Wherever else you were in, you have to enter again."))
        return redirect("door:home" if first else "door:mine")
    facts = {"form": form, "set_by": first, "set_at": set_at}
    return render(request, "door/password_own.html", facts, status=_status(form))


def _status(form: Any) -> int:
    if not form.is_bound or form.is_valid():
        return 200
    waits = any(error.code == "wait" for errors in form.errors.as_data().values() for error in errors)
    return 429 if waits else 422


# --- the second factor ---------------------------------------------------------------------------------------


def surely(view: View) -> View:
    """Only to whoever entered or was asked a moment ago; the others are asked, and come back."""

    @wraps(view)
    def guarded(request: DeskRequest, **arguments: Any) -> HttpResponse:
        if second.sure_of(request):
            return view(request, **arguments)
        back = request.path if request.method == "GET" else ""
        response = redirect("door:anew")
        response["Location"] += f"?{urlencode({'next': back})}" if back else ""
        return response

    return guarded


@require_http_methods(["GET"])
def mine(request: DeskRequest) -> HttpResponse:
    """What one enters with, at a glance."""
    person = request.user
    held = factors.of(person)
    facts = {
        "held": [
            {
                "row": each,
                "kind": factors.WORDS[factors.Kind(each.type)],
                "name": str(each) if each.type == factors.Kind.WEBAUTHN else "",
            }
            for each in held
            if each.type in factors.FACTORS
        ],
        "has_app": any(each.type == factors.Kind.TOTP for each in held),
        "codes_left": factors.codes_left(held),
        "passkeys": factors.passkeys_work(request),
        "has_to": request.session.get(ENROL) or (not held and factors.has_to(person)),
        "enrol": request.session.get(ENROL),
    }
    return render(request, "door/mine.html", facts)


@require_http_methods(["GET", "POST"])
def anew(request: DeskRequest) -> HttpResponse:
    """Are you still the one who entered? By the second factor, or by the password where there is none."""
    person, onwards = request.user, _onwards(request)
    form: Any
    facts: dict[str, Any] = {"onwards": onwards}
    if factors.has_one(person):
        form = factors.Ask(second.sent(request), person=person, request=request)
        facts |= second.asked(request, person, form)
    else:
        form = Sure(second.sent(request), user=person, request=request)
        facts |= {"form": form, "by_password": True, "none": not person.has_usable_password()}
    if request.method == "POST" and form.is_valid():
        second.made_sure(request)
        if isinstance(form, factors.Ask):
            request.session[FACTOR] = int(time.time())
        return redirect(onwards)
    return render(request, "door/sure.html", facts, status=_status(form))


def _onwards(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else "door:mine"


@surely
@require_http_methods(["GET", "POST"])
def app(request: DeskRequest) -> HttpResponse:
    """Tell an app the secret, and hear its first code."""
    person = request.user
    if any(each.type == factors.Kind.TOTP for each in factors.of(person)):
        return redirect("door:mine")
    form = factors.Scanned(second.sent(request), user=person)
    if request.method == "POST" and form.is_valid():
        return _set_up(request, factors.add_app(request, person, form))
    facts = {"form": form, "offer": form.offer()}
    return render(request, "door/app.html", facts, status=_status(form))


@surely
@require_http_methods(["GET", "POST"])
def passkey(request: DeskRequest) -> HttpResponse:
    """Have this device, a phone or a key make a passkey."""
    person = request.user
    if not factors.passkeys_work(request):
        return redirect("door:mine")
    form = factors.Named(second.sent(request), user=person)
    held = False
    if request.method == "POST" and (held := form.holds()):
        return _set_up(request, factors.add_passkey(request, person, form))
    failed = request.method == "POST" and not held
    facts = {"form": form, "failed": failed, "invitation": factors.invitation(person)}
    return render(request, "door/passkey.html", facts, status=422 if failed else 200)


def _set_up(request: DeskRequest, codes: list[str]) -> HttpResponse:
    """A factor is there: this session has shown it, and whoever had to set one up goes where they were going."""
    request.session[FACTOR] = int(time.time())
    request.session.pop(ENROL, None)
    messages.success(request, _("From now on you are asked for it when you enter."))
    if codes:
        request.session[SHOWN_ONCE] = codes
        return redirect("door:codes")
    return redirect("door:mine")


@surely
@require_http_methods(["GET", "POST"])
def codes(request: DeskRequest) -> HttpResponse:
    """Recovery codes: shown once, when they are made. POST makes new ones, and the former are worth nothing."""
    person = request.user
    if request.method == "POST":
        if not factors.has_one(person):
            return redirect("door:mine")
        request.session[SHOWN_ONCE] = factors.new_codes(request, person)
        return redirect("door:codes")
    shown = request.session.pop(SHOWN_ONCE, None)
    return render(request, "door/codes.html", {"codes": shown}) if shown else redirect("door:mine")


@post_only("door:mine")
def alone(request: DeskRequest) -> HttpResponse:
    """End every other session of one's own."""
    request.user.end_sessions()
    update_session_auth_hash(request, request.user)
    said("other sessions ended", request, person=request.user.pk)
    messages.success(request, _("Wherever else you were in, you have to enter again."))
    return redirect("door:mine")


@post_only("door:mine")
@surely
def forget(request: DeskRequest, pk: int) -> HttpResponse:
    """Take one of one's own factors away."""
    person = request.user
    factor = get_object_or_404(factors.of_them_all(), pk=pk, user=person)
    factors.take_away(request, factor, by=person)
    if not factors.has_one(person):
        request.session.pop(FACTOR, None)
        if factors.has_to(person):
            request.session[ENROL] = True
    messages.success(request, _("Taken away."))
    return redirect("door:mine")
