"""Issuing again what could never be printed, in words that can: a new paper in the place of the failed one.

Only what no font can draw is put differently: names by their form for print, the rest as a clerk
writes it. Amounts, days and everything else stay what was signed, and so does the number, which the
failed paper took and no sheet of paper ever bore. The register tells of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from documents.base import kind_of
from documents.models import Batch, BatchPart, IssuedDocument, Receipt, Rendition
from documents.writing import in_writing, replaced, strange, texts
from workflows.matters.errors import Refused
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Standing
from workflows.trail import actions

from .clerks import impartial
from .handing_out import hand_out
from .lines import lock, named, tell
from .sealing import seal_for, used

actions.register("correct", gettext_lazy("issued a failed document again in other words"))

ADDED = ("number", "code", "check_url", "seal", "demonstration_key")  # facts that `hand_out` says, for each paper anew


@dataclass(frozen=True)
class Correction:
    """One text of a paper as it was signed, and as it can be printed."""

    before: str
    after: str


class MayNotCorrect(PermissionDenied):
    """No clerk, or one who must leave this paper to another."""

    def __init__(self) -> None:
        super().__init__(
            _("A clerk issues a paper again, but never one they signed themselves, or one about a matter of their own.")
        )


def hindrance(paper: IssuedDocument) -> str:
    """Why the paper cannot be issued again in other words; empty if it can."""
    if paper.rendition.status != Rendition.Status.FAILED:
        return _("Its file has not failed.")
    if paper.voided:
        return _("It is void already.")
    if successor := paper.successor:
        return _("“%(paper)s” was issued in its place already.") % {"paper": successor}
    if not strange(paper.facts):
        return _("Every character of it can be printed: other words would not help.")
    return ""


def asked(paper: IssuedDocument) -> list[str]:
    """The characters a clerk has to write differently: what is left once names have their form for print."""
    return strange(in_writing(_said(paper)))


def corrected(paper: IssuedDocument, forms: Mapping[str, str]) -> dict[str, Any]:
    """What the paper says, in words that can be printed: `forms` are those for its remaining characters."""
    facts: dict[str, Any] = replaced(in_writing(_said(paper)), forms)
    return facts


def corrections(paper: IssuedDocument, forms: Mapping[str, str]) -> list[Correction]:
    """Every text that is put differently, each once, in the order of the facts."""
    pairs = zip(texts(_said(paper)), texts(corrected(paper, forms)), strict=True)
    return [Correction(before, after) for before, after in dict.fromkeys(pairs) if before != after]


def capacity_to_correct(paper: IssuedDocument, standing: Standing) -> Capacity | None:
    """In which capacity the person may issue the paper again, or None."""
    return impartial(paper, standing)


@transaction.atomic
def issue_again(paper: IssuedDocument, forms: Mapping[str, str], *, by: Person) -> IssuedDocument:
    """Issue the paper again, with `forms` for its remaining characters; all or nothing, once.

    Whoever was sent the failed paper is sent the new one: their receipts go over to it, and so do the
    places in print files that wait. Raises MayNotCorrect, or Refused where there is nothing to correct
    or a character is left that cannot be printed.
    """
    list(Receipt.objects.select_for_update(of=("self",)).filter(document=paper).order_by("pk"))
    lock(paper)
    Rendition.objects.select_for_update(no_key=True).get(pk=paper.pk)  # nobody has it made again meanwhile
    paper = (
        IssuedDocument.objects.select_related("voiding", "rendition", "matter__unit", "issued_by", "series")
        .prefetch_related("replaced_by")
        .get(pk=paper.pk)
    )
    capacity = capacity_to_correct(paper, Standing(by))
    if capacity is None:
        raise MayNotCorrect
    if why := hindrance(paper):
        raise Refused(why)
    told, facts, kind = corrections(paper, forms), corrected(paper, forms), kind_of(paper.kind)
    with override(paper.language):
        unit = paper.matter.unit if paper.matter else capacity.post.unit if capacity.post else None
        seal = seal_for(kind, unit) if unit else None
    new = hand_out(
        kind,
        facts,
        title=facts["document_title"],
        language=paper.language,
        matter=paper.matter,
        by=paper.issued_by,
        at=clock.now(),
        seal=seal,
        corrects=paper,
    )
    Receipt.objects.filter(document=paper).update(document=new)  # one sent while this waited for the lock, too
    BatchPart.objects.filter(document=paper, batch__status=Batch.Status.QUEUED).update(document=new)
    words = [[each.before for each in told], [each.after for each in told]]
    tell(new, capacity, "correct", changes={"words": words}, along=[named(paper)])
    if seal:
        tell(new, capacity, "use_seal", changes=used(seal, new))
    return new


def _said(paper: IssuedDocument) -> dict[str, Any]:
    return {name: value for name, value in paper.facts.items() if name not in ADDED}
