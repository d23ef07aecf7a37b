"""A paper's lines on the trail."""

from __future__ import annotations

from workflows.matters.perform import note_down
from workflows.organisation.offices import Capacity
from workflows.trail.models import Entry
from workflows.trail.record import about, subject_of

from .models import IssuedDocument


def named(paper: IssuedDocument) -> dict[str, str]:
    """What the trail keeps of a document."""
    return {"id": str(paper.pk), "kind": paper.kind, "number": paper.number}


def tell(paper: IssuedDocument, capacity: Capacity, action: str, note: str = "") -> Entry:
    """Put an act about a paper on its matter's trail; about a paper of the office itself, on one of its own."""
    if paper.matter:
        return note_down(paper.matter, capacity, action, note=note, documents=[named(paper)])
    return about(subject_of(paper), by=capacity.person, post=capacity.post, action=action, changes={}, note=note)
