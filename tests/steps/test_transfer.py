"""Passing a task on: to whom, by whom, and who may decide afterwards."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from workflows.campaigns.flow import CampaignFlow
from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.perform import perform
from workflows.organisation.offices import usual_office
from workflows.organisation.roles import Level, Role
from workflows.steps import desks
from workflows.steps.models import StepTask


@pytest.fixture
def colleague(chain):
    """Another region's manager of the same role, to whom a region manager may pass a task on."""
    return chain.other_region_manager


@pytest.fixture
def task(campaign, walk):
    walk(campaign, to=State.REGION_REVIEW)
    return StepTask.objects.get(matter=campaign.pk, closed_at=None)


def send(client, campaign, person, receiver, note="出差一周"):
    client.force_login(person)
    answers = {"turn": campaign.turn, "key": "k", "seat": "", "person": receiver.pk, "note": note}
    return client.post(reverse("desk:transfer", args=[campaign.reference]), answers)


def test_the_receiver_decides_and_the_office_no_longer(task, campaign, chain, colleague, client):
    assert send(client, campaign, chain.region_manager, colleague).status_code == 302

    with pytest.raises(NotYours):
        perform(campaign.endorse, by=chain.region_manager)
    perform(campaign.endorse, by=colleague, note="代为审核")

    last = campaign.trail.order_by("-seq")[:2]
    assert [(e.actor, e.action) for e in reversed(last)] == [(chain.region_manager, "transfer"), (colleague, "endorse")]
    assert Campaign.objects.get(pk=campaign.pk).state == State.GROUP_REVIEW


def test_it_is_for_this_step_only(task, campaign, chain, colleague):
    desks.transfer(task, to=colleague, by=chain.region_manager, note="出差")
    perform(campaign.send_back, by=colleague, note="补充材料")
    perform(campaign.submit, by=chain.planner)
    perform(campaign.vouch, by=chain.store_manager)

    with pytest.raises(NotYours):
        perform(campaign.endorse, by=colleague)
    perform(campaign.endorse, by=chain.region_manager)


@pytest.mark.parametrize("who", ["store_manager", "planner", "planning_reviewer"])
def test_nobody_passes_on_what_is_not_theirs(who, task, campaign, chain, colleague, client):
    assert send(client, campaign, getattr(chain, who), colleague).status_code == 403
    assert not campaign.mandates.exists()


def test_the_initiator_receives_nothing(task, campaign, chain):
    assert chain.planner not in desks.receivers(task, chain.region_manager)
    with pytest.raises(ValidationError):
        desks.transfer(task, to=chain.planner, by=chain.region_manager, note="请自行处理")


@pytest.mark.parametrize(("note", "to"), [("", "other_region_manager"), ("出差", "clerk")])
def test_a_reason_and_a_fitting_person_are_asked_for(note, to, task, campaign, chain, client):
    response = send(client, campaign, chain.region_manager, getattr(chain, to), note)

    assert response.status_code == 422
    assert note in response.content.decode()
    assert not campaign.mandates.exists()


def test_the_same_transfer_sent_twice_counts_once(task, campaign, chain, colleague, client):
    responses = [send(client, campaign, chain.region_manager, colleague) for _twice in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert campaign.mandates.count() == 1


def test_a_decided_task_is_passed_on_to_nobody(task, campaign, chain, colleague):
    perform(campaign.endorse, by=chain.region_manager)

    with pytest.raises(StepOutOfOrder):
        desks.transfer(task, to=colleague, by=chain.region_manager, note="出差")


def test_through_the_page_it_says_that_it_has_moved_on(task, campaign, chain, colleague, client):
    seen = campaign.turn
    perform(campaign.endorse, by=chain.region_manager)
    client.force_login(chain.region_manager)

    response = client.post(
        reverse("desk:transfer", args=[campaign.reference]),
        {"turn": seen, "key": "k", "seat": "", "person": colleague.pk, "note": "出差"},
    )

    assert response.status_code == 409


@pytest.mark.parametrize("role", Role, ids=str)
def test_a_units_own_work_stays_in_the_unit_whatever_the_role(role, campaign, chain, monkeypatch):
    """The planner's task, as if `role` held it: a colleague next door is offered it only if the work may leave."""
    monkeypatch.setattr(CampaignFlow.instance.node("draft"), "holder", usual_office(role))
    here, elsewhere = {
        Level.UNIT: (chain.store, chain.neighbour_store),
        Level.REGION: (chain.region, chain.other_region),
        Level.GROUP: (chain.planning, chain.legal_department),
    }[role.sits_in]
    near, far = chain.appoint(role, here, "许岚"), chain.appoint(role, elsewhere, "何青")

    offered = desks.receivers(StepTask.objects.get(matter=campaign.pk, closed_at=None), chain.nobody)

    assert near in offered
    assert (far in offered) is (role.sits_in is not Level.UNIT)
    assert {post.role for person in offered for post in person.posts.all()} == {role}
