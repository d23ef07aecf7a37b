"""What the clock does: start and end what waits for a date, remind, escalate, keep every desk occupied.

`sweep` is the truth: a worker calls it every second, a broker only wakes it earlier. Every act is
idempotent and takes the matter's lock, so two workers may sweep at once. One broken matter is
logged and left for the next round; it never stops the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.models import Mandate, Matter
from workflows.matters.perform import Remark, note_down, perform
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.glance import one_look
from workflows.organisation.models import Person
from workflows.organisation.offices import Capacity, usual_office
from workflows.organisation.readings import current
from workflows.organisation.standing import holders
from workflows.policies.reasons import Reason

from .desks import in_line, node_of, settle
from .families import call_off, open_child, take_word, to_be_called_off, to_be_opened, to_be_told, to_be_woken, wake
from .flows import all_flows
from .models import Candidate, StepTask
from .reckoning import out_of_date, rearm, reckon

log = logging.getLogger(__name__)

T = TypeVar("T")
BATCH = 500  # tasks looked at together


_openers: list[Callable[[], int]] = []


def register_opener(opener: Callable[[], int]) -> None:
    """Have the clock ask, every round, whether it is time to open matters: `opener` opens what is due, and says how many.

    It may be asked by many workers at once and after any outage: that each is opened once is its own business.
    """
    if opener not in _openers:
        _openers.append(opener)


def open_due() -> int:
    """Open the matters nobody but the clock opens."""
    return sum(opener() for opener in _openers)


def sweep() -> dict[str, int]:
    """One round: how many clock moves, reminders, escalations were made, and deadlines counted anew if any were."""
    opened = open_due()
    moved, calendar = run_families() + run_clock(), WorkingCalendar.load()
    reckoned = reckon_all(calendar)
    done = {"moved": moved, "reminded": remind(calendar), "escalated": escalate(calendar)}
    return done | {name: count for name, count in (("opened", opened), ("reckoned", reckoned)) if count}


def next_alarm() -> datetime | None:
    """When the clock has something to do next, as far as the tasks know."""
    alarms = StepTask.objects.filter(closed_at=None).aggregate(
        fires=Min("fires_at"),
        reminds=Min("remind_at", filter=Q(waits=False, reminded_at=None)),
        escalates=Min("due_at", filter=Q(waits=False, escalated_at=None)),
    )
    return min((alarm for alarm in alarms.values() if alarm), default=None)


def run_clock() -> int:
    """Make the moves that wait for an instant which has come."""
    due = StepTask.objects.filter(closed_at=None, fires_at__lte=clock.now()).order_by("fires_at", "pk")
    return sum(_safely(_fire, task) for task in due)


@transaction.atomic
def _fire(task: StepTask) -> bool:
    matter = _lock(task)
    same = StepTask.objects.filter(pk=task.pk, closed_at=None, fires_at=task.fires_at, fires_move=task.fires_move)
    if not same.exists():
        return False  # somebody was faster, or it is to be another time
    perform(getattr(matter, task.fires_move), by=Person.objects.system())
    return True


def run_families() -> int:
    """Call off the children of parents that have ended, open what is called for, take words, wake parents that waited."""
    if not any(flow.machine.CHILDREN for flow in all_flows().values()):
        return 0
    return (
        sum(_safely(call_off, place) for place in to_be_called_off())
        + sum(_safely(open_child, place) for place in to_be_opened())
        + sum(_safely(take_word, place) for place in to_be_told())
        + sum(_safely(wake, task) for task in to_be_woken())
    )


def reckon_all(calendar: WorkingCalendar | None = None) -> int:
    """Count anew what was counted by another calendar: a day was corrected, a schedule loaded, a year announced."""
    calendar = current(calendar)
    return sum(_safely(_reckon, task) for task in out_of_date(calendar)) if calendar else 0


@transaction.atomic
def _reckon(task: StepTask) -> bool:
    matter = _lock(task)
    fresh = StepTask.objects.get(pk=task.pk)
    if fresh.closed_at:
        return False
    rearm(fresh, matter)
    remarks = reckon(fresh, matter, WorkingCalendar.load())  # loaded under the lock: never older than another's
    put_down(matter, remarks)
    return bool(remarks)


def _counted(task: StepTask, matter: Matter) -> StepTask:
    """The task as it is now, its deadline by the calendar as it stands."""
    fresh = StepTask.objects.get(pk=task.pk)
    put_down(matter, reckon(fresh, matter, WorkingCalendar.load()))
    return fresh


def remind(calendar: WorkingCalendar | None = None) -> int:
    """Remind once, when the policy's share of the time is over; never on a rest day."""
    now = clock.now()
    if not (calendar or WorkingCalendar.load()).is_working(clock.today()):
        return 0
    due = StepTask.objects.filter(
        closed_at=None, waits=False, reminded_at=None, remind_at__lte=now, due_at__gt=now
    ).order_by("remind_at", "pk")
    return sum(_safely(_remind, task) for task in due)


