"""Who may take back what was asked in a campaign's name: whoever is in charge of it, and never nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflows.campaigns.models import Campaign, State
from workflows.desk.inbox import inbox
from workflows.matters.errors import NotYours
from workflows.matters.models import Matter
from workflows.matters.moves import moves_of
from workflows.matters.perform import entitlement, perform
from workflows.organisation import clock
from workflows.organisation.models import Post, StandIn
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.trail.leaver import leave

YESTERDAY = timedelta(days=1)


@pytest.fixture
def colleague(chain):
    """A second planner of the store."""
    return chain.appoint(Role.PLANNER, chain.store, "许愿")


def may(move, campaign, *people):
    """Who of these could make the move now."""
    campaign = Campaign.objects.get(pk=campaign.pk)
    return [person for person in people if entitlement(campaign, moves_of(Campaign)[move], Standing(person))]


def moves_to(person, unit):
    """Transferred as the administration does it: the old post ends, a new one of the same role begins."""
    post = person.posts.get()
    post.close(clock.today() - YESTERDAY)
    Post.objects.create(person=person, role=post.role, unit=unit, starts_on=clock.today())


def test_the_initiator_and_nobody_beside_them(campaign, chain, colleague, walk):
    walk(campaign, to=State.REGION_REVIEW)

    assert may("withdraw", campaign, *chain.people().values(), colleague) == [chain.planner]


def test_whoever_submitted_it_too(campaign, chain, colleague):
    perform(campaign.submit, by=colleague)

    assert may("withdraw", campaign, *chain.people().values(), colleague) == [chain.planner, colleague]
    assert perform(campaign.withdraw, by=colleague).to_state == "draft"


def test_one_who_moved_to_another_store_does_not_and_the_submitter_does(campaign, chain, colleague):
    perform(campaign.submit, by=colleague)
    moves_to(chain.planner, chain.other_store)

    assert may("withdraw", campaign, *chain.people().values(), colleague) == [colleague]
    with pytest.raises(NotYours):
        perform(campaign.withdraw, by=chain.planner)


def test_with_neither_left_it_is_whoever_holds_the_authors_office(campaign, chain, colleague, walk):
    walk(campaign, to=State.REGION_REVIEW)
    moves_to(chain.planner, chain.other_store)

    assert may("withdraw", campaign, *chain.people().values(), colleague) == [colleague]


def test_a_cancellation_is_taken_back_by_the_same(campaign, chain, colleague, walk):
    walk(campaign, to=State.APPROVED)
    perform(campaign.ask_cancel, by=colleague, note="商圈停电检修")

    assert may("keep", campaign, *chain.people().values(), colleague) == [chain.planner, colleague]
    moves_to(chain.planner, chain.other_store)
    assert may("keep", campaign, *chain.people().values(), colleague) == [colleague]


def test_a_stand_in_of_whoever_is_in_charge(campaign, chain, walk):
    walk(campaign, to=State.REGION_REVIEW)
    today = clock.today()
    StandIn.objects.create(principal=chain.planner, deputy=chain.legal, starts_on=today, ends_on=today)
    assert may("withdraw", campaign, chain.legal) == [chain.legal]

    moves_to(chain.planner, chain.other_store)

    assert may("withdraw", campaign, chain.legal) == []


# --- somebody took it over --------------------------------------------------------------------------------


@pytest.mark.parametrize("give_posts", [True, False])
def test_whoever_took_it_over_sees_it_and_may_withdraw(give_posts, campaign, chain, walk):
    walk(campaign, to=State.REGION_REVIEW)

    leave(chain.planner, chain.nobody, by=chain.administrator, give_posts=give_posts)

    assert Campaign.objects.get().keeper == chain.nobody
    assert campaign.reference in Matter.objects.visible_to(chain.nobody).values_list("reference", flat=True)
    assert may("withdraw", campaign, *chain.people().values()) == [chain.nobody]
    assert perform(Campaign.objects.get().withdraw, by=chain.nobody).to_state == "draft"


def test_whoever_took_it_over_and_moved_away_does_not(campaign, chain, colleague, walk):
    walk(campaign, to=State.REGION_REVIEW)
    leave(chain.planner, chain.nobody, by=chain.administrator, give_posts=True)
    Post.objects.filter(person=chain.nobody).update(starts_on=clock.today() - timedelta(days=9))

    moves_to(chain.nobody, chain.other_store)

    assert may("withdraw", campaign, chain.nobody, chain.planner, colleague) == [colleague]


def test_the_care_goes_on_to_the_next_when_the_keeper_leaves(campaign, chain, walk):
    walk(campaign, to=State.REGION_REVIEW)
    leave(chain.planner, chain.nobody, by=chain.administrator, give_posts=False)
    leave(chain.nobody, chain.leasing_officer, by=chain.administrator, give_posts=False)

    assert may("withdraw", campaign, chain.nobody, chain.leasing_officer) == [chain.leasing_officer]
    assert [line.changes for line in campaign.trail.filter(action="hand_over")] == [
        {"author": ["林晓", "吴间"]},
        {"author": ["吴间", "邵平"]},
    ]


def test_whoever_took_it_over_decides_none_of_it(campaign, chain, walk):
    """The successor holds the very office the campaign waits at: it falls to the next who may."""
    walk(campaign, to=State.REGION_REVIEW)
    assert may("endorse", campaign, chain.region_manager) == [chain.region_manager]

    leave(chain.planner, chain.region_manager, by=chain.administrator, give_posts=False)

    assert may("endorse", campaign, chain.region_manager, chain.planning_reviewer) == [chain.planning_reviewer]
    assert [[task.matter.reference for task in inbox(Standing(person))] for person in (
        chain.region_manager, chain.planning_reviewer,
    )] == [[], [campaign.reference]]  # fmt: skip
    with pytest.raises(NotYours):
        perform(Campaign.objects.get().endorse, by=chain.region_manager)
    assert perform(Campaign.objects.get().endorse, by=chain.planning_reviewer).to_state == "group_review"


def test_nor_does_a_stand_in_for_them_nor_they_at_a_later_step(campaign, chain, walk):
    walk(campaign, to=State.STORE_REVIEW)
    leave(chain.planner, chain.region_manager, by=chain.administrator, give_posts=False)
    today = clock.today()
    StandIn.objects.create(
        principal=chain.region_manager, deputy=chain.legal, starts_on=today, ends_on=today + YESTERDAY
    )

    perform(Campaign.objects.get().vouch, by=chain.store_manager)

    assert may("endorse", campaign, chain.region_manager, chain.legal) == []
    assert list(inbox(Standing(chain.region_manager))) == list(inbox(Standing(chain.legal))) == []
    assert may("endorse", campaign, chain.planning_reviewer) == [chain.planning_reviewer]


def test_without_any_planner_left_the_matter_still_moves(campaign, chain, walk):
    walk(campaign, to=State.REGION_REVIEW)
    chain.planner.posts.get().close(clock.today() - YESTERDAY)

    assert may("withdraw", campaign, *chain.people().values()) == []
    assert may("endorse", campaign, *chain.people().values()) == [chain.region_manager]
