"""What campaigns do under an edition that is older than they are, or that says less than they would like."""

from decimal import Decimal

import pytest
from django.urls import reverse

from workflows.campaigns.models import State
from workflows.campaigns.rules import RULES, Threshold
from workflows.desk.paths import path_ahead
from workflows.matters.errors import Refused
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.calendar import DAY
from workflows.policies.models import TABLES, Edition
from workflows.policies.turning import turning_points
from workflows.steps.desks import deciders
from workflows.steps.models import StepTask

pytestmark = pytest.mark.django_db


def empty(edition):
    """As an edition looks that was published before campaigns were installed."""
    for table in TABLES:
        table.objects.filter(edition=edition, workflow=RULES.kind).delete()


def test_where_nobody_may_sign_the_review_is_refused_in_words_and_nothing_moves(chain, campaign, walk, client):
    empty(chain.edition)
    walk(campaign, to=State.GROUP_REVIEW)
    lines = campaign.trail.count()

    with pytest.raises(Refused) as refusal:
        perform(campaign.pass_review, by=chain.planning_reviewer)

    assert refusal.value.messages == ["没有人有权签发 ¥82,000 的金额。"]
    campaign = type(campaign).objects.get(pk=campaign.pk)
    assert (campaign.state, campaign.trail.count()) == (State.GROUP_REVIEW, lines)
    client.force_login(chain.planning_reviewer)
    assert client.get(campaign.get_absolute_url()).status_code == 200
    assert path_ahead(campaign).stopped


def test_without_rows_nothing_is_due_and_an_empty_post_falls_to_the_administrator(chain, campaign):
    empty(chain.edition)
    for empty_post in (chain.store_manager, chain.region_manager):
        empty_post.posts.get().close(clock.today() - DAY)
    perform(campaign.submit, by=chain.planner)

    task = StepTask.objects.get(matter=campaign.pk, closed_at=None)

    assert (task.step, task.due_at, task.remind_at) == (State.REGION_REVIEW, None, None)
    assert deciders(task) == [chain.administrator]


def test_the_next_edition_gives_campaigns_their_rules_and_the_one_in_force_stays_as_it_is(chain, open_campaign):
    empty(chain.edition)

    second = chain.edition.copy()
    second.publish()

    assert Edition.current() == second
    campaign = open_campaign(20_000)

    assert turning_points(campaign.policy, campaign.kind, campaign.amount)[0] == "¥30,000 及以上须店总先附议"
    assert second.threshold("campaign", Threshold.LEAD_DAYS) == Decimal(14)
    assert not any(table.objects.filter(edition=chain.edition, workflow="campaign").exists() for table in TABLES)


def test_the_declaration_is_filled_in_under_an_edition_without_thresholds(chain, client):
    empty(chain.edition)
    client.force_login(chain.planner)

    assert client.get(reverse("campaigns:declare")).status_code == 200
