"""On whose desk a matter lies: viewflow's process bound to the matter, and one row per task with its desk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import Process, Task

from workflows.matters.models import Mandate, Matter
from workflows.organisation.models import Person, Unit
from workflows.organisation.roles import Role


class MatterProcess(Process):
    """viewflow's run of a flow for one matter. A real foreign key, not viewflow's generic one."""

    matter = models.OneToOneField(Matter, models.PROTECT, related_name="process")

    class Meta:
        verbose_name, verbose_name_plural = _("process"), _("processes")

    @cached_property
    def opened(self) -> list[Task]:
        """The tasks of people and clock that viewflow has created by way of this object."""
        return []


class StepTask(models.Model):
    """One task of one step: since when, until when, who took it, what became of it.

    A step that waits for the clock (`waits`) lies on nobody's desk; `fires_at` and `fires_move`
    say which move the clock makes and when. On a human step they are an alarm beside it: what the
    clock does if nobody has decided by then. All of a task's timing is in this row, so closing the
    task ends its timers: there is nothing else to cancel. `calendar` is the fingerprint of the
    calendar the deadline was counted by.
    """

    task = models.OneToOneField(Task, models.PROTECT, related_name="step_task")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="step_tasks")
    workflow = models.CharField(max_length=24)
    step = models.CharField(max_length=40)
    seat = models.CharField(max_length=24, blank=True)
    # nobody decides their own: not who began the matter, nor who submitted it in the initiator's stead,
    # nor who took it over when the initiator left
    excluded = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    excluded_too = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    excluded_keeper = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    waits = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    calendar = models.CharField(max_length=16, blank=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    fires_at = models.DateTimeField(null=True)
    fires_move = models.CharField(max_length=40, blank=True)
    taken_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=40, blank=True)  # the move that closed it; empty: it was called off

    desk: Any = None  # the rows of its desk, while somebody has them in hand: see `desks.Desk`

    class Meta:
        verbose_name, verbose_name_plural = _("task"), _("tasks")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["due_at"], name="open_tasks_by_deadline", condition=Q(closed_at=None, waits=False)),
            models.Index(fields=["fires_at"], name="open_tasks_by_alarm", condition=Q(closed_at=None)),
            models.Index(fields=["calendar"], name="open_tasks_by_calendar", condition=Q(closed_at=None)),
            models.Index(fields=["matter"], name="open_tasks_of_matter", condition=Q(closed_at=None)),
            models.Index(fields=["closed_by", "-closed_at"], name="what_somebody_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id}: {self.seat or self.step}"

    @property
    def barred(self) -> set[int]:
        """Primary keys of the people who may not decide this task, in whatever chair. Reads `earlier`."""
        return self.barred_by(self.earlier.all())

    def barred_by(self, earlier: Iterable[EarlierDecision]) -> set[int]:
        """The same, with the rows of `earlier` in hand."""
        return self.excluded_people | {row.person_id for row in earlier if row.bars}

    @property
    def excluded_people(self) -> set[int]:
        """Those whose own matter it is."""
        return {person for person in (self.excluded_id, self.excluded_too_id, self.excluded_keeper_id) if person}


class EarlierDecision(models.Model):
    """Somebody who has decided an earlier step of the same way up, and whether that bars them from an open task.

    Gone when the task is closed, as its candidates are.
    """

    task = models.ForeignKey(StepTask, models.CASCADE, related_name="earlier")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    step = models.CharField(max_length=24)  # the state they decided in
    seat = models.CharField(max_length=24, blank=True)
    bars = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["task", "person", "step", "seat"], name="one_row_per_earlier_decision")
        ]


class Candidate(models.Model):
    """A desk an open task lies on: a role in a unit, or a person. Gone when the task is closed.

    Where the task was passed on to the person, role and unit say among whom it could be.
    """

    GROUNDS = [("office", _("office")), *Mandate.Ground.choices]

    task = models.ForeignKey(StepTask, models.CASCADE, related_name="candidates")
    role = models.CharField(max_length=24, choices=Role, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ground = models.CharField(max_length=12, choices=GROUNDS, default="office")
    reason = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit", "role", "task"]),
            models.Index(fields=["person", "task"], condition=Q(person__isnull=False), name="candidate_persons"),
        ]
