"""Open tasks whose deadline was counted by a calendar that is no longer the one in force.

The tasks are the rows of work: each carries the fingerprint of its calendar, whatever it was that
changed the calendar. Every task is its own transaction under its matter's lock, so a worker may be
killed in between and two may do it at once; who comes second finds the fingerprint in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from workflows.matters.models import Matter
from workflows.matters.perform import Remark
from workflows.matters.reckoning import ACTION, in_time, reasons, written
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.glance import one_look
from workflows.organisation.readings import knows_more, stale
from workflows.policies.reasons import Reason

from .desks import node_of
from .flows import all_flows
from .models import StepTask

BATCH = 500  # tasks looked at together


def moved_tasks(calendar: WorkingCalendar) -> int:
    """How many open tasks would be due at another instant under `calendar`."""
    with one_look():
        open_tasks = StepTask.objects.filter(closed_at=None, waits=False)
        every = _with_matters(open_tasks.values_list("pk", flat=True))
        return sum(_timing(task, matter, calendar)[0] != task.due_at for task, matter in every)


def out_of_date(calendar: WorkingCalendar) -> list[StepTask]:
    """Open tasks to count anew. Those for which nothing changes are marked as counted on the way, without a lock."""
    found: list[StepTask] = []
    in_order: dict[str, list[int]] = defaultdict(list)
    open_tasks = StepTask.objects.filter(stale(calendar), closed_at=None)
    with one_look():
        for task, matter in _with_matters(open_tasks.values_list("pk", flat=True)):
            if _is_other(task, matter, calendar):
                found.append(task)
            else:
                in_order[task.calendar].append(task.pk)
    for counted_by, keys in in_order.items():
        for start in range(0, len(keys), BATCH):
            rows = StepTask.objects.filter(pk__in=keys[start : start + BATCH], closed_at=None, calendar=counted_by)
            rows.update(calendar=calendar.fingerprint)
    return found


def _with_matters(open_tasks: Iterable[int]) -> Iterator[tuple[StepTask, Matter]]:
    keys = sorted(open_tasks)
    for start in range(0, len(keys), BATCH):
        batch = list(StepTask.objects.filter(pk__in=keys[start : start + BATCH]).order_by("pk"))
        for workflow, flow in all_flows().items():
            tasks = [task for task in batch if task.workflow == workflow]
            wanted = {task.matter_id for task in tasks}
            matters = flow.machine._default_manager.select_related("policy").in_bulk(wanted) if wanted else {}
            for task in tasks:
                yield task, matters[task.matter_id]


def _is_other(task: StepTask, matter: Matter, calendar: WorkingCalendar) -> bool:
    try:
        due, remind = _timing(task, matter, calendar)
        alarm = node_of(task).alarm(matter)
    except Exception:
        return True  # one broken matter keeps nobody from the others; the try under its lock says what it is
    return (due, remind) != (task.due_at, task.remind_at) or alarm != (task.fires_at, task.fires_move)


def _timing(task: StepTask, matter: Matter, calendar: WorkingCalendar) -> tuple[datetime | None, datetime | None]:
    """When the task is due under `calendar`, and when to remind; as they are where nothing was counted."""
    node = node_of(task)
    deadline = matter.policy.deadline(matter.kind, node.deadline)
    if deadline is None or task.due_at is None:
        return task.due_at, task.remind_at
    due = in_time(node.due(deadline, matter, task.opened_at, calendar), task.due_at, calendar)
    if task.reminded_at:
        return due, task.remind_at
    return due, calendar.share_of(task.opened_at, due, deadline.remind_percent)


def reckon(task: StepTask, matter: Matter, calendar: WorkingCalendar) -> list[Remark]:
    """Count the deadline of an open task anew, if it was counted by another calendar. The caller holds the lock.

    What was done by the old one stays done: nobody is reminded or asked twice, no escalation taken back.
    """
    if task.closed_at or task.calendar == calendar.fingerprint or knows_more(task.calendar):
        return []
    counted_by, before = task.calendar, {"due_at": task.due_at, "remind_at": task.remind_at}
    task.calendar = calendar.fingerprint
    task.due_at, task.remind_at = _timing(task, matter, calendar)
    task.save(update_fields=["calendar", "due_at", "remind_at"])
    after = {"due_at": task.due_at, "remind_at": task.remind_at}
    changes = {name: [written(before[name]), written(after[name])] for name in before if before[name] != after[name]}
    if not changes:
        return []
    opened, *ends = (timezone.localdate(at) for at in (task.opened_at, before["due_at"], after["due_at"]) if at)
    why = reasons(counted_by, calendar, opened, max(ends))
    why += [Reason("reminder_stays")] if task.reminded_at else []
    why += [Reason("escalation_stays")] if task.escalated_at else []
    return [Remark(ACTION, why, changes, task.seat or task.step)]


def rearm(task: StepTask, matter: Matter) -> None:
    """Set the task's alarm to what the matter says now."""
    alarm = node_of(task).alarm(matter)
    if alarm != (task.fires_at, task.fires_move):
        task.fires_at, task.fires_move = alarm
        task.save(update_fields=["fires_at", "fires_move"])


def rearm_all(matter: Matter) -> None:
    """The same for every open task of a matter that was written to without moving."""
    for task in StepTask.objects.filter(matter=matter.pk, closed_at=None):
        rearm(task, matter)
