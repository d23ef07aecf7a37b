"""What a person sees: asked of everybody in the chain, for a draft and for a submitted matter."""

import pytest

from workflows.matters.models import Matter
from workflows.organisation import clock
from workflows.organisation.models import Post, StandIn
from workflows.organisation.roles import Role
from workflows.steps.desks import transfer
from workflows.steps.models import StepTask

GROUP_WIDE = {
    "planning_reviewer", "finance", "brand", "legal", "vice_president", "president", "resource_centre", "clerk",
    "performance_office", "auditor",
}  # fmt: skip
OF_THE_STORE = {"planner", "store_manager", "leasing_officer"}


def seers(chain, matter):
    return {name for name, person in chain.people().items() if matter in matter_set(person)}


def matter_set(person):
    return set(Matter.objects.visible_to(person).values_list("pk", flat=True))


@pytest.fixture
def who_sees(chain):
    return lambda matter: seers(chain, matter.pk)


def test_a_draft_stays_in_its_unit(campaign, who_sees):
    assert who_sees(campaign) == OF_THE_STORE


def test_a_submitted_matter_is_seen_by_its_unit_those_above_and_the_groups_offices(campaign, walk, who_sees):
    walk(campaign, to="region_review")

    assert who_sees(campaign) == OF_THE_STORE | {"region_manager"} | GROUP_WIDE


def test_once_submitted_it_stays_seen_after_a_return(campaign, walk, chain, who_sees):
    from workflows.matters.perform import perform

    walk(campaign, to="region_review")
    perform(campaign.send_back, by=chain.region_manager, note="重写")

    assert who_sees(campaign) == OF_THE_STORE | {"region_manager"} | GROUP_WIDE


def test_whoever_was_asked_to_decide_sees_it(campaign, walk, chain, who_sees):
    walk(campaign, to="region_review")
    transfer(StepTask.objects.get(closed_at=None), to=chain.other_region_manager, by=chain.region_manager, note="回避")

    assert who_sees(campaign) == OF_THE_STORE | {"region_manager", "other_region_manager"} | GROUP_WIDE


def lend(deputy, principal, **fields):
    today = clock.today()
    StandIn.objects.create(**{"deputy": deputy, "principal": principal, "starts_on": today, "ends_on": today, **fields})


def test_a_stand_in_sees_what_the_principal_sees(campaign, walk, chain, who_sees):
    walk(campaign, to="region_review")
    lend(chain.nobody, chain.region_manager)

    assert "nobody" in who_sees(campaign)


def test_a_stand_in_for_another_workflow_sees_nothing_of_it(campaign, walk, chain, who_sees):
    walk(campaign, to="region_review")
    lend(chain.nobody, chain.region_manager, workflow="lease")

    assert "nobody" not in who_sees(campaign)


def test_a_stand_in_sees_the_principals_own_draft_within_the_scope(campaign, chain, who_sees):
    lend(chain.nobody, chain.planner, workflow="campaign")
    lend(chain.other_planner, chain.planner, workflow="lease")

    assert who_sees(campaign) == OF_THE_STORE | {"nobody"}


def test_a_stand_in_of_yesterday_sees_nothing(campaign, walk, chain, who_sees):
    from datetime import timedelta

    walk(campaign, to="region_review")
    yesterday = clock.today() - timedelta(days=1)
    lend(chain.nobody, chain.region_manager, starts_on=yesterday, ends_on=yesterday)

    assert "nobody" not in who_sees(campaign)


def test_no_second_hop_for_the_eyes_either(campaign, walk, chain, who_sees):
    walk(campaign, to="region_review")
    lend(chain.other_planner, chain.region_manager)
    lend(chain.nobody, chain.other_planner)

    assert "nobody" not in who_sees(campaign)


def test_a_role_of_the_whole_group_held_in_a_store_sees_that_store_only(campaign, walk, chain, open_campaign, who_sees):
    Post.objects.create(person=chain.nobody, role=Role.FINANCE, unit=chain.neighbour_store)
    walk(campaign, to="region_review")
    neighbours = walk(open_campaign(by=chain.neighbour_planner, unit=chain.neighbour_store), to="region_review")

    assert matter_set(chain.nobody) == {neighbours.pk}


def test_an_administrator_sees_only_what_falls_to_the_office(campaign, walk, chain, who_sees):
    walk(campaign, to="region_review")

    assert "administrator" not in who_sees(campaign)
