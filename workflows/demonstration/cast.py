"""Who acts when it is some office's turn: whoever took the task, else one of its holders, or their stand-in."""

from __future__ import annotations

from workflows.matters.models import Matter
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, in_force
from workflows.steps.models import Candidate, StepTask
from workflows.steps.rehearse import stand_in_of


def open_task(matter: Matter, seat: str = "") -> StepTask | None:
    tasks = StepTask.objects.filter(matter=matter.pk, closed_at=None, seat=seat)
    return tasks.select_related("taken_by").first()


def decider(task: StepTask, matter: Matter, number: int) -> Person:
    """Who decides; `number` chooses among several, so that not one person does everything."""
    if task.taken_by:
        return task.taken_by
    for row in task.candidates.select_related("person").order_by("pk"):
        holders = _holders(row, task)
        if holders:
            person = holders[number % len(holders)]
            deputy = stand_in_of(person, matter.kind)
            return deputy if deputy and deputy != matter.initiator else person
    raise LookupError(f"Nobody may decide {task}.")


def _holders(row: Candidate, task: StepTask) -> list[Person]:
    if row.person:
        return [row.person]
    posts = Post.objects.filter(in_force(clock.today()), role=row.role, unit=row.unit_id, person__is_active=True)
    people_there = dict.fromkeys(post.person for post in posts.select_related("person").order_by("pk"))
    return [person for person in people_there if person.pk not in task.barred]
