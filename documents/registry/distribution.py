"""Distribution: to which units a paper was sent, and what each of them has done with it.

Received, read, acknowledged are three moments, each with a name beside it: read is not agreed.
Every act here is one transaction with its line on the trail. All of them lock receipts first, in
the order of their keys, and matters after that; so no two of them wait for each other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from documents.models import DistributionList, IssuedDocument, Receipt, Voiding
from documents.rules import RECEIPT
from workflows.matters.errors import Refused
from workflows.matters.models import Matter
from workflows.matters.perform import Act
from workflows.matters.reckoning import ACTION, reasons
from workflows.organisation import clock, readings
from workflows.organisation.calendar import DAY, WorkingCalendar, start_of
from workflows.organisation.glance import one_look
from workflows.organisation.models import Person, Post, Unit
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.policies.books import HOUSE
from workflows.policies.reasons import Reason
from workflows.trail.record import about, difference, subject_of

from .lines import lock, named, tell

log = logging.getLogger(__name__)

DAYS = 3  # working days, where the edition has no such row

# Who answers for a unit. Where nothing is said (a department, the group itself) any post does.
SPEAKERS: Mapping[str, tuple[str, ...]] = {
    Unit.Kind.STORE: (Role.STORE_MANAGER, Role.PLANNER),
    Unit.Kind.REGION: (Role.REGION_MANAGER,),
    Unit.Kind.EXPANSION: (Role.REGION_MANAGER,),
}


# --- whose it is -----------------------------------------------------------------------------------------


def speaks(post: Post) -> bool:
    """Whether the holder of the post answers for its unit when a paper arrives."""
    return post.role in SPEAKERS.get(post.unit.kind, (post.role,))


def addressed(standing: Standing) -> Q:
    """Receipts of the units the person answers for today, in their own right or as a stand-in. No query."""
    found = Q(pk__in=[])
    for hat in standing.hats():
        if hat.post and speaks(hat.post):
            theirs = Q(unit=hat.post.unit_id)
            found |= theirs & Q(document__matter__kind=hat.workflow) if hat.workflow else theirs
    return found


def was_sent(paper: IssuedDocument, standing: Standing) -> bool:
    """Whether a unit the person answers for was sent the paper, or the one it says is void."""
    either = Q(document=paper) | Q(document__voiding__notice=paper)
    return Receipt.objects.filter(addressed(standing), either).exists()


def capacity_for(receipt: Receipt, standing: Standing) -> Capacity | None:
    """In which capacity the person answers for the receipt's unit, their own before a principal's; or None."""
    matter = receipt.document.matter
    for hat in standing.hats():
        fits = hat.fits(matter.kind if matter else "")
        if hat.post and hat.post.unit_id == receipt.unit_id and speaks(hat.post) and fits:
            return Capacity.wearing(hat, standing.person)
    return None


# --- which of them wait ----------------------------------------------------------------------------------


def unanswered(receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
    """Those of `receipts` still to be acknowledged; of a voided paper nobody wants it any more."""
    return receipts.filter(acknowledged_at=None).exclude(voided())


def voided() -> Exists:
    """Whether a receipt's paper counts no more."""
    return Exists(Voiding.objects.filter(document=OuterRef("document")))


def overdue(on: date | None = None) -> QuerySet[Receipt]:
    """Receipts whose last day lies before the date (today if None)."""
    return unanswered(Receipt.objects.all()).filter(due_on__lt=on or clock.today())


def due_day(matter: Matter | None, sent_at: datetime, calendar: WorkingCalendar | None = None) -> date:
    """The last day in time for a paper sent at that instant: as the matter's policy edition says, else three days."""
    calendar = calendar or WorkingCalendar.load()
    row = matter.policy.deadline(HOUSE, RECEIPT) if matter else None
    return timezone.localdate(row.due(sent_at, calendar) if row else calendar.deadline(sent_at, DAYS))


# --- sending ---------------------------------------------------------------------------------------------


def deliver(paper: IssuedDocument, act: Act, recipients: Sequence[tuple[Unit, str]]) -> dict[str, Any]:
    """Send a paper just issued to whom its kind names; what the trail keeps of paper and recipients.

    The caller is the issuing transaction: the line of the act itself says who was sent the paper.
    """
    return _hand_over(paper, recipients, act.matter, act.at)


