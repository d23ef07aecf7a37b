"""The page of one matter: who sees it, what it says, what it costs; its path, its versions, its picture."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from workflows.campaigns.declaration import BudgetLine
from workflows.campaigns.models import Campaign, State
from workflows.campaigns.versions import Change, Line, difference
from workflows.desk.pages import pages_of
from workflows.desk.paths import panel, path_ahead
from workflows.matters.moves import moves_of
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import StandIn
from workflows.policies.models import Edition
from workflows.policies.turning import turning_points
from workflows.steps import desks
from workflows.steps.drawing import draw
from workflows.steps.flows import all_flows
from workflows.steps.models import StepTask
from workflows.steps.sweep import sweep

HTMX = {"HTTP_HX_REQUEST": "true"}
TABS = ["declaration", "opinions", "documents", "discussion", "versions", "trail", "flow"]


def turns_of(campaign):
    return turning_points(campaign.policy, campaign.kind, campaign.amount)


@pytest.fixture(autouse=True)
def _in_english():
    """The page's own words; what people wrote stays as they wrote it."""
    with translation.override("en"):
        yield


def test_the_trail_says_once_that_a_draft_became_overdue(campaign, client):
    with clock.at(StepTask.objects.get(closed_at=None).due_at + timedelta(hours=1)):
        sweep()
    client.force_login(campaign.initiator)

    page = client.get(reverse("desk:matter", args=[campaign.reference]), {"tab": "trail"}).content.decode()

    newest = page.split('<ol class="card trail-lines">')[1].split("</li>")[0]
    assert (newest.count("逾期"), newest.count("chip late")) == (1, 0)


