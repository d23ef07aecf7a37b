"""Nobody stands by a text they have not seen: every way to submit carries the one that was shown."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import translation

from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import TextChanged
from workflows.matters.perform import perform
from workflows.organisation.models import Person
from workflows.organisation.roles import Role

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def colleague(chain):
    return chain.appoint(Role.PLANNER, chain.store, "许愿")


@pytest.fixture
def planner(chain, client):
    """The planner's browser, reading English."""
    Person.objects.filter(pk=chain.planner.pk).update(language="en")
    client.force_login(Person.objects.get(pk=chain.planner.pk))
    return client


def hidden(page) -> dict[str, str]:
    """What the first form of the page would send of what is not typed."""
    return dict(re.findall(r'type="hidden" name="(turn|key|written|seat)" value="([^"]*)"', page.content.decode()))


def write(campaign, person, **changes):
    """`person` saves another text of the draft."""
    hand = Campaign.objects.get(pk=campaign.pk)
    perform(hand.save_draft, by=person, declaration=hand.declared.with_(**changes))


SHOWN = {  # where the button is → what the browser has asked for
    "the matter's page": lambda client, campaign: client.get(campaign.get_absolute_url()),
    "the pane": lambda client, campaign: client.get(reverse("desk:pane", args=[campaign.reference]), **HTMX),
    "the form alone": lambda client, campaign: client.get(reverse("desk:act", args=[campaign.reference, "submit"])),
}


@pytest.mark.parametrize("where", SHOWN)
@pytest.mark.parametrize("htmx", [False, True], ids=["whole page", "htmx"])
def test_a_text_written_since_is_not_submitted_and_the_person_is_told(where, htmx, campaign, chain, colleague, planner):
    shown = hidden(SHOWN[where](planner, campaign))
    write(campaign, colleague, venue="二层", title="夜场")
    send = reverse("desk:act", args=[campaign.reference, "submit"])
    extra = HTMX if htmx else {}

    refused = planner.post(send, {**shown, "note": "请尽快审批"}, **extra)

    said = refused.content.decode()
    assert refused.status_code == 409
    assert Campaign.objects.get().state == State.DRAFT
    assert "许愿 has changed the text" in said
    assert "What is different: Title, Venue." in said
    assert ("请尽快审批" in said, "夜场" in said, 'id="matter"' in said) == (True, True, True)
    assert refused.headers["HX-Retarget"] == "#matter"

    again = planner.post(send, {**hidden(refused), "note": "请尽快审批"}, **extra)

    assert again.status_code == (200 if htmx else 302)
    submitted = campaign.opinions.get()
    assert (Campaign.objects.get().state, submitted.text) == (State.STORE_REVIEW, "请尽快审批")


def test_it_is_said_in_chinese_too(campaign, chain, colleague, client):
    client.force_login(chain.planner)
    shown = hidden(client.get(campaign.get_absolute_url()))
    write(campaign, colleague, venue="二层")

    said = client.post(reverse("desk:act", args=[campaign.reference, "submit"]), shown).content.decode()

    assert "您打开本页之后，许愿 于今天" in said
    assert "改动之处：地点。" in said


def test_what_nobody_has_touched_is_submitted(campaign, planner):
    shown = hidden(planner.get(campaign.get_absolute_url()))

    assert planner.post(reverse("desk:act", args=[campaign.reference, "submit"]), shown).status_code == 302
    assert Campaign.objects.get().state == State.STORE_REVIEW


def test_a_word_or_a_taken_task_beside_it_changes_no_text(campaign, chain, colleague, planner):
    shown = hidden(planner.get(campaign.get_absolute_url()))
    planner.post(reverse("desk:comment", args=[campaign.reference]), {"text": "舞台供应商换过吗？"})

    assert planner.post(reverse("desk:act", args=[campaign.reference, "submit"]), shown).status_code == 302


def test_a_text_written_and_written_back_is_the_one_that_was_seen(campaign, chain, colleague, planner):
    shown = hidden(planner.get(campaign.get_absolute_url()))
    write(campaign, colleague, venue="二层")
    write(campaign, colleague, venue="一层中庭")

    assert planner.post(reverse("desk:act", args=[campaign.reference, "submit"]), shown).status_code == 302


def test_the_same_form_sent_twice_counts_once_whatever_was_written_since(campaign, chain, colleague, planner):
    shown = hidden(planner.get(campaign.get_absolute_url()))
    send = reverse("desk:act", args=[campaign.reference, "submit"])

    first = planner.post(send, shown)
    perform(Campaign.objects.get().withdraw, by=chain.planner)
    write(campaign, colleague, venue="二层")
    second = planner.post(send, shown)

    assert (first.status_code, second.status_code, Campaign.objects.get().state) == (302, 302, State.DRAFT)


