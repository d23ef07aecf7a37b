"""The other party's link: made and withdrawn inside, opened and answered outside, carried by letters.

The letters are rows like the papers' queue: whoever sends one leases its row, and a mail server that
is away only makes them later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from documents.models import IssuedDocument
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.models import Matter
from workflows.matters.moves import moves_of
from workflows.matters.perform import entitlement, note_down, perform
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Standing
from workflows.policies.reasons import Reason

from .models import GOOD_FOR, TRIES, Code, Letter, Link, digest_of

log = logging.getLogger(__name__)

LINK_DAYS = 14  # at most; and never longer than the offer stands
CODES = 20  # of one link, in all: each of them may be tried five times
LEASE = timedelta(minutes=2)  # longer than sending one letter takes
WAITS = [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1)]


# --- what a workflow brings -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """How one kind of matter is answered from outside. Functions are given the workflow's own object."""

    machine: type[Matter]
    paper: str  # the kind of document the link opens
    move: str  # whoever may make it sees to the link
    address: Callable[[Matter], str]  # of mail, on file; empty where there is none
    until: Callable[[Matter], datetime | None]  # longer than this no link is good
    letter: Callable[[Matter, Link, Code | None], tuple[str, str]]  # subject and words, in the active language
    asked: Callable[[Matter, Link, dict[str, Any]], dict[str, Any]]  # of an answer: what its move is given


_sides: dict[str, Side] = {}


def register(side: Side) -> None:
    _sides[side.machine.KIND] = side


def matter_of(link: Link) -> Any:
    """The workflow's own object, by the key of the link's matter."""
    return _sides[link.matter.kind].machine._default_manager.get(pk=link.matter_id)


# --- inside -----------------------------------------------------------------------------------------------------


def live_links() -> Any:
    """The links that open something now: not withdrawn, not run out, of the turn in which they were made."""
    held = Link.objects.filter(withdrawn_at=None, expires_at__gt=clock.now(), matter__turn=F("turn"))
    return held.filter(document__voiding=None).select_related("matter", "document__rendition")


def keeper_of(matter: Matter, standing: Standing) -> Capacity | None:
    """In which capacity the person sees to the link: whoever may record the answer, while it is awaited."""
    spec = moves_of(type(matter))[_sides[matter.kind].move]
    return entitlement(matter, spec, standing) if spec.offered(matter) else None


@transaction.atomic
def make_link(matter: Matter, *, by: Person) -> Link:
    """Send the other party a link to the paper that stands; an earlier one opens nothing from now on."""
    capacity, side = _hold(matter, by), _sides[matter.kind]
    if not settings.MAILS:
        raise Refused(_("No mail server is set up; the answer can be recorded here."))
    to = side.address(matter)
    if not to:
        raise Refused(_("There is no e-mail address on file."))
    paper = IssuedDocument.objects.filter(matter=matter.pk, kind=side.paper, voiding=None).last()
    if paper is None:
        raise Refused(_("There is no offer that stands."))
    longest = clock.now() + timedelta(days=LINK_DAYS)
    _withdraw_all(matter)
    link = Link.objects.create(
        matter_id=matter.pk,
        document=paper,
        turn=matter.turn,
        to=to,
        made_by=by,
        expires_at=min(longest, side.until(matter) or longest),
    )
    Letter.objects.create(link=link)
    _noted(matter, capacity, "send_link", Reason.of("outside_link", to=link.masked, until=until_of(link)))
    return link


@transaction.atomic
def withdraw_link(matter: Matter, *, by: Person) -> bool:
    """From now on the link opens nothing; False if there was none."""
    capacity = _hold(matter, by)
    if not _withdraw_all(matter):
        return False
    _noted(matter, capacity, "withdraw_link")
    return True


def _hold(matter: Matter, by: Person) -> Capacity:
    Matter.objects.select_for_update().get(pk=matter.pk)
    turn = matter.turn
    matter.reload()
    if matter.turn != turn or not moves_of(type(matter))[_sides[matter.kind].move].offered(matter):
        raise StepOutOfOrder(matter, matter.trail.exclude(from_state=F("to_state")).last())
    capacity = keeper_of(matter, Standing(by))
    if capacity is None:
        raise NotYours(matter)
    return capacity


def _withdraw_all(matter: Matter) -> int:
    return Link.objects.filter(matter=matter.pk, withdrawn_at=None).update(withdrawn_at=clock.now())


def _noted(matter: Matter, capacity: Capacity, action: str, *reasons: Reason) -> None:
    note_down(matter, capacity, action, rules=[reason.store() for reason in reasons])


def until_of(link: Link) -> str:
    return f"{timezone.localtime(link.expires_at):%Y-%m-%d %H:%M}"


# --- outside --------------------------------------------------------------------------------------------


def with_token(token: str) -> Link | None:
    """The link that opens something now, or nothing: one question, whatever is wrong with the token."""
    link: Link | None = live_links().filter(digest=digest_of(token)).first()
    return link


def _outsider() -> Capacity:
    return Capacity(Person.objects.outsider(), ground="link")


