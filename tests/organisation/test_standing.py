"""Posts with dates, and stand-ins: from when, until when, for which workflow, and never further than one hop."""

from datetime import timedelta

import pytest

from workflows.matters.errors import NotYours
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Post, StandIn, Unit
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing, holders

DAY = timedelta(days=1)


def stand_in(deputy, principal, first=-1, last=1, **fields):
    today = clock.today()
    return StandIn.objects.create(
        deputy=deputy, principal=principal, starts_on=today + DAY * first, ends_on=today + DAY * last, **fields
    )


def roles(person, **on):
    return [(hat.post.role, hat.principal and hat.principal.name) for hat in Standing(person, **on).hats()]


@pytest.mark.parametrize(
    ("first", "last", "in_force"),
    [(-9, None, True), (0, 0, True), (-9, -1, False), (1, None, False), (-9, 0, True)],
)
def test_a_post_counts_from_its_first_day_to_its_last(chain, first, last, in_force):
    today = clock.today()
    end = None if last is None else today + DAY * last
    Post.objects.create(
        person=chain.nobody, role=Role.CLERK, unit=chain.office, starts_on=today + DAY * first, ends_on=end
    )

    assert chain.nobody.holds(Role.CLERK) is in_force
    assert (chain.nobody in holders(Role.CLERK, [chain.office.pk])) is in_force
    assert roles(chain.nobody) == ([("clerk", None)] if in_force else [])


def test_several_posts_at_once(chain):
    Post.objects.create(person=chain.planner, role=Role.STORE_MANAGER, unit=chain.neighbour_store)

    assert roles(chain.planner) == [("planner", None), ("store_manager", None)]


def test_whoever_has_left_holds_nothing(chain):
    chain.finance.is_active = False
    chain.finance.save()

    assert holders(Role.FINANCE, [chain.finance_department.pk]) == []
    assert roles(chain.finance) == []


@pytest.mark.parametrize(("first", "last", "acts"), [(0, 0, True), (-3, 3, True), (1, 3, False), (-3, -1, False)])
def test_a_stand_in_has_dates(chain, first, last, acts):
    stand_in(chain.nobody, chain.region_manager, first, last)

    assert roles(chain.nobody) == ([("region_manager", "沈若兰")] if acts else [])


def test_own_posts_come_before_lent_ones(chain):
    stand_in(chain.other_region_manager, chain.region_manager)

    assert roles(chain.other_region_manager) == [("region_manager", None), ("region_manager", "沈若兰")]


def test_a_deputys_deputy_gains_nothing(chain):
    stand_in(chain.finance, chain.region_manager)
    stand_in(chain.nobody, chain.finance)

    assert roles(chain.nobody) == [("finance", "方敏")]


def test_a_stand_in_for_one_workflow_only(chain, campaign, walk):
    walk(campaign, to="region_review")
    other = stand_in(chain.nobody, chain.region_manager, workflow="lease")

    with pytest.raises(NotYours):
        perform(campaign.endorse, by=chain.nobody)

    other.workflow = "campaign"
    other.save()
    entry = perform(campaign.endorse, by=chain.nobody)
    assert (entry.actor_name, entry.on_behalf_of_name, entry.post_title) == ("吴间", "沈若兰", "华东大区 · 大区总")


def test_nobody_decides_their_own_matter_through_anybodys_chair(chain, campaign, walk):
    """Neither the initiator as a deputy, nor the principal's matter through the deputy's own chair lent back."""
    walk(campaign, to="region_review")
    stand_in(chain.planner, chain.region_manager)

    with pytest.raises(NotYours):
        perform(campaign.endorse, by=chain.planner)


def test_nobody_decides_their_principals_matter_as_the_principal(chain, open_campaign, walk):
    Post.objects.create(person=chain.planner, role=Role.REGION_MANAGER, unit=chain.region)
    campaign = walk(open_campaign(), to="region_review")
    stand_in(chain.nobody, chain.planner)

    with pytest.raises(NotYours):
        perform(campaign.endorse, by=chain.nobody)

    assert perform(campaign.endorse, by=chain.region_manager).actor_name == "沈若兰"


def test_the_nearest_unit_upwards(chain):
    assert chain.store.above([Unit.Kind.STORE]) == chain.store
    assert chain.store.above([Unit.Kind.REGION, Unit.Kind.EXPANSION]) == chain.region
    assert chain.expansion_store.above([Unit.Kind.REGION, Unit.Kind.EXPANSION]) == chain.expansion
    assert chain.store.above([Unit.Kind.GROUP]) == chain.group
    assert chain.group.above([Unit.Kind.REGION]) is None
