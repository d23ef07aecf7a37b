"""A renamed step strands nobody; a vanished one is noticed before anybody is served."""

import pytest
from django.core.checks import run_checks

from workflows.campaigns.flow import CampaignFlow
from workflows.campaigns.models import State
from workflows.matters.perform import perform
from workflows.steps.models import StepTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened_under_an_old_name(campaign, walk):
    """A task at the region, as if the step had been called `area_review` when it was opened."""
    walk(campaign, to=State.REGION_REVIEW)
    task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
    old_name = "campaigns/flow.CampaignFlow.area_review"
    type(task.task).objects.filter(pk=task.task_id).update(flow_task=old_name)
    StepTask.objects.filter(pk=task.pk).update(step="area_review")
    return campaign


def complaints():
    return [error.id for error in run_checks(tags=["database"], databases=["default"])]


def test_a_step_nobody_knows_stops_the_release(opened_under_an_old_name):
    assert complaints() == ["steps.E001"]


def test_a_renamed_step_is_decided_as_ever(opened_under_an_old_name, chain, monkeypatch):
    monkeypatch.setattr(CampaignFlow, "RENAMED", {"area_review": "region_review"})

    assert complaints() == []
    perform(opened_under_an_old_name.endorse, by=chain.region_manager)

    assert opened_under_an_old_name.state == State.GROUP_REVIEW
