"""Second factors, and the one place that knows django-allauth: codes of an app, passkeys, recovery codes.

Of allauth the models, forms and ceremonies are used; none of its pages, none of its addresses. The secrets of apps lie
sealed in the database, with a key made from SECRET_KEY (SECRET_KEY_FALLBACKS reads what a former one sealed).
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from unicodedata import normalize

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.organisation.models import Person
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.trail.appointments import signing_roles
from workflows.trail.record import about, subject_of

from .guessing import Count, may_try, of_a_person, succeeded
from .log import said

Kind = Authenticator.Type
FACTORS = (Kind.TOTP, Kind.WEBAUTHN)  # recovery codes stand in for one of these, and are none by themselves
WORDS = {
    Kind.TOTP: gettext_lazy("app"),
    Kind.WEBAUTHN: gettext_lazy("passkey"),
    Kind.RECOVERY_CODES: gettext_lazy("recovery codes"),
}


class Adapter(DefaultMFAAdapter):
    """What allauth asks the house for."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not right. Take the one the app shows now."),
    }

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def encrypt(self, text: str) -> str:
        return _seals().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seals().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.username, "display_name": str(user)}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.GROUP_NAME}


def _seals() -> MultiFernet:
    def key(secret: str) -> Fernet:
        made = salted_hmac("door.factors", b"", secret=secret, algorithm="sha256").digest()
        return Fernet(base64.urlsafe_b64encode(made))

    return MultiFernet([key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


# --- who has one, who has to ------------------------------------------------------------------------------


def of(person: Person) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=person).order_by("created_at"))


def of_them_all() -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.filter(type__in=FACTORS)
    return found


def has_one(person: Person) -> bool:
    return bool(of_them_all().filter(user=person).exists())


def has_to(person: Person) -> bool:
    """Whether this person signs or administers, in a post of their own or in somebody's place."""
    if not settings.SECOND_FACTOR_REQUIRED:
        return False
    wanted = signing_roles() | {Role.ADMINISTRATOR}
    return any(hat.post and hat.post.role in wanted for hat in Standing(person).hats())


# --- asked for one ------------------------------------------------------------------------------------------


class Ask(forms.Form):
    """A code of the app, a recovery code, or what a passkey answered."""

    code = forms.CharField(label=gettext_lazy("Code"), required=False, max_length=20)
    credential = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    authenticator: Authenticator

    def __init__(self, *args: Any, person: Person, request: HttpRequest, **kwargs: Any) -> None:
        self.person, self.request = person, request
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        code, credential = cleaned.get("code", ""), cleaned.get("credential", "")
        if not code and not credential:
            raise ValidationError({"code": _("Please enter the code.")})
        counts = of_a_person("factor", self.person.pk)
        if not may_try(counts):
            raise ValidationError(_("Too many attempts. Please wait a quarter of an hour."), code="wait")
        try:
            self.authenticator = self._by_code(code) if code else self._by_passkey(credential)
        except ValidationError:
            said("second factor failed", self.request, grave=True, person=self.person.pk)
            raise
        succeeded(counts)
        self.authenticator.record_usage()
        return cleaned

    def _by_code(self, code: str) -> Authenticator:
        held = of(self.person)
        digits = re.sub(r"\D", "", normalize("NFKC", code))
        for each in held:
            if each.type == Kind.TOTP and _shown_by(each, digits):
                # allauth remembers spent codes in the memory of one process; here every process sees them
                if may_try([Count.of(1, "spent", self.person.pk, digits)]):
                    return each
                raise ValidationError({"code": _("This code has been used. Wait for the next one.")})
            if each.type == Kind.RECOVERY_CODES and _spent(each, digits):
                return each
        raise ValidationError({"code": Adapter().error_messages["incorrect_code"]})

    def _by_passkey(self, credential: str) -> Authenticator:
        asked = AuthenticateWebAuthnForm({"credential": credential}, user=self.person)
        if not _holds(asked):
            raise ValidationError({"code": _("That was not one of your passkeys. Please try again.")})
        found: Authenticator = asked.cleaned_data["credential"]
        return found


def _shown_by(factor: Authenticator, digits: str) -> bool:
    """Whether the app shows this code now, or did a moment ago. Raises ValidationError if nobody can tell any more."""
    try:
        return bool(totp.validate_totp_code(Adapter().decrypt(factor.data["secret"]), digits))
    except InvalidToken as sealed:
        told = _(
            "Your second factor cannot be read any more: the house's key was changed. Please tell your administrator."
        )
        raise ValidationError({"code": told}) from sealed


def _holds(asked: forms.Form) -> bool:
    """Whether a form that reads what a browser says of a passkey finds it in order.

    Underneath, whatever is malformed or wrongly signed comes out as an exception of half a dozen packages.
    """
    try:
        return asked.is_valid()
    except Exception:
        return False