@transaction.atomic
def opened(link: Link) -> None:
    """The first time is told on the trail."""
    if Link.objects.filter(pk=link.pk, opened_at=None).update(opened_at=clock.now()):
        _noted(link.matter, _outsider(), "open_link", Reason.of("outside_link", to=link.masked, until=until_of(link)))


@transaction.atomic
def ask_code(link: Link, answer: dict[str, Any]) -> Code | None:
    """A code for this answer and no other, on its way to the contact on file; None where enough were asked for."""
    Link.objects.select_for_update().get(pk=link.pk)
    codes = Code.objects.filter(link=link)
    if codes.count() >= CODES:
        return None
    codes.filter(used_at=None, expires_at__gt=clock.now()).update(expires_at=clock.now())
    code = Code.objects.create(link=link, answer=answer, expires_at=clock.now() + GOOD_FOR)
    Letter.objects.create(link=link, code=code)
    _noted(link.matter, _outsider(), "send_code", Reason.of("outside_code", to=link.masked))
    return code


def open_code(link: Link) -> Code | None:
    """The code that is out for this link, if it is still good."""
    code = Code.objects.filter(link=link).first()
    return code if code and code.is_good(clock.now()) else None


@dataclass(frozen=True)
class Confirmed:
    """What came of a code: done, or how many tries are left."""

    done: bool
    left: int = 0


def confirm(link: Link, typed: str) -> Confirmed:
    """Take the answer for given if the code is right. The try is counted, and stays counted, before it is compared.

    Raises Refused where the matter refuses the answer, StepOutOfOrder where it has moved on meanwhile.
    """
    code = _tried(link, typed)
    if code is None:
        return Confirmed(False)
    if not code.fits(typed):
        return Confirmed(False, TRIES - code.tries)
    matter, answer = matter_of(link), code.answer
    with transaction.atomic():
        perform(
            getattr(matter, answer["move"]),
            by=Person.objects.outsider(),
            note=answer["words"],
            turn=link.turn,
            key=f"code-{code.pk}",
            **_sides[matter.KIND].asked(matter, link, answer),
        )
        Code.objects.filter(pk=code.pk).update(used_at=clock.now())
        _withdraw_all(matter)
    return Confirmed(True)


@transaction.atomic
def _tried(link: Link, typed: str) -> Code | None:
    """The code that is out, with this try counted; None where there is none that is good."""
    newest = Code.objects.select_for_update(of=("self",)).filter(link=link).first()
    if newest is None or not newest.is_good(clock.now()):
        return None
    newest.tries += 1
    newest.save(update_fields=["tries"])
    if not newest.fits(typed):
        _noted(link.matter, _outsider(), "miss_code")
    return newest


# --- letters ------------------------------------------------------------------------------------------------------


def send_waiting(limit: int = 20) -> int:
    """Send what waits, oldest first; how many went. With the first that a server does not take the round is over."""
    sent = 0
    waiting = Letter.objects.filter(status=Letter.Status.QUEUED, not_before__lte=clock.now())
    for letter in waiting.select_related("link__document", "link__matter", "code").order_by("pk")[:limit]:
        if not _lease(letter):
            continue
        if (letter.code and not letter.code.is_good(clock.now())) or not live_links().filter(
            pk=letter.link_id
        ).exists():
            _close(letter, Letter.Status.FAILED, last_error="—")  # what it carries is good for nothing any more
            continue
        try:
            message_of(letter).send()
        except (SMTPException, OSError) as error:
            _later(letter, error)
            return sent
        except ValueError as error:  # no letter can be made of it: a line break in what becomes a header
            _close(letter, Letter.Status.FAILED, last_error=type(error).__name__)
            continue
        sent += _close(letter, Letter.Status.SENT, sent_at=clock.now(), last_error="")
    return sent


def _lease(letter: Letter) -> bool:
    mine = Letter.objects.filter(pk=letter.pk, status=Letter.Status.QUEUED, not_before=letter.not_before)
    return bool(mine.update(not_before=clock.now() + LEASE, attempts=F("attempts") + 1))


def _close(letter: Letter, status: str, **outcome: Any) -> int:
    return Letter.objects.filter(pk=letter.pk, status=Letter.Status.QUEUED).update(status=status, **outcome)


def _later(letter: Letter, error: Exception) -> None:
    wait = WAITS[min(letter.attempts, len(WAITS) - 1)]
    log.warning("Letter %s could not be sent, and will be tried again in %s: %s", letter.pk, wait, type(error).__name__)
    mine = Letter.objects.filter(pk=letter.pk, status=Letter.Status.QUEUED)
    mine.update(not_before=clock.now() + wait, last_error=f"{type(error).__name__}"[:300])


def message_of(letter: Letter) -> EmailMessage:
    """The letter in the language of the paper, in the workflow's words."""
    link, matter = letter.link, matter_of(letter.link)
    with override(link.document.language):
        subject, words = _sides[matter.KIND].letter(matter, link, letter.code)
        return EmailMessage(subject, words, settings.DEFAULT_FROM_EMAIL, [link.to])


def letters_of(link: Link) -> tuple[str, datetime | None]:
    """How the letter with the link stands, for the officer."""
    letter = link.letters.filter(code=None).first()
    if letter is None:
        return "", None
    return str(Letter.Status(letter.status).label), letter.sent_at
