"""The other two lists: what I began and where it stands, what I decided and what became of it.

Beside the first lies what was handed over to me, beside the second what I passed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from workflows.matters.models import Handover, Matter, Opinion
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import Person, Post, in_force
from workflows.organisation.offices import Place
from workflows.steps.drawing import ended_well
from workflows.steps.flows import flow_for
from workflows.steps.models import Candidate, StepTask

from .inbox import seat_label, state_label
from .times import Due, Horizon, due


def started_by(person: Person) -> QuerySet[Matter]:
    """What the person began, newest first, with the tasks that are open now."""
    return (
        Matter.objects.filter(initiator=person)
        .select_related("unit")
        .prefetch_related(Prefetch("step_tasks", _open_tasks(), to_attr="open_tasks"))
    )


def decided_by(person: Person) -> QuerySet[Opinion]:
    """What the person decided, newest first; submitting is not deciding."""
    return (
        Opinion.objects.filter(person=person)
        .exclude(verdict=Opinion.Verdict.SUBMIT)
        .select_related("matter__unit", "matter__initiator", "on_behalf_of")
        .prefetch_related(Prefetch("matter__step_tasks", _open_tasks(), to_attr="open_tasks"))
        .order_by("-at", "-pk")
    )


def handed_over(**who: Any) -> QuerySet[Handover]:
    """What went from hand to hand, newest first: to the `receiver`, or by the `giver`."""
    return (
        Handover.objects.filter(**who)
        .select_related("matter__unit", "matter__initiator", "entry", "giver", "receiver")
        .prefetch_related(Prefetch("matter__step_tasks", _open_tasks(), to_attr="open_tasks"))
    )


def _open_tasks() -> QuerySet[StepTask]:
    rows = Candidate.objects.select_related("unit", "person")
    return (
        StepTask.objects.filter(closed_at=None)
        .select_related("taken_by")
        .prefetch_related(Prefetch("candidates", rows), "earlier")
    )


@dataclass(frozen=True)
class Holder:
    """Who has a matter on the desk now: the office or person, by name, since when and until when."""

    desk: str
    people: tuple[Person, ...]
    since: datetime
    due: Due | None
    clock_at: datetime | None = None  # nobody: it waits for this instant

    @property
    def who(self) -> str:
        return _(", ").join(map(str, self.people))


class Whereabouts:
    """Who holds what, for a whole page of matters: the posts behind all their desks in one query."""

    def __init__(self, matters: Iterable[Matter]) -> None:
        self.horizon, self.calendar = Horizon.here(), WorkingCalendar.load()
        self._tasks: dict[int, list[StepTask]] = {matter.pk: matter.open_tasks for matter in matters}  # type: ignore[attr-defined]
        desks = Q(pk__in=[])
        for task in (task for tasks in self._tasks.values() for task in tasks):
            for row in task.candidates.all():
                if row.unit_id and not row.person_id:
                    desks |= Q(role=row.role, unit=row.unit_id)
        self._people: dict[tuple[str, int], list[Person]] = {}
        posts = Post.objects.filter(desks, in_force(clock.today()), person__is_active=True)
        for post in posts.select_related("person").order_by("starts_on", "pk"):
            self._people.setdefault((post.role, post.unit_id), []).append(post.person)

    def of(self, matter: Matter) -> list[Holder]:
        """The desks the matter lies on, several where it lies on them side by side; empty once it is closed."""
        return [self._holder(task) for task in self._tasks[matter.pk]]

    def _holder(self, task: StepTask) -> Holder:
        if task.waits:
            return Holder("", (), task.opened_at, None, task.fires_at)
        rows = list(task.candidates.all())
        people = [
            person
            for row in rows
            for person in ([row.person] if row.person else self._people.get((row.role, row.unit_id or 0), []))
        ]
        names = [task.taken_by] if task.taken_by else [p for p in dict.fromkeys(people) if p.pk not in task.barred]
        desk = next((str(Place(row.role, row.unit)) for row in rows if row.unit and not row.person_id), "")
        until = due(task.due_at, self.horizon, self.calendar)
        return Holder(desk, tuple(names), task.opened_at, until)


def position(matter: Matter) -> tuple[int, int] | None:
    """How many steps of the path shown at submission are behind the matter, and how many there were.

    None where that cannot be said: it was never submitted, is closed, or has left that path.
    """
    first = flow_for(matter.kind).machine.FIRST
    stations = list(dict.fromkeys([first, *(step["step"] for step in matter.path_shown)]))
    if not matter.path_shown or matter.is_closed or matter.state not in stations:
        return None
    return stations.index(matter.state), len(stations)


@dataclass(frozen=True)
class StartedLine:
    """A matter I began: where it stands, with whom, since when, how far along."""

    matter: Matter
    holders: list[Holder]

    @property
    def state(self) -> str:
        return state_label(self.matter.kind, self.matter.state)

    @property
    def ended_well(self) -> bool:
        return ended_well(flow_for(self.matter.kind).machine, self.matter.state)

    @property
    def position(self) -> tuple[int, int] | None:
        return position(self.matter)


@dataclass(frozen=True)
class HandedLine:
    """Something that went from one to another: what, why, and where its matter stands today."""

    handover: Handover
    holders: list[Holder]

    @property
    def state(self) -> str:
        return state_label(self.handover.matter.kind, self.handover.matter.state)

    @property
    def step(self) -> str:
        """At which step it lay then, and in whose seat; empty for the care of a whole matter."""
        entry, matter = self.handover.entry, self.handover.matter
        if not entry.step:
            return ""
        label = state_label(matter.kind, entry.from_state)
        return label if flow_for(matter.kind).find(entry.step) else f"{label} · {seat_label(matter, entry.step)}"


@dataclass(frozen=True)
class DecidedLine:
    """A decision of mine, and where its matter stands today."""

    opinion: Opinion
    holders: list[Holder]

    @property
    def state(self) -> str:
        return state_label(self.opinion.matter.kind, self.opinion.matter.state)

    @property
    def step(self) -> str:
        """Where I decided it; where several decided side by side also in whose seat."""
        label = state_label(self.opinion.matter.kind, self.opinion.step)
        return f"{label} · {seat_label(self.opinion.matter, self.opinion.seat)}" if self.opinion.seat else label
