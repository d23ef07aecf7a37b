"""A paper's lines on the trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workflows.matters.perform import note_down
from workflows.organisation.offices import Capacity
from workflows.trail.models import Entry
from workflows.trail.record import about, subject_of

from .models import IssuedDocument


def named(paper: IssuedDocument) -> dict[str, str]:
    """What the trail keeps of a document."""
    return {"id": str(paper.pk), "kind": paper.kind, "number": paper.number}


def tell(
    paper: IssuedDocument,
    capacity: Capacity,
    action: str,
    note: str = "",
    *,
    changes: Mapping[str, Any] | None = None,
    along: Iterable[IssuedDocument] = (),
) -> Entry:
    """Put an act about a paper on its matter's trail; about a paper of the office itself, on one of its own.

    `along` are papers that go with it: the notice that a paper is void.
    """
    said: dict[str, Any] = {
        "note": note,
        "changes": dict(changes or {}),
        "documents": [named(each) for each in (paper, *along)],
    }
    if paper.matter:
        return note_down(paper.matter, capacity, action, **said)
    return about(
        subject_of(paper),
        by=capacity.person,
        post=capacity.post,
        on_behalf_of=capacity.on_behalf_of,
        action=action,
        **said,
    )