def test_whoever_takes_part_may_see_it(campaign, chain, walk, client):
    walk(campaign, to=State.GROUP_REVIEW)

    for person in (chain.planner, chain.region_manager, chain.planning_reviewer, chain.auditor):
        client.force_login(person)
        assert client.get(campaign.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("who", ["neighbour_planner", "neighbour_store_manager", "other_region_manager", "nobody"])
@pytest.mark.parametrize("name", ["matter", "pane", "path"])
def test_nobody_else_learns_that_it_exists(who, name, campaign, chain, walk, client):
    walk(campaign, to=State.GROUP_REVIEW)
    client.force_login(getattr(chain, who))

    assert client.get(reverse(f"desk:{name}", args=[campaign.reference]), **HTMX).status_code == 404


def test_a_draft_stays_within_the_unit(campaign, chain, client):
    client.force_login(chain.region_manager)

    assert client.get(campaign.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("tab", TABS)
def test_every_section_opens_alone_and_beside_the_list(tab, campaign, chain, walk, client):
    walk(campaign, to=State.REGION_REVIEW)
    perform(campaign.send_back, by=chain.region_manager, note="预算偏高")
    client.force_login(chain.planner)

    page = client.get(campaign.get_absolute_url(), {"tab": tab})
    part = client.get(
        reverse("desk:pane", args=[campaign.reference]), {"tab": tab}, HTTP_HX_TARGET="matter-content", **HTMX
    )

    assert (page.status_code, part.status_code) == (200, 200)
    assert b"<html" in page.content
    assert b"<html" not in part.content
    assert part.content.strip().startswith(b'<div id="matter-content"')


def test_the_result_is_there_when_it_was_handed_in(campaign, chain, walk, client):
    walk(campaign, to=State.CLOSED)
    client.force_login(chain.planner)

    text = client.get(campaign.get_absolute_url(), {"tab": "result"}).content.decode()

    assert "42,000" in text
    assert "100.00" in text  # everything as declared: full marks


def test_the_pane_alone_leads_to_the_page(campaign, chain, client):
    client.force_login(chain.planner)

    response = client.get(reverse("desk:pane", args=[campaign.reference]))

    assert response.headers["Location"] == campaign.get_absolute_url()


@pytest.mark.parametrize("tab", TABS)
def test_it_costs_the_same_however_much_lies_elsewhere(tab, campaign, chain, walk, open_campaign, client):
    walk(campaign, to=State.REGION_REVIEW)
    client.force_login(chain.region_manager)
    client.get(reverse("desk:pane", args=[campaign.reference]), {"tab": tab}, **HTMX)  # what is kept for long is kept
    costs = {}
    for others in (1, 30, 3000):
        _open_tasks_elsewhere(others, campaign, open_campaign)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("desk:pane", args=[campaign.reference]), {"tab": tab}, **HTMX)
        costs[others] = len(queries)

    assert len(set(costs.values())) == 1, costs
    assert costs[1] <= (21 if connection.vendor == "sqlite" else 30)  # nothing is kept where the chain was just made


def _open_tasks_elsewhere(count, campaign, open_campaign):
    """Bring the number of open tasks of other matters up to `count`, by copying rows."""
    from viewflow.workflow.models import Task

    template = StepTask.objects.filter(closed_at=None).order_by("pk").last()
    if not Campaign.objects.exclude(pk=campaign.pk).exists():
        template = StepTask.objects.get(matter=open_campaign().pk)
    missing = count - StepTask.objects.filter(closed_at=None).exclude(matter=campaign.pk).count()
    tasks = Task.objects.bulk_create(
        Task(
            process=template.task.process,
            flow_task=template.task.flow_task,
            flow_task_type="HUMAN",
            token=template.task.token,
        )
        for _n in range(missing)
    )
    StepTask.objects.bulk_create(
        StepTask(
            task=task, matter=template.matter, workflow="campaign", step=template.step, opened_at=template.opened_at
        )
        for task in tasks
    )


# --- the path --------------------------------------------------------------------------------------------


def test_the_path_ahead_of_a_draft_names_people_and_rules(campaign, chain):
    found = panel(campaign)

    assert [(s.status, s.label, s.person) for s in found.stations[:6]] == [
        ("now", "draft", "林晓"),
        ("ahead", "store review", "周启明"),
        ("ahead", "region review", "沈若兰"),
        ("ahead", "group review", "陆之远"),
        ("ahead", "Countersign: Finance", "方敏"),
        ("ahead", "signature", "顾维桢"),
    ]
    assert found.stations[1].reasons == ["budget 82,000 ≥ 30,000 → store manager endorses first"]
    assert found.stations[4].reasons == ["budget 82,000 > 50,000 → Finance"]
    assert found.stations[5].reasons == ["budget 82,000, from above 49,999 up to 200,000 → Vice-president"]


def test_the_stand_in_is_shown(campaign, chain):
    today = clock.today()
    StandIn.objects.create(
        principal=chain.store_manager, deputy=chain.leasing_officer, starts_on=today, ends_on=today + timedelta(days=30)
    )

    assert panel(campaign).stations[1].person == "周启明 (stand-in: 邵平)"


def test_it_is_rehearsed_once_until_something_changes(campaign, chain, django_assert_num_queries):
    path_ahead(campaign)

    with django_assert_num_queries(2):  # the last line about the organisation, and the calendar
        path_ahead(campaign)


def test_a_new_post_changes_the_path_at_once(campaign, chain, django_capture_on_commit_callbacks):
    path_ahead(campaign)

    with django_capture_on_commit_callbacks(execute=True):
        post = chain.store_manager.posts.get()
        post.person = chain.leasing_officer
        post.save()

    assert path_ahead(campaign).steps[1].person == chain.leasing_officer


def test_what_would_change_it_comes_from_the_edition(open_campaign):
    assert turns_of(open_campaign(60_000)) == [
        "¥50,000 and below: no countersign by Finance for the amount",
        "¥49,999 and below ends with the Region manager, if nobody has to countersign",
        "below ¥30,000: without the store manager's endorsement",
        "above ¥200,000: President signs",
    ]
    assert turns_of(open_campaign(20_000))[0] == "from ¥30,000: the store manager endorses first"


def test_the_path_shown_is_kept_at_submission_and_reality_keeps_to_it(campaign, chain, walk):
    walk(campaign, to=State.SIGNATURE, looked=True)

    shown = [(step["step"], step["seat"], step["person"]) for step in campaign.path_shown]
    assert shown[:5] == [
        ("store_review", "", "周启明"),
        ("region_review", "", "沈若兰"),
        ("group_review", "", "陆之远"),
        ("countersign", "finance", "方敏"),
        ("signature", "", "顾维桢"),
    ]
    assert not panel(campaign).left_path


def test_from_the_first_to_the_last_step_nothing_left_the_path(campaign, walk):
    walk(campaign, to=State.CLOSED)

    assert not panel(campaign).left_path


def test_the_kept_path_is_the_one_that_was_shown(campaign, chain):
    seen = path_ahead(campaign)

    perform(campaign.submit, by=chain.planner)

    stored = Campaign.objects.get(pk=campaign.pk).path_shown
    assert stored == [step.store() for step in seen.steps[1:]]


def test_it_marks_who_decided_instead_and_why(campaign, chain, walk):
    walk(campaign, to=State.STORE_REVIEW, looked=True)
    today = clock.today()
    StandIn.objects.create(
        principal=chain.store_manager, deputy=chain.leasing_officer, starts_on=today, ends_on=today + timedelta(days=3)
    )
    perform(campaign.vouch, by=chain.leasing_officer)
    colleague = chain.appoint("region_manager", chain.other_region, "欧阳")
    task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
    desks.transfer(task, to=colleague, by=chain.region_manager, note="出差")
    perform(campaign.endorse, by=colleague)

    marks = {station.label: station.marks for station in panel(campaign).stations if station.marks}

    assert marks == {
        "store review": ["A stand-in decided: 邵平 for 周启明."],
        "region review": ["Shown was 沈若兰; passed the task on; passed on by 沈若兰."],
    }


def test_it_marks_an_objection_and_the_second_round(campaign, chain, walk):
    walk(campaign, to=State.COUNTERSIGN, looked=True)
    perform(campaign.object_to, by=chain.finance, seat="finance", note="科目不对")

    stations = panel(campaign).stations
    marked = [(s.status, s.label, s.marks) for s in stations if s.marks]

    assert marked == [
        ("done", "Countersign: Finance", ["The path shown went on from here."]),
        ("now", "group review", ["Walked a second time."]),
        ("ahead", "Countersign: Finance", ["Walked a second time."]),
    ]


def test_steps_no_longer_on_the_path_are_struck(campaign, chain, walk):
    walk(campaign, to=State.REGION_REVIEW, looked=True)
    perform(campaign.reject, by=chain.region_manager, note="与集团排期冲突")

    stations = panel(campaign).stations

    assert [s.label for s in stations if s.status == "dropped"][:2] == ["group review", "Countersign: Finance"]


def test_a_path_that_cannot_go_on_says_why(open_campaign):
    assert panel(open_campaign(82_000, venue="")).stopped.startswith("The declaration is not complete yet")


# --- versions, picture ---------------------------------------------------------------------------------------


def test_the_difference_goes_field_by_field_and_line_by_line(declaration):
    before = declaration(82_000)
    stage = before.budget[1]
    after = before.with_(
        venue="二层连廊", budget=(before.budget[0], BudgetLine("灯光", "venue", stage.unit_price, payer="store"))
    )

    kept = "朋友圈与短视频投放 · Media · 45,756 · 1 · Group"
    assert difference(before, after) == [
        Change("Venue", "一层中庭", "二层连廊"),
        Change(
            "Budget",
            "",
            "",
            (
                Line("kept", kept),
                Line("gone", "舞台与灯光 · Venue and set-up · 30,504 · 1 · Store"),
                Line("new", "灯光 · Venue and set-up · 30,504 · 1 · Store"),
            ),
        ),
    ]
    assert difference(before, before) == []


def test_any_two_versions_can_be_compared(campaign, chain, walk, client):
    walk(campaign, to=State.REGION_REVIEW)
    perform(campaign.send_back, by=chain.region_manager, note="换个场地")
    perform(campaign.save_draft, by=chain.planner, declaration=campaign.declared.with_(venue="二层连廊"))
    client.force_login(chain.planner)

    text = client.get(campaign.get_absolute_url(), {"tab": "versions", "from": "1", "to": "2"}).content.decode()

    assert "<del>一层中庭</del>" in text
    assert "<ins>二层连廊</ins>" in text


@pytest.mark.parametrize("asked", [{"from": "9", "to": "x"}, {"from": "2", "to": "1"}, {}])
def test_a_strange_question_gets_the_last_two(asked, campaign, chain, walk, client):
    walk(campaign, to=State.REGION_REVIEW)
    perform(campaign.send_back, by=chain.region_manager, note="换个场地")
    client.force_login(chain.planner)

    comparison = client.get(campaign.get_absolute_url(), {"tab": "versions", **asked}).context["comparison"]

    assert (comparison.older, comparison.newer) == (1, 2)


@pytest.mark.django_db
def test_every_state_has_its_place_in_the_picture():
    for kind, flow in all_flows().items():
        given = pages_of(kind).drawing
        assert {*map(str, given.way), *given.aside} == set(flow.machine.State.values)


@pytest.mark.django_db
def test_the_picture_shows_every_move_and_where_it_stands():
    picture = draw(Campaign, lit="group_review", passed={"draft"})

    for move in moves_of(Campaign).values():
        assert str(move.verb) in picture
    assert picture.count('class="state lit"') == 1
    assert picture.count('class="state passed"') == 1
    assert "style=" not in picture


def test_under_another_edition_the_turning_points_are_other_ones(open_campaign, chain):
    draft = Edition.current().copy()
    draft.countersign_rules.filter(when="amount_above").update(number=70_000)
    draft.publish()

    campaign = open_campaign(60_000)

    assert "above ¥70,000: Finance countersigns" in turns_of(campaign)
