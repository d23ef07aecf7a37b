"""What was passed on to somebody is theirs while they hold the role it came from, and not a moment longer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflows.campaigns.models import Campaign, State
from workflows.desk.inbox import inbox
from workflows.matters.errors import NotYours
from workflows.matters.models import Mandate
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Post, StandIn
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.steps import desks
from workflows.steps.models import Candidate, StepTask
from workflows.steps.sweep import settle_all


def task_of(campaign, seat=""):
    return StepTask.objects.get(matter=campaign.pk, closed_at=None, seat=seat)


def waits_for(person):
    """What the inbox shows; it shows nothing that could not be decided."""
    standing = Standing(person)
    found = list(inbox(standing))
    assert all(desks.may_decide(task, standing) for task in found)
    return [task.matter.reference for task in found]


def becomes_leasing_officer(person, unit):
    person.posts.get().close(clock.today() - timedelta(days=1))
    Post.objects.create(person=person, role=Role.LEASING_OFFICER, unit=unit, starts_on=clock.today())


@pytest.fixture
def passed_on(campaign, chain, walk):
    """At the region review, passed on by the region manager to the other region's."""
    walk(campaign, to=State.REGION_REVIEW)
    desks.transfer(task_of(campaign), to=chain.other_region_manager, by=chain.region_manager, note="出差")
    return campaign


def test_in_the_meantime_it_is_the_receivers_in_the_post_it_came_to(passed_on, chain):
    assert (waits_for(chain.other_region_manager), waits_for(chain.region_manager)) == ([passed_on.reference], [])

    line = perform(passed_on.endorse, by=chain.other_region_manager)

    assert (line.post_title, line.to_state) == ("华南大区 · 大区总", "group_review")


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("as_before", [False, True], ids=["now", "written by an earlier release"])
def test_whoever_has_lost_the_post_decides_no_more_and_the_office_does(swept, as_before, passed_on, chain):
    if as_before:
        for rows in (Mandate, Candidate):
            rows.objects.update(role="", unit=None)
    becomes_leasing_officer(chain.other_region_manager, chain.other_store)
    if swept:
        settle_all()

    if swept or not as_before:  # a row of then does not say for which role it was; settling the desks finds out
        assert waits_for(chain.other_region_manager) == []
    assert desks.may_decide(task_of(passed_on), Standing(chain.other_region_manager)) is None
    with pytest.raises(NotYours):
        perform(passed_on.endorse, by=chain.other_region_manager)
    assert perform(passed_on.endorse, by=chain.region_manager).to_state == "group_review"


def test_going_back_to_the_office_is_a_line_and_final(passed_on, chain):
    post = chain.other_region_manager.posts.get()
    becomes_leasing_officer(chain.other_region_manager, chain.other_store)

    settled = [settle_all(), settle_all()]

    last = passed_on.trail.last()
    assert settled == [1, 0]
    assert (last.action, last.rules, last.changes) == (
        "reassign",
        [{"key": "released", "values": {"person": "梁国栋"}}],
        {"desk": ["梁国栋", ["华东大区 · 大区总"]]},
    )
    assert waits_for(chain.region_manager) == [passed_on.reference]

    Post.objects.filter(pk=post.pk).update(ends_on=None)  # back in the post: what went back stays where it is
    settle_all()
    with pytest.raises(NotYours):
        perform(passed_on.endorse, by=chain.other_region_manager)
    assert waits_for(chain.region_manager) == [passed_on.reference]


def test_at_a_countersign_too(open_campaign, chain, walk):
    colleague = chain.appoint(Role.FINANCE, chain.finance_department, "钟鸣")
    campaign = walk(open_campaign(120_000, group_mark=True), to=State.COUNTERSIGN)
    desks.transfer(task_of(campaign, "finance"), to=colleague, by=chain.finance, note="回避")
    becomes_leasing_officer(colleague, chain.other_store)

    with pytest.raises(NotYours):
        perform(campaign.agree, by=colleague, seat="finance")
    assert perform(campaign.agree, by=chain.finance, seat="finance").step == "finance"


def test_a_stand_in_of_the_receiver_loses_it_with_them(passed_on, chain):
    today = clock.today()
    StandIn.objects.create(
        principal=chain.other_region_manager, deputy=chain.legal, starts_on=today, ends_on=today + timedelta(days=3)
    )
    assert waits_for(chain.legal) == [passed_on.reference]

    becomes_leasing_officer(chain.other_region_manager, chain.other_store)

    assert waits_for(chain.legal) == []
    with pytest.raises(NotYours):
        perform(passed_on.endorse, by=chain.legal)


def test_a_units_own_work_is_lost_by_moving_to_another_unit(campaign, chain):
    colleague = chain.appoint(Role.PLANNER, chain.store, "许愿")
    desks.transfer(task_of(campaign), to=colleague, by=chain.planner, note="请接手")
    assert waits_for(colleague) == [campaign.reference]

    colleague.posts.update(unit=chain.neighbour_store)

    assert waits_for(colleague) == []
    with pytest.raises(NotYours):
        perform(campaign.submit, by=colleague)
    settle_all()
    assert waits_for(chain.planner) == [campaign.reference]


def test_an_empty_office_falls_to_the_fallback_once_more(passed_on, chain):
    for person in (chain.region_manager, chain.other_region_manager):
        becomes_leasing_officer(person, chain.other_store)

    settle_all()

    assert waits_for(chain.planning_reviewer) == [passed_on.reference]
    assert perform(Campaign.objects.get().endorse, by=chain.planning_reviewer).to_state == "group_review"