def passkeys_work(request: HttpRequest) -> bool:
    """Browsers keep passkeys for names, not for numbers, and give them over TLS or to the machine itself."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost"
    return False


def challenge(request: HttpRequest, person: Person, held: Sequence[Authenticator]) -> str:
    """What the browser needs to ask for one of the person's passkeys, as JSON; empty where there is none to ask for."""
    if not passkeys_work(request) or not any(each.type == Kind.WEBAUTHN for each in held):
        return ""
    return json.dumps(webauthn.begin_authentication(person), default=dict)


# --- set up and taken away ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """What an app is told: a picture to scan, or the same in letters."""

    picture: str  # as an address of its own
    secret: str
    link: str


class Scanned(ActivateTOTPForm):
    """The first code of an app that has just been told the secret."""

    def offer(self) -> Offer:
        link = Adapter().build_totp_url(self.user, self.secret)
        spaced = " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))
        return Offer(segno.make(link, micro=False).svg_data_uri(scale=5, border=3), spaced, link)


class Named(AddWebAuthnForm):
    """A new passkey, by the name its owner gives it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].max_length = 60
        self.fields["name"].widget.attrs["maxlength"] = 60

    def holds(self) -> bool:
        return _holds(self)


def invitation(person: Person) -> str:
    """What the browser needs to make a passkey, as JSON."""
    return json.dumps(webauthn.begin_registration(person, False), default=dict)


@transaction.atomic
def add_app(request: HttpRequest, person: Person, form: Scanned) -> list[str]:
    """Take the app for a second factor. Returns recovery codes where there were none."""
    totp.TOTP.activate(person, form.secret)
    totp.clear_totp_secret(request)
    return _added(request, person, Kind.TOTP)


@transaction.atomic
def add_passkey(request: HttpRequest, person: Person, form: Named) -> list[str]:
    """Take the passkey for a second factor. Returns recovery codes where there were none."""
    name = form.cleaned_data["name"][:60]
    webauthn.WebAuthn.add(person, name, form.cleaned_data["credential"])
    return _added(request, person, Kind.WEBAUTHN)


def _added(request: HttpRequest, person: Person, kind: str) -> list[str]:
    had = Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).exists()
    tell(request, person, person, {"second_factor": [None, str(kind)]})
    return [] if had else new_codes(request, person)


# Recovery codes are ours: allauth keeps a seed that they can be computed from, we keep their hashes. The first digit
# says which of them it is, so that one hash is compared and not ten.
CODES, DIGITS = 10, 9


@transaction.atomic
def new_codes(request: HttpRequest | None, person: Person) -> list[str]:
    """Ten codes for when the factor is not at hand; the former ones are worth nothing."""
    Authenticator.objects.filter(user=person, type=Kind.RECOVERY_CODES).delete()
    codes = [f"{n}{secrets.randbelow(10**DIGITS):0{DIGITS}}" for n in range(CODES)]
    hashes = [make_password(code) for code in codes]
    Authenticator.objects.create(user=person, type=Kind.RECOVERY_CODES, data={"hashes": hashes})
    tell(request, person, person, {"recovery_codes": [None, CODES]})
    return [f"{code[:5]} {code[5:]}" for code in codes]


@transaction.atomic
def _spent(codes: Authenticator, digits: str) -> bool:
    """Whether this is one of the codes, which it is then no more."""
    if len(digits) != DIGITS + 1:
        return False
    row = Authenticator.objects.select_for_update().get(pk=codes.pk)
    kept = row.data["hashes"][int(digits[0])]
    if not kept or not check_password(digits, kept):
        return False
    row.data["hashes"][int(digits[0])] = ""
    row.save(update_fields=["data"])
    return True


def codes_left(held: Sequence[Authenticator]) -> int:
    """How many recovery codes are unspent."""
    return sum(bool(kept) for each in held if each.type == Kind.RECOVERY_CODES for kept in each.data["hashes"])


@transaction.atomic
def take_away(request: HttpRequest | None, factor: Authenticator, *, by: Person, note: str = "") -> None:
    """Remove one; with the last of them the recovery codes go, which stand for nothing any more."""
    owner, kind = factor.user, factor.type
    factor.delete()
    if not has_one(owner):
        Authenticator.objects.filter(user=owner).delete()
    tell(request, owner, by, {"second_factor": [kind, None]}, note)


def tell(request: HttpRequest | None, owner: Person, by: Person, changes: dict[str, Any], note: str = "") -> None:
    about(subject_of(owner), by=by, action="change", changes=changes, note=note)
    owner.end_sessions()  # they were for what one entered with before
    if request is not None and owner == by:
        request.user = owner
        update_session_auth_hash(request, owner)
    said("second factor changed", request, person=owner.pk, by=by.pk, changes=changes)
