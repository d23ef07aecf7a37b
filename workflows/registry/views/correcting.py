"""What could never be printed, for clerks: which papers these are, and issuing one again in other words."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from documents.base import kind_of
from documents.models import IssuedDocument
from documents.registry.correcting import (
    MayNotCorrect,
    asked,
    capacity_to_correct,
    corrections,
    hindrance,
    issue_again,
)
from documents.registry.queue import failed_papers
from forms.register import CorrectionForm
from workflows.desk.request import DeskRequest
from workflows.matters.errors import Refused

from .papers import may_see
from .register import clerk

SHOWN = 100


@never_cache
@require_safe
def unprinted(request: DeskRequest) -> HttpResponse:
    """The papers whose file could not be made, those that failed longest ago first."""
    clerk(request)
    rows = failed_papers().select_related("document__matter__unit").order_by("not_before", "pk")[:SHOWN]
    papers = [(row, kind_of(row.document.kind).title) for row in rows if may_see(request, row.document)]
    return render(request, "registry/unprinted.html", {"papers": papers})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: DeskRequest, pk: str) -> HttpResponse:
    """Ask how what cannot be printed is written, show both side by side, then issue the paper again."""
    papers = IssuedDocument.objects.select_related("matter__unit", "rendition", "voiding", "issued_by")
    paper = get_object_or_404(papers.prefetch_related("replaced_by"), pk=pk)
    if not may_see(request, paper):
        raise Http404
    if capacity_to_correct(paper, request.standing) is None:
        raise MayNotCorrect
    why = hindrance(paper)
    form = CorrectionForm(request.POST if request.method == "POST" else None, chars=[] if why else asked(paper))
    context = {"paper": paper, "kind": kind_of(paper.kind).title, "hindrance": why, "form": form}
    if request.method != "POST":
        return render(request, "registry/correct.html", context)
    if why or not form.is_valid():
        return render(request, "registry/correct.html", context, status=422)
    if "sure" not in request.POST:
        pairs = [] if "change" in request.POST else corrections(paper, form.forms())
        return render(request, "registry/correct.html", {**context, "corrections": pairs})
    try:
        new = issue_again(paper, form.forms(), by=request.user)
    except Refused as refusal:
        form.add_error(None, refusal.messages)
        return render(request, "registry/correct.html", context, status=422)
    messages.success(request, _("“%(paper)s” is issued again; its file is being prepared.") % {"paper": new})
    return redirect("registry:paper", new.pk)


urlpatterns = [
    path("papers/unprinted/", unprinted, name="unprinted"),
    path("papers/<uuid:pk>/again/", correct, name="correct"),
]