@transaction.atomic
def _remind(task: StepTask) -> bool:
    matter = _lock(task)
    remind_at = _counted(task, matter).remind_at
    if remind_at is None or remind_at > clock.now():
        return False
    if not StepTask.objects.filter(pk=task.pk, closed_at=None, reminded_at=None).update(reminded_at=clock.now()):
        return False
    deadline = matter.policy.deadline(matter.kind, node_of(task).deadline)
    reason = Reason.of("reminded", percent=deadline.remind_percent if deadline else "")
    note_down(matter, _system(), "remind", step=task.seat or task.step, rules=[reason.store()])
    return True


def escalate(calendar: WorkingCalendar | None = None) -> int:
    """An overdue task also goes to the office the policy names, which may then decide too."""
    now = clock.now()
    if not (calendar or WorkingCalendar.load()).is_working(clock.today()):
        return 0
    due = StepTask.objects.filter(closed_at=None, waits=False, escalated_at=None, due_at__lte=now)
    return sum(_safely(_escalate, task) for task in due.order_by("due_at", "pk"))


@transaction.atomic
def _escalate(task: StepTask) -> bool:
    matter = _lock(task)
    due_at = _counted(task, matter).due_at
    if due_at is None or due_at > clock.now():
        return False
    if not StepTask.objects.filter(pk=task.pk, closed_at=None, escalated_at=None).update(escalated_at=clock.now()):
        return False
    # whoever took it has had their time: nobody's name keeps the others off an overdue task
    StepTask.objects.filter(pk=task.pk).update(taken_by=None, taken_at=None)
    deadline = matter.policy.deadline(matter.kind, node_of(task).deadline)
    rules, changes = [], {}
    if deadline and deadline.escalate_to:
        role = _who_is_called(deadline.escalate_to, task, matter)
        reason = Reason.of("escalated", due=f"{timezone.localtime(due_at):%Y-%m-%d}", role=role)
        rules = [reason.store()]
        for unit in usual_office(role).units(matter):
            mandate = {"role": role, "unit": unit, "ground": Mandate.Ground.ESCALATION, "reason": reason.store()}
            Mandate.objects.create(matter_id=matter.pk, turn=matter.turn, seat=task.seat, **mandate)
            Candidate.objects.create(task=task, **mandate)
            changes = {"desk": [None, str(unit)]}
    note_down(
        matter,
        _system(),
        "escalate" if rules else "overdue",
        step=task.seat or task.step,
        rules=rules,
        changes=changes,
        late=True,
    )
    return True


def _who_is_called(role: str, task: StepTask, matter: Matter) -> str:
    """`role`, or where all who hold it are barred from the task, whoever the policy lets take over from it."""
    tried = []
    while role not in tried:
        units = [unit.pk for unit in usual_office(role).units(matter)]
        if any(person.pk not in task.barred for person in holders(role, units)):
            return role
        tried.append(role)
        role = matter.policy.fallback(matter.kind, role)
    return tried[0]


def settle_all() -> int:
    """Set every open task's desk right: after somebody was moved, closed or appointed, and once a day.

    First a look without locks, a few queries per thousand tasks, finds the desks that are out of
    line; only those are locked and settled. Returns how many were.
    """
    with one_look():
        return sum(_safely(_settle, task) for task in _out_of_line())


def _out_of_line() -> list[StepTask]:
    found: list[StepTask] = []
    open_tasks = StepTask.objects.filter(closed_at=None, waits=False)
    for workflow, flow in all_flows().items():
        keys = list(open_tasks.filter(workflow=workflow).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), BATCH):
            batch = open_tasks.filter(pk__in=keys[start : start + BATCH]).order_by("pk")
            tasks = list(batch.select_related("taken_by", "matter").prefetch_related("candidates__person", "earlier"))
            matters = flow.machine._default_manager.select_related("unit", "initiator", "policy").in_bulk(
                {task.matter_id for task in tasks}
            )
            found += [task for task in tasks if not in_line(task, matters[task.matter_id])]
    return found


@transaction.atomic
def _settle(task: StepTask) -> bool:
    matter = _lock(task)
    remarks = settle(StepTask.objects.select_related("taken_by").get(pk=task.pk), matter)
    put_down(matter, remarks)
    return bool(remarks)


def put_down(matter: Matter, remarks: list[Remark]) -> None:
    """Write what settling a desk found worth a line, in the name of the clock."""
    for remark in remarks:
        rules = [reason.store() for reason in remark.rules]
        note_down(matter, _system(), remark.action, step=remark.step, rules=rules, changes=remark.changes)


def _lock(task: StepTask) -> Matter:
    return Matter.objects.select_for_update().get(pk=task.matter_id).specific


def _system() -> Capacity:
    return Capacity(Person.objects.system(), ground="clock")


def _safely(act: Callable[[T], bool], subject: T) -> bool:
    try:
        return act(subject)
    except (StepOutOfOrder, NotYours):
        return False  # somebody was faster; the next round sees it as it is
    except Exception:
        log.exception("The clock could not %s: %s", act.__name__, subject)
        return False
