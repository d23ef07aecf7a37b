"""The organisation changes under open tasks: the desks follow, nobody is stranded, and the trail says why."""

from datetime import timedelta

import pytest
from django.db import connection

from workflows.desk.inbox import inbox
from workflows.matters.errors import NotYours
from workflows.matters.perform import perform
from workflows.organisation import changes, clock
from workflows.organisation.models import Post, StandIn
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.steps.desks import take, transfer
from workflows.steps.flows import all_flows
from workflows.steps.models import StepTask
from workflows.steps.sweep import settle_all

YESTERDAY = timedelta(days=1)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """`with committed():` what a commit sets off happens at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def waits_for(person):
    return [str(task.matter.reference) for task in inbox(Standing(person))]


def close_post(person):
    person.posts.get().close(clock.today() - YESTERDAY)


def told(campaign, action):
    """(who, the rules that spoke, the difference) of every line of that kind."""
    return [(entry.actor_name, entry.rules, entry.changes) for entry in campaign.trail.filter(action=action)]


def test_a_moved_unit_takes_its_waiting_matters_to_the_new_region(chain, campaign, walk, committed):
    walk(campaign, to="region_review")
    chain.store.parent = chain.other_region

    with committed():
        chain.store.save()

    assert waits_for(chain.region_manager) == []
    assert waits_for(chain.other_region_manager) == [campaign.reference]
    ((actor, _why, difference),) = told(campaign, "reassign")
    assert (actor, difference) == ("系统时钟", {"desk": [["华东大区 · 大区总"], ["华南大区 · 大区总"]]})
    campaign.refresh_from_db(fields=["unit"])
    assert perform(type(campaign).objects.get().endorse, by=chain.other_region_manager).to_state == "group_review"


def test_the_region_it_left_may_no_longer_decide(chain, campaign, walk, committed):
    walk(campaign, to="region_review")
    chain.store.parent = chain.other_region
    with committed():
        chain.store.save()

    with pytest.raises(NotYours):
        perform(type(campaign).objects.get().endorse, by=chain.region_manager)


def test_a_vacated_office_falls_to_whom_the_policy_names(chain, campaign, walk, committed):
    walk(campaign, to="region_review")

    with committed():
        close_post(chain.region_manager)

    assert waits_for(chain.planning_reviewer) == [campaign.reference]
    assert told(campaign, "fall_back") == [
        (
            "系统时钟",
            [{"key": "no_holder", "values": {"role": "region_manager", "fallback": "planning_reviewer"}}],
            {"desk": [None, "企划部 · 集团企划"]},
        )
    ]
    assert perform(campaign.endorse, by=chain.planning_reviewer).to_state == "group_review"


def test_a_successor_in_the_post_finds_the_task_and_nothing_falls(chain, campaign, walk, committed):
    walk(campaign, to="region_review")

    with committed():
        close_post(chain.region_manager)
        successor = chain.appoint(Role.REGION_MANAGER, chain.region, "许岚", since=clock.today())

    assert waits_for(successor) == [campaign.reference]
    assert told(campaign, "fall_back") == []


def test_nobody_at_all_is_told_once_and_waits_for_whoever_comes(chain, campaign, walk, committed):
    """Even the last resort is empty: the task stays with the administrators' office; settling again adds no line."""
    walk(campaign, to="region_review")
    with committed():
        for person in (
            chain.region_manager, chain.other_region_manager, chain.expansion_manager, chain.planning_reviewer,
            chain.vice_president, chain.president, chain.administrator,
        ):  # fmt: skip
            close_post(person)
    settle_all()

    assert len(told(campaign, "fall_back")) == 1
    with committed():
        newcomer = chain.appoint(Role.ADMINISTRATOR, chain.group, "甘霖", since=clock.today())
    assert waits_for(newcomer) == [campaign.reference]


def test_a_task_taken_by_somebody_who_lost_the_post_goes_back_to_the_office(chain, campaign, walk, committed):
    walk(campaign, to="region_review")
    colleague = chain.appoint(Role.REGION_MANAGER, chain.region, "许岚")
    take(StepTask.objects.get(closed_at=None), by=chain.region_manager)
    assert waits_for(colleague) == []

    with committed():
        close_post(chain.region_manager)

    assert waits_for(colleague) == [campaign.reference]
    assert told(campaign, "reassign") == [("系统时钟", [{"key": "released", "values": {"person": "沈若兰"}}], {})]


def test_a_stand_in_keeps_what_they_took(chain, campaign, walk):
    walk(campaign, to="region_review")
    today = clock.today()
    StandIn.objects.create(deputy=chain.nobody, principal=chain.region_manager, starts_on=today, ends_on=today)
    task = StepTask.objects.get(closed_at=None)
    take(task, by=chain.nobody)

    assert settle_all() == 0

    task.refresh_from_db()
    assert task.taken_by == chain.nobody


def test_what_was_passed_to_somebody_who_can_no_longer_enter_is_the_offices_again(chain, campaign, walk, committed):
    walk(campaign, to="region_review")
    transfer(StepTask.objects.get(closed_at=None), to=chain.other_region_manager, by=chain.region_manager, note="出差")

    with committed():
        chain.other_region_manager.is_active = False
        chain.other_region_manager.save()

    assert waits_for(chain.region_manager) == [campaign.reference]
    assert perform(campaign.endorse, by=chain.region_manager).to_state == "group_review"


def test_a_draft_goes_to_the_units_planners_when_its_author_leaves(chain, campaign, committed):
    colleague = chain.appoint(Role.PLANNER, chain.store, "何苗")

    with committed():
        close_post(chain.planner)

    assert waits_for(colleague) == [campaign.reference]
    assert campaign.initiator == chain.planner


def test_what_did_not_change_writes_nothing(chain, campaign, walk):
    walk(campaign, to="region_review")
    before = campaign.trail.count()

    assert settle_all() == 0
    assert campaign.trail.count() == before


@pytest.mark.parametrize("waiting", [1, 4])
def test_looking_at_many_desks_costs_what_looking_at_one_does(
    waiting, chain, open_campaign, walk, django_assert_num_queries
):
    for _n in range(waiting):
        walk(open_campaign(), to="region_review")

    settle_all()  # what is known of organisation and rules is kept from here on

    # one look for each workflow; PostgreSQL keeps nothing within the transaction that made the organisation
    asked_anew = 0 if connection.vendor == "sqlite" else 6
    with django_assert_num_queries(6 + asked_anew + len(all_flows()) - 1):
        settle_all()


def test_one_transaction_is_announced_once(chain, committed):
    heard = []
    changes.register(listener := lambda: heard.append("changed"))
    try:
        with committed():
            Post.objects.create(person=chain.nobody, role=Role.CLERK, unit=chain.office)
            chain.store.save()
        with committed():
            chain.store.save()
    finally:
        changes._listeners.remove(listener)

    assert heard == ["changed", "changed"]


def test_entering_or_choosing_a_language_announces_nothing(chain, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        chain.planner.save(update_fields=["last_login"])
        chain.planner.save(update_fields=["language"])

    assert callbacks == []


def test_a_post_that_has_not_begun_is_gone_when_closed(chain):
    tomorrow = clock.today() + YESTERDAY
    post = Post.objects.create(person=chain.nobody, role=Role.CLERK, unit=chain.office, starts_on=tomorrow)

    post.close(clock.today())

    assert not chain.nobody.posts.exists()
