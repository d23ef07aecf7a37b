"""The check page: anybody with a paper or its file learns whether it is genuine, and nothing it does not say.

By the code beside the QR code everything on the paper is confirmed; by number and date only whether
it stands. A dropped file stays where it is: the browser asks here by its hash, and when that is
unknown fetches sizes and hashes of the file that was issued and finds out itself what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import cached_property
from django.views.decorators.http import conditional_page, require_safe

from documents.base import kind_of
from documents.looks import in_groups
from documents.models import IssuedDocument, Rendition
from documents.proof import verify
from documents.proof.verify import Standing, Verdict, Wrong
from forms.check import MOST_CODE, CodeForm, NumberForm
from workflows.desk.request import address_of
from workflows.door.views import keep_choice

CHECKS_A_MINUTE = 30  # of one address; a guess at a code hits one of 10^18
KEPT_SECONDS = 60  # an answer; so long a paper voided just now may still be called current
IN_A_FILE = [wrong for wrong in Wrong if wrong not in (Wrong.SIGNED_BY_ANOTHER, Wrong.OURS_BUT_UNKNOWN)]

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Answer:
    """What the check page says of a paper. `whole`: code or file were known, so all that stands on it may be said."""

    paper: IssuedDocument | None
    whole: bool = False
    asked: str = ""  # the code, as it was typed or stood behind the address

    @cached_property
    def standing(self) -> Standing:
        return verify.standing_of(self.paper) if self.paper else Standing(Verdict.UNKNOWN)

    @property
    def kind(self) -> str:
        return str(kind_of(self.paper.kind).title) if self.paper else ""

    @property
    def code(self) -> str:
        """The check code as it is printed; of no paper, what was asked for, to compare with the one in the hand."""
        if not (self.whole and self.paper):
            return self.asked[:MOST_CODE]
        return in_groups(self.paper.code)

    @property
    def digest(self) -> str:
        """SHA-256 of the file, once there is one."""
        ready = self.whole and self.paper and self.paper.rendition.status == Rendition.Status.RENDERED
        return self.paper.rendition.digest if ready and self.paper else ""


def public(view: View) -> View:
    """For anybody, so many times a minute; the answer may be kept for a while, unless it shows who is asking."""

    @login_not_required
    @require_safe
    @conditional_page
    @wraps(view)
    def guarded(request: HttpRequest, **arguments: str) -> HttpResponse:
        if too_many(request):
            return slow_down(request)
        if request.GET.get("language") in dict(settings.LANGUAGES):
            return in_language(request)
        response = view(request, **arguments)
        # language and appearance follow cookies, a part of a page follows the header
        patch_vary_headers(response, ["Cookie", "Accept-Language", "HX-Request"])
        if request.user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        else:
            patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
        return response

    return guarded


def in_language(request: HttpRequest) -> HttpResponse:
    """The same page, from now on in the language asked for.

    By a link and not by a form: a form would carry a token of its own, and no two strangers' pages would be alike.
    """
    asked = request.GET.copy()
    chosen = asked.pop("language")[-1]
    response = HttpResponseRedirect(f"{request.path}?{asked.urlencode()}" if asked else request.path)
    keep_choice(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    patch_cache_control(response, no_store=True)
    return response


@public
def check(request: HttpRequest) -> HttpResponse:
    """The form, and what it found."""
    asked = request.GET
    code_form = CodeForm(asked if "code" in asked and not asked.get("number") else None)
    number_form = NumberForm(asked if asked.get("number") or ("issued_on" in asked and "code" not in asked) else None)
    if code_form.is_valid():
        return answer(request, _with_code(code_form.cleaned_data["code"]), code=code_form)
    if number_form.is_valid():
        return answer(request, Answer(_with_number(**number_form.cleaned_data)), number=number_form)
    return page(request, code=code_form, number=number_form)


@public
def check_code(request: HttpRequest, code: str) -> HttpResponse:
    """Where the QR code leads. For the script, what stands beside a file that is not the one issued."""
    return answer(request, _with_code(code), beside=True)


@public
def check_file(request: HttpRequest) -> HttpResponse:
    """A file by its SHA-256: whoever has the file has all that stands on the paper."""
    return answer(request, Answer(verify.with_file(request.GET.get("digest", "")), whole=True))


@public
def check_sizes(request: HttpRequest, code: str) -> HttpResponse:
    """Sizes and hashes of the file issued under a code: what a browser needs to see what happened to another."""
    paper = verify.with_code(code)
    if paper is None:
        return JsonResponse({"known": False}, status=404)
    made = paper.rendition
    if made.status != Rendition.Status.RENDERED:
        return JsonResponse({"known": True, "made": False})
    return JsonResponse(
        {
            "known": True,
            "made": True,
            "size": made.size,
            "digest": made.digest,
            "unsigned_size": made.unsigned_size,
            "unsigned_digest": made.unsigned_digest,
            "record_digest": verify.record_digest(paper),
        }
    )


def answer(request: HttpRequest, found: Answer, *, beside: bool = False, **forms: forms.Form) -> HttpResponse:
    """What was found, on a page of its own; for the script that checks a file, that part alone."""
    status = 200 if found.paper else 404
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "registry/answer.html", {"answer": found, "beside": beside}, status=status)
    return page(request, found, status, **forms)


def page(
    request: HttpRequest,
    found: Answer | None = None,
    status: int = 200,
    *,
    code: forms.Form | None = None,
    number: forms.Form | None = None,
) -> HttpResponse:
    forms = {"code_form": code or CodeForm(), "number_form": number or NumberForm()}
    if any(form.errors for form in forms.values()):
        status = 422
    context = {"answer": found, "faults": IN_A_FILE, "most_bytes": verify.MOST_BYTES, **forms}
    return render(request, "registry/check.html", context, status=status)


def _with_code(code: str) -> Answer:
    return Answer(verify.with_code(code), whole=True, asked=code)


def _with_number(number: str, issued_on: date) -> IssuedDocument | None:
    """The paper with that number and date. Of two, one never printed and one issued in its place, the latter."""
    found = IssuedDocument.objects.select_related("rendition", "voiding__notice").filter(number=number)
    return next((paper for paper in found.filter(corrected_by=None) if paper.dated == issued_on.isoformat()), None)


def too_many(request: HttpRequest) -> bool:
    """Whether this address has asked more often than a person would, within the running minute."""
    key = f"check:{address_of(request)}"
    cache.add(key, 0, 60)
    try:
        return cache.incr(key) > CHECKS_A_MINUTE
    except ValueError:  # the minute ended between the two calls
        return False


def slow_down(request: HttpRequest) -> HttpResponse:
    response: Any = render(request, "registry/slow_down.html", status=429)
    response["Retry-After"] = "60"
    patch_cache_control(response, no_store=True)
    return response


urlpatterns = [
    path("check/", check, name="check"),
    path("check/file/", check_file, name="check_file"),
    path("check/<str:code>/", check_code, name="check_code"),
    path("check/<str:code>/file/", check_sizes, name="check_sizes"),
]
