"""Somebody leaves: posts, stand-ins, open tasks and the care of open matters, in one act."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from workflows.desk.inbox import inbox
from workflows.matters.errors import NotYours
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Appointment, Post, StandIn
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.steps.desks import take, transfer
from workflows.steps.models import StepTask
from workflows.trail.appointments import confirm
from workflows.trail.leaver import leave
from workflows.trail.models import Entry

DAY = timedelta(days=1)


@pytest.fixture
def leaves(chain, django_capture_on_commit_callbacks):
    def act(person, successor, give_posts=True):
        with django_capture_on_commit_callbacks(execute=True):
            return leave(person, successor, by=chain.administrator, give_posts=give_posts, note="调离")

    return act


def waits_for(person):
    return [task.matter.reference for task in inbox(Standing(person))]


def test_the_successor_holds_the_posts_and_the_tasks(chain, campaign, walk, leaves):
    chain.store_manager.posts.update(title="店总经理", title_en="General manager of the store")
    walk(campaign, to="store_review")
    take(StepTask.objects.get(closed_at=None), by=chain.store_manager)

    leaves(chain.store_manager, chain.nobody)

    chain.store_manager.refresh_from_db()
    (post,) = chain.nobody.posts.filter(role=Role.STORE_MANAGER)
    assert (post.unit, post.title, post.title_en) == (chain.store, "店总经理", "General manager of the store")
    assert (chain.store_manager.is_active, chain.store_manager.left_on) == (False, clock.today())
    assert not chain.store_manager.holds(Role.STORE_MANAGER)
    assert waits_for(chain.nobody) == [campaign.reference]
    assert StepTask.objects.get(closed_at=None).taken_by == chain.nobody
    assert not campaign.trail.filter(action="fall_back").exists()
    (handed,) = campaign.trail.filter(action="hand_over")
    assert (handed.actor_name, handed.post_title) == ("贺小川", "行政部 · 系统管理")
    assert handed.changes == {"desk": ["周启明", "吴间"]}
    assert perform(campaign.vouch, by=chain.nobody).to_state == "region_review"


def test_a_post_that_signs_is_the_successors_once_a_second_administrator_says_so(
    chain, campaign, walk, leaves, django_capture_on_commit_callbacks
):
    chain.region_manager.posts.update(title="大区总经理", title_en="Regional general manager")
    walk(campaign, to="region_review")
    take(StepTask.objects.get(closed_at=None), by=chain.region_manager)

    leaves(chain.region_manager, chain.nobody)

    assert not chain.nobody.posts.exists()
    assert (waits_for(chain.nobody), waits_for(chain.planning_reviewer)) == ([], [campaign.reference])

    with django_capture_on_commit_callbacks(execute=True):
        confirm(Appointment.objects.get(), by=chain.appoint(Role.ADMINISTRATOR, chain.office, "林二"))

    (post,) = chain.nobody.posts.all()
    assert (post.role, post.unit, post.title, post.title_en, post.starts_on) == (
        Role.REGION_MANAGER, chain.region, "大区总经理", "Regional general manager", clock.today(),
    )  # fmt: skip
    assert waits_for(chain.nobody) == [campaign.reference]
    assert perform(campaign.endorse, by=chain.nobody).to_state == "group_review"


def test_whoever_stood_in_for_a_signer_is_followed_only_with_a_second_administrator(chain, leaves):
    today = clock.today()
    StandIn.objects.create(
        principal=chain.president, deputy=chain.clerk, starts_on=today - DAY, ends_on=today + DAY * 5
    )

    leaves(chain.clerk, chain.nobody)

    assert not StandIn.objects.filter(deputy=chain.nobody).exists()
    proposed = Appointment.objects.get()
    assert (proposed.person, proposed.principal, proposed.starts_on, proposed.ends_on) == (
        chain.nobody, chain.president, today, today + DAY * 5,
    )  # fmt: skip


def test_nobody_makes_themselves_the_successor(chain, leaves):
    for give_posts in (True, False):
        with pytest.raises(ValidationError) as refusal:
            leaves(chain.president, chain.administrator, give_posts=give_posts)
        assert refusal.value.message_dict == {"successor": ["任何人不得任命本人，请由另一名系统管理员办理。"]}

    assert chain.president.holds(Role.PRESIDENT)
    assert not chain.administrator.holds(Role.PRESIDENT)


def test_what_was_passed_on_to_the_leaver_goes_to_the_successor(chain, campaign, walk, leaves):
    walk(campaign, to="region_review")
    transfer(StepTask.objects.get(closed_at=None), to=chain.other_region_manager, by=chain.region_manager, note="回避")

    successor = chain.appoint("region_manager", chain.other_region, "程继")
    leaves(chain.other_region_manager, successor, give_posts=False)

    assert waits_for(successor) == [campaign.reference]
    assert waits_for(chain.region_manager) == []
    assert perform(campaign.endorse, by=successor).to_state == "group_review"


def test_without_the_role_it_was_passed_on_for_the_successor_leaves_it_to_the_office(chain, campaign, walk, leaves):
    walk(campaign, to="region_review")
    transfer(StepTask.objects.get(closed_at=None), to=chain.other_region_manager, by=chain.region_manager, note="回避")

    leaves(chain.other_region_manager, chain.nobody, give_posts=False)

    assert waits_for(chain.nobody) == []
    with pytest.raises(NotYours):
        perform(campaign.endorse, by=chain.nobody)
    assert waits_for(chain.region_manager) == [campaign.reference]


def test_the_successors_own_matter_goes_back_to_the_office_instead(chain, campaign, walk, leaves):
    walk(campaign, to="region_review")
    transfer(StepTask.objects.get(closed_at=None), to=chain.other_region_manager, by=chain.region_manager, note="回避")

    leaves(chain.other_region_manager, chain.planner)

    assert waits_for(chain.planner) == []
    assert waits_for(chain.region_manager) == [campaign.reference]


def test_without_the_posts_the_office_carries_on(chain, campaign, walk, leaves):
    walk(campaign, to="region_review")
    colleague = chain.appoint(Role.REGION_MANAGER, chain.region, "许岚")
    take(StepTask.objects.get(closed_at=None), by=chain.region_manager)

    leaves(chain.region_manager, chain.nobody, give_posts=False)

    assert waits_for(chain.nobody) == []
    assert waits_for(colleague) == [campaign.reference]


def test_an_authors_open_matters_are_cared_for_and_history_stays(chain, campaign, leaves):
    leaves(chain.planner, chain.nobody)

    campaign.refresh_from_db(fields=["initiator"])
    assert campaign.initiator == chain.planner
    assert waits_for(chain.nobody) == [campaign.reference]
    assert [entry.changes for entry in campaign.trail.filter(action="hand_over")] == [{"author": ["林晓", "吴间"]}]
    assert perform(type(campaign).objects.get().submit, by=chain.nobody).to_state == "store_review"


def test_a_closed_matter_is_left_alone(chain, campaign, walk, leaves):
    walk(campaign, to="closed")
    before = campaign.trail.count()

    leaves(chain.planner, chain.nobody)

    assert campaign.trail.count() == before


def test_stand_ins_end_on_both_sides(chain, leaves):
    today = clock.today()
    StandIn.objects.create(
        principal=chain.finance, deputy=chain.brand, starts_on=today - DAY * 5, ends_on=today + DAY * 5
    )
    StandIn.objects.create(
        principal=chain.legal, deputy=chain.finance, starts_on=today - DAY * 5, ends_on=today + DAY * 5
    )
    StandIn.objects.create(principal=chain.finance, deputy=chain.legal, starts_on=today + DAY, ends_on=today + DAY * 2)

    leaves(chain.finance, chain.nobody)

    assert list(StandIn.objects.order_by("pk").values_list("principal", "deputy", "ends_on")) == [
        (chain.finance.pk, chain.brand.pk, today - DAY),
        (chain.legal.pk, chain.finance.pk, today - DAY),
        (chain.legal.pk, chain.nobody.pk, today + DAY * 5),  # whom the leaver stood in for, the successor does
    ]
    assert [hat.post.role for hat in Standing(chain.brand).hats()] == ["brand"]


def test_every_row_touched_has_its_line(chain, leaves):
    post = chain.clerk.posts.get()

    leaves(chain.clerk, chain.nobody)

    given = chain.nobody.posts.get()
    yesterday = (clock.today() - DAY).isoformat()
    assert list(Entry.objects.filter(matter=None).order_by("pk").values_list("subject", "action")) == [
        (f"organisation.post/{given.pk}", "add"),
        (f"organisation.post/{post.pk}", "change"),
        (f"organisation.person/{chain.clerk.pk}", "leave"),
    ]
    assert Entry.objects.get(subject=f"organisation.post/{post.pk}").changes == {"ends_on": [None, yesterday]}
    last = Entry.objects.get(action="leave")
    assert (last.note, last.changes["successor"]) == ("调离", [None, f"吴间 #{chain.nobody.pk}"])


def test_a_post_the_successor_holds_already_is_not_given_twice(chain, leaves):
    Post.objects.create(person=chain.nobody, role=Role.CLERK, unit=chain.office, starts_on=clock.today() - DAY)

    leaves(chain.clerk, chain.nobody)

    assert chain.nobody.posts.count() == 1


@pytest.mark.parametrize("who", ["clerk", "gone"])
def test_who_cannot_be_the_successor(chain, leaves, who):
    if who == "gone":
        chain.nobody.is_active = False
        chain.nobody.save()

    with pytest.raises(ValidationError):
        leaves(chain.clerk, chain.clerk if who == "clerk" else chain.nobody)

    assert chain.clerk.holds(Role.CLERK)


def test_the_last_administrator_may_only_leave_the_post_to_somebody(chain, leaves):
    with pytest.raises(ValidationError):
        leaves(chain.administrator, chain.nobody, give_posts=False)

    leaves(chain.administrator, chain.nobody)
    assert chain.nobody.is_staff


def test_nobody_leaves_twice(chain, leaves):
    leaves(chain.clerk, chain.nobody)
    chain.clerk.refresh_from_db()

    with pytest.raises(ValidationError):
        leaves(chain.clerk, chain.nobody)
