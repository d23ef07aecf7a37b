"""One person in several posts: what an edition makes of it, and where everybody reads of it.

沈若兰 holds the region and, in most of these stories, reviews for group planning as well. Whoever
agreed at the region meets the campaign a second time at the group review.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from documents.campaigns import ApprovalSheet
from workflows.campaigns.models import State
from workflows.desk.inbox import inbox, lines
from workflows.desk.paths import panel
from workflows.matters.errors import DecidedBefore, NotYours
from workflows.matters.perform import Act, available, perform
from workflows.organisation import clock
from workflows.organisation.models import Post, StandIn
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.steps.desks import deciders, receivers
from workflows.steps.models import EarlierDecision, StepTask
from workflows.steps.sweep import settle_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def says(chain):
    """`says("forbid")`: what the edition says of one person in several posts."""

    def chosen(practice):
        chain.edition.conduct.filter(workflow="campaign", name="same_person").update(chosen=practice)

    return chosen


def also(person, role, unit):
    return Post.objects.create(person=person, role=role, unit=unit, starts_on="2021-01-01")


def leave_office(person):
    person.posts.update(ends_on=clock.today() - timedelta(days=1))


def stand_in(principal, deputy):
    today = clock.today()
    return StandIn.objects.create(
        principal=principal, deputy=deputy, starts_on=today, ends_on=today + timedelta(days=60)
    )


def decide(matter, move, person, **answers):
    """The matter as whoever decides fetches it."""
    fresh = type(matter).objects.get(pk=matter.pk)
    return perform(getattr(fresh, move), by=person, **answers)


def open_task(matter, seat=""):
    return StepTask.objects.get(matter=matter.pk, closed_at=None, seat=seat)


def who_may(matter, chain, seat="", *extra):
    """By name: who has it in the inbox, and whom `perform` would let decide. They are the same people."""
    matter = type(matter).objects.get(pk=matter.pk)
    task, people = open_task(matter, seat), [*chain.people().values(), *extra]
    seen = {person.name for person in people if inbox(Standing(person)).filter(pk=task.pk).exists()}
    may = {
        person.name
        for person in people
        if any(move.decides for move, _capacity in available(matter, Standing(person), seat))
    }
    assert seen == may
    return seen


def said(entry):
    return [(rule["key"], rule["values"].get("person"), rule["values"].get("step")) for rule in entry.rules]


# --- the table: practice × situation → who may decide the group review ----------------------------------


def alone(chain):
    """She is the only reviewer there is."""
    leave_office(chain.planning_reviewer)
    also(chain.region_manager, Role.PLANNING_REVIEWER, chain.planning)
    return chain.region_manager


def with_a_colleague(chain):
    """陆之远 reviews, too."""
    also(chain.region_manager, Role.PLANNING_REVIEWER, chain.planning)
    return chain.region_manager


def as_a_stand_in(chain):
    """She holds no second post, but stands in for the only reviewer."""
    stand_in(chain.planning_reviewer, chain.region_manager)
    return chain.region_manager


def through_a_stand_in(chain):
    """韩正 agreed at the region in her place; she is the only reviewer."""
    alone(chain)
    stand_in(chain.region_manager, chain.legal)
    return chain.legal


TABLE = [
    ("allow", alone, {"沈若兰"}),
    ("allow", with_a_colleague, {"沈若兰", "陆之远"}),
    ("allow", as_a_stand_in, {"沈若兰", "陆之远"}),
    ("allow", through_a_stand_in, {"沈若兰", "韩正"}),
    ("pass_on", alone, {"沈若兰"}),
    ("pass_on", with_a_colleague, {"陆之远"}),
    ("pass_on", as_a_stand_in, {"陆之远"}),
    ("pass_on", through_a_stand_in, {"沈若兰", "韩正"}),
    ("forbid", alone, {"顾维桢"}),  # the policy's fallback for the reviewer
    ("forbid", with_a_colleague, {"陆之远"}),
    ("forbid", as_a_stand_in, {"陆之远"}),
    ("forbid", through_a_stand_in, {"顾维桢"}),
]


@pytest.mark.parametrize(("practice", "situation", "may"), TABLE)
def test_who_may_decide_after_having_decided(practice, situation, may, chain, campaign, walk, says):
    says(practice)
    hand = situation(chain)
    walk(campaign, to=State.REGION_REVIEW)
    decide(campaign, "endorse", hand)

    assert who_may(campaign, chain) == may
    for person in chain.people().values():
        if person.name not in may:
            with pytest.raises(NotYours):
                decide(campaign, "pass_review", person)


def test_who_is_kept_from_a_step_is_told_why_and_not_that_they_hold_no_post(chain, campaign, walk, says):
    says("forbid")
    also(chain.region_manager, Role.PLANNING_REVIEWER, chain.planning)
    walk(campaign, to=State.GROUP_REVIEW)

    told = {}
    for name in ("region_manager", "store_manager"):
        with pytest.raises(NotYours) as refused:
            decide(campaign, "pass_review", getattr(chain, name))
        told[name] = (type(refused.value), str(refused.value))

    assert told == {
        "region_manager": (
            DecidedBefore,
            "Your post may take this step, but whoever has decided an earlier one may not take it as well.",
        ),
        "store_manager": (NotYours, "You hold no post that may take this step."),
    }


def test_one_person_in_four_posts_is_said_four_times(chain, campaign, walk, says):
    """What the office allows is done, and every line tells of it."""
    for role, unit in (
        (Role.STORE_MANAGER, chain.store),
        (Role.PLANNING_REVIEWER, chain.planning),
        (Role.VICE_PRESIDENT, chain.group),
        (Role.FINANCE, chain.finance_department),
    ):
        also(chain.region_manager, role, unit)
    walk(campaign, to=State.STORE_REVIEW)

    entries = [
        decide(campaign, "vouch", chain.region_manager),
        decide(campaign, "endorse", chain.region_manager),
        decide(campaign, "pass_review", chain.region_manager),
        decide(campaign, "agree", chain.region_manager, seat="finance"),
    ]

    same = [[step for key, _who, step in said(entry) if key == "same_person"] for entry in entries]
    assert same == [
        [],
        ["campaign.store_review"],
        ["campaign.region_review", "campaign.store_review"],
        ["campaign.group_review", "campaign.region_review", "campaign.store_review"],
    ]
    signing = decide(campaign, "sign", chain.region_manager)
    assert str(next(reason for reason in signing.rules if reason["key"] == "same_person")["values"]) == (
        "{'person': '沈若兰', 'step': 'campaign.countersign.finance'}"
    )


def test_a_step_decided_again_and_a_later_report_are_no_second_decision(chain, campaign, walk, says):
    says("forbid")
    walk(campaign, to=State.GROUP_REVIEW)
    decide(campaign, "send_back", chain.planning_reviewer, note="大区再核一次", to="region_review")
    again = decide(campaign, "endorse", chain.region_manager)
    walk(type(campaign).objects.get(pk=campaign.pk), to=State.EVALUATION)

    assert said(again) == []
    assert who_may(campaign, chain) == {"陆之远"}  # he passed the declaration, and scores the report
    assert EarlierDecision.objects.count() == 0  # gone with the tasks they were about


def test_a_new_submission_begins_a_new_way_up_and_one_straight_back_goes_on(chain, campaign, walk, says):
    says("forbid")
    also(chain.region_manager, Role.PLANNING_REVIEWER, chain.planning)
    walk(campaign, to=State.GROUP_REVIEW)
    decide(campaign, "send_back", chain.planning_reviewer, note="补材料", to="draft", straight=True)
    decide(campaign, "submit", chain.planner)
    assert who_may(campaign, chain) == {"陆之远"}  # her agreement still carries it

    decide(campaign, "send_back", chain.planning_reviewer, note="再补", to="draft")
    decide(campaign, "submit", chain.planner)
    assert who_may(campaign, chain) == {"周启明"}
    assert EarlierDecision.objects.count() == 0


# --- side by side ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("practice", "may"),
    [("allow", {"方敏", "叶知秋"}), ("pass_on", {"叶知秋"}), ("forbid", {"叶知秋"})],
)
def test_two_seats_of_one_person(practice, may, chain, open_campaign, walk, says):
    """方敏 sits for finance and may sit for the brand; the brand's task was open before she agreed."""
    says(practice)
    also(chain.finance, Role.BRAND, chain.brand_department)
    campaign = walk(open_campaign(120_000, group_mark=True), to=State.COUNTERSIGN)
    assert who_may(campaign, chain, "brand") == {"方敏", "叶知秋"}

    decide(campaign, "agree", chain.finance, seat="finance")

    assert who_may(campaign, chain, "brand") == may
    last = campaign.trail.last()
    assert last.action == ("agree" if practice == "allow" else "pass_over")
    if practice != "allow":
        assert said(last) == [("passed_over", "方敏", "campaign.countersign.finance")]


