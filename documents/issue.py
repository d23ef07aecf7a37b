"""Issuing: what a move hands out, its facts frozen; all in the act's own transaction."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override

from workflows.matters.perform import Act, Remark

from .base import Document, kind_of
from .models import IssuedDocument
from .registry.distribution import deliver
from .registry.handing_out import hand_out
from .registry.sealing import seal_for, used
from .writing import by_number, in_writing


def issue(act: Act, kind: str) -> list[dict[str, Any]]:
    """Issue the document of `kind` for an act, one for each it is made for; returns what the trail keeps of them.

    Called by `perform` after everything else the act writes, so that the counter row is held as
    short as can be. Raises Refused, and with it refuses the act, where the paper could never be printed.
    """
    document = kind_of(kind)
    with override(act.matter.language):
        each = document.each(act)
    return [_issue(act, document, one) for one in each]


def _issue(act: Act, document: type[Document], one: Any) -> dict[str, Any]:
    matter = act.matter
    with override(matter.language):
        facts, title = document.facts_for(act, one), document.title_for(act)
    if act.capacity.person.is_system:  # nobody is there to be told, and what the clock does waits for no paper
        facts, title = by_number(in_writing(facts)), by_number(in_writing(title))
    paper = hand_out(
        document,
        facts,
        title=title,
        language=matter.language,
        matter=matter,
        by=act.capacity.person,
        at=act.at,
        replaces=_replaced(act, document),
        seal=seal_for(document, matter.unit),
    )
    if paper.seal:
        act.remarks.append(Remark("use_seal", changes=used(paper.seal, paper)))
    return deliver(paper, act, document.recipients_for(act, one))


def _replaced(act: Act, document: type[Document]) -> IssuedDocument | None:
    """The latest document of the kind on this matter that still stands, if the new one takes its place."""
    standing = IssuedDocument.objects.filter(matter=act.matter.pk, kind=document.kind, replaced_by=None, voiding=None)
    earlier = standing.order_by("-issued_at").first()
    return earlier if earlier and document.takes_the_place_of(act, earlier) else None
