"""Keeping seals. A seal is never edited: another one takes its place, and the earlier one stays to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from documents.models import IssuedDocument, Seal
from workflows.matters.errors import Refused
from workflows.organisation import clock
from workflows.organisation.models import Unit
from workflows.organisation.offices import GROUP, Capacity
from workflows.trail.record import about, subject_of

if TYPE_CHECKING:
    from documents.base import Document


class Impression(TypedDict, total=False):
    """What a document keeps of the seal it bears: enough to draw it again. Empty without a seal."""

    unit: str
    name: str
    below: str


def standing_seal(unit: Unit) -> Seal | None:
    """The seal of the unit that is in force now."""
    return Seal.objects.filter(unit=unit, withdrawn_at=None).first()


def seal_for(document: type[Document], unit: Unit) -> Seal | None:
    """The seal a document about `unit` bears: that of the group, in whose name papers are issued."""
    group = unit.above(GROUP) if document.sealed else None
    return standing_seal(group) if group else None


def impression(seal: Seal | None) -> Impression:
    """The seal as a fact, the unit's name in the active language."""
    return {"unit": str(seal.unit), "name": seal.name, "below": seal.below} if seal else {}


def used(seal: Seal, paper: IssuedDocument) -> dict[str, Any]:
    """How the trail words the use of a seal: which one, on which paper."""
    return {"seal": [None, str(seal)], "document": [None, str(paper)]}


@transaction.atomic
def put_in_force(unit: Unit, name: str, below: str, *, capacity: Capacity) -> Seal:
    """Give the unit a seal with these words; the one it had is withdrawn. Raises Refused if it has this one already."""
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    earlier = standing_seal(unit)
    if earlier and (earlier.name, earlier.below) == (name, below):
        raise Refused({"name": _("This very seal is in force already.")})
    if earlier:
        _withdraw(earlier, capacity, _("Replaced by a new seal."))
    seal = Seal.objects.create(unit=unit, name=name, below=below)
    _tell(seal, capacity, "seal", {"unit": [None, str(unit)], "seal": [earlier and str(earlier), str(seal)]})
    return seal


@transaction.atomic
def withdraw(seal: Seal, *, capacity: Capacity, reason: str) -> bool:
    """Let no more paper bear this seal; False if somebody withdrew it before."""
    return _withdraw(Seal.objects.select_for_update(no_key=True).get(pk=seal.pk), capacity, reason)


def _withdraw(seal: Seal, capacity: Capacity, reason: str) -> bool:
    if seal.withdrawn_at:
        return False
    seal.withdrawn_at = clock.now()
    seal.save(update_fields=["withdrawn_at"])
    told = {"withdrawn_at": [None, seal.withdrawn_at.isoformat()]}
    _tell(seal, capacity, "withdraw_seal", told, reason)
    return True


def _tell(seal: Seal, capacity: Capacity, action: str, changes: dict[str, Any], note: str = "") -> None:
    about(
        subject_of(seal),
        by=capacity.person,
        post=capacity.post,
        on_behalf_of=capacity.on_behalf_of,
        action=action,
        changes=changes,
        note=note,
    )