def test_another_draft_is_not_submitted_from_the_declarations_form_either(campaign, chain, colleague, planner):
    """The text in the form is the stored one of then: pressing submit would hand in the colleague's."""
    address = reverse("campaigns:edit", args=[campaign.reference])
    page = planner.get(address)
    sent = _as_sent(page)
    write(campaign, colleague, venue="二层")

    refused = planner.post(address, {**sent, "do": "submit"})

    assert refused.status_code == 409, refused.context["faults"]
    assert "许愿 saved this draft" in refused.content.decode()
    assert "What is different: Venue." in refused.content.decode()
    assert (Campaign.objects.get().state, Campaign.objects.get().declared.venue) == (State.DRAFT, "二层")

    again = planner.post(address, {**_as_sent(refused), "do": "submit"})
    assert again.status_code == 302
    assert (Campaign.objects.get().state, Campaign.objects.get().declared.venue) == (State.STORE_REVIEW, "一层中庭")


def test_a_refused_form_that_saved_nothing_has_not_seen_what_was_written_since(campaign, chain, colleague, planner):
    write(campaign, chain.planner, venue="")
    address = reverse("campaigns:edit", args=[campaign.reference])
    incomplete = planner.post(address, {**_as_sent(planner.get(address)), "do": "submit"})
    assert incomplete.status_code == 422
    write(campaign, colleague, venue="二层")

    refused = planner.post(address, {**_as_sent(incomplete), "venue": "三层", "do": "save"})

    assert (refused.status_code, Campaign.objects.get().declared.venue) == (409, "二层")


def _as_sent(page) -> dict[str, object]:
    """What the browser sends of the declaration's form as shown."""
    form = page.context["form"]
    data: dict[str, object] = {}
    for part in (form, *(line for table in form.tables.values() for line in table.forms)):
        for bound in part:
            value = bound.value()
            if value is True:
                value = "on"
            if value is not None and value is not False and value != [] and value != ():
                data[bound.html_name] = value
    return data


@pytest.mark.parametrize("move", ["change", "hand_in", "score"])
def test_the_other_pages_keep_what_was_typed(move, campaign, chain, walk, client):
    """A report, a change, an evaluation: nobody can write meanwhile today; where somebody could, it is told."""
    at = {"change": State.APPROVED, "hand_in": State.REPORTING, "score": State.EVALUATION}[move]
    walk(campaign, to=at)
    person = chain.planning_reviewer if move == "score" else chain.planner
    page = {"change": "change", "hand_in": "report", "score": "evaluate"}[move]
    address = reverse(f"campaigns:{page}", args=[campaign.reference])
    client.force_login(person)
    shown = client.get(address)
    answers = {
        "change": lambda: {**_as_sent(shown), "venue": "二层", "note": "中庭漏水", "do": "submit"},
        "hand_in": lambda: {
            **hidden(shown), "actual_0": "1", "actual_1": "2", "reserve_spent": "0", "footfall": "5", "sales": "9",
            "new_members": "1", "summary": "中庭漏水", "lessons": "早点检查",
        },
        "score": lambda: {
            **hidden(shown), "remark": "中庭漏水",
            **{name: shown.context["form"][name].value() for name in shown.context["form"].fields if "given_" in name},
        },
    }[move]()  # fmt: skip
    Campaign.objects.filter(pk=campaign.pk).update(title="另一个标题")

    refused = client.post(address, answers)

    assert (refused.status_code, Campaign.objects.get().state) == (409, at)
    with translation.override("zh-hans"):
        assert "请阅后再办理" in refused.content.decode()
    assert "中庭漏水" in refused.content.decode()


def test_whoever_wrote_and_what_is_told_by_the_act_itself(campaign, chain, colleague):
    read = Campaign.objects.get().written
    write(campaign, colleague, venue="二层")

    with pytest.raises(TextChanged) as refused:
        perform(campaign.submit, by=chain.planner, written=read)

    (line,) = refused.value.lines
    assert (line.actor, line.changes) == (colleague, {"declaration.venue": ["一层中庭", "二层"]})
    assert perform(campaign.submit, by=chain.planner, written=Campaign.objects.get().written).action == "submit"


@pytest.mark.parametrize("mark", ["nonsense", "-", "99999999999999999999-0", "²-x"])
def test_a_mark_nobody_gave_out_is_another_text(mark, campaign, chain):
    with pytest.raises(TextChanged):
        perform(campaign.submit, by=chain.planner, written=mark)
