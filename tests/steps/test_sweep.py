"""The clock reminds once, escalates once, and wakes nobody on a rest day."""

from datetime import timedelta

import pytest

from workflows.campaigns.models import State
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import DayCorrection
from workflows.steps.models import StepTask
from workflows.steps.sweep import sweep

pytestmark = pytest.mark.django_db


def acts(campaign):
    return [entry.action for entry in campaign.trail.filter(actor__is_system=True)]


@pytest.fixture
def task(campaign, walk):
    """A task at the region, due in two working days."""
    walk(campaign, to=State.REGION_REVIEW)
    return StepTask.objects.get(matter=campaign.pk, closed_at=None)


def test_it_reminds_once_at_eighty_percent(campaign, task):
    with clock.at(task.remind_at - timedelta(seconds=1)):
        assert sweep()["reminded"] == 0
    with clock.at(task.remind_at):
        assert [sweep()["reminded"], sweep()["reminded"]] == [1, 0]

    assert acts(campaign) == ["remind"]


def test_it_escalates_once_and_the_other_office_may_decide(chain, campaign, task):
    with clock.at(task.due_at):
        assert [sweep()["escalated"], sweep()["escalated"]] == [1, 0]

    assert [(row.role, row.ground) for row in task.candidates.order_by("pk")] == [
        ("region_manager", "office"),
        ("planning_reviewer", "escalation"),
    ]
    assert acts(campaign) == ["escalate"]


def test_an_overdue_draft_is_noted_and_stays_with_its_planner(chain, campaign):
    task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
    with clock.at(task.due_at):
        sweep()

    assert [row.person for row in task.candidates.all()] == [chain.planner]
    assert acts(campaign) == ["overdue"]


def test_nobody_is_woken_on_a_rest_day(campaign, task):
    day = WorkingCalendar.load().next_working_day(task.due_at.date() + timedelta(days=1))
    DayCorrection.objects.create(day=day, is_working=False, note="台风停工")

    with clock.at(task.due_at + (day - task.due_at.date())):
        assert sweep() == {"moved": 0, "reminded": 0, "escalated": 0}
