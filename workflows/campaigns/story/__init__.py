"""The campaigns' part of the demonstration: a year of them, and what it takes and leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from documents.models import IssuedDocument
from documents.registry.voiding import void
from workflows.campaigns.models import Campaign, Paper, State
from workflows.demonstration import people
from workflows.demonstration.office_time import OFFICE_DAY
from workflows.demonstration.stories import Amendment, Epilogue, Stage, Story, Tale, register
from workflows.organisation.calendar import DAY, WorkingCalendar, start_of
from workflows.organisation.models import StandIn
from workflows.organisation.roles import Role
from workflows.policies.models import Edition

from .parts import parts
from .year import plan

SEED = 20_240_901
LIMIT_RAISED_TO = Decimal(250_000)  # what the second edition changes: the vice-president's limit, CNY


class Campaigns(Story):
    """A year of campaigns."""

    def plan(self, stage: Stage, size: int) -> Sequence[Tale]:
        year = plan(stage.times, size, Random(SEED), stage.edition)  # noqa: S311 - a story, not a secret
        return [*year, *parts(stage.times)]

    def prepare(self, stage: Stage) -> None:
        """While a regional manager was on leave, a planner decided on campaigns in his place, and on nothing else."""
        StandIn.objects.create(
            principal=stage.staff[people.SOUTH_MANAGER],
            deputy=stage.staff[people.SOUTH_DEPUTY],
            workflow=Campaign.KIND,
            reason="年度休假",
            starts_on=stage.times.on(-72 * OFFICE_DAY),
            ends_on=stage.times.on(-60 * OFFICE_DAY),
        )

    def amend(self, edition: Edition) -> Amendment:
        """The vice-president may sign more."""
        limit = edition.limits.get(workflow=Campaign.KIND, role=Role.VICE_PRESIDENT)
        before, limit.up_to = limit.up_to, LIMIT_RAISED_TO
        limit.save(update_fields=["up_to"])
        return Amendment(
            {f"limits.{Role.VICE_PRESIDENT}": (str(before), str(LIMIT_RAISED_TO))},
            "业务量增长，分管副总裁签发限额由二十万元调至二十五万元。",
        )

    def epilogues(self, stage: Stage) -> Iterator[Epilogue]:
        """A circular whose campaign was called off: the clerk voids it, as people forget to do; its units take note."""
        circulars = IssuedDocument.objects.filter(kind=Paper.CIRCULAR, matter__state=State.CANCELLED)
        ended_before = start_of(stage.times.today - 14 * DAY)
        circulars = circulars.filter(language="zh-hans", matter__closed_at__lt=ended_before)
        circular = circulars.order_by("-issued_at").first()
        if circular and circular.matter and circular.matter.closed_at:
            day = WorkingCalendar.load().next_working_day(timezone.localdate(circular.matter.closed_at))
            clerk, reason = stage.staff[people.CLERK], "活动已取消，原批复同时作废，请各单位停止传阅使用。"
            at = start_of(day) + timedelta(hours=9, minutes=40)
            yield Epilogue(at, lambda: void(circular, by=clerk, reason=reason))


register(Campaigns())
