"""What the migrations make of matters that were under way before the house took note of who decided before."""

from importlib import import_module

from django.apps import apps

from workflows.campaigns.models import State
from workflows.matters.models import Opinion
from workflows.matters.perform import perform
from workflows.steps.models import EarlierDecision


def test_open_tasks_and_submissions_learn_what_the_trail_knows(chain, campaign, open_campaign, walk):
    walk(campaign, to=State.GROUP_REVIEW)
    perform(campaign.send_back, by=chain.planning_reviewer, note="请补充", to="draft", straight=True)
    perform(campaign.submit, by=chain.planner)  # straight back: both agreements still carry it
    returned = walk(open_campaign(), to=State.GROUP_REVIEW)
    perform(returned.send_back, by=chain.planning_reviewer, note="请补充", to="draft")
    perform(returned.submit, by=chain.planner)  # walked again: nobody has agreed yet
    known = ["person__name", "step", "seat", "bars", "task__matter__reference"]
    before = sorted(EarlierDecision.objects.values_list(*known))
    assert [row[:2] for row in before] == [("周启明", "store_review"), ("沈若兰", "region_review")]
    EarlierDecision.objects.all().delete()
    Opinion.objects.update(resumed=False)

    import_module("workflows.matters.migrations.0004_a_submission_may_go_straight_back").tell_from_the_trail(apps, None)
    import_module("workflows.steps.migrations.0003_whoever_decided_an_earlier_step").tell_open_tasks(apps, None)

    assert sorted(EarlierDecision.objects.values_list(*known)) == before
    assert [(o.matter.reference, o.version) for o in Opinion.objects.filter(resumed=True)] == [(campaign.reference, 2)]
