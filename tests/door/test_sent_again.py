"""A form whose answer was lost is sent again: done once, answered twice alike. And what came without a session."""

from __future__ import annotations

import re

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.campaigns.test_declare import sheet
from workflows.campaigns.models import Campaign, State
from workflows.matters.attachments import attach
from workflows.matters.models import Attachment, Comment, Matter
from workflows.matters.perform import perform
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Standing
from workflows.organisation.templatetags.typed import mark_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def planner(chain, client):
    client.force_login(chain.planner)
    return client


def told(answer):
    """What the answer says: where to, and the words of the next page."""
    return answer.status_code, answer.get("Location"), [str(message) for message in get_messages(answer.wsgi_request)]


def hidden(page, form: str = ""):
    content = page.content.decode()
    content = content[content.index(form) :] if form else content
    found = re.findall(r'type="hidden" name="(turn|key|written|seat)" value="([^"]*)"', content)
    return dict(reversed(found))  # the first of each name


def to(name, campaign, *more):
    return reverse(name, args=[campaign.reference, *more])


# --- done once, answered alike -----------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True], ids=["whole page", "htmx"])
def test_a_comment_sent_again_is_said_once(htmx, campaign, planner):
    page = planner.get(f"{campaign.get_absolute_url()}?tab=discussion")
    form = {"text": "灯箱单价比上季高。", "key": hidden(page, 'aria-labelledby="comments-title"')["key"]}

    first, second = (
        planner.post(to("desk:comment", campaign), form, headers=HTMX if htmx else {}) for _twice in range(2)
    )

    assert Comment.objects.count() == 1
    if htmx:
        assert (first.status_code, second["HX-Refresh"]) == (200, "true")
    else:
        assert told(second) == told(first)


def test_a_file_sent_again_lies_there_once(campaign, planner):
    for _twice in range(2):
        file = SimpleUploadedFile("方案.txt", "备选方案".encode())
        planner.post(to("desk:attach", campaign), {"file": file, "key": "k"})

    assert Attachment.objects.count() == 1


def test_what_was_done_is_said_in_the_same_words(campaign, planner):
    page = planner.get(to("campaigns:edit", campaign))
    shown = hidden(page, '<form class="sheet"')
    form = {**shown, "title": "夜场", "do": "save"}

    first = told(planner.post(to("campaigns:edit", campaign), form))
    del planner.cookies["messages"]  # as the answer itself, they were lost on the way
    second = told(planner.post(to("campaigns:edit", campaign), form))

    assert second == first
    assert first[:2] == (302, to("campaigns:edit", campaign))
    assert "草稿已" in first[2][0]
    assert campaign.trail.filter(action="save_draft").count() == 1


def test_what_was_refused_is_refused_again_although_the_draft_was_saved(campaign, planner):
    shown = hidden(planner.get(to("campaigns:edit", campaign)), '<form class="sheet"')
    file = SimpleUploadedFile("平面图.txt", b"plan")
    form = {**shown, "title": "夜场", "do": "submit"}

    first = planner.post(to("campaigns:edit", campaign), {**form, "attachments": file})
    file.seek(0)
    second = planner.post(to("campaigns:edit", campaign), {**form, "attachments": file})

    assert (first.status_code, second.status_code) == (422, 422)
    assert len(first.context["faults"]) > 3
    assert second.context["faults"] == first.context["faults"]
    assert campaign.trail.filter(action="save_draft").count() == 1
    assert campaign.attachments.count() == 1


def test_a_condition_that_does_not_hold_is_said_again(open_campaign, planner):
    campaign = open_campaign(82_000, venue="")
    shown = hidden(planner.get(to("desk:act", campaign, "submit")))

    first, second = (planner.post(to("desk:act", campaign, "submit"), shown) for _twice in range(2))

    assert (first.status_code, second.status_code) == (422, 422)
    complaint = list(first.context["form"].non_field_errors())
    assert complaint
    assert list(second.context["form"].non_field_errors()) == complaint


def test_other_words_under_a_used_key_are_another_form(campaign, planner):
    for text in ("第一句", "第二句", "第二句"):
        planner.post(to("desk:comment", campaign), {"text": text, "key": "k"})

    assert [comment.text for comment in Comment.objects.all()] == ["第一句", "第二句"]


