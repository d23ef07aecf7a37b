"""The inbox: whose work is in it, in which words, what each filter shows and counts, and what it costs."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from viewflow.workflow import Token
from viewflow.workflow.models import Task

from workflows.campaigns.models import Campaign, State
from workflows.desk.inbox import PAGE, Sheet, Sift, inbox, lines, matching
from workflows.desk.times import Due, Horizon, Span, due
from workflows.matters.models import Matter
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import Post, StandIn
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.policies.reasons import Reason
from workflows.steps import desks
from workflows.steps.models import Candidate, MatterProcess, StepTask
from workflows.steps.sweep import sweep

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def titles(person):
    return [task.matter.title for task in inbox(Standing(person))]


def why(person):
    """What the list says of each line: title, reason, for whom."""
    standing = Standing(person)
    return [
        (line.task.matter.title, line.why, str(line.capacity.on_behalf_of or ""))
        for line in lines(inbox(standing), standing)
    ]


@pytest.fixture
def waiting(open_campaign, walk):
    """`waiting("标题", amount=…)`: a campaign of the chain's store that lies at the region manager's."""

    def put(title, amount=82_000, **where):
        return walk(open_campaign(amount, title=title, **where), to=State.REGION_REVIEW)

    return put


def stand_in(principal, deputy, workflow=""):
    today = clock.today()
    return StandIn.objects.create(
        principal=principal, deputy=deputy, workflow=workflow, starts_on=today, ends_on=today + timedelta(days=5)
    )


# --- whose it is -----------------------------------------------------------------------------------------


def test_it_lies_with_the_office_of_the_step_and_with_nobody_else(waiting, chain):
    waiting("校园摄影大赛")

    found = {name for name, person in chain.people().items() if titles(person)}

    assert found == {"region_manager"}
    assert why(chain.region_manager) == [("校园摄影大赛", "华东大区 · Region manager", "")]


def test_a_stand_in_sees_it_with_the_name_of_whom_it_is_for(waiting, chain):
    waiting("校园摄影大赛")
    stand_in(chain.region_manager, chain.planning_reviewer)

    assert why(chain.planning_reviewer) == [("校园摄影大赛", "华东大区 · Region manager", "沈若兰")]


def test_a_stand_in_for_another_workflow_sees_nothing(waiting, chain):
    waiting("校园摄影大赛")
    stand_in(chain.region_manager, chain.planning_reviewer, workflow="lease")

    assert titles(chain.planning_reviewer) == []


def test_nobody_decides_their_own_not_even_in_the_place_of_another(waiting, chain):
    waiting("校园摄影大赛")
    stand_in(chain.region_manager, chain.planner)
    Post.objects.create(person=chain.planner, role=Role.REGION_MANAGER, unit=chain.region, starts_on=clock.today())

    assert titles(chain.planner) == []


def test_what_was_passed_on_says_by_whom_and_has_left_the_office(waiting, chain):
    waiting("校园摄影大赛")
    task = StepTask.objects.get(closed_at=None)
    desks.transfer(task, to=chain.other_region_manager, by=chain.region_manager, note="我出差")

    assert titles(chain.region_manager) == []
    assert why(chain.other_region_manager) == [("校园摄影大赛", "passed on by 沈若兰", "")]


def test_what_fell_to_the_fallback_says_why(waiting, chain):
    Post.objects.filter(role=Role.REGION_MANAGER).update(ends_on=clock.today() - timedelta(days=1))
    campaign = waiting("校园摄影大赛")
    row = Candidate.objects.get(task__matter=campaign, task__closed_at=None, ground="fallback")
    holder = next(person for person in chain.people().values() if titles(person))

    assert why(holder) == [("校园摄影大赛", str(Reason.load(row.reason)), "")]


def test_what_was_escalated_says_so_to_whom_it_came_and_stays_with_the_office(waiting, chain):
    campaign = waiting("校园摄影大赛")
    late = StepTask.objects.get(matter=campaign, closed_at=None).due_at + timedelta(minutes=1)
    with clock.at(late):
        sweep()
        row = Candidate.objects.get(task__matter=campaign, ground="escalation")
        holders = [person for person in chain.people().values() if titles(person)]
        reasons = {reason for person in holders for _, reason, _ in why(person)}

    assert chain.region_manager in holders
    assert reasons == {"华东大区 · Region manager", str(Reason.load(row.reason))}


def test_what_a_colleague_took_is_theirs_until_they_give_it_back(waiting, chain):
    waiting("校园摄影大赛")
    colleague = chain.appoint(Role.REGION_MANAGER, chain.region, "高远")
    task = StepTask.objects.get(closed_at=None)

    desks.take(task, by=chain.region_manager)
    assert (titles(chain.region_manager), titles(colleague)) == (["校园摄影大赛"], [])

    desks.release(task, by=chain.region_manager)
    assert titles(colleague) == ["校园摄影大赛"]


def test_a_former_holder_sees_nothing(waiting, chain):
    waiting("校园摄影大赛")
    chain.region_manager.posts.update(ends_on=clock.today() - timedelta(days=1))

    assert titles(chain.region_manager) == []


# --- deadlines in words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "words", "tone", "span"),
    [
        (datetime(2026, 3, 6, 18), "3 days overdue", "late", Span.LATE),
        (datetime(2026, 3, 9, 8), "2 hours overdue", "late", Span.LATE),
        (datetime(2026, 3, 9, 9, 50), "1 hour overdue", "late", Span.LATE),
        (datetime(2026, 3, 9, 18), "by 18:00 today", "soon", Span.TODAY),
        (datetime(2026, 3, 10, 18), "1 working day left", "", Span.WEEK),
        (datetime(2026, 3, 13, 18), "4 working days left", "", Span.WEEK),
        (datetime(2026, 3, 16, 18), "5 working days left", "", Span.LATER),
    ],
)
def test_a_deadline_is_said_as_people_say_it(at, words, tone, span, monday, db):
    aware, horizon = timezone.make_aware(at), Horizon(monday)

    assert due(aware, horizon, WorkingCalendar.load()) == Due(aware, words, tone)
    assert horizon.span(aware) == span


def test_without_a_deadline_there_are_no_words(monday, db):
    assert due(None, Horizon(monday), WorkingCalendar.load()) is None
    assert Horizon(monday).span(None) == Span.LATER


# --- filters, and the number on each ------------------------------------------------------------------------


@pytest.fixture
def full_desk(waiting, chain, monday):
    """Five matters at the region manager's, one of them as a stand-in: overdue, today, this week, twice later."""
    waiting("逾期的义诊", 12_000)
    waiting("今天的摄影赛", 23_500)
    waiting("本周的电竞营", 82_000, by=chain.neighbour_planner, unit=chain.neighbour_store)
    waiting("以后的清仓会", 168_000)
    stand_in(chain.other_region_manager, chain.region_manager)
    waiting("南方的直播场", 46_000, by=chain.other_planner, unit=chain.other_store)
    days = {"逾期的义诊": -3, "今天的摄影赛": 0, "本周的电竞营": 3, "以后的清仓会": 9, "南方的直播场": 10}
    for task in StepTask.objects.filter(closed_at=None).select_related("matter"):
        task.due_at = monday.replace(hour=18) + timedelta(days=days[task.matter.title])
        task.save()
    return chain.region_manager


