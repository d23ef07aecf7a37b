"""Every rule of who may, beside those it refuses: asked of the whole chain each time."""

from datetime import timedelta

import pytest

from workflows.campaigns import models as campaigns
from workflows.desk.inbox import inbox
from workflows.matters.errors import NotYours
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, StandIn
from workflows.organisation.offices import Rule, Seats, initiator, the_clock, usual_office
from workflows.organisation.roles import Level, Role
from workflows.organisation.standing import Standing
from workflows.steps.models import StepTask


def allowed(rule, campaign, chain, seat=""):
    """Names in the chain of everybody in whose hands `rule` puts the campaign."""
    return {name for name, person in chain.people().items() if list(rule.capacities(campaign, Standing(person), seat))}


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (campaigns.planner, {"planner"}),
        (campaigns.store_manager, {"store_manager"}),
        (campaigns.region_manager, {"region_manager"}),
        (campaigns.planning_reviewer, {"planning_reviewer"}),
        (campaigns.finance, {"finance"}),
        (campaigns.brand, {"brand"}),
        (campaigns.legal, {"legal"}),
        (campaigns.signer, {"vice_president"}),
        (initiator, {"planner"}),
        (the_clock, set()),
        (the_clock | campaigns.planner, {"planner"}),
        (campaigns.planner & ~initiator, set()),
        (campaigns.store_manager & ~initiator, {"store_manager"}),
        (campaigns.store_manager | campaigns.region_manager, {"store_manager", "region_manager"}),
    ],
    ids=lambda value: " ".join(sorted(value)) if isinstance(value, set) else str(value),  # alike in every process
)
def test_a_rule_names_these_and_nobody_else(rule, who, campaign, chain):
    assert allowed(rule, campaign, chain) == who


@pytest.mark.parametrize("seat", ["finance", "brand", "legal"])
def test_a_seat_of_the_countersign_is_one_office(seat, campaign, chain):
    assert allowed(campaigns.countersigner, campaign, chain, seat) == {seat}


def test_no_seat_no_countersigner(campaign, chain):
    assert allowed(campaigns.countersigner, campaign, chain) == set()
    assert allowed(campaigns.countersigner, campaign, chain, "leasing_officer") == set()


@pytest.mark.parametrize(
    ("state", "who"),
    [
        ("store_review", {"store_manager"}),
        ("region_review", {"region_manager"}),
        ("group_review", {"planning_reviewer"}),
        ("signature", {"vice_president"}),
        ("countersign", set()),
        ("draft", set()),
    ],
)
def test_whoever_holds_it_changes_with_the_state(state, who, campaign, chain):
    campaign.__dict__["state"] = state  # the rule reads it; nothing is saved

    assert allowed(campaigns.holder, campaign, chain) == who


def test_the_clock_is_the_system_person_only(campaign, chain):
    assert list(the_clock.capacities(campaign, Standing(Person.objects.system())))


def test_an_office_sits_in_the_department_that_holds_the_role(campaign, chain):
    assert campaigns.finance.units(campaign) == [chain.finance_department]
    assert campaigns.signer.units(campaign) == [chain.group]
    assert campaigns.region_manager.units(campaign) == [chain.region]


def test_two_departments_may_hold_one_office(campaign, chain):
    Post.objects.create(person=chain.nobody, role=Role.FINANCE, unit=chain.audit)

    assert allowed(campaigns.finance, campaign, chain) == {"finance", "nobody"}


def test_the_author_is_replaced_by_the_units_planners(campaign, chain):
    colleague = chain.appoint(Role.PLANNER, chain.store, "何苗")
    assert [place.person for place in campaigns.planner.places(campaign)] == [chain.planner]
    assert list(campaigns.planner.capacities(campaign, Standing(colleague)))

    chain.planner.posts.get().close(clock.today() - timedelta(days=1))

    (place,) = campaigns.planner.places(campaign)
    assert (place.person, place.role, place.unit) == (None, Role.PLANNER, chain.store)


def test_a_stand_in_wears_the_office(campaign, chain):
    today = clock.today()
    StandIn.objects.create(deputy=chain.nobody, principal=chain.legal, starts_on=today, ends_on=today)

    (capacity,) = campaigns.legal.capacities(campaign, Standing(chain.nobody))

    assert (capacity.person, capacity.on_behalf_of, capacity.post.role) == (chain.nobody, chain.legal, Role.LEGAL)


def test_who_covers_whom():
    planner, manager = campaigns.planner, campaigns.store_manager

    assert planner.covers(planner, "draft")
    assert planner.covers(planner & ~initiator, "draft")
    assert not (planner & ~initiator).covers(planner, "draft")
    assert (the_clock | planner).covers(planner, "approved")
    assert campaigns.holder.covers(manager & ~initiator, "store_review")
    assert not campaigns.holder.covers(manager & ~initiator, "region_review")
    assert not Rule("anybody").covers(planner, "draft")


def test_every_role_sits_where_the_group_says():
    assert {role.value: role.sits_in for role in Role} == {
        "planner": Level.UNIT,
        "store_manager": Level.UNIT,
        "region_manager": Level.REGION,
        "planning_reviewer": Level.GROUP,
        "finance": Level.GROUP,
        "brand": Level.GROUP,
        "legal": Level.GROUP,
        "leasing_officer": Level.UNIT,
        "resource_centre": Level.GROUP,
        "vice_president": Level.GROUP,
        "president": Level.GROUP,
        "clerk": Level.GROUP,
        "performance_office": Level.GROUP,
        "auditor": Level.GROUP,
        "administrator": Level.GROUP,
    }


@pytest.mark.parametrize("role", Role, ids=str)
def test_the_usual_office_of_a_role_is_where_it_sits(role, campaign, chain):
    sits = {Level.UNIT: chain.store, Level.REGION: chain.region, Level.GROUP: chain.group}[role.sits_in]
    Post.objects.filter(role=role).update(ends_on=clock.today() - timedelta(days=1))
    chain.appoint(role, sits, "许岚")

    assert usual_office(role).units(campaign) == [sits]


def test_each_seat_says_for_itself_whether_it_bars_the_initiator(campaign):
    mixed = Seats("seats", {"finance": campaigns.finance & ~initiator, "legal": campaigns.legal})

    assert {seat: mixed.excludes_initiator(campaign, seat) for seat in ("finance", "legal", "nobody's")} == {
        "finance": True,
        "legal": False,
        "nobody's": False,
    }
    assert campaigns.countersigner.excludes_initiator(campaign, "finance")


def test_a_countersigner_who_began_the_matter_has_nothing_to_do_at_their_seat(open_campaign, chain, walk):
    Post.objects.create(person=chain.finance, role=Role.PLANNER, unit=chain.store, starts_on="2020-01-01")
    campaign = walk(open_campaign(82_000, by=chain.finance), to="countersign")

    (task,) = StepTask.objects.filter(matter=campaign.pk, closed_at=None)

    assert (task.seat, task.excluded) == ("finance", chain.finance)
    assert list(inbox(Standing(chain.finance))) == []
    (mandate,) = campaign.mandates.all()
    Post.objects.create(person=chain.finance, role=mandate.role, unit=mandate.unit, starts_on="2020-01-01")
    with pytest.raises(NotYours):
        perform(campaign.agree, by=chain.finance, seat="finance")