# --- what the trail, the fallback and the organisation have to do with it ---------------------------------


def test_the_fallback_that_takes_over_stands_on_the_trail_with_its_reason(chain, campaign, walk, says):
    says("forbid")
    alone(chain)
    walk(campaign, to=State.REGION_REVIEW)

    decide(campaign, "endorse", chain.region_manager)

    lines_ = [(entry.action, [key for key, *_rest in said(entry)]) for entry in campaign.trail.order_by("seq")][-3:]
    assert lines_ == [("endorse", []), ("pass_over", ["passed_over"]), ("fall_back", ["no_holder"])]


def test_it_comes_back_when_the_other_holder_has_gone_and_goes_again_when_one_comes(chain, campaign, walk, says):
    says("pass_on")
    also(chain.region_manager, Role.PLANNING_REVIEWER, chain.planning)
    walk(campaign, to=State.GROUP_REVIEW)
    assert who_may(campaign, chain) == {"陆之远"}

    leave_office(chain.planning_reviewer)
    settle_all()
    assert who_may(campaign, chain) == {"沈若兰"}
    assert open_task(campaign).candidates.get().ground == "office"  # no fallback was needed

    newcomer = chain.appoint(Role.PLANNING_REVIEWER, chain.planning, "温如言")
    settle_all()
    assert who_may(campaign, chain, "", newcomer) == {"温如言"}
    assert settle_all() == 0