def shown(person, **asked):
    sheet = Sheet(Standing(person), Sift.read({name: str(value) for name, value in asked.items()}))
    return [line.task.matter.title for line in sheet.page(1, 1)]


ALL = ["逾期的义诊", "今天的摄影赛", "本周的电竞营", "以后的清仓会", "南方的直播场"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ALL),
        ({"due": "late"}, ALL[:1]),
        ({"due": "today"}, ALL[1:2]),
        ({"due": "week"}, ALL[2:3]),
        ({"acting": 1}, ALL[4:]),
        ({"q": "电竞"}, ALL[2:3]),
        ({"q": "苏州"}, ALL[2:3]),
        ({"q": "钱多米"}, ALL[2:3]),
        ({"q": "QH-2026-0004"}, ALL[3:4]),
        ({"q": "23500"}, ALL[1:2]),
        ({"q": "¥23,500"}, ALL[1:2]),
        ({"q": "16.8万"}, ALL[3:4]),
        ({"q": "苏州 电竞"}, ALL[2:3]),
        ({"q": "苏州 直播"}, []),
        ({"kind": "campaign"}, ALL),
        ({"due": "nonsense", "kind": "nonsense", "unit": "x", "sort": "x"}, ALL),
        ({"sort": "amount"}, ["以后的清仓会", "本周的电竞营", "南方的直播场", "今天的摄影赛", "逾期的义诊"]),
    ],
)
def test_the_filters_show_what_they_say(asked, expected, full_desk):
    assert shown(full_desk, **asked) == expected


