"""A campaign's life as the trail tells it."""

from datetime import timedelta

import pytest

from workflows.campaigns.models import State
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import StandIn
from workflows.steps.sweep import sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(open_campaign):
    """82,000 CNY under the group's mark: the store endorses first, finance and brand countersign."""
    return open_campaign(82_000, group_mark=True)


def story(campaign):
    return [(entry.actor.username, entry.action, entry.to_state) for entry in campaign.trail.all()]


def test_from_declaration_to_evaluation(chain, campaign, walk):
    walk(campaign, to=State.CLOSED)

    assert [(action, state) for _, action, state in story(campaign)] == [
        ("open", "draft"),
        ("submit", "store_review"),
        ("vouch", "region_review"),
        ("endorse", "group_review"),
        ("pass_review", "countersign"),
        ("agree", "countersign"),
        ("agree", "signature"),
        ("sign", "approved"),
        ("start", "running"),
        ("close_out", "reporting"),
        ("hand_in", "evaluation"),
        ("score", "closed"),
    ]
    assert [entry.seq for entry in campaign.trail.all()] == list(range(1, 13))


def test_documents_are_handed_out_where_the_table_says(campaign, walk):
    walk(campaign, to=State.CLOSED)

    assert [(e.action, [d["kind"] for d in e.documents]) for e in campaign.trail.all() if e.documents] == [
        ("submit", ["campaign.declaration"]),
        ("sign", ["campaign.circular", "campaign.approval"]),
        ("start", ["campaign.task"]),
        ("hand_in", ["campaign.report"]),
        ("score", ["campaign.evaluation"]),
    ]


def test_inside_its_limit_the_region_approves(chain, open_campaign, walk):
    small = open_campaign(20_000)
    walk(small, to=State.REGION_REVIEW)

    entry = perform(small.endorse, by=chain.region_manager)

    assert small.state == State.APPROVED
    assert [rule["key"] for rule in entry.rules] == ["amount_up_to"]
    assert [paper["kind"] for paper in entry.documents] == ["campaign.approval"]


def test_returned_straight_back_skips_the_steps_between(chain, campaign, walk):
    walk(campaign, to=State.GROUP_REVIEW)
    perform(campaign.send_back, by=chain.planning_reviewer, note="请补比价单", to="draft", straight=True)
    assert (campaign.state, campaign.version) == (State.DRAFT, 2)

    perform(campaign.submit, by=chain.planner)

    assert campaign.state == State.GROUP_REVIEW


def test_straight_back_is_void_when_the_budget_rose(chain, campaign, declaration, walk):
    walk(campaign, to=State.GROUP_REVIEW)
    perform(campaign.send_back, by=chain.planning_reviewer, note="请补比价单", to="draft", straight=True)
    perform(campaign.save_draft, by=chain.planner, declaration=declaration(250_000))

    entry = perform(campaign.submit, by=chain.planner)

    assert campaign.state == State.STORE_REVIEW
    assert [rule["key"] for rule in entry.rules] == ["resume_void", "endorsement_from"]


def test_returned_to_an_earlier_step_and_walked_again(chain, campaign, walk):
    walk(campaign, to=State.SIGNATURE)
    perform(campaign.send_back, by=chain.vice_president, note="大区再核一次", to="region_review")
    assert (campaign.state, campaign.version) == (State.REGION_REVIEW, 1)

    perform(campaign.endorse, by=chain.region_manager)

    assert campaign.state == State.GROUP_REVIEW


def test_it_only_goes_back_to_a_step_it_has_passed(chain, open_campaign, walk):
    small = open_campaign(20_000)  # below the store manager's endorsement
    walk(small, to=State.REGION_REVIEW)

    with pytest.raises(Refused):
        perform(small.send_back, by=chain.region_manager, note="门店先看", to="store_review")


