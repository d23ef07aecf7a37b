"""The inbox: one query. What I can decide now, through my posts and those I stand in for.

Its count is the same query counted; a badge can never say something else than the list shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Hat, Standing
from workflows.steps.desks import may_decide
from workflows.steps.models import Candidate, StepTask


def inbox(standing: Standing) -> QuerySet[StepTask]:
    """Open tasks the person may decide today, most urgent first.

    Own posts and person; per stand-in the principal's, within the workflow lent. A task a colleague
    has taken is theirs until they give it back, unless one stands in for that colleague. Nobody
    sees their own matter for decision, nor their principal's.
    """
    me = standing.person
    tasks = StepTask.objects.filter(closed_at=None, waits=False)
    mine = _reachable(standing.own, [me.pk]) & (Q(taken_by=None) | Q(taken_by=me))
    for stand_in in standing.stand_ins:
        principal = stand_in.principal_id
        borrowed = _reachable(standing.borrowed(stand_in), [principal])
        borrowed &= Q(taken_by=None) | Q(taken_by=me) | Q(taken_by=principal)
        borrowed &= Q(excluded=None) | ~Q(excluded=principal)
        if stand_in.workflow:
            borrowed &= Q(workflow=stand_in.workflow)
        mine |= borrowed
    return (
        tasks.filter(mine)
        .exclude(excluded=me)
        .select_related("matter__unit", "matter__initiator", "taken_by")
        .prefetch_related("candidates")
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )


def _reachable(hats: Iterable[Hat], people: list[int]) -> Q:
    """Tasks with a candidate row for one of the hats' offices, or for one of the people."""
    desks = Q(person__in=people)
    units_by_role: dict[str, set[int]] = {}
    for hat in hats:
        if hat.post:
            units_by_role.setdefault(hat.post.role, set()).add(hat.post.unit_id)
    for role, units in units_by_role.items():
        desks |= Q(role=role, unit__in=units)
    return Q(Exists(Candidate.objects.filter(desks, task=OuterRef("pk"))))


@dataclass(frozen=True)
class Line:
    """One row of the list: the task, and in which capacity it is mine."""

    task: StepTask
    capacity: Capacity | None


def lines(tasks: Iterable[StepTask], standing: Standing) -> list[Line]:
    """Rows with the reason each is there; no query beyond those the tasks came with."""
    return [Line(task, may_decide(task, standing)) for task in tasks]