def send_after(paper: IssuedDocument, notice: IssuedDocument) -> dict[str, Any]:
    """Send the notice that a paper is void to every open unit that has the paper; what the trail keeps of it.

    The caller is the voiding transaction, which has locked the paper: nobody sends it to one more unit meanwhile.
    """
    receipts = paper.receipts.select_related("unit").order_by("-purpose", "pk")
    today = timezone.localdate(notice.issued_at)
    units = [receipt.unit for receipt in receipts if receipt.unit.is_open(today)]
    copies = [(unit, str(Receipt.Purpose.COPY)) for unit in units]
    return _hand_over(notice, copies, paper.matter, notice.issued_at)


def _hand_over(
    paper: IssuedDocument, recipients: Sequence[tuple[Unit, str]], matter: Matter | None, at: datetime
) -> dict[str, Any]:
    if not recipients:
        return named(paper)
    calendar = WorkingCalendar.load()
    counted = {"due_on": due_day(matter, at, calendar), "calendar": calendar.fingerprint}
    Receipt.objects.bulk_create(
        Receipt(document=paper, unit=unit, purpose=purpose, sent_at=at, **counted) for unit, purpose in recipients
    )
    return named(paper, [unit for unit, _purpose in recipients])


@transaction.atomic
def send(
    paper: IssuedDocument, units: Iterable[Unit], purpose: str, *, by: Capacity, due_on: date | None = None
) -> list[Receipt]:
    """Send a paper to units that do not have it yet; returns their receipts. Whoever has it keeps what they have.

    Raises PermissionDenied for anybody but a clerk, Refused for a paper that was voided.
    """
    _as_clerk(by)
    lock(paper)  # two clerks sending it at one instant, or one voiding it
    if Voiding.objects.filter(document=paper).exists():
        raise Refused(_("This paper was voided; it is not sent any further."))
    have = set(paper.receipts.values_list("unit", flat=True))
    missing = [unit for unit in dict.fromkeys(units) if unit.pk not in have]
    if not missing:
        return []
    at, calendar = clock.now(), WorkingCalendar.load()
    counted = due_day(paper.matter, at, calendar)
    due_on = due_on or counted
    # a day that somebody chose otherwise than it is counted stays, whatever becomes of the calendar
    counted_by = calendar.fingerprint if due_on == counted else None
    receipts = Receipt.objects.bulk_create(
        Receipt(document=paper, unit=unit, purpose=purpose, sent_at=at, due_on=due_on, calendar=counted_by)
        for unit in missing
    )
    tell(paper, by, "send", to=missing, changes={"due_on": [None, due_on.isoformat()]})
    return receipts


# --- what a unit does --------------------------------------------------------------------------------------


def receive(receipts: QuerySet[Receipt], *, by: Standing) -> list[Receipt]:
    """Sign for papers: they have arrived. Returns those that were not signed for before."""
    return _answer(receipts, by, "receive", "received")


def read(paper: IssuedDocument, *, by: Standing) -> list[Receipt]:
    """Somebody opens the file: for each unit they answer for, the first time counts. Returns what was unread."""
    return _answer(Receipt.objects.filter(addressed(by), document=paper), by, "read", "received", "read")


def acknowledge(receipts: QuerySet[Receipt], *, by: Standing) -> list[Receipt]:
    """Answer for papers: known, and acted upon. Includes having received and read them.

    Returns those that were open; of two people at one instant, the second gets nothing. Raises
    PermissionDenied for a unit the person does not answer for, Refused for a paper that was voided.
    """
    return _answer(receipts, by, "acknowledge", "received", "read", "acknowledged")


@transaction.atomic
def _answer(receipts: QuerySet[Receipt], by: Standing, action: str, *moments: str) -> list[Receipt]:
    """Set the moments that are not set yet, the last of which makes it this act; one line for each receipt."""
    at, columns = clock.now(), [f"{moment}_{column}" for moment in moments for column in ("at", "by")]
    rows = list(_locked(receipts.filter(**{f"{moments[-1]}_at": None})))
    _recount(rows, WorkingCalendar.load())  # in time or late by the calendar as it stands
    if action != "read" and Receipt.objects.filter(voided(), pk__in=[row.pk for row in rows]).exists():
        raise Refused(_("This paper was voided; nothing is left to acknowledge."))
    for row in sorted(rows, key=_place):
        capacity = capacity_for(row, by)
        if capacity is None:
            raise PermissionDenied(_("You hold no post that answers for %(unit)s.") % {"unit": row.unit})
        for moment in moments:
            if getattr(row, f"{moment}_at") is None:
                setattr(row, f"{moment}_at", at)
                setattr(row, f"{moment}_by", by.person)
        row.save(update_fields=columns)
        late = action == "acknowledge" and row.due_on < timezone.localdate(at)
        tell(row.document, capacity, action, to=[row.unit], late=late)
    return rows


