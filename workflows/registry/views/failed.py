"""What could not be printed, for administrators: how the queue stands, the reasons, and another try."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from documents.base import kind_of
from documents.models import Batch, Printing, Rendition
from documents.registry import queue
from workflows.desk.request import DeskRequest, post_as, post_only
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role

SHOWN = 200


@dataclass(frozen=True)
class Failure:
    """One file that could not be made, as an administrator sees it: where it belongs, never what it says."""

    row: Rendition | Batch

    @property
    def what(self) -> str:
        if isinstance(self.row, Batch):
            return _("Print file")
        paper = self.row.document
        return f"{kind_of(paper.kind).title} · {paper.number}" if paper.number else str(kind_of(paper.kind).title)

    @property
    def matter(self) -> str:
        """Reference and unit; empty for a paper of the office itself and for a print file."""
        matter = self.row.document.matter if isinstance(self.row, Rendition) else None
        return f"{matter.reference} · {matter.unit}" if matter else ""


def failures(most: int | None = None) -> list[Rendition | Batch]:
    """Documents first, then print files; those that failed longest ago first. At most `most` of each."""
    renditions = queue.failed_papers().select_related("document__matter__unit")
    batches = Batch.objects.filter(status=Printing.Status.FAILED)
    return [*renditions.order_by("not_before", "pk")[:most], *batches.order_by("not_before", "pk")[:most]]


@never_cache
@require_GET
def failed(request: DeskRequest) -> HttpResponse:
    """How the queue stands, then each file that failed and why. The matter's reference, not its content."""
    post_as(request, Role.ADMINISTRATOR)
    context = {"rows": [Failure(row) for row in failures(SHOWN)], "state": queue.state()}
    return render(request, "registry/failed.html", context)


@post_only("registry:failed")
def retry(request: DeskRequest, pk: UUID) -> HttpResponse:
    """Put one back into the queue. Twice is once."""
    post = post_as(request, Role.ADMINISTRATOR)
    row: Rendition | Batch | None = Rendition.objects.select_related("document__matter").filter(pk=pk).first()
    queue.try_again(row or get_object_or_404(Batch, pk=pk), Capacity(request.user, post))
    return redirect("registry:failed")


@post_only("registry:failed")
def retry_all(request: DeskRequest) -> HttpResponse:
    """Put every one of them back, each with its line on the trail."""
    post = post_as(request, Role.ADMINISTRATOR)
    count = sum(queue.try_again(row, Capacity(request.user, post)) for row in failures())
    said = ngettext("%(count)s file will be made again.", "%(count)s files will be made again.", count)
    messages.success(request, said % {"count": count})
    return redirect("registry:failed")


urlpatterns = [
    path("documents/failed/", failed, name="failed"),
    path("documents/failed/all/", retry_all, name="retry_all"),
    path("documents/failed/<uuid:pk>/", retry, name="retry"),
]
