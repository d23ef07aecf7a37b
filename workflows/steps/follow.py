"""The desks follow the matter: called by `perform` inside its transaction, after every act."""

from __future__ import annotations

from workflows.matters.models import Matter
from workflows.matters.perform import Act, is_rehearsal
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar

from . import same_person
from .desks import keep_in_hand, node_of, open_desk, open_tasks, settle
from .flows import flow_for
from .models import MatterProcess, StepTask
from .nodes import StepActivation
from .reckoning import rearm_all, reckon


def follow(act: Act) -> None:
    """Close what the act ended, let viewflow route, and give every new task its desk."""
    flow = flow_for(act.matter.kind)
    beside: list[StepTask] = []
    if act.move is None:
        process = flow.instance.start.run(matter=act.matter)
    elif act.move.stays:
        rearm_all(act.matter)
        return
    else:
        process, beside = _advance(act)
        _tell_those_beside(act, beside)
    opened = []
    for viewflow_task in process.opened:
        task, remarks = open_desk(viewflow_task, act.matter)
        opened.append(task)
        act.remarks += remarks
    if is_rehearsal():
        keep_in_hand(act.matter, [*beside, *opened])


class NoDesk(RuntimeError):
    """A matter that is not closed lies on no desk: its flow has lost it, and no act can move it on."""

    def __init__(self, matter: Matter, state: str) -> None:
        super().__init__(f"{matter.reference} waits at “{state}”, and no task of its flow is open there.")


def _advance(act: Act) -> tuple[MatterProcess, list[StepTask]]:
    """End the task the act decides; when the matter has left its state, call off those beside it.

    The act is the outcome of the task it decides, and of no other: of a seat's, where it was made
    from a seat. A move made past the seats (it is withdrawn while several countersign)
    decides none of their tasks: all are called off. Returns the run of the flow, and the tasks that stay
    open beside it. Nobody else moves this flow meanwhile: `perform` holds the matter's lock.
    """
    tasks = open_tasks(act.matter, act.seq - 1)
    if not tasks:
        raise NoDesk(act.matter, act.from_state)
    process: MatterProcess = tasks[0].task.process.coerced
    process.matter, process.opened = act.matter, []
    decided = next((task for task in tasks if task.seat == act.seat), None)
    onwards = decided or tasks[0]  # viewflow goes on from a task that was carried out, whichever it is
    called_off = [task for task in tasks if task != onwards] if act.matter.state != act.from_state else []
    if decided:  # judged by the calendar as it stands, also where the clock has not come to this task yet
        act.remarks += reckon(decided, act.matter, WorkingCalendar.load())
    by_clock = act.capacity.person.is_system
    act.late = bool(decided and decided.due_at and act.at > decided.due_at and not by_clock)
    if decided and act.move and act.move.decides:
        rows = decided.desk.earlier if decided.desk else decided.earlier.select_related("person")
        before = same_person.decided_before(rows, act.capacity)
        act.reasons += [same_person.said(row, act.matter) for row in before]
    for task in called_off:
        _close(task, act)
        _activation(task, process).cancel()
    _close(onwards, act, outcome=act.name if decided else "")
    _activation(onwards, process).carry_out(act.capacity.person)
    return process, [task for task in tasks if task != onwards and task not in called_off]


def _activation(task: StepTask, process: MatterProcess) -> StepActivation:
    task.task.process = process  # the one in hand, so that viewflow reads it no more
    activation: StepActivation = task.task.flow_task.activation_class(task.task)
    return activation


def _close(task: StepTask, act: Act, outcome: str = "") -> None:
    task.closed_at, task.closed_by, task.outcome = clock.now(), act.capacity.person, outcome
    task.save(update_fields=["closed_at", "closed_by", "outcome"])
    if is_rehearsal():
        return  # nobody looks at the desk of a closed task, and all of it is undone
    task.candidates.all().delete()
    if node_of(task).is_decision:
        task.earlier.all().delete()


def _tell_those_beside(act: Act, beside: list[StepTask]) -> None:
    """Whoever has just decided at one seat has decided before, as seen from the seats still open beside it."""
    if act.move and act.move.decides:
        for task in beside:
            if task.seat and not task.waits:
                act.remarks += settle(task, act.matter)
