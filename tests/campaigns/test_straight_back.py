""" "Straight back to me": what voids it is a row of the edition, and whoever signs next sees what has changed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from workflows.campaigns.declaration import BudgetLine, Declaration, Partner, Payer
from workflows.campaigns.models import Campaign, State
from workflows.desk.reading import ChangedSince, bars, open_tasks, opinion_lines
from workflows.matters.models import REST, Opinion
from workflows.matters.perform import perform
from workflows.organisation.standing import Standing
from workflows.policies.books import book
from workflows.policies.reasons import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def void_when(chain):
    """`void_when("dates venue")`: what the edition says."""

    def chosen(groups):
        chain.edition.conduct.filter(workflow="campaign", name="resume_void_when").update(chosen=groups)

    return chosen


@pytest.fixture
def rewritten(chain, open_campaign, walk):
    """`rewritten(venue="二层")`: returned straight back by the group review, and submitted again with that."""

    def again(**changes):
        campaign = walk(open_campaign(), to=State.GROUP_REVIEW)
        perform(campaign.send_back, by=chain.planning_reviewer, note="请补充", to="draft", straight=True)
        perform(campaign.save_draft, by=chain.planner, declaration=campaign.declared.with_(**changes))
        entry = perform(campaign.submit, by=chain.planner)
        return campaign, entry

    return again


def cheaper(declared):
    """One line moved to the other: the total is what it was."""
    first, second = declared.budget
    ten = Decimal(10)
    return {
        "budget": (
            BudgetLine(first.item, first.category, first.unit_price + ten, Decimal(1), first.payer),
            BudgetLine(second.item, second.category, second.unit_price - ten, Decimal(1), second.payer),
        )
    }


def with_partner(declared):
    first, second = declared.budget
    return {
        "budget": (first, BudgetLine(second.item, second.category, second.unit_price, Decimal(1), Payer.PARTNER)),
        "partners": (Partner(name="奇点数码", share=second.amount),),
    }


def changed(kind, declared):
    return {
        "title": {"title": "城西店数码嘉年华"},
        "dates": {"ends_on": declared.ends_on + timedelta(days=1)},
        "venue": {"venue": "二层连廊"},
        "safety": {"safety": "现场配六名安保。"},
        "text": {"memorable": "旧机当场换新"},
        "budget": cheaper(declared),
    }[kind]


# which row of the edition each change answers to, and the field the trail names
ANSWERS_TO = {
    "title": ("title", "title"),
    "dates": ("dates", "ends_on"),
    "venue": ("venue", "venue"),
    "safety": ("safety", "safety"),
    "text": ("text", "memorable"),
    "budget": ("text", "budget"),
}


@pytest.mark.parametrize("kind", ANSWERS_TO)
def test_each_change_voids_it_where_the_edition_says_so_and_nowhere_else(
    kind, chain, open_campaign, rewritten, void_when
):
    changes = changed(kind, open_campaign().declared)
    group, field = ANSWERS_TO[kind]
    everything = ["amount", "title", "dates", "venue", "partners", "safety", "text"]

    void_when(group)
    strict, told = rewritten(**changes)
    void_when(" ".join(name for name in everything if name != group))
    lenient, agreed = rewritten(**changes)

    assert (strict.state, [(rule["key"], rule["values"].get("field")) for rule in told.rules]) == (
        State.STORE_REVIEW,
        [("resume_void_by", field), ("endorsement_from", None)],
    )
    assert (lenient.state, [rule["key"] for rule in agreed.rules]) == (State.GROUP_REVIEW, ["resume"])


def test_a_partner_is_a_change_of_its_own(open_campaign, rewritten, void_when):
    changes = with_partner(open_campaign().declared)
    void_when("partners")

    campaign, told = rewritten(**changes)

    # a partner who pays more than the limit calls the lawyers as well, which the first agreement did not know
    assert [(rule["key"], rule["values"].get("field")) for rule in told.rules][:2] == [
        ("resume_void", None),
        ("resume_void_by", "partners"),
    ]
    assert campaign.state == State.STORE_REVIEW


def test_without_a_choice_it_is_what_it_always_was(rewritten, open_campaign):
    declared = open_campaign().declared

    campaign, told = rewritten(venue="二层连廊", title="新标题", ends_on=declared.ends_on + timedelta(days=1))

    assert (campaign.state, [rule["key"] for rule in told.rules]) == (State.GROUP_REVIEW, ["resume"])


def test_the_reason_names_the_field_in_both_languages(rewritten, void_when):
    void_when("venue safety")
    _campaign, told = rewritten(venue="二层连廊", safety="现场配六名安保。")

    def words():
        return [str(Reason(rule["key"], rule["values"])) for rule in told.rules][:2]

    assert words() == [
        "straight back was asked for, but the new version changes “Venue” → all steps are walked again",
        "straight back was asked for, but the new version changes “Risk and safety plan” → all steps are walked again",
    ]
    with translation.override("zh-hans"):
        assert words()[0] == "虽选择“直接回到我”，但新版本改动了“地点” → 各环节重新办理"


def test_one_returned_before_the_house_took_note_of_versions_is_judged_by_the_amount(
    chain, open_campaign, walk, void_when
):
    void_when("amount venue")
    campaign = walk(open_campaign(), to=State.GROUP_REVIEW)
    perform(campaign.send_back, by=chain.planning_reviewer, note="请补充", to="draft", straight=True)
    basis = {name: value for name, value in campaign.resume_basis.items() if name != "version"}
    Campaign.objects.filter(pk=campaign.pk).update(resume_basis=basis)

    perform(campaign.save_draft, by=chain.planner, declaration=campaign.declared.with_(venue="二层连廊"))
    perform(campaign.submit, by=chain.planner)

    assert campaign.state == State.GROUP_REVIEW


# --- what whoever signs next is shown -----------------------------------------------------------------------


def test_whoever_signs_next_sees_what_has_changed_since_each_agreement(chain, rewritten, client):
    campaign, _told = rewritten(venue="二层连廊", safety="现场配六名安保。")
    fresh = Campaign.objects.get(pk=campaign.pk)

    (bar,) = bars(fresh, Standing(chain.planning_reviewer), open_tasks(fresh))

    since = ChangedSince(1, ["周启明", "沈若兰"], ["Venue", "Risk and safety plan"], "tab=versions&from=1&to=2")
    assert list(bar.changed) == [since]
    assert [(line.opinion.person.name, line.opinion.version, line.since) for line in opinion_lines(fresh)] == [
        ("林晓", 1, None), ("周启明", 1, since), ("沈若兰", 1, since), ("陆之远", 1, None), ("林晓", 2, None),
    ]  # fmt: skip
    client.force_login(chain.planning_reviewer)
    page = client.get(fresh.get_absolute_url()).content.decode()
    assert "自周启明、沈若兰同意（第 1 版）以来，以下内容有改动：" in page
    difference = client.get(f"{fresh.get_absolute_url()}?{since.query}").content.decode()
    assert "<del>一层中庭</del>" in difference
    assert "<ins>二层连廊</ins>" in difference


def test_who_has_agreed_again_has_seen_it(chain, rewritten, void_when):
    void_when("venue")
    campaign, _told = rewritten(venue="二层连廊")
    perform(campaign.vouch, by=chain.store_manager)
    fresh = Campaign.objects.get(pk=campaign.pk)

    (bar,) = bars(fresh, Standing(chain.region_manager), open_tasks(fresh))

    assert [(since.names, since.fields) for since in bar.changed] == [(["沈若兰"], ["Venue"])]


def test_nothing_changed_is_said_too_and_the_author_is_told_nothing(chain, rewritten):
    campaign, _told = rewritten()
    fresh = Campaign.objects.get(pk=campaign.pk)

    (reviewer,) = bars(fresh, Standing(chain.planning_reviewer), open_tasks(fresh))
    (author,) = bars(fresh, Standing(chain.planner), open_tasks(fresh))

    assert [(since.names, since.fields) for since in reviewer.changed] == [(["周启明", "沈若兰"], [])]
    assert author.changed == ()


def test_every_field_belongs_to_a_group_the_edition_can_name(chain):
    named = {name for name, _label in book("campaign").practice("resume_void_when").choices}

    assert set(Campaign.GROUPS) <= set(Declaration().content())
    assert {*Campaign.GROUPS.values(), REST} == named
    assert Opinion.objects.filter(resumed=True).count() == 0
