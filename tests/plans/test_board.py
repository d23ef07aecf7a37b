"""The plan board: who sees it, what it says, in how many queries; as a page, as an Excel file, on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from workflows.matters.models import Sequence
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.plans.board import lines_of
from workflows.plans.models import Ownership, Paper, Plan, PlanState, Topic, TopicState
from workflows.plans.outline import Item, Kind, Outline, Owner, Part
from workflows.plans.outline import Topic as Value


@pytest.fixture
def a_plan(chain: Any) -> Callable[..., Plan]:
    """`a_plan(topics, owners)`: in execution, its topics in two parts, every one with so many owners."""

    def made(topics: int = 3, owners: int = 3, **of_a_topic: Any) -> Plan:
        today = clock.today()
        plan = Plan(unit=chain.group, title="下半年营销工作计划")
        begin(plan, by=chain.resource_centre, begins=today - timedelta(days=60), ends=today + timedelta(days=120))
        people = [(chain.brand, chain.brand_department), (chain.finance, chain.finance_department)]
        known = [
            Owner(
                Kind.LEAD if at < 1 else Kind.DATA, 1 if at < 1 else 0, people[at % 2][1].pk, people[at % 2][0].pk, "x"
            )
            for at in range(owners)
        ]
        values = [
            Value(
                str(number), f"专题{number}", "", today + timedelta(days=30), (Item(f"{number}.1", "做事", None),),
                tuple(known[:1]), tuple(known[1:]),
            )
            for number in range(1, topics + 1)
        ]  # fmt: skip
        half = (topics + 1) // 2
        plan.outline_content = Outline(
            (Part("一", "客流", tuple(values[:half])), Part("二", "招商", tuple(values[half:])))
        ).content()
        plan.save()
        Plan.objects.filter(pk=plan.pk).update(state=PlanState.EXECUTING)
        for value in values:
            given = {"state": TopicState.IN_PROGRESS, "due": value.due, **of_a_topic}
            topic = Topic.objects.create(
                unit=chain.brand_department, title=value.title, reference=Sequence.next_reference("ZT", today), kind=Topic.KIND,
                initiator=chain.resource_centre, policy=plan.policy, work_plan=plan, number=int(value.number),
                topic_content=value.content(), opened_at=clock.now() - timedelta(days=50), **given,
            )  # fmt: skip
            Ownership.objects.bulk_create(
                Ownership(topic=topic, kind=owner.kind, rank=owner.rank, unit_id=owner.unit, person_id=owner.person, words="", place=place)
                for place, owner in enumerate(known)
            )  # fmt: skip
        return Plan.objects.get(pk=plan.pk)

    return made


def test_a_line_says_who_leads_how_far_it_is_and_that_it_is_late(a_plan: Any) -> None:
    reports = [{"month": "2026-01", "share": 40}]
    plan = a_plan(3, 2, due=clock.today() - timedelta(days=12), reports=reports)

    first, *_others = lines_of(plan)

    assert (first.part, first.number, first.title, first.lead, first.assistants) == (
        "一、客流", "1", "专题1", "品牌部 叶知秋", ("财务部 方敏",),
    )  # fmt: skip
    assert (first.percent, first.late, first.late_days, first.lateness) == (40, True, 12, "逾期12天")


def test_before_the_launch_the_board_shows_what_is_planned(a_plan: Any) -> None:
    plan = a_plan(2)
    Ownership.objects.all().delete()
    Topic.objects.filter(work_plan=plan).update(work_plan=None)

    assert [(line.title, line.lead, line.percent, line.late, line.reference) for line in lines_of(plan)] == [
        ("专题1", "品牌部 叶知秋", 0, False, ""),
        ("专题2", "品牌部 叶知秋", 0, False, ""),
    ]


def test_two_hundred_topics_and_two_thousand_owners_cost_as_many_queries_as_three(
    a_plan: Any, client: Any, chain: Any, django_assert_num_queries: Any
) -> None:
    small, large = a_plan(3, 3), a_plan(200, 10)
    with django_assert_num_queries(2):
        assert len(lines_of(small)) == 3
    with django_assert_num_queries(2):
        assert sum(1 + len(line.assistants) for line in lines_of(large)) == 2000

    client.force_login(chain.resource_centre)
    counted = []
    for plan in (small, large):
        for shown in ("table", "timeline"):
            client.get(reverse("plans:board", args=[plan.reference]), {"as": shown})  # whatever is asked once
            with CaptureQueriesContext(connection) as asked:
                page = client.get(reverse("plans:board", args=[plan.reference]), {"as": shown})
            counted.append((page.status_code, len(asked)))
    assert counted[:2] == counted[2:]


@pytest.mark.parametrize("shown", ["table", "timeline", "nonsense"])
def test_the_page_names_every_part_and_what_is_late(a_plan: Any, client: Any, chain: Any, shown: str) -> None:
    plan = a_plan(3, 2, due=clock.today() - timedelta(days=12))
    client.force_login(chain.resource_centre)

    page = client.get(reverse("plans:board", args=[plan.reference]), {"as": shown}).content.decode()

    said = ["一、客流", "二、招商", "专题3", "逾期12天", "Excel 文件", "打印截至今日"]
    assert [words for words in said if words not in page] == []
    assert ('role="img"' in page) == (shown == "timeline")


def test_the_excel_file_comes_under_the_reference_of_the_plan(a_plan: Any, client: Any, chain: Any) -> None:
    plan = a_plan()
    client.force_login(chain.resource_centre)

    answer = client.get(reverse("plans:board_file", args=[plan.reference]))

    assert (answer.status_code, answer.content[:2]) == (200, b"PK")
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{plan.reference}-')


@pytest.mark.parametrize("name", ["board", "board_file"])
def test_whoever_may_not_see_the_plan_finds_no_board(a_plan: Any, client: Any, chain: Any, name: str) -> None:
    plan = a_plan()
    client.force_login(chain.other_planner)

    assert client.get(reverse(f"plans:{name}", args=[plan.reference])).status_code == 404


def test_a_matter_that_is_no_plan_has_no_board(campaign: Any, client: Any, chain: Any) -> None:
    client.force_login(chain.planner)

    assert client.get(reverse("plans:board", args=[campaign.reference])).status_code == 404


def test_the_resource_centre_has_the_board_printed_and_nobody_else(a_plan: Any, client: Any, chain: Any) -> None:
    plan = a_plan(3, 2)
    with pytest.raises(PermissionDenied):
        perform(plan.print_board, by=chain.finance)
    client.force_login(chain.resource_centre)

    client.post(reverse("plans:board_paper", args=[plan.reference]))

    paper = plan.documents.get(kind=Paper.BOARD)
    rows = [row for row in paper.facts["parts"][0]["table"]["rows"] if "cells" in row]
    assert [row["cells"][1]["words"] for row in rows] == ["专题1", "专题2", "专题3"]
    assert paper.title == "计划进度表：下半年营销工作计划"