def test_the_longest_waiting_come_first_when_asked(full_desk):
    moved = StepTask.objects.get(closed_at=None, matter__title="以后的清仓会")
    moved.opened_at -= timedelta(days=30)
    moved.save()

    assert shown(full_desk, sort="since")[0] == "以后的清仓会"


def test_every_number_is_what_choosing_it_would_show(full_desk, chain):
    for asked in (
        {},
        {"q": "杭州"},
        {"due": "week"},
        {"acting": 1},
        {"unit": chain.store.pk},
        {"due": "late", "q": "义诊"},
    ):
        sheet = Sheet(Standing(full_desk), Sift.read({name: str(value) for name, value in asked.items()}))

        assert sheet.counts["everything"] == len(ALL)
        assert sheet.counts["shown"] == len(shown(full_desk, **asked))
        for span in sheet.spans:
            assert span.count == len(shown(full_desk, **asked | {"due": span.value})), (asked, span)
        assert sheet.counts["any"] == len(shown(full_desk, **{k: v for k, v in asked.items() if k != "due"}))
        assert sheet.counts["acting"] == len(shown(full_desk, **asked | {"acting": 1})), asked
        for unit in sheet.units:
            assert unit.count == len(shown(full_desk, **asked | {"unit": unit.value})), (asked, unit)
        for kind in sheet.kinds:
            assert kind.count == len(shown(full_desk, **asked | {"kind": kind.value})), (asked, kind)


def test_the_badge_and_the_list_count_the_same_query(full_desk, client):
    client.force_login(full_desk)

    page = client.get(reverse("desk:inbox"))
    other = client.get(reverse("desk:started"))

    assert page.context["inbox_count"] == other.context["inbox_count"] == len(ALL)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "1e999999", "万", "¥", "%", "_", "''", "9" * 40, "（）"])
def test_a_strange_word_finds_nothing_and_breaks_nothing(word, full_desk, client):
    client.force_login(full_desk)

    assert client.get(reverse("desk:inbox"), {"q": word}).status_code == 200
    assert not Matter.objects.filter(matching(word, "")).exists()


# --- the page ------------------------------------------------------------------------------------------------


def test_a_line_says_all_there_is_to_know(full_desk, chain, client):
    StepTask.objects.filter(matter__title="今天的摄影赛").update(taken_by=full_desk)
    Matter.objects.filter(title="今天的摄影赛").update(urgent=True)
    full_desk.language = "en"
    full_desk.save()
    client.force_login(full_desk)

    page = client.get(reverse("desk:inbox"), {"due": "today"}).content.decode()

    for words in (
        "今天的摄影赛", "¥23,500", "杭州城西店", "林晓", "by 18:00 today", "urgent", "taken by me", "since today 10:00",
        "华东大区 · Region manager",
    ):  # fmt: skip
        assert words in page, words


def test_htmx_is_given_the_rows_and_the_numbers_and_no_page(full_desk, client):
    client.force_login(full_desk)

    part = client.get(reverse("desk:inbox"), {"due": "late"}, **HTMX)

    assert b"<html" not in part.content
    assert part.content.count(b'class="item"') == 1
    assert [name for name in ("tally", "filters", "inbox-count") if f'id="{name}"' not in part.content.decode()] == []
    assert "HX-Request" in part["Vary"]


def test_the_line_chosen_is_marked_and_a_false_reference_is_ignored(full_desk, client):
    client.force_login(full_desk)
    reference = Matter.objects.get(title="今天的摄影赛").reference

    page = client.get(reverse("desk:inbox"), {"m": reference}).content.decode()
    false = client.get(reverse("desk:inbox"), {"m": '../"><script>'})

    assert page.count('aria-current="true"') == 1
    assert (false.status_code, b'aria-current="true"' in false.content, b"<script>" in false.content) == (
        200,
        False,
        False,
    )


