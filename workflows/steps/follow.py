"""The desks follow the matter: called by `perform` inside its transaction, after every act."""

from __future__ import annotations

from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from workflows.matters.perform import Act
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar

from .desks import open_desk
from .flows import flow_for
from .models import MatterProcess, StepTask
from .reckoning import rearm_all, reckon


def follow(act: Act) -> None:
    """Close what the act ended, let viewflow route, and give every new task its desk."""
    flow = flow_for(act.matter.kind)
    if act.move is None:
        process = flow.instance.start.run(matter=act.matter)
    elif act.move.stays:
        rearm_all(act.matter)
        return
    else:
        process = MatterProcess.objects.get(matter=act.matter.pk)
        _advance(act, process)
    for viewflow_task in Task.objects.filter(
        process=process, flow_task_type="HUMAN", finished=None, step_task=None
    ).order_by("pk"):
        _task, remarks = open_desk(viewflow_task, act.matter)
        act.remarks += remarks


def _advance(act: Act, process: MatterProcess) -> None:
    """End the task the act belongs to; when the matter has left its state, call off those beside it."""
    open_tasks = list(
        StepTask.objects.filter(matter=act.matter.pk, closed_at=None).select_related("task").order_by("pk")
    )
    ended = next((task for task in open_tasks if not act.seat or task.seat == act.seat), open_tasks[0])
    left_behind = [task for task in open_tasks if task != ended] if act.matter.state != act.from_state else []
    # judged by the calendar as it stands, also where the clock has not come to this task yet
    act.remarks += reckon(ended, act.matter, WorkingCalendar.load())
    act.late = ended.due_at is not None and act.at > ended.due_at and not act.capacity.person.is_system
    with flow_for(act.matter.kind).lock(process.pk):
        for task in left_behind:
            _close(task, act, outcome="")
            task.task.flow_task.activation_class(task.task).cancel()
        _close(ended, act, outcome=act.name)
        activation = ended.task.flow_task.activation_class(ended.task)
        if ended.task.status == STATUS.NEW:
            activation.assign(act.capacity.person)
        activation.start(None)
        activation.execute()


def _close(task: StepTask, act: Act, outcome: str) -> None:
    task.closed_at, task.closed_by, task.outcome = clock.now(), act.capacity.person, outcome
    task.save(update_fields=["closed_at", "closed_by", "outcome"])
    task.candidates.all().delete()
