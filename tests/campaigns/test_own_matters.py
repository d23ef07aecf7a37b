"""Nobody decides what they began or submitted, in whatever chair; and no say outlives the post it came from."""

from datetime import timedelta
from decimal import Decimal

import pytest

from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import NotYours, Refused
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.models import Post, StandIn
from workflows.organisation.roles import Role
from workflows.steps.desks import deciders, receivers, take, transfer
from workflows.steps.models import StepTask
from workflows.steps.sweep import settle_all, sweep

pytestmark = pytest.mark.django_db


def task_of(campaign):
    return StepTask.objects.get(matter=campaign.pk, closed_at=None)


def test_who_submits_in_the_planners_stead_does_not_approve(chain, campaign):
    StandIn.objects.create(
        principal=chain.planner, deputy=chain.store_manager, starts_on="2020-01-01", ends_on="2099-01-01"
    )
    perform(campaign.submit, by=chain.store_manager)
    assert campaign.state == State.STORE_REVIEW

    assert deciders(task_of(campaign)) == [chain.region_manager]  # the fallback, as the policy says
    with pytest.raises(NotYours):
        perform(campaign.vouch, by=chain.store_manager)


def test_a_store_manager_who_is_planner_too_does_not_endorse_a_colleagues_draft_they_submitted(chain, campaign):
    Post.objects.create(person=chain.store_manager, role=Role.PLANNER, unit=chain.store, starts_on="2020-01-01")
    perform(campaign.submit, by=chain.store_manager)

    with pytest.raises(NotYours):
        perform(campaign.vouch, by=chain.store_manager)


@pytest.mark.parametrize("who", ["other_planner", "store_manager", "nobody", "president"])
def test_only_a_planner_of_the_unit_begins(who, chain, declaration):
    declared = declaration()

    with pytest.raises(NotYours):
        begin(Campaign(unit=chain.store, title=declared.title), by=getattr(chain, who), declaration=declared)

    assert not Campaign.objects.exists()


def test_a_planner_who_moved_to_another_store_has_no_say_in_the_old_one(chain, campaign):
    chain.planner.posts.update(unit=chain.other_store)
    colleague = chain.appoint(Role.PLANNER, chain.store, "许愿", "xuyuan")
    settle_all()

    with pytest.raises(NotYours):
        perform(campaign.submit, by=chain.planner)
    assert deciders(task_of(campaign)) == [colleague]
    perform(campaign.submit, by=colleague)


def test_a_signature_goes_to_no_desk_that_may_not_sign(chain, open_campaign, walk):
    campaign = walk(open_campaign(900_000), to=State.SIGNATURE)
    second = chain.appoint(Role.PRESIDENT, chain.group, "秦川", "qinchuan")
    task = task_of(campaign)

    assert receivers(task, chain.president) == [second]
    for person in (chain.vice_president, chain.clerk):
        with pytest.raises(Refused):
            transfer(task, to=person, by=chain.president, note="出差")


def test_what_was_passed_on_can_be_passed_back(chain, open_campaign, walk):
    campaign = walk(open_campaign(82_000), to=State.REGION_REVIEW)
    transfer(task_of(campaign), to=chain.other_region_manager, by=chain.region_manager, note="请代核")

    assert chain.region_manager in receivers(task_of(campaign), chain.other_region_manager)
    assert chain.store_manager not in receivers(task_of(campaign), chain.other_region_manager)


def test_straight_back_dies_with_the_change_it_was_asked_for(chain, open_campaign, walk):
    campaign = walk(open_campaign(82_000), to=State.APPROVED)
    perform(campaign.change, by=chain.planner, note="换主题", declaration=campaign.declared.with_(theme="甲"))
    walk(campaign, to=State.SIGNATURE)
    perform(campaign.send_back, by=chain.vice_president, note="再议", to="group_review", straight=True)
    perform(campaign.refuse_change, by=chain.planning_reviewer, note="不改")

    perform(campaign.change, by=chain.planner, note="换场地", declaration=campaign.declared.with_(venue="二层"))
    perform(campaign.pass_review, by=chain.planning_reviewer)

    assert campaign.state == State.COUNTERSIGN


def test_an_overdue_task_is_nobodys_by_name(chain, open_campaign, walk):
    campaign = walk(open_campaign(82_000), to=State.REGION_REVIEW)
    take(task_of(campaign), by=chain.region_manager)
    with clock.at(task_of(campaign).due_at):
        sweep()

    assert task_of(campaign).taken_by is None


def test_a_unit_without_a_region_falls_to_group_planning(chain, open_campaign, walk):
    company = chain.group.children.create(kind="company", code="co", name="星桥物业")
    author = chain.appoint(Role.PLANNER, company, "乔木", "qiaomu")
    campaign = walk(open_campaign(20_000, by=author, unit=company), to=State.REGION_REVIEW)

    assert deciders(task_of(campaign)) == [chain.planning_reviewer]
    rule = campaign.trail.get(action="fall_back").rules[0]
    assert rule["values"] == {"role": "region_manager", "fallback": "planning_reviewer"}


def test_parking_a_change_parks_no_report(chain, open_campaign, walk):
    campaign = walk(open_campaign(82_000), to=State.RUNNING)
    perform(campaign.change, by=chain.planner, note="延长", declaration=campaign.declared)

    with clock.at(campaign.ends_at + timedelta(days=1)):
        second = open_campaign(Decimal(20_000))
        with pytest.raises(Refused):
            perform(second.submit, by=chain.planner)


def test_an_office_that_moved_to_another_room_is_found_there(chain, open_campaign, walk):
    once = chain.appoint(Role.PRESIDENT, chain.office, "旧人", "jiuren", ends_on="2021-01-01")
    campaign = walk(open_campaign(900_000), to=State.SIGNATURE)

    assert deciders(task_of(campaign)) == [chain.president]
    assert once not in deciders(task_of(campaign))
