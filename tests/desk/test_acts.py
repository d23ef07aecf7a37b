"""Deciding through the pages: every permission beside its refusal, and nothing lost of what was typed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from workflows.campaigns.models import Campaign, State
from workflows.matters.models import Attachment, Comment
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import StandIn
from workflows.steps.models import StepTask

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def decide(client):
    """`decide(person, campaign, move, **answers)`: post the form as it was shown to the person just now."""

    def post(person: Any, campaign: Any, move: str, *, htmx: bool = False, **answers: Any) -> Any:
        client.force_login(person)
        shown = {"turn": campaign.turn, "key": f"key-{person.pk}-{move}-{campaign.turn}", "written": campaign.written}
        answers = {**shown, **answers}
        return client.post(reverse("desk:act", args=[campaign.reference, move]), answers, **(HTMX if htmx else {}))

    return post


def state_of(campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).state


@pytest.mark.parametrize(
    ("at", "move", "may", "then"),
    [
        (State.DRAFT, "submit", "planner", State.STORE_REVIEW),
        (State.STORE_REVIEW, "vouch", "store_manager", State.REGION_REVIEW),
        (State.REGION_REVIEW, "endorse", "region_manager", State.GROUP_REVIEW),
        (State.REGION_REVIEW, "reject", "region_manager", State.REJECTED),
        (State.REGION_REVIEW, "send_back", "region_manager", State.DRAFT),
        (State.REGION_REVIEW, "withdraw", "planner", State.DRAFT),
        (State.GROUP_REVIEW, "pass_review", "planning_reviewer", State.COUNTERSIGN),
        (State.COUNTERSIGN, "agree", "finance", State.SIGNATURE),
        (State.COUNTERSIGN, "object_to", "finance", State.GROUP_REVIEW),
        (State.SIGNATURE, "sign", "vice_president", State.APPROVED),
        (State.APPROVED, "start", "planner", State.RUNNING),
        (State.APPROVED, "ask_cancel", "planner", State.CANCELLING),
        (State.CANCELLING, "grant_cancel", "planning_reviewer", State.CANCELLED),
        (State.CANCELLING, "refuse_cancel", "planning_reviewer", State.APPROVED),
        (State.CANCELLING, "keep", "planner", State.APPROVED),
        (State.DRAFT, "discard", "planner", State.CANCELLED),
    ],
)
def test_the_one_who_may_does_it_and_nobody_else(at, move, may, then, campaign, chain, walk, decide):
    if at == State.CANCELLING:
        walk(campaign, to=State.APPROVED)
        perform(campaign.ask_cancel, by=chain.planner, note="商圈停电检修")
    else:
        walk(campaign, to=at)
    seat = {"seat": "finance"} if at == State.COUNTERSIGN else {}
    answers = {"note": "理由充分", "to": "draft", "way": "again", **seat}

    for name, person in chain.people().items():
        if name != may:
            assert decide(person, campaign, move, **answers).status_code in (403, 404), name
    assert state_of(campaign) == at

    response = decide(getattr(chain, may), campaign, move, **answers)

    assert response.status_code == 302
    assert state_of(campaign) == then


@pytest.mark.parametrize(("days_ago", "allowed"), [(0, True), (1, False)])
def test_a_stand_in_decides_only_within_the_dates(days_ago, allowed, campaign, chain, walk, decide):
    walk(campaign, to=State.REGION_REVIEW)
    today = clock.today()
    StandIn.objects.create(
        principal=chain.region_manager,
        deputy=chain.other_region_manager,
        starts_on=today - timedelta(days=5),
        ends_on=today - timedelta(days=days_ago),
    )

    response = decide(chain.other_region_manager, campaign, "endorse")

    assert response.status_code == (302 if allowed else 404)
    assert state_of(campaign) == (State.GROUP_REVIEW if allowed else State.REGION_REVIEW)


def test_the_initiator_never_decides_their_own_not_even_with_the_post(campaign, chain, walk, decide):
    from workflows.organisation.models import Post

    walk(campaign, to=State.STORE_REVIEW)
    Post.objects.create(person=chain.planner, role="store_manager", unit=chain.store, starts_on=clock.today())

    assert decide(chain.planner, campaign, "vouch").status_code == 403
    assert state_of(campaign) == State.STORE_REVIEW


def test_deciding_twice_says_who_was_faster_and_when(campaign, chain, walk, decide, client):
    walk(campaign, to=State.REGION_REVIEW)
    colleague = chain.appoint("region_manager", chain.region, "石榴")
    seen = campaign.turn
    decide(chain.region_manager, campaign, "endorse")

    response = decide(colleague, campaign, "reject", turn=seen, key="own", note="不同意")

    assert response.status_code == 409
    assert "沈若兰" in response.content.decode()
    assert state_of(campaign) == State.GROUP_REVIEW


def test_a_seat_is_decided_once(campaign, chain, walk, decide, open_campaign):
    campaign = open_campaign(82_000, group_mark=True)
    walk(campaign, to=State.COUNTERSIGN)
    decide(chain.finance, campaign, "agree", seat="finance")

    again = decide(chain.finance, campaign, "agree", seat="finance", key="another")

    assert again.status_code == 409
    assert Campaign.objects.get(pk=campaign.pk).open_seats() == ["brand"]


def test_the_same_form_sent_twice_counts_once(campaign, chain, walk, decide):
    walk(campaign, to=State.REGION_REVIEW)
    first = decide(chain.region_manager, campaign, "endorse", key="k", turn=campaign.turn)
    lines = campaign.trail.count()

    second = decide(chain.region_manager, campaign, "endorse", key="k", turn=campaign.turn)

    assert (first.status_code, second.status_code) == (302, 302)
    assert campaign.trail.count() == lines
    assert state_of(campaign) == State.GROUP_REVIEW


def test_a_return_sent_twice_counts_once_although_the_step_is_no_choice_any_more(campaign, chain, walk, decide):
    walk(campaign, to=State.REGION_REVIEW)
    answers = {"to": "store_review", "way": "again", "note": "请店总再核", "key": "k", "turn": campaign.turn}

    responses = [decide(chain.region_manager, campaign, "send_back", **answers) for _twice in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert state_of(campaign) == State.STORE_REVIEW


@pytest.mark.parametrize(
    ("way", "after_the_planner"), [("again", State.STORE_REVIEW), ("straight", State.GROUP_REVIEW)]
)
def test_a_return_to_the_planner_goes_both_ways(way, after_the_planner, campaign, chain, walk, decide):
    walk(campaign, to=State.GROUP_REVIEW)

    decide(chain.planning_reviewer, campaign, "send_back", to="draft", way=way, note="请补充渠道明细")
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert (campaign.state, campaign.version) == (State.DRAFT, 2)
    decide(chain.planner, campaign, "submit")

    assert state_of(campaign) == after_the_planner


@pytest.mark.parametrize(("way", "after_the_store"), [("again", State.REGION_REVIEW), ("straight", State.GROUP_REVIEW)])
def test_a_return_to_an_earlier_step_goes_both_ways(way, after_the_store, campaign, chain, walk, decide):
    walk(campaign, to=State.GROUP_REVIEW)

    decide(chain.planning_reviewer, campaign, "send_back", to="store_review", way=way, note="请店总核实")
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert (campaign.state, campaign.version) == (State.STORE_REVIEW, 1)
    decide(chain.store_manager, campaign, "vouch")

    assert state_of(campaign) == after_the_store


@pytest.mark.parametrize("move", ["reject", "send_back"])
def test_without_a_reason_the_form_comes_back_with_all_that_was_chosen(move, campaign, chain, walk, decide):
    walk(campaign, to=State.GROUP_REVIEW)

    plain = decide(chain.planning_reviewer, campaign, move, note="  ", to="store_review", way="straight")
    beside = decide(chain.planning_reviewer, campaign, move, htmx=True, note="  ", to="store_review", way="straight")

    assert (plain.status_code, beside.status_code) == (422, 422)
    for text in (plain.content.decode(), beside.content.decode()):
        assert "请填写" in text
    text = beside.content.decode()
    assert re.search(r'value="store_review" selected', text)
    assert re.search(r'value="straight" checked', text)
    assert state_of(campaign) == State.GROUP_REVIEW


@pytest.mark.parametrize("move", ["reject", "send_back"])
def test_a_reason_of_two_lines_is_taken_as_a_browser_sends_it(move, campaign, chain, walk, decide):
    walk(campaign, to=State.REGION_REVIEW)

    answer = decide(
        chain.region_manager, campaign, move, note="客流偏高。\r\n\r\n请重新测算。", to="draft", way="again"
    )

    assert answer.status_code == 302
    assert campaign.trail.filter(action=move).get().note == "客流偏高。\n\n请重新测算。"


def test_a_return_to_a_step_that_is_none_keeps_the_words(campaign, chain, walk, decide):
    walk(campaign, to=State.REGION_REVIEW)

    response = decide(
        chain.region_manager, campaign, "send_back", htmx=True, to="signature", way="again", note="请重新测算客流"
    )

    assert response.status_code == 422
    assert "请重新测算客流" in response.content.decode()


def test_an_incomplete_draft_is_refused_in_words_and_the_opinion_kept(open_campaign, chain, decide):
    campaign = open_campaign(82_000, venue="")

    response = decide(chain.planner, campaign, "submit", htmx=True, note="请尽快审批")

    with translation.override("zh-hans"):
        words = translation.gettext("The declaration is not complete yet; what is missing stands beside the fields.")
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "请尽快审批" in response.content.decode()


def test_beside_the_list_the_pane_comes_back_and_the_list_is_told(campaign, chain, walk, decide):
    walk(campaign, to=State.REGION_REVIEW)

    response = decide(chain.region_manager, campaign, "endorse", htmx=True, note="同意")

    assert response.status_code == 200
    assert response["HX-Trigger"] == "decided"
    assert response["HX-Retarget"] == "#matter"
    assert 'id="matter"' in response.content.decode()
    assert 'data-key="a"' not in response.content.decode()  # nothing more to decide here


def test_the_form_alone_needs_no_script(campaign, chain, walk, client):
    walk(campaign, to=State.REGION_REVIEW)
    client.force_login(chain.region_manager)

    page = client.get(reverse("desk:act", args=[campaign.reference, "send_back"])).content.decode()
    hidden = dict(re.findall(r'name="(turn|key|written)" value="([^"]*)"', page))
    response = client.post(
        reverse("desk:act", args=[campaign.reference, "send_back"]),
        {**hidden, "to": "draft", "way": "again", "note": "预算偏高"},
    )

    assert response.status_code == 302
    assert state_of(campaign) == State.DRAFT


def test_the_form_of_a_move_that_is_over_or_not_mine(campaign, chain, walk, client):
    walk(campaign, to=State.GROUP_REVIEW)
    client.force_login(chain.region_manager)

    asked = {
        move: client.get(reverse("desk:act", args=[campaign.reference, move])).status_code
        for move in ("endorse", "pass_review", "no_such_move")
    }

    assert asked == {"endorse": 409, "pass_review": 403, "no_such_move": 404}


def test_two_seats_of_one_person_are_two_bars(open_campaign, chain, walk, client):
    from workflows.organisation.models import Post

    campaign = open_campaign(82_000, group_mark=True)
    Post.objects.create(
        person=chain.finance, role="brand", unit=chain.brand_department, starts_on=clock.today() - timedelta(days=1)
    )
    walk(campaign, to=State.COUNTERSIGN)
    client.force_login(chain.finance)

    response = client.get(campaign.get_absolute_url())

    assert sorted(bar.seat for bar in response.context["bars"]) == ["brand", "finance"]


def test_moves_with_a_form_of_their_own_lead_there(campaign, chain, client):
    client.force_login(chain.planner)

    response = client.get(reverse("desk:act", args=[campaign.reference, "save_draft"]))

    assert response.headers["Location"] == reverse("campaigns:edit", args=[campaign.reference])


# --- taking ------------------------------------------------------------------------------------------------


def test_what_a_colleague_took_is_theirs_until_they_give_it_back(campaign, chain, walk, client, decide):
    walk(campaign, to=State.REGION_REVIEW)
    colleague = chain.appoint("region_manager", chain.region, "石榴")
    client.force_login(chain.region_manager)
    client.post(reverse("desk:take", args=[campaign.reference]), {"turn": campaign.turn, "seat": ""})

    assert decide(colleague, campaign, "endorse").status_code == 409
    client.force_login(colleague)
    assert client.get(campaign.get_absolute_url()).context["bars"] == []

    client.force_login(chain.region_manager)
    client.post(reverse("desk:release", args=[campaign.reference]), {"turn": campaign.turn, "seat": ""})
    assert decide(colleague, campaign, "endorse").status_code == 302
    assert [entry.action for entry in campaign.trail.all()][-3:] == ["take", "release", "endorse"]


def test_nobody_takes_what_is_not_on_their_desk(campaign, chain, walk, client):
    walk(campaign, to=State.REGION_REVIEW)
    client.force_login(chain.store_manager)

    response = client.post(reverse("desk:take", args=[campaign.reference]), {"turn": campaign.turn, "seat": ""})

    assert response.status_code == 403
    assert StepTask.objects.get(matter=campaign.pk, closed_at=None).taken_by is None


# --- words and files beside the matter ------------------------------------------------------------------------


def test_a_comment_is_a_line_on_the_trail_and_decides_nothing(campaign, chain, client):
    client.force_login(chain.store_manager)

    client.post(reverse("desk:comment", args=[campaign.reference]), {"text": "舞台供应商换过吗？"})

    assert [(c.by, c.text) for c in Comment.objects.all()] == [(chain.store_manager, "舞台供应商换过吗？")]
    last = campaign.trail.last()
    assert (last.actor, last.action, last.note) == (chain.store_manager, "comment", "舞台供应商换过吗？")
    assert state_of(campaign) == State.DRAFT


@pytest.mark.parametrize("who", ["neighbour_planner", "other_region_manager"])
def test_nobody_else_says_or_lays_anything_beside_it(who, campaign, chain, client):
    client.force_login(getattr(chain, who))
    file = SimpleUploadedFile("a.txt", b"a")

    said = client.post(reverse("desk:comment", args=[campaign.reference]), {"text": "x"})
    laid = client.post(reverse("desk:attach", args=[campaign.reference]), {"file": file})

    assert (said.status_code, laid.status_code) == (404, 404)
    assert not Comment.objects.exists()
    assert not Attachment.objects.exists()


def lay(client, campaign, person, name="方案.txt") -> Attachment:
    client.force_login(person)
    client.post(
        reverse("desk:attach", args=[campaign.reference]), {"file": SimpleUploadedFile(name, "备选方案".encode())}
    )
    return Attachment.objects.latest("at")


def test_a_file_is_saved_under_its_name_and_never_shown(campaign, chain, client):
    file = lay(client, campaign, chain.planner)

    response = client.get(file.get_absolute_url())

    assert response.content == "备选方案".encode()
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"].startswith("text/plain")
    assert [entry.action for entry in campaign.trail.all()] == ["open", "attach", "view_attachment"]


@pytest.mark.parametrize("who", ["neighbour_planner", "region_manager", "nobody"])
def test_a_file_of_a_draft_is_nobody_elses(who, campaign, chain, client):
    file = lay(client, campaign, chain.planner)
    client.force_login(getattr(chain, who))

    assert client.get(file.get_absolute_url()).status_code == 404
    assert client.post(reverse("desk:detach", args=[file.pk])).status_code == 404


def test_one_takes_back_ones_own_file_and_nobody_elses(campaign, chain, client):
    file = lay(client, campaign, chain.planner)
    client.force_login(chain.store_manager)
    assert client.post(reverse("desk:detach", args=[file.pk])).status_code == 403

    client.force_login(chain.planner)
    client.post(reverse("desk:detach", args=[file.pk]))

    assert client.get(file.get_absolute_url()).status_code == 404
    assert campaign.trail.last().action == "detach"


def test_what_was_decided_upon_is_not_taken_back(campaign, chain, client, walk):
    file = lay(client, campaign, chain.planner)
    walk(campaign, to=State.REGION_REVIEW)

    client.force_login(chain.planner)

    assert client.post(reverse("desk:detach", args=[file.pk])).status_code == 403
    assert client.get(file.get_absolute_url()).status_code == 200


def test_a_refused_file_says_which_are_taken(campaign, chain, client):
    client.force_login(chain.planner)
    upload = SimpleUploadedFile("setup.exe", b"MZ\x90\x00")

    response = client.post(reverse("desk:attach", args=[campaign.reference]), {"file": upload})

    assert response.status_code == 422
    assert "PDF" in response.context["attach_form"].errors["file"][0]
    assert not Attachment.objects.exists()