def test_an_objection_ends_the_round(chain, campaign, walk):
    walk(campaign, to=State.COUNTERSIGN)
    perform(campaign.agree, by=chain.brand, seat="brand")

    perform(campaign.object_to, by=chain.finance, seat="finance", note="灯箱单价偏高")

    assert campaign.state == State.GROUP_REVIEW
    assert campaign.step_tasks.filter(closed_at=None).count() == 1
    assert [(o.seat, o.verdict, o.text) for o in campaign.opinions.filter(step="countersign")] == [
        ("brand", "agree", ""),
        ("finance", "object", "灯箱单价偏高"),
    ]


def test_nobody_withdraws_once_a_countersigner_has_spoken(chain, campaign, walk):
    walk(campaign, to=State.COUNTERSIGN)
    perform(campaign.agree, by=chain.brand, seat="brand")

    with pytest.raises(StepOutOfOrder):
        perform(campaign.withdraw, by=chain.planner)


@pytest.mark.parametrize("move", ["send_back", "reject"])
def test_return_and_reject_need_a_reason(move, chain, campaign, walk):
    walk(campaign, to=State.REGION_REVIEW)

    with pytest.raises(Refused) as refusal:
        perform(getattr(campaign, move), by=chain.region_manager, note="   ")

    assert "note" in refusal.value.message_dict


def test_a_unit_that_owes_a_report_declares_nothing_new(chain, campaign, open_campaign, walk):
    walk(campaign, to=State.REPORTING)

    with clock.at(campaign.closed_out_at + timedelta(days=1)):
        second = open_campaign()
        with pytest.raises(Refused) as refusal:
            perform(second.submit, by=chain.planner)

    assert campaign.reference in refusal.value.messages[0]


def test_a_stand_in_signs_and_the_trail_says_for_whom(chain, campaign, walk):
    StandIn.objects.create(
        principal=chain.vice_president, deputy=chain.clerk, starts_on="2020-01-01", ends_on="2099-01-01"
    )
    walk(campaign, to=State.SIGNATURE)

    entry = perform(campaign.sign, by=chain.clerk)

    assert (entry.actor, entry.on_behalf_of) == (chain.clerk, chain.vice_president)


def test_a_deputy_of_a_deputy_signs_nothing(chain, campaign, walk):
    dates = {"starts_on": "2020-01-01", "ends_on": "2099-01-01"}
    StandIn.objects.create(principal=chain.vice_president, deputy=chain.clerk, **dates)
    StandIn.objects.create(principal=chain.clerk, deputy=chain.auditor, **dates)
    walk(campaign, to=State.SIGNATURE)

    with pytest.raises(NotYours):
        perform(campaign.sign, by=chain.auditor)


def test_a_refused_change_leaves_the_approved_version_in_force(chain, campaign, walk):
    walk(campaign, to=State.APPROVED)
    approved = campaign.declared
    perform(campaign.change, by=chain.planner, note="换主题", declaration=approved.with_(theme="另一个主题"))

    perform(campaign.refuse_change, by=chain.planning_reviewer, note="主题不动")

    assert (campaign.state, campaign.in_force) == (State.APPROVED, campaign.version)
    assert campaign.declared == approved


def test_a_signed_change_takes_the_place_of_the_old_version(chain, campaign, walk):
    walk(campaign, to=State.RUNNING)
    changed = campaign.declared.with_(venue="一楼中庭")
    perform(campaign.change, by=chain.planner, note="下雨，移入室内", declaration=changed)
    assert campaign.state == State.GROUP_REVIEW

    walk(campaign, to=State.SIGNATURE)
    entry = perform(campaign.sign_change, by=chain.vice_president)

    assert (campaign.state, campaign.in_force, campaign.declared.venue) == (State.RUNNING, 2, "一楼中庭")
    assert [paper["kind"] for paper in entry.documents] == ["campaign.change"]


def test_the_clock_catches_up_after_a_change_decided_late(chain, campaign, walk):
    walk(campaign, to=State.RUNNING)
    perform(campaign.change, by=chain.planner, note="延长", declaration=campaign.declared)
    with clock.at(campaign.ends_at + timedelta(days=2)):
        perform(campaign.refuse_change, by=chain.planning_reviewer, note="已结束")
        sweep()

    campaign.__dict__ = type(campaign).objects.get(pk=campaign.pk).__dict__
    assert campaign.state == State.REPORTING
