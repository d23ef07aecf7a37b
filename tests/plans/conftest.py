"""A plan of the chain with three topics, and the ways it goes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.plans.models import Consultation, Plan, Topic
from workflows.plans.outline import Item, Kind, Owner
from workflows.plans.outline import Topic as TopicValue
from workflows.steps.sweep import sweep


def owner(person: Any, kind: str = Kind.LEAD, rank: int = 0) -> Owner:
    post = person.posts.select_related("unit").first()
    return Owner(kind, rank, post.unit_id, person.pk, f"{person.name}·{post.unit.name}")


def working_day(days: int) -> date:
    return WorkingCalendar.load().add_working_days(clock.today(), days)


def topic(title: str, leads: list[Any], assistants: Any = (), days: int = 60) -> TopicValue:
    return TopicValue(
        "", title, f"{title}的目标", working_day(days),
        (Item("", "选定门店", None), Item("", "完成试点", working_day(days - 20))),
        tuple(owner(person, rank=rank) for rank, person in enumerate(leads, 1)),
        tuple(owner(person, kind) for person, kind in assistants),
    )  # fmt: skip


def drafted(chain: Any) -> Plan:
    """A plan being drawn up, with three topics in two parts."""
    centre = chain.resource_centre
    plan = Plan(unit=chain.planning, title="2027年上半年工作计划")
    begin(plan, by=centre, begins=working_day(20), ends=working_day(140))
    three = topic(
        "会员体系升级",
        [chain.brand, chain.finance, chain.legal],
        [(chain.planner, Kind.AUTHOR), (chain.neighbour_planner, Kind.DATA)],
    )
    for part, value in (
        ("经营", three),
        ("经营", topic("门店焕新", [chain.region_manager])),
        ("保障", topic("培训", [chain.legal])),
    ):
        perform(plan.write_topic, by=centre, topic=value, part=part, place=None)
    return plan


def launched(chain: Any) -> tuple[Plan, list[Topic]]:
    plan = drafted(chain)
    perform(plan.launch, by=chain.resource_centre, **plan.as_planned("launch"))
    sweep()
    sweep()  # opened by the first, the letters sent by the second
    return plan, list(Topic.objects.filter(work_plan=plan.pk).order_by("number"))


def taken_in(chain: Any, topic: Topic) -> None:
    """Accepted, written, signed by everybody in order, handed in, taken in."""
    topic = Topic.objects.get(pk=topic.pk)
    leads = topic.leads()
    perform(topic.accept, by=leads[0])
    perform(topic.write, by=leads[0], text=f"{topic.title}：草案正文。")
    for lead in leads[1:]:
        perform(topic.cosign, by=lead)
    perform(topic.submit, by=leads[0])
    perform(topic.take_in, by=chain.resource_centre)


def consulting(chain: Any, units: list[Any]) -> tuple[Plan, list[Consultation]]:
    plan, topics = launched(chain)
    for each in topics:
        taken_in(chain, each)
    sweep()
    plan = Plan.objects.get(pk=plan.pk)
    perform(plan.consolidate, by=chain.resource_centre, units=units)
    sweep()
    sweep()
    return plan, list(Consultation.objects.filter(work_plan=plan.pk).order_by("pk"))


def in_force(chain: Any) -> tuple[Plan, list[Topic]]:
    plan, (asked,) = consulting(chain, [chain.region])
    perform(asked.answer, by=chain.region_manager)
    sweep()
    plan = Plan.objects.get(pk=plan.pk)
    perform(plan.finalise, by=chain.resource_centre)
    perform(plan.sign, by=chain.president)
    sweep()
    return plan, list(Topic.objects.filter(work_plan=plan.pk).order_by("number"))


@pytest.fixture
def plan(chain: Any) -> Plan:
    return drafted(chain)
