"""A paper's lines on the trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from documents.models import IssuedDocument
from workflows.matters.models import Matter
from workflows.matters.perform import note_down
from workflows.organisation.models import Unit
from workflows.organisation.offices import Capacity
from workflows.policies.reasons import Reason
from workflows.trail.models import Entry
from workflows.trail.record import about, subject_of


def named(paper: IssuedDocument, to: Iterable[Unit] = ()) -> dict[str, Any]:
    """What the trail keeps of a document, and of the units it was sent to, if the line is about them."""
    units = [unit.name for unit in to]
    return {"id": str(paper.pk), "kind": paper.kind, "number": paper.number, **({"to": units} if units else {})}


def lock(paper: IssuedDocument) -> None:
    """Keep the paper from everybody else until this transaction ends; its matter first, as every act does."""
    if paper.matter_id:
        Matter.objects.select_for_update().get(pk=paper.matter_id)
    IssuedDocument.objects.select_for_update(no_key=True).get(pk=paper.pk)


@transaction.atomic
def tell(
    paper: IssuedDocument,
    capacity: Capacity,
    action: str,
    note: str = "",
    *,
    changes: Mapping[str, Any] | None = None,
    along: Iterable[Mapping[str, Any]] = (),
    to: Iterable[Unit] = (),
    rules: Iterable[Reason] = (),
    late: bool = False,
) -> Entry:
    """Put an act about a paper on its matter's trail; about a paper of the office itself, on one of its own.

    `along` are papers that go with it, as `named` says them: the notice that a paper is void. `to` are
    the units it was sent to that the act is about.
    """
    told: dict[str, Any] = {
        "note": note,
        "changes": dict(changes or {}),
        "rules": [reason.store() for reason in rules],
        "late": late,
        "documents": [named(paper, to), *along],
    }
    if paper.matter:
        return note_down(paper.matter, capacity, action, **told)
    lock(paper)  # its lines come one after the other
    behalf = capacity.on_behalf_of
    return about(subject_of(paper), by=capacity.person, post=capacity.post, on_behalf_of=behalf, action=action, **told)
