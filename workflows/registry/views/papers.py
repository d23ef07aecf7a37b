"""Handing out the file of a paper."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from documents.base import kind_of
from documents.models import IssuedDocument, Rendition
from documents.registry import distribution, store
from documents.registry.clerks import keeps_papers
from documents.registry.lines import tell
from workflows.desk.request import DeskRequest, damaged
from workflows.matters.filenames import of_title
from workflows.matters.models import Matter
from workflows.organisation.offices import Capacity

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
            "registry/waiting.html",
            {
                "base": "partial.html" if request.htmx else "base.html",
                "paper": paper,
                "kind": kind_of(paper.kind).title,
                "sees_matter": sees_matter(request, paper),
            },
        )
    try:
        content = store.get(paper.rendition.digest)
    except store.Damaged:
        return damaged(request, paper.title, number=paper.number, issued=True)
    if request.method == "GET":
        distribution.read(paper, by=request.standing)
        tell(paper, as_oneself(request, paper), "view_document")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, file_name(paper))
    response["X-Content-Type-Options"] = "nosniff"
    return response


def may_see(request: DeskRequest, paper: IssuedDocument) -> bool:
    """Whoever may see the matter may see its papers; the office's own are for clerks and auditors.

    And whoever answers for a unit the paper was sent to, whether or not they see the matter. A notice
    that a paper is void is seen by whoever sees the paper.
    """
    if distribution.was_sent(paper, request.standing):
        return True
    if paper.matter_id is None:
        return keeps_papers(request.standing)
    return sees_matter(request, paper)


def sees_matter(request: DeskRequest, paper: IssuedDocument) -> bool:
    """Whether the paper's matter is one the person may open."""
    seen = Matter.objects.visible_to(request.user, request.standing)
    return paper.matter_id is not None and seen.filter(pk=paper.matter_id).exists()


def as_oneself(request: DeskRequest, paper: IssuedDocument) -> Capacity:
    """The person in their own first post: looking is not acting for anybody."""
    hat = next(iter(request.standing.as_person(request.user.pk, paper.matter.kind if paper.matter else "")))
    return Capacity.wearing(hat, request.user)


def file_name(paper: IssuedDocument) -> str:
    """Number (or reference) and title."""
    reference = paper.matter.reference if paper.matter else ""
    return plain_name(f"{paper.number or reference} {paper.title}")


def plain_name(wanted: str) -> str:
    """The name of a PDF that is called as its paper is."""
    return of_title(wanted, 120) + ".pdf"


urlpatterns = [
    path("d/<uuid:pk>/", document, name="document"),
]