def test_an_empty_desk_says_so(chain, client):
    client.force_login(chain.nobody)

    assert "没有待您处理的事项" in client.get(reverse("desk:inbox")).content.decode()


# --- visibility ---------------------------------------------------------------------------------------------


def test_another_stores_planner_finds_nothing_of_it_anywhere(full_desk, chain, client):
    """Neither in a list, nor by search, nor in a number, nor among the units to choose from."""
    client.force_login(chain.neighbour_planner)
    matter = Matter.objects.get(title="今天的摄影赛")

    for name in ("inbox", "started", "decided"):
        for asked in (
            {},
            {"q": "今天的摄影赛"},
            {"q": matter.reference},
            {"unit": chain.store.pk},
            {"m": matter.reference},
        ):
            page = client.get(reverse(f"desk:{name}"), asked).content.decode()
            assert "今天的摄影赛</a>" not in page
            assert "杭州城西店" not in page
    sheet = Sheet(Standing(chain.neighbour_planner), Sift(text="今天的摄影赛"))
    assert (set(sheet.counts.values()), sheet.units, sheet.kinds) == ({0}, [], [])


@pytest.mark.parametrize("name", ["desk:inbox", "desk:started", "desk:decided", "door:home"])
def test_a_stranger_is_sent_to_the_door(name, client, db):
    answer = client.get(reverse(name))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("door:enter"))


# --- cost -----------------------------------------------------------------------------------------------------


def bulk(chain, count, start):
    """`count` more open tasks at the region manager's, written past the engine: only the list is measured."""
    at = timezone.now()
    first = Campaign.objects.first()
    process = MatterProcess.objects.get(matter=first)
    model = StepTask.objects.get(matter=first, closed_at=None)
    matters = [
        Matter(
            reference=f"QH-1999-{n:04}", kind="campaign", title=f"第 {n} 场", unit=chain.store, state=model.matter.state,
            initiator=chain.planner, amount=Decimal(n), policy=chain.edition, opened_at=at, submitted_at=at,
        )
        for n in range(start, start + count)
    ]  # fmt: skip
    Matter.objects.bulk_create(matters, batch_size=400)
    tasks = Task.objects.bulk_create(
        [
            Task(process=process, flow_task=model.task.flow_task, flow_task_type="HUMAN", token=Token("start"))
            for matter in matters
        ],
        batch_size=400,
    )
    steps = StepTask.objects.bulk_create(
        [
            StepTask(
                task=task,
                matter=matter,
                workflow="campaign",
                step=model.step,
                opened_at=at,
                due_at=at + timedelta(hours=n),
            )
            for n, (task, matter) in enumerate(zip(tasks, matters, strict=True))
        ],
        batch_size=400,
    )
    Candidate.objects.bulk_create(
        [Candidate(task=step, role=Role.REGION_MANAGER, unit=chain.region) for step in steps], batch_size=400
    )


def test_the_page_costs_the_same_queries_for_1_30_and_3000_tasks(waiting, chain, client):
    waiting("第一场")
    stand_in(chain.vice_president, chain.region_manager)
    client.force_login(chain.region_manager)
    costs, rows = [], []
    for more in (0, 29, 2970):
        bulk(chain, more, Matter.objects.count())
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("desk:inbox"))
        costs.append(len(queries))
        rows.append((page.context["inbox_count"], page.content.count(b'class="item"')))

    assert rows == [(1, 1), (30, 30), (3000, PAGE)]
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 14


def test_more_rows_come_fifty_at_a_time_and_none_twice(waiting, chain, client):
    waiting("第一场")
    bulk(chain, 129, 1)
    client.force_login(chain.region_manager)

    seen = []
    for page in (1, 2, 3):
        answer = client.get(reverse("desk:inbox"), {"page": page} if page > 1 else {}, **HTMX)
        seen.append([line.task.pk for line in answer.context["lines"]])
    again = client.get(reverse("desk:inbox"), {"pages": 2}, **HTMX)

    assert [len(rows) for rows in seen] == [50, 50, 30]
    assert len({pk for rows in seen for pk in rows}) == 130
    assert [line.task.pk for line in again.context["lines"]] == seen[0] + seen[1]
    assert b"page=2" in client.get(reverse("desk:inbox"), **HTMX).content
    assert b'class="more"' not in answer.content
