"""Voiding: an issued document counts no more. It stays what it was, its number stays used, a notice says so.

Nobody voids what they themselves signed, or what was decided on a matter of their own, in no chair
(see docs/adr/0014).
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from documents.kinds.office import VoidNotice
from documents.models import IssuedDocument, Voiding
from documents.writing import by_number, in_writing
from workflows.matters.errors import Refused
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.organisation.names import told
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Standing

from .clerks import impartial
from .distribution import send_after
from .handing_out import hand_out
from .lines import lock, tell
from .sealing import seal_for, used


class MayNotVoid(PermissionDenied):
    """No clerk, or one who must leave this paper to another."""

    def __init__(self) -> None:
        super().__init__(
            _("A clerk voids documents, but never one they signed themselves, or one about a matter of their own.")
        )


def capacity_to_void(paper: IssuedDocument, standing: Standing) -> Capacity | None:
    """In which capacity the person may void the paper, or None."""
    return impartial(paper, standing)


def hindrance(paper: IssuedDocument) -> str:
    """Why the paper cannot be voided, in words; empty if it can."""
    if voided := paper.voided:
        values = {"person": told(voided.by, voided.at), "day": f"{timezone.localtime(voided.at):%Y-%m-%d}"}
        return _("It is void already: voided by %(person)s on %(day)s.") % values
    if paper.kind == VoidNotice.kind:
        return _("A void notice stays: what it says has happened.")
    if successor := paper.successor:
        return _("It counts no more already: “%(paper)s” was issued in its place.") % {"paper": successor}
    return ""


@transaction.atomic
def void(paper: IssuedDocument, *, by: Person, reason: str) -> Voiding:
    """Void the paper, send the notice after it, put it on the trail; all or nothing, once.

    Raises MayNotVoid if `by` is no clerk or barred from this paper, Refused if there is nothing to
    void or no reason is given. The matter's state stays what it is: only moves change it.
    """
    paper = _locked(paper)
    capacity = capacity_to_void(paper, Standing(by))
    if capacity is None:
        raise MayNotVoid
    if why := hindrance(paper):
        raise Refused(why)
    reason = reason.strip()
    if not reason:
        raise Refused({"reason": _("Please write the reason.")})

    assert capacity.post
    at, matter = clock.now(), paper.matter
    seal = seal_for(VoidNotice, matter.unit if matter else capacity.post.unit)
    with override(paper.language):
        facts = by_number(in_writing(VoidNotice.said(paper, capacity, reason, at)))  # whatever the paper says
        title = by_number(VoidNotice.title_about(paper))
    notice = hand_out(VoidNotice, facts, title=title, language=paper.language, matter=matter, by=by, at=at, seal=seal)
    voiding = Voiding.objects.create(
        document=paper,
        notice=notice,
        reason=reason,
        by=by,
        post=capacity.post,
        on_behalf_of=capacity.on_behalf_of,
        at=at,
    )
    tell(paper, capacity, "void", reason, along=[send_after(paper, notice)])
    if seal:
        tell(notice, capacity, "use_seal", changes=used(seal, notice))
    return voiding


def _locked(paper: IssuedDocument) -> IssuedDocument:
    """The row as it is now, nobody else's to void until this transaction ends."""
    lock(paper)
    return (
        IssuedDocument.objects.select_related("voiding__by", "matter__unit", "issued_by")
        .prefetch_related("replaced_by")
        .get(pk=paper.pk)
    )