def test_a_draft_saved_and_then_typed_further_is_not_taken_for_the_first(campaign, planner):
    shown = hidden(planner.get(to("campaigns:edit", campaign)), '<form class="sheet"')
    planner.post(to("campaigns:edit", campaign), {**shown, "title": "夜场", "do": "save"})

    further = planner.post(to("campaigns:edit", campaign), {**shown, "title": "夜场与早市", "do": "save"})

    assert further.status_code == 409  # the text is another one than that page showed, if only by one's own hand
    assert "夜场与早市" in further.content.decode()


def test_nobody_else_is_told_what_came_of_a_form(campaign, chain, planner):
    planner.post(to("desk:comment", campaign), {"text": "第一句", "key": "k"})
    planner.force_login(chain.store_manager)

    planner.post(to("desk:comment", campaign), {"text": "第一句", "key": "k"})

    assert [comment.by for comment in Comment.objects.all()] == [chain.planner, chain.store_manager]


# --- who is inside, what is done -----------------------------------------------------------------------------


def test_who_is_still_inside_and_what_has_arrived(campaign, chain, planner):
    planner.post(to("desk:comment", campaign), {"text": "第一句", "key": "k1"})
    planner.post(to("desk:comment", campaign), {"text": "", "key": "k2"})
    still = f"{reverse('door:still')}?key=k1&key=k2&key=k3"

    inside = planner.get(still)
    planner.force_login(chain.store_manager)
    another = planner.get(still).json()
    planner.logout()
    outside = planner.get(still).json()

    known = inside.json()
    assert (known["person"], known["name"], known["done"]) == (mark_of(chain.planner), "林晓", ["k1"])
    assert (another["person"], another["done"]) == (mark_of(chain.store_manager), [])
    assert (outside["person"], outside["name"], outside["done"], bool(outside["token"])) == ("", "", [], True)
    assert "no-store" in inside["Cache-Control"]
    assert mark_of(chain.planner) != mark_of(chain.store_manager)


@pytest.mark.parametrize("htmx", [False, True], ids=["whole page", "htmx"])
def test_whoever_sends_a_form_after_their_session_is_led_back_to_its_page(htmx, campaign, client):
    page = f"/desk/?m={campaign.reference}"
    sent_from = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"} if htmx else {}

    answer = client.post(
        to("desk:act", campaign, "endorse"),
        {"note": "同意"},
        headers={"Referer": f"http://testserver{page}", **sent_from},
    )

    door = f"{reverse('door:enter')}?next=%2Fdesk%2F%3Fm%3D{campaign.reference}"
    assert answer["HX-Redirect" if htmx else "Location"] == door


def test_another_site_is_no_page_to_be_led_back_to(campaign, client):
    answer = client.post(to("desk:comment", campaign), headers={"Referer": "https://elsewhere.example/desk/"})

    assert answer["Location"] == f"{reverse('door:enter')}?next=%2Fm%2F{campaign.reference}%2Fcomment%2F"


def test_a_stale_token_shows_what_was_typed_and_the_way_back(campaign, chain):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(chain.planner)
    page = f"http://testserver{campaign.get_absolute_url()}?tab=discussion"
    form = {"text": "灯箱<b>单价</b>", "password": "geheim 12345", "csrfmiddlewaretoken": "x" * 64}

    refused = browser.post(to("desk:comment", campaign), form, headers={"Referer": page})
    part = browser.post(to("desk:comment", campaign), form, headers={"Referer": page, **HTMX})

    said = refused.content.decode()
    assert refused.status_code == 403
    assert f'href="{campaign.get_absolute_url()}?tab=discussion"' in said
    assert "灯箱&lt;b&gt;单价&lt;/b&gt;" in said
    assert "geheim" not in said
    assert "存在本机" in said
    assert (part.status_code, part["HX-Reswap"], part.content) == (403, "none", b"")


# --- bound to what was shown, files too ---------------------------------------------------------------------


