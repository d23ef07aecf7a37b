"""Who keeps the office's papers: the clerk, in their own chair or a stand-in's; the auditor reads along."""

from __future__ import annotations

from collections.abc import Iterator

from documents.models import IssuedDocument
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing


def as_clerk(standing: Standing, workflow: str = "") -> Iterator[Capacity]:
    """Every capacity in which the person acts as a clerk, own posts first.

    A stand-in limited to one workflow is clerk for papers of that workflow only.
    """
    for hat in standing.hats():
        if hat.post and hat.post.role == Role.CLERK and hat.fits(workflow):
            yield Capacity.wearing(hat, standing.person)


def impartial(paper: IssuedDocument, standing: Standing) -> Capacity | None:
    """The first capacity in which the person is a clerk who neither signed the paper nor has an interest in its matter."""
    barred = {paper.issued_by_id, *(paper.matter.interested if paper.matter else ())}
    for capacity in as_clerk(standing, paper.matter.kind if paper.matter else ""):
        behalf = capacity.on_behalf_of
        if barred.isdisjoint({standing.person.pk, behalf.pk if behalf else None}):
            return capacity
    return None


def as_reader(standing: Standing) -> Iterator[Capacity]:
    """Every capacity in which the person may read register and seals. An auditor's chair is nobody's to borrow."""
    yield from as_clerk(standing)
    for hat in standing.own:
        if hat.post and hat.post.role == Role.AUDITOR:
            yield Capacity.wearing(hat, standing.person)


def keeps_papers(standing: Standing) -> bool:
    return any(True for _capacity in as_reader(standing))