def test_what_the_desk_has_not_heard_of_yet_is_refused_all_the_same(chain, campaign, walk, says):
    """A colleague was appointed a moment ago, and nobody has settled the desks."""
    says("pass_on")
    alone(chain)
    walk(campaign, to=State.GROUP_REVIEW)
    chain.appoint(Role.PLANNING_REVIEWER, chain.planning, "温如言")

    with pytest.raises(NotYours):
        decide(campaign, "pass_review", chain.region_manager)


def test_it_cannot_be_passed_on_to_whoever_is_barred(chain, campaign, walk, says):
    says("forbid")
    also(chain.region_manager, Role.PLANNING_REVIEWER, chain.planning)
    newcomer = chain.appoint(Role.PLANNING_REVIEWER, chain.planning, "温如言")
    walk(campaign, to=State.GROUP_REVIEW)

    assert receivers(open_task(campaign), chain.planning_reviewer) == [newcomer]
    assert deciders(open_task(campaign)) == [chain.planning_reviewer, newcomer]


def test_being_late_finds_no_other_holder(chain, campaign, walk, says):
    """An escalation calls the vice-president, too; it does not take the task from its only reviewer."""
    says("pass_on")
    alone(chain)
    walk(campaign, to=State.GROUP_REVIEW)
    task = open_task(campaign)
    matter = {"role": Role.VICE_PRESIDENT, "unit": chain.group, "ground": "escalation"}
    task.candidates.create(**matter)
    campaign.mandates.create(turn=campaign.turn, reason={"key": "escalated", "values": {}}, **matter)
    settle_all()

    assert who_may(campaign, chain) == {"沈若兰", "顾维桢"}


# --- where it is read -------------------------------------------------------------------------------------


def test_the_list_the_bar_the_opinions_and_the_path_say_it(chain, campaign, walk, client):
    alone(chain)
    walk(campaign, to=State.GROUP_REVIEW)
    standing = Standing(chain.region_manager)

    assert [line.same_as for line in lines(inbox(standing), standing)] == [["region review"]]
    client.force_login(chain.region_manager)
    again = "与大区审核环节为同一人"  # she reads Chinese
    page = client.get(campaign.get_absolute_url()).content.decode()
    assert page.count(again) == 1  # in the bar
    assert again in client.get(reverse("desk:inbox")).content.decode()
    ahead = [(station.label, station.reasons) for station in panel(campaign).stations if station.status == "now"]
    assert ahead == [("集团审核", ["与“大区审核”环节为同一人：沈若兰"])]

    decide(campaign, "pass_review", chain.region_manager)

    page = client.get(campaign.get_absolute_url(), {"tab": "opinions"}).content.decode()
    assert page.count(again) == 1  # beside her opinion
    done = [(station.label, station.reasons) for station in panel(campaign).stations if station.verdict][-1]
    assert done == ("集团审核", ["与“大区审核”环节为同一人：沈若兰"])


def test_the_path_shown_before_says_whom_it_would_meet_twice(chain, campaign):
    alone(chain)

    ahead = {station.label: station.reasons for station in panel(campaign).stations}

    assert "the same person as at “region review”: 沈若兰" in ahead["group review"]
    assert not any("same person" in reason for reason in ahead["region review"] + ahead["signature"])


def test_the_reason_is_read_in_chinese(chain, campaign, walk):
    alone(chain)
    walk(campaign, to=State.GROUP_REVIEW)

    with translation.override("zh-hans"):
        assert panel(campaign).stations[-1].label
        now = next(station for station in panel(campaign).stations if station.status == "now")
        assert now.reasons == ["与“大区审核”环节为同一人：沈若兰"]


def test_the_paper_says_it_beside_the_opinion(chain, campaign, walk):
    alone(chain)
    walk(campaign, to=State.SIGNATURE)
    act = Act(campaign, None, Capacity(chain.vice_president), "", "", "", clock.now(), campaign.trail_length + 1)

    facts = ApprovalSheet.body(act, campaign)

    assert [(said["who"]["person"], said.get("same_as")) for said in facts["opinions"]] == [
        ("林晓", None), ("周启明", None), ("沈若兰", None), ("沈若兰", ["region review"]), ("方敏", None),
    ]  # fmt: skip


def test_the_list_costs_no_more_for_what_it_says(chain, open_campaign, walk):
    alone(chain)

    def cost():
        standing = Standing(chain.region_manager)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rows = lines(inbox(standing), standing)
            assert all(line.same_as == ["region review"] for line in rows)
        return len(rows), len(queries)

    walk(open_campaign(), to=State.GROUP_REVIEW)
    one = cost()
    for _n in range(3):
        walk(open_campaign(), to=State.GROUP_REVIEW)

    assert [one[0], cost()[0]] == [1, 4]
    assert one[1] == cost()[1]
