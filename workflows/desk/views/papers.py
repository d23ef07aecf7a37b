"""Papers at the desk: handing out a file, telling whether a paper is genuine, and the ones that failed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from documents import queue, store
from documents.base import kind_of
from documents.lines import tell
from documents.models import CODE_ALPHABET, IssuedDocument, Rendition
from workflows.desk.request import DeskRequest, address_of, post_as
from workflows.matters.models import Matter
from workflows.organisation.models import Role
from workflows.organisation.offices import Capacity

CHECKS_A_MINUTE = 30  # of one address; a guess at a code hits one of 10^18

# --- a file -----------------------------------------------------------------------------------------


@never_cache
@require_safe
def document(request: DeskRequest, pk: str) -> HttpResponse:
    """The PDF for whoever may see its matter, with a line on the trail; a page that waits until it is made."""
    paper = get_object_or_404(IssuedDocument.objects.select_related("rendition", "matter"), pk=pk)
    if not may_see(request, paper):
        raise Http404
    ready = paper.rendition.status == Rendition.Status.RENDERED
    if request.htmx or not ready:
        return render(
            request,
            "desk/papers/waiting.html",
            {
                "base": "partial.html" if request.htmx else "base.html",
                "paper": paper,
                "kind": kind_of(paper.kind).title,
            },
        )
    try:
        content = store.get(paper.rendition.digest)
    except store.Damaged:
        return render(request, "desk/papers/damaged.html", {"paper": paper}, status=500)
    if request.method == "GET":
        tell(paper, as_oneself(request, paper), "view_document")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, file_name(paper))
    response["X-Content-Type-Options"] = "nosniff"
    return response


def may_see(request: DeskRequest, paper: IssuedDocument) -> bool:
    """Whoever may see the matter may see its papers; the office's own are for clerks and auditors."""
    if paper.matter_id is None:
        return any(post.role in (Role.CLERK, Role.AUDITOR) for post in request.standing.posts)
    return Matter.objects.visible_to(request.user, request.standing).filter(pk=paper.matter_id).exists()


def as_oneself(request: DeskRequest, paper: IssuedDocument) -> Capacity:
    """The person in their own first post: looking is not acting for anybody."""
    hat = next(iter(request.standing.as_person(request.user.pk, paper.matter.kind if paper.matter else "")))
    return Capacity.wearing(hat, request.user)


def file_name(paper: IssuedDocument) -> str:
    """Number (or reference) and title, without anything a file system or a header could misread."""
    reference = paper.matter.reference if paper.matter else ""
    wanted = f"{paper.number or reference} {paper.title}"
    plain = "".join(char for char in wanted if unicodedata.category(char)[0] != "C")
    return re.sub(r'[\\/:*?"<>|]+', " ", plain).strip(". ")[:120] + ".pdf"


# --- genuine or not ----------------------------------------------------------------------------------


class CheckForm(forms.Form):
    """What a paper in somebody's hand says of itself: its code, or its number and date."""

    code = forms.CharField(
        label=_("Check code"), required=False, max_length=20, help_text=_("The twelve characters beside the QR code.")
    )
    number = forms.CharField(label=_("Document number"), required=False, max_length=40)
    issued_on = forms.DateField(
        label=_("Date of issue"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_code(self) -> str:
        """As people type it: spaces, dashes and small letters do not matter."""
        return re.sub(r"[\s-]", "", self.cleaned_data["code"]).upper()

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not cleaned.get("code") and not self.errors:
            if not cleaned.get("number"):
                self.add_error("code", _("Please enter the code, or the number and the date."))
            elif not cleaned.get("issued_on"):
                self.add_error("issued_on", _("The number alone is not enough; please add the date."))
        return cleaned


@dataclass(frozen=True)
class Verdict:
    """What the check page says. `whole`: the code was known, so that everything on the paper may be said."""

    paper: IssuedDocument | None
    whole: bool = False

    @property
    def successor(self) -> IssuedDocument | None:
        return self.paper.replaced_by.order_by("-issued_at").first() if self.paper else None

    @property
    def kind(self) -> str:
        return str(kind_of(self.paper.kind).title) if self.paper else ""


@login_not_required
@never_cache
@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """A form for anybody. The code shows all the paper says; number and date only whether it stands."""
    if too_many(request):
        return slow_down(request)
    form = CheckForm(request.GET or None)
    if not form.is_bound or not form.is_valid():
        return render(request, "desk/papers/check.html", {"form": form}, status=422 if form.is_bound else 200)
    if code := form.cleaned_data["code"]:
        return verdict(request, Verdict(_with_code(code), whole=True), form)
    return verdict(request, Verdict(_with_number(form.cleaned_data["number"], form.cleaned_data["issued_on"])), form)


@login_not_required
@never_cache
@require_GET
def check_code(request: HttpRequest, code: str) -> HttpResponse:
    """Where the QR code leads."""
    if too_many(request):
        return slow_down(request)
    return verdict(request, Verdict(_with_code(code.upper()), whole=True), CheckForm())


def verdict(request: HttpRequest, found: Verdict, form: CheckForm) -> HttpResponse:
    status = 200 if found.paper else 404
    return render(request, "desk/papers/check.html", {"form": form, "verdict": found, "asked": True}, status=status)


def _with_code(code: str) -> IssuedDocument | None:
    if len(code) != 12 or not set(code) <= set(CODE_ALPHABET):
        return None
    return IssuedDocument.objects.select_related("rendition").filter(code=code).first()


def _with_number(number: str, issued_on: Any) -> IssuedDocument | None:
    number = number.replace(" ", "").replace("[", "〔").replace("]", "〕").replace("（", "〔").replace("）", "〕")
    found = IssuedDocument.objects.filter(number=number)
    return next((paper for paper in found if timezone.localdate(paper.issued_at) == issued_on), None)


def too_many(request: HttpRequest) -> bool:
    """Whether this address has asked more often than a person would, within the running minute."""
    key = f"check:{address_of(request)}"
    cache.add(key, 0, 60)
    try:
        return cache.incr(key) > CHECKS_A_MINUTE
    except ValueError:  # the minute ended between the two calls
        return False


def slow_down(request: HttpRequest) -> HttpResponse:
    response = render(request, "desk/papers/slow_down.html", status=429)
    response["Retry-After"] = "60"
    return response


# --- what could not be printed ------------------------------------------------------------------------


def failures() -> QuerySet[Rendition]:
    return (
        Rendition.objects.filter(status=Rendition.Status.FAILED)
        .select_related("document__matter__unit")
        .order_by("not_before", "pk")
    )


@never_cache
@require_GET
def failed(request: DeskRequest) -> HttpResponse:
    """Administrators: what could not be printed and why. The matter's reference, not its content."""
    post_as(request, Role.ADMINISTRATOR)
    rows = [(rendition, kind_of(rendition.document.kind).title) for rendition in failures()]
    return render(request, "desk/papers/failed.html", {"rows": rows})


@require_POST
def retry(request: DeskRequest, pk: str) -> HttpResponse:
    """Administrators: put one back into the queue. Twice is once."""
    post = post_as(request, Role.ADMINISTRATOR)
    rendition = get_object_or_404(Rendition.objects.select_related("document__matter"), pk=pk)
    queue.try_again(rendition, Capacity(request.user, post))
    return redirect("desk:failed")


urlpatterns = [
    path("d/<uuid:pk>/", document, name="document"),
    path("check/", check, name="check"),
    path("check/<str:code>/", check_code, name="check_code"),
    path("documents/failed/", failed, name="failed"),
    path("documents/failed/<uuid:pk>/", retry, name="retry"),
]
