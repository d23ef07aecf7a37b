"""A task with a colleague's name on it is theirs, whichever way the other one comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflows.campaigns.models import State
from workflows.matters.errors import StepOutOfOrder
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import StandIn
from workflows.organisation.roles import Role
from workflows.steps import desks
from workflows.steps.models import StepTask
from workflows.steps.rehearse import rehearse


@pytest.fixture
def colleague(chain):
    return chain.appoint(Role.REGION_MANAGER, chain.region, "石榴")


@pytest.fixture
def task(campaign, walk, colleague, chain):
    """At the region review, taken by the second of two region managers."""
    walk(campaign, to=State.REGION_REVIEW)
    task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
    desks.take(task, by=colleague)
    return task


def test_the_act_itself_refuses_the_other_and_says_who_took_it(task, campaign, chain, colleague):
    with pytest.raises(StepOutOfOrder) as refused:
        perform(campaign.endorse, by=chain.region_manager)
    assert (refused.value.by.action, refused.value.by.actor) == ("take", colleague)

    desks.release(task, by=colleague)
    assert perform(campaign.endorse, by=chain.region_manager).to_state == "group_review"


def test_nobody_else_passes_it_on(task, campaign, chain, colleague):
    with pytest.raises(StepOutOfOrder):
        desks.transfer(task, to=chain.other_region_manager, by=chain.region_manager, note="出差")
    desks.transfer(task, to=chain.other_region_manager, by=colleague, note="出差")


def test_a_stand_in_of_whoever_took_it_decides_in_their_workflow_only(task, campaign, chain, colleague):
    today = clock.today()
    lent = StandIn.objects.create(
        principal=colleague, deputy=chain.region_manager, workflow="lease", starts_on=today, ends_on=today
    )
    with pytest.raises(StepOutOfOrder):
        perform(campaign.endorse, by=chain.region_manager)

    StandIn.objects.filter(pk=lent.pk).update(workflow="campaign")
    assert perform(campaign.endorse, by=chain.region_manager).to_state == "group_review"


def test_the_taking_of_somebody_who_may_no_longer_decide_keeps_nobody_off(task, campaign, chain, colleague):
    colleague.posts.get().close(clock.today() - timedelta(days=1))

    assert perform(campaign.endorse, by=chain.region_manager).to_state == "group_review"


def test_the_initiator_withdraws_all_the_same(task, campaign, chain):
    assert perform(campaign.withdraw, by=chain.planner).to_state == "draft"


def test_the_path_ahead_goes_on_in_the_name_of_whoever_took_it(task, campaign, colleague):
    path = rehearse(campaign)

    assert (path.stopped, path.steps[0].person) == ("", colleague)
