"""Print files: a clerk picks documents, watches them being put together, and takes the file to the printer."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from documents.base import kind_of
from documents.looks import MOST_DOCUMENTS
from documents.models import Batch, IssuedDocument
from documents.registry import store
from documents.registry.batches import progress, put_together, tell_taken
from forms.batches import Filter, TogetherForm
from workflows.desk.request import DeskRequest, damaged, post_as
from workflows.matters.models import Matter
from workflows.organisation import clock
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role

from .papers import plain_name

SHOWN = 200  # rows one page lists; all that answer the filter may be taken nevertheless
LISTED = 100  # print files on the list, the newest


def seen_by(request: DeskRequest) -> QuerySet[IssuedDocument]:
    """The documents that stand and that the person may see; the office's own are for whoever gets this far."""
    matters = Matter.objects.visible_to(request.user, request.standing).values("pk")
    return IssuedDocument.objects.filter(Q(matter=None) | Q(matter__in=matters))


# --- picking ------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def new_batch(request: DeskRequest) -> HttpResponse:
    """Clerks: find documents, tick them, put them together.

    Filter, name and ticks are one form: looking for other documents loses nothing of them. The filter
    that the list answers stands in the form's address, the one being typed in its fields.
    """
    post = post_as(request, Role.CLERK)
    typed = Filter({} if "clear" in request.POST else request.POST or request.GET)
    puts = request.method == "POST" and not {"show", "clear"} & request.POST.keys()
    asked = Filter(request.GET) if puts else typed
    standing = seen_by(request).filter(voiding=None).select_related("rendition", "matter__unit")
    standing = standing.order_by("-issued_at", "-pk")
    found = asked.among(standing) if asked.is_valid() else standing.none()
    form = TogetherForm(request.POST if puts else None, initial={"title": request.POST.get("title", _suggested())})
    ticked = _keys(request.POST.getlist("paper"))
    fault = ""
    if puts:
        wanted = None if "all" in request.POST else ticked
        papers = _picked(found if wanted is None else standing, wanted)
        fault = _fault(papers, wanted)
        if form.is_valid() and not fault:
            batch = put_together(form.cleaned_data["title"], papers, Capacity(request.user, post))
            messages.success(request, _("The print file “%(title)s” is being made.") % {"title": batch.title})
            return redirect("registry:batch", batch.pk)
    shown = _rows(found[:SHOWN], ticked)
    kept = _rows(standing.filter(pk__in=ticked).exclude(pk__in=[row.paper.pk for row in shown]), ticked)
    count = found.count()
    context = {
        "typed": typed,
        "query": urlencode({name: value for name, value in asked.data.items() if name in asked.fields and value}),
        "form": form,
        "fault": fault,
        "count": count,
        "more": count > len(shown),
        "most": MOST_DOCUMENTS,
        "rows": shown,
        "kept": kept,
        "ticked": sum(row.ticked for row in [*shown, *kept]),
    }
    return render(request, "registry/new_batch.html", context, status=422 if puts or not asked.is_valid() else 200)


@dataclass(frozen=True)
class Pick:
    """One document that may be ticked."""

    paper: IssuedDocument
    kind: str
    ticked: bool


def _rows(papers: QuerySet[IssuedDocument], ticked: set[UUID]) -> list[Pick]:
    return [Pick(paper, str(kind_of(paper.kind).title), paper.pk in ticked) for paper in papers]


def _suggested() -> str:
    return _("Print file of %(day)s") % {"day": date_format(clock.today(), "Y-m-d")}


def _keys(typed: list[str]) -> set[UUID]:
    """The primary keys among what a browser sent; anything else was never on the page."""
    keys = set()
    for text in typed:
        try:
            keys.add(UUID(text))
        except ValueError:
            continue
    return keys


def _picked(found: QuerySet[IssuedDocument], keys: set[UUID] | None) -> list[IssuedDocument]:
    """All of these, or what is ticked of them, in the order of issue; one more than fits shows that it is too much."""
    papers = found if keys is None else found.filter(pk__in=list(keys)[: MOST_DOCUMENTS + 1])
    return list(papers.order_by("issued_at", "pk")[: MOST_DOCUMENTS + 1])


def _fault(papers: list[IssuedDocument], keys: set[UUID] | None) -> str:
    """Why these cannot be put together, in words; empty when they can."""
    if len(papers) > MOST_DOCUMENTS or (keys is not None and len(keys) > MOST_DOCUMENTS):
        return _("A print file takes at most %(most)s documents. Please take fewer.") % {"most": MOST_DOCUMENTS}
    if keys is not None and len(papers) < len(keys):
        return _("Some of the documents ticked are no longer on this list. Please look again.")
    return "" if papers else _("Please tick at least one document.")


# --- watching and taking ------------------------------------------------------------------------------


@never_cache
@require_GET
def batches(request: DeskRequest) -> HttpResponse:
    """Clerks and auditors: the print files, newest first, and how far each is."""
    post_as(request, Role.CLERK, Role.AUDITOR)
    rows = progress(list(Batch.objects.select_related("made_by")[:LISTED]))
    context = {"rows": rows, "moving": any(row.moves for row in rows), "may_put_together": _is_clerk(request)}
    return render(request, "registry/batches.html", context)


@never_cache
@require_GET
def batch(request: DeskRequest, pk: str) -> HttpResponse:
    """One print file: how far it is, and what is in it. All of it comes from rows, so a reload tells the same."""
    post_as(request, Role.CLERK, Role.AUDITOR)
    one = get_object_or_404(Batch.objects.select_related("made_by"), pk=pk)
    parts = one.parts.select_related("document__rendition", "document__matter__unit")
    mine = set(seen_by(request).filter(pk__in=one.parts.values("document")).values_list("pk", flat=True))
    context = {
        "row": progress([one])[0],
        "parts": [(part, kind_of(part.document.kind).title, part.document_id in mine) for part in parts],
        "may_take": _may_take(request, one),
    }
    return render(request, "registry/batch.html", context)


def _is_clerk(request: DeskRequest) -> bool:
    return any(post.role == Role.CLERK for post in request.standing.posts)


def _may_take(request: DeskRequest, one: Batch) -> bool:
    """A clerk who may see every document in it."""
    return _is_clerk(request) and not one.documents.exclude(pk__in=seen_by(request).values("pk")).exists()


@never_cache
@require_GET
def batch_file(request: DeskRequest, pk: str) -> HttpResponse:
    """The PDF for the printer, with a line on the trail."""
    post = post_as(request, Role.CLERK)
    one = get_object_or_404(Batch, pk=pk)
    if not _may_take(request, one):
        raise PermissionDenied(_("This print file holds documents that you may not see."))
    if one.status != Batch.Status.RENDERED:
        raise Http404
    try:
        content = store.get(one.digest)
    except store.Damaged:
        return damaged(request, one.title, issued=True)
    tell_taken(one, Capacity(request.user, post))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, plain_name(one.title))
    response["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("papers/batches/", batches, name="batches"),
    path("papers/batches/new/", new_batch, name="new_batch"),
    path("papers/batches/<uuid:pk>/", batch, name="batch"),
    path("papers/batches/<uuid:pk>/file/", batch_file, name="batch_file"),
]
