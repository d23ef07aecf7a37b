"""Print files: documents put together by a clerk, to be printed in one go. How far one is stands in rows, never in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from documents.models import Batch, BatchPart, IssuedDocument, Rendition
from workflows.organisation.offices import Capacity
from workflows.trail import actions
from workflows.trail.models import Entry
from workflows.trail.record import about, subject_of

from .queue import wake_after_commit

actions.register("put_together", _("put a print file together"))
actions.register("take_print_file", _("downloaded a print file"))


@transaction.atomic
def put_together(title: str, papers: Sequence[IssuedDocument], capacity: Capacity) -> Batch:
    """A print file of these documents, in this order, waiting to be made; and that on the trail.

    The caller has asked whether the person may see them, and that they are not too many.
    """
    batch = Batch.objects.create(title=title, made_by=capacity.person)
    BatchPart.objects.bulk_create(
        BatchPart(batch=batch, document=paper, place=place) for place, paper in enumerate(papers, start=1)
    )
    names = [paper.number or str(paper) for paper in papers]
    changes = {"title": [None, title], "documents": [None, names]}
    about(subject_of(batch), by=capacity.person, post=capacity.post, action="put_together", changes=changes)
    wake_after_commit()
    return batch


@transaction.atomic
def tell_taken(batch: Batch, capacity: Capacity) -> Entry:
    """That somebody took the file away, on the trail. The lock keeps two at the same instant apart."""
    Batch.objects.select_for_update().get(pk=batch.pk)
    return about(subject_of(batch), by=capacity.person, post=capacity.post, action="take_print_file", changes={})


@dataclass(frozen=True)
class Progress:
    """How far a print file is: of its documents so many have their file, and so many cannot be made."""

    batch: Batch
    made: int
    failed: int
    total: int

    @property
    def stage(self) -> str:
        """documents: they are being made · held: some cannot be · file: it is being put together · ready · failed"""
        if self.batch.status != Batch.Status.QUEUED:
            return "ready" if self.batch.status == Batch.Status.RENDERED else "failed"
        if self.made == self.total:
            return "file"
        return "held" if self.made + self.failed == self.total else "documents"

    @property
    def moves(self) -> bool:
        return self.stage in ("documents", "file")


def progress(batches: Sequence[Batch]) -> list[Progress]:
    """How far each is. One query."""
    status, made = "document__rendition__status", Rendition.Status
    counts = (
        BatchPart.objects.filter(batch__in=batches)
        .order_by()
        .values_list("batch")
        .annotate(
            made=Count("pk", filter=Q(**{status: made.RENDERED})),
            failed=Count("pk", filter=Q(**{status: made.FAILED})),
            total=Count("pk"),
        )
    )
    found = {pk: numbers for pk, *numbers in counts}
    return [Progress(batch, *found.get(batch.pk, [0, 0, 0])) for batch in batches]
