"""Writing a campaign's draft and submitting it: two acts that go together, without a page.

Whoever submits saves first. What keeps it from being submitted undoes nothing of the saving.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from workflows.matters.attachments import MOST_NAME, attach
from workflows.matters.errors import Refused
from workflows.matters.filenames import kept
from workflows.matters.models import ActKey, Attachment
from workflows.matters.moves import moves_of
from workflows.matters.perform import begin, entitlement, hold, perform
from workflows.organisation.models import Person, Unit
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Standing

from .declaration import Declaration
from .models import Campaign


@dataclass
class Outcome:
    """What became of it: the campaign as saved, and what kept it from being submitted, if anything did."""

    campaign: Campaign
    complaints: Mapping[str, Sequence[str]] = field(default_factory=dict)  # field → what is wrong with it
    refusal: Refused | None = None  # the move's own word, where nothing was wrong with a field
    saved: bool = False  # the text was written by this act, not found as it stood
    submitted: bool = False


@transaction.atomic
def save_and_submit(
    declaration: Declaration,
    campaign: Campaign | None = None,
    *,
    by: Person,
    unit: Unit | None = None,
    files: Iterable[UploadedFile] = (),
    submit: bool = True,
    turn: int | None = None,
    key: str = "",
    written: str | None = None,
) -> Outcome:
    """Write the draft, a new one of `unit` where there is no campaign yet, and submit it if that is wanted.

    `turn`, `key` and `written` are what the person's form carried, as in `perform`. Raises what
    `begin` and `perform` raise of the saving; a text that somebody else has written since is
    neither written over nor submitted.
    """
    saved = True
    if campaign is None:
        assert unit
        campaign = _opened(declaration, unit, by, key)
    elif not submit or declaration != campaign.declared or _came_before(by, key):
        perform(campaign.save_draft, by=by, declaration=declaration, turn=turn, key=key, written=written)
    else:
        saved = False  # a draft submitted as it stands is not written again: no line on the trail says so
        if written is not None:
            hold(campaign, by=by, written=written)  # before its own files are laid beside it
    capacity = entitlement(campaign, moves_of(Campaign)["save_draft"], Standing(by))
    assert capacity
    if refused := lay_beside(files, campaign, capacity, Attachment.Purpose.TEXT):
        return Outcome(campaign, {"attachments": refused}, saved=saved)
    if not submit:
        return Outcome(campaign, saved=saved)
    if complaints := campaign.complaints(declaration):
        return Outcome(campaign, complaints, saved=saved)
    try:
        with transaction.atomic():
            # saved or held under the lock: it is the text the person knows, with the files they sent
            perform(campaign.submit, by=by, turn=turn, key=key_of_submission(key))
    except Refused as refusal:
        return Outcome(campaign, refusal=refusal, saved=saved)
    return Outcome(campaign, saved=saved, submitted=True)


def _opened(declaration: Declaration, unit: Unit, by: Person, key: str) -> Campaign:
    campaign = Campaign(unit=unit, title=declaration.title or _("Campaign without a title yet"))
    entry = begin(campaign, by=by, key=key, declaration=declaration)
    assert entry.matter
    return Campaign.objects.get(pk=entry.matter.pk)  # the one a form sent twice has opened, not a second


def _came_before(by: Person, key: str) -> bool:
    """Whether this form has saved the draft already, and its answer was lost: what was saved is not unread text."""
    return ActKey.objects.filter(person=by, key=key).exists()


def key_of_submission(key: str) -> str:
    """One form, two acts: the saving has used the key itself."""
    return f"{key[:56]}-submit" if key else ""


def lay_beside(files: Iterable[UploadedFile], campaign: Campaign, capacity: Capacity, purpose: str) -> list[str]:
    """Lay each file beside the campaign; returns why some were refused. One that lies there already, by the
    same hand, is not laid there twice: the form that brought it was sent again."""
    refused: list[str] = []
    mine = campaign.attachments.filter(by=capacity.person, purpose=purpose, withdrawn_at=None)
    lying = set(mine.values_list("name", "digest"))
    for upload in files:
        if lying and (kept(upload.name or "", MOST_NAME), Attachment.digest_of(upload.read())) in lying:
            continue
        upload.seek(0)
        try:
            attach(campaign, upload, capacity=capacity, purpose=purpose)
        except Refused as refusal:
            refused += refusal.messages
    return refused
