"""Saving and submitting a declaration as a function: what a page, or anything else, is told of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from workflows.campaigns.models import Campaign, State
from workflows.campaigns.submitting import save_and_submit
from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.perform import perform

pytestmark = pytest.mark.django_db


def lines(campaign):
    return [entry.action for entry in campaign.trail.order_by("seq")]


def test_a_new_campaign_is_opened_and_submitted_in_one(chain, declaration):
    outcome = save_and_submit(declaration(), by=chain.planner, unit=chain.store, key="once")

    campaign = outcome.campaign
    assert (outcome.submitted, outcome.complaints, outcome.refusal) == (True, {}, None)
    assert (campaign.state, campaign.declared, lines(campaign)) == (
        State.STORE_REVIEW,
        declaration(),
        ["open", "submit"],
    )


def test_what_is_missing_is_told_and_the_draft_is_kept(chain, declaration):
    outcome = save_and_submit(declaration(venue=""), by=chain.planner, unit=chain.store)

    assert (outcome.submitted, list(outcome.complaints)) == (False, ["venue"])
    assert Campaign.objects.get().declared == declaration(venue="")
    assert lines(outcome.campaign) == ["open"]


def test_a_draft_submitted_as_it_stands_is_not_written_again(chain, campaign):
    outcome = save_and_submit(campaign.declared, campaign, by=chain.planner)

    assert (outcome.submitted, lines(campaign)) == (True, ["open", "submit"])


def test_a_draft_only_saved_is_not_submitted(chain, campaign, declaration):
    outcome = save_and_submit(declaration(venue="二层"), campaign, by=chain.planner, submit=False)

    assert (outcome.submitted, campaign.state, campaign.declared.venue) == (False, State.DRAFT, "二层")
    assert lines(campaign) == ["open", "save_draft"]


def test_what_the_move_itself_refuses_undoes_nothing_of_the_saving(chain, campaign, open_campaign, walk, declaration):
    walk(campaign, to=State.REPORTING)
    draft = open_campaign()

    outcome = save_and_submit(declaration(venue="二层"), draft, by=chain.planner)

    assert (outcome.submitted, outcome.complaints) == (False, {})
    assert campaign.reference in outcome.refusal.messages[0]
    assert Campaign.objects.get(pk=draft.pk).declared.venue == "二层"


def test_a_file_that_is_refused_keeps_it_from_being_submitted(chain, campaign, declaration):
    programme = SimpleUploadedFile("方案.exe", b"MZ\x90\x00")

    outcome = save_and_submit(declaration(), campaign, by=chain.planner, files=[programme])

    assert (outcome.submitted, list(outcome.complaints), campaign.state) == (False, ["attachments"], State.DRAFT)


def test_nobody_saves_what_is_not_theirs_or_has_moved_on(chain, campaign, declaration, walk):
    with pytest.raises(NotYours):
        save_and_submit(declaration(venue="二层"), campaign, by=chain.other_planner)

    perform(campaign.submit, by=chain.planner)
    with pytest.raises(StepOutOfOrder):
        save_and_submit(declaration(venue="二层"), campaign, by=chain.planner)