def test_a_form_that_does_not_say_what_it_was_shown_is_shown_it(campaign, planner):
    act = hidden(planner.get(to("desk:act", campaign, "submit")))
    del act["written"]
    saving = {"turn": "0", "key": "k", "title": "夜场", "do": "save"}

    submitted = planner.post(to("desk:act", campaign, "submit"), {**act, "note": "请尽快"})
    saved = planner.post(to("campaigns:edit", campaign), saving)

    for answer, kept in ((submitted, "请尽快"), (saved, "夜场")):
        said = answer.content.decode()
        assert (answer.status_code, "无法得知您办理时看到的是哪一稿" in said, kept in said) == (409, True, True)
        assert hidden(answer, "<form class=")["written"] == Campaign.objects.get().written
    assert Campaign.objects.get().state == State.DRAFT


def lay(campaign, person, name, purpose=Attachment.Purpose.TEXT):
    hat = next(iter(Standing(person).hats()))
    file = SimpleUploadedFile(name, name.encode())
    return attach(Campaign.objects.get(pk=campaign.pk), file, capacity=Capacity.wearing(hat, person), purpose=purpose)


def test_a_file_somebody_else_laid_beside_the_text_is_told(campaign, chain, planner):
    colleague = chain.appoint("planner", chain.store, "许愿")
    shown = hidden(planner.get(to("desk:act", campaign, "submit")))
    lay(campaign, colleague, "报价.txt")

    refused = planner.post(to("desk:act", campaign, "submit"), shown)

    assert refused.status_code == 409
    assert "许愿" in refused.content.decode()
    again = hidden(refused, "<form class=")
    assert planner.post(to("desk:act", campaign, "submit"), {**shown, **again}).status_code == 302


def test_a_file_in_the_discussion_or_of_ones_own_is_no_other_text(campaign, chain, planner):
    shown = hidden(planner.get(to("desk:act", campaign, "submit")))
    lay(campaign, chain.store_manager, "看法.txt", Attachment.Purpose.DISCUSSION)
    lay(campaign, chain.planner, "报价.txt")

    assert planner.post(to("desk:act", campaign, "submit"), shown).status_code == 302


def test_a_file_taken_away_is_told_to_whoever_decides(campaign, chain, walk, client):
    lay(campaign, chain.planner, "报价.txt")
    walk(campaign, to=State.STORE_REVIEW)
    seen = Campaign.objects.get().written
    Attachment.objects.update(withdrawn_at=campaign.opened_at)

    assert not Matter.objects.get().specific.reads(seen)
    client.force_login(chain.store_manager)
    shown = hidden(client.get(to("desk:act", campaign, "vouch")))
    assert client.post(to("desk:act", campaign, "vouch"), {**shown, "written": seen}).status_code == 409


def test_what_only_a_colleague_wrote_is_chosen_and_what_both_wrote_is_asked(campaign, chain, planner):
    colleague = chain.appoint("planner", chain.store, "许愿")
    page = planner.get(to("campaigns:edit", campaign))
    form = page.context["form"]
    mine = sheet(form.given.with_(venue="三层"), written=form["written"].value())
    hand = Campaign.objects.get()
    theirs = hand.declared.with_(
        venue="二层",
        memorable="买旧换新",
        channels=("wechat",),
        team=hand.declared.team[:1],
        budget=hand.declared.budget[:1],
    )
    perform(hand.save_draft, by=colleague, declaration=theirs)

    asked = planner.post(to("campaigns:edit", campaign), mine)
    assert asked.status_code == 409
    assert sorted((clash["name"], clash["chosen"], clash["both"]) for clash in asked.context["clashes"]) == [
        ("budget", "theirs", False),
        ("channels", "theirs", False),
        ("memorable", "theirs", False),
        ("team", "theirs", False),
        ("venue", "", True),
    ]

    fresh = {name: asked.context["form"][name].value() for name in ("key", "turn", "written")}
    names = [clash["name"] for clash in asked.context["clashes"]]
    choice = {f"choice-{name}": "theirs" for name in names if name != "venue"}
    chosen = {**mine, **fresh, "since": asked.context["since"], "clash": names, **choice}
    undecided = planner.post(to("campaigns:edit", campaign), chosen)
    assert undecided.status_code == 409
    assert [c["name"] for c in undecided.context["clashes"] if c["missing"]] == ["venue"]
    assert Campaign.objects.get().declared == theirs

    chosen |= {name: undecided.context["form"][name].value() for name in ("key", "turn", "written")}
    assert planner.post(to("campaigns:edit", campaign), {**chosen, "choice-venue": "mine"}).status_code == 302
    assert Campaign.objects.get().declared == theirs.with_(venue="三层")