def _locked(receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
    return receipts.select_related("unit", "document__matter").select_for_update(of=("self",)).order_by("pk")


def _place(receipt: Receipt) -> tuple[int, datetime, str]:
    """Where its line goes: matters in the order of their keys, as everybody locks them; papers as they were issued."""
    return receipt.document.matter_id or 0, receipt.document.issued_at, str(receipt.document_id)


# --- what the clerk and the clock do -----------------------------------------------------------------------


@transaction.atomic
def urge(receipts: QuerySet[Receipt], *, by: Capacity) -> list[Receipt]:
    """Urge the units that have not acknowledged, each at most once a working day; returns whom.

    Raises PermissionDenied for anybody but a clerk, Refused where nobody can be urged now: it says when.
    """
    _as_clerk(by)
    calendar, today = WorkingCalendar.load(), clock.today()
    waiting = list(_locked(unanswered(receipts)))
    if not waiting:
        raise Refused(_("Everybody has acknowledged; there is nobody to urge."))
    ready = [row for row in waiting if again_on(row, calendar) <= today]
    if not ready:
        day = date_format(min(again_on(row, calendar) for row in waiting), _("j M"))
        raise Refused(_("Urged already. It is possible again on %(day)s, once a working day.") % {"day": day})
    for row in ready:
        row.urged, row.urged_at = row.urged + 1, clock.now()
    Receipt.objects.bulk_update(ready, ["urged", "urged_at"])
    _tell_of(ready, by, "urge")
    return ready


def again_on(receipt: Receipt, calendar: WorkingCalendar) -> date:
    """The first working day, today or later, on which the unit may be urged."""
    today = clock.today()
    earliest = timezone.localdate(receipt.urged_at) + DAY if receipt.urged_at else today
    return calendar.next_working_day(max(earliest, today))


def may_be_urged(prefix: str = "") -> Q:
    """Of receipts that wait, those whose unit may be urged today: as `again_on` says it, for the database. One query."""
    if not WorkingCalendar.load().is_working(clock.today()):
        return Q(pk__in=[])
    urged_at = f"{prefix}urged_at"
    return Q(**{urged_at: None}) | Q(**{f"{urged_at}__lt": start_of(clock.today())})


def reckon() -> int:
    """Count anew what was counted by another calendar than the one in force. For how many receipts the day changed.

    One transaction per paper: killed in between, the next round finds the rest.
    """
    calendar = readings.current()
    if calendar is None:
        return 0
    old = unanswered(Receipt.objects.filter(readings.stale(calendar)))
    papers = old.order_by().values_list("document", flat=True).distinct()
    return sum(_safely(_reckon, paper) for paper in sorted(papers))


@transaction.atomic
def _reckon(paper: Any) -> int:
    waiting = list(_locked(unanswered(Receipt.objects.filter(document=paper))))
    return _recount(waiting, WorkingCalendar.load())  # loaded under the lock: never older than another's


def _recount(receipts: Sequence[Receipt], calendar: WorkingCalendar) -> int:
    """Set right the day of receipts that are locked, where it was counted by another calendar; a line for each change."""
    others = {row.calendar for row in receipts if row.calendar is not None} - {calendar.fingerprint}
    others = {counted_by for counted_by in others if not readings.knows_more(counted_by)}
    old = [row for row in receipts if row.calendar in others]
    moved: dict[tuple[Any, ...], list[Receipt]] = {}
    for row in old:
        before, counted_by = row.due_on, row.calendar
        row.calendar, row.due_on = calendar.fingerprint, _counted(row, calendar)
        if row.due_on != before:
            moved.setdefault((_place(row), before, row.due_on, counted_by), []).append(row)
    Receipt.objects.bulk_update(old, ["calendar", "due_on"])
    for (_where, before, after, counted_by), rows in sorted(moved.items(), key=itemgetter(0)):
        sent_on = min(timezone.localdate(row.sent_at) for row in rows)
        why = reasons(counted_by, calendar, sent_on, max(before, after))
        why += [Reason("overdue_stays")] if any(row.overdue_at for row in rows) else []
        changes = {"due_on": [before.isoformat(), after.isoformat()]}
        tell(rows[0].document, _the_clock(), ACTION, to=[row.unit for row in rows], changes=changes, rules=why)
    return sum(map(len, moved.values()))


def _counted(receipt: Receipt, calendar: WorkingCalendar) -> date:
    """The last day in time by `calendar`; but nobody is made late by a change of it."""
    day, today = due_day(receipt.document.matter, receipt.sent_at, calendar), clock.today()
    if day < today <= receipt.due_on:
        return min(receipt.due_on, calendar.next_working_day(today))
    return day


def moved_receipts(calendar: WorkingCalendar) -> int:
    """How many open receipts would be due on another day under `calendar`."""
    waiting = unanswered(Receipt.objects.exclude(calendar=None)).select_related("document__matter__policy")
    with one_look():
        return sum(_counted(row, calendar) != row.due_on for row in waiting.defer("document__facts").iterator())


def remark_overdue() -> int:
    """Put on the trail, once, that receipts became overdue; never on a rest day. How many did.

    One transaction per paper: killed in between, the next round finds the rest.
    """
    late = overdue().filter(overdue_at=None)
    oldest_first = late.values("document").annotate(first=Min("pk")).order_by("first")
    papers = list(oldest_first.values_list("document", flat=True))
    if not papers or not WorkingCalendar.load().is_working(clock.today()):
        return 0
    return sum(_safely(_remark, paper) for paper in papers)


def _safely(act: Callable[[Any], int], paper: Any) -> int:
    try:
        return act(paper)
    except Exception:
        log.exception("The clock could not %s what was sent of document %s", act.__name__.strip("_"), paper)
        return 0


@transaction.atomic
def _remark(paper: Any) -> int:
    rows = list(_locked(overdue().filter(overdue_at=None, document=paper)))
    _recount(rows, WorkingCalendar.load())
    late = [row for row in rows if row.due_on < clock.today()]
    for row in late:
        row.overdue_at = clock.now()
    Receipt.objects.bulk_update(late, ["overdue_at"])
    _tell_of(late, _the_clock(), "overdue", late=True)
    return len(late)


def _the_clock() -> Capacity:
    return Capacity(Person.objects.system(), ground="clock")


def _tell_of(receipts: list[Receipt], by: Capacity, action: str, **columns: Any) -> None:
    """One line for each paper, with the units it is about."""
    for _key, group in groupby(sorted(receipts, key=_place), _place):
        rows = list(group)
        tell(rows[0].document, by, action, to=[row.unit for row in rows], **columns)


# --- lists of units ----------------------------------------------------------------------------------------


@transaction.atomic
def keep_list(row: DistributionList, units: Iterable[Unit], *, by: Capacity) -> None:
    """Write a list of units, new or changed. Raises PermissionDenied for anybody but a clerk."""
    _as_clerk(by)
    before = _told(DistributionList.objects.select_for_update().get(pk=row.pk)) if row.pk else {}
    row.save()
    row.units.set(units)
    if changes := difference(before, _told(row)):
        about(subject_of(row), by=by.person, post=by.post, action="change" if before else "add", changes=changes)


@transaction.atomic
def drop_list(row: DistributionList, *, by: Capacity) -> None:
    """Delete a list; what was sent along it stays sent. Raises PermissionDenied for anybody but a clerk."""
    _as_clerk(by)
    about(subject_of(row), by=by.person, post=by.post, action="delete", changes=difference(_told(row), {}))
    row.delete()


def _told(row: DistributionList) -> dict[str, Any]:
    with override(settings.LANGUAGE_CODE):
        return {"name": row.name, "units": [str(unit) for unit in row.units.order_by("code")]}


def _as_clerk(by: Capacity) -> None:
    if not (by.post and by.post.role == Role.CLERK):
        raise PermissionDenied(_("Only a clerk distributes papers."))
