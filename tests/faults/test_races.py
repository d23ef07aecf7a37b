"""Two people at the same instant: one wins, the other reads who did and when."""

import threading
from datetime import date, datetime
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documents.models import IssuedDocument, Receipt
from documents.registry.distribution import acknowledge, reckon
from tests.campaigns.test_declare import sheet
from tests.examples import few_or
from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.models import DayCorrection, Post
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.steps import desks
from workflows.steps.models import StepTask
from workflows.steps.sweep import reckon_all, sweep
from workflows.trail import appointments

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
ROUNDS = few_or(12, 100)


def at_once(*acts):
    """Run the acts in a thread each, released together; what each returned or raised, in order."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        barrier.wait()
        try:
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def act_of(campaign, move, person, **answers):
    """The act as a web request makes it: the matter is fetched by the one who acts."""
    return lambda: perform(getattr(Campaign.objects.get(pk=campaign.pk), move), by=person, **answers)


def test_two_signers_one_circular(chain, open_campaign, walk):
    Post.objects.create(person=chain.clerk, role="vice_president", unit=chain.group, starts_on="2020-01-01")
    for round_number in range(1, ROUNDS + 1):
        campaign = open_campaign(120_000, group_mark=True)
        walk(campaign, to=State.SIGNATURE)
        before = campaign.trail_length

        results = at_once(act_of(campaign, "sign", chain.vice_president), act_of(campaign, "sign", chain.clerk))

        entries = [result for result in results if not isinstance(result, Exception)]
        losers = [result for result in results if isinstance(result, Exception)]
        assert len(entries) == 1
        assert [type(loser) for loser in losers] == [StepOutOfOrder], losers
        assert losers[0].by == entries[0]
        assert losers[0].by.actor in (chain.vice_president, chain.clerk)
        assert [e.seq for e in campaign.trail.filter(action="sign")] == [before + 1]
        numbers = IssuedDocument.objects.filter(kind="campaign.circular").order_by("serial")
        assert [paper.serial for paper in numbers] == list(range(1, round_number + 1))


def test_the_last_two_countersigners_at_once(chain, open_campaign, walk):
    for _ in range(ROUNDS // 3):
        campaign = open_campaign(120_000, group_mark=True)
        walk(campaign, to=State.COUNTERSIGN)

        results = at_once(
            act_of(campaign, "agree", chain.finance, seat="finance"),
            act_of(campaign, "agree", chain.brand, seat="brand"),
        )

        assert [type(result).__name__ for result in results] == ["Entry", "Entry"], results
        assert Campaign.objects.get(pk=campaign.pk).state == State.SIGNATURE
        assert [t.step for t in StepTask.objects.filter(matter=campaign.pk, closed_at=None)] == ["signature"]


def test_withdrawn_and_endorsed_at_once(chain, open_campaign, walk):
    for _ in range(ROUNDS // 3):
        campaign = open_campaign(120_000, group_mark=True)
        walk(campaign, to=State.REGION_REVIEW)

        results = at_once(
            act_of(campaign, "withdraw", chain.planner), act_of(campaign, "endorse", chain.region_manager)
        )

        assert sorted(type(result).__name__ for result in results) == ["Entry", "StepOutOfOrder"], results
        assert StepTask.objects.filter(matter=campaign.pk, closed_at=None).count() == 1


def test_one_form_sent_twice_at_once(chain, open_campaign, walk):
    for number in range(ROUNDS // 3):
        campaign = open_campaign(120_000, group_mark=True)
        walk(campaign, to=State.REGION_REVIEW)
        endorse = act_of(campaign, "endorse", chain.region_manager, key=f"form-{number}")

        first, second = at_once(endorse, endorse)

        assert first == second
        assert campaign.trail.filter(action="endorse").count() == 1


def test_one_declaration_sent_twice_at_once_opens_one_matter(chain, declaration):
    def opened():
        declared = declaration()
        return begin(
            Campaign(unit=chain.store, title=declared.title), by=chain.planner, key="once", declaration=declared
        )

    first, second = at_once(opened, opened)

    assert first == second
    assert Campaign.objects.count() == 1


# --- the calendar is corrected at the same instant -------------------------------------------------------------


def at(text):
    return timezone.make_aware(datetime.fromisoformat(text))


def then(moment, act):
    """The act at that moment, whichever thread it runs in."""

    def moved():
        with clock.at(moment):
            return act()

    return moved


def test_a_correction_saved_while_a_decision_is_made(chain, open_campaign, walk):
    """Wednesday was the last day; on Thursday it is made a rest day, and the region decides.

    Either the correction was there, then the decision was in time and the line of the new deadline
    stands beside it; or it was not, then the decision was late and nothing is counted anew. Never both.
    """
    for _ in range(ROUNDS // 3):
        with clock.at(at("2026-03-09 10:00")):
            campaign = walk(open_campaign(), to=State.REGION_REVIEW)
            reckon_all()
        thursday = at("2026-03-12 10:00")

        def correct():
            return DayCorrection.objects.create(day=date(2026, 3, 11), is_working=False)

        decided = act_of(campaign, "endorse", chain.region_manager)
        entry, saved, _swept = at_once(then(thursday, decided), correct, then(thursday, reckon_all))

        assert (type(entry).__name__, type(saved).__name__) == ("Entry", "DayCorrection"), (entry, saved)
        task = StepTask.objects.get(matter=campaign.pk, step="region_review")
        lines = campaign.trail.filter(action="reckon", step="region_review").count()
        assert (entry.late, task.due_at, lines) in [
            (True, at("2026-03-11 18:00"), 0),
            (False, at("2026-03-12 18:00"), 1),
        ]
        saved.delete()


def test_two_workers_count_once(chain, open_campaign, walk):
    with clock.at(at("2026-03-09 10:00")):
        campaigns = [walk(open_campaign(), to=State.REGION_REVIEW) for _ in range(6)]
        reckon_all()
        DayCorrection.objects.create(day=date(2026, 3, 11), is_working=False)

    tuesday = at("2026-03-10 10:00")
    first, second = at_once(then(tuesday, reckon_all), then(tuesday, reckon_all))

    assert first + second == 6, (first, second)
    for campaign in campaigns:
        assert campaign.trail.filter(action="reckon").count() == 1
        assert StepTask.objects.get(matter=campaign.pk, closed_at=None).due_at == at("2026-03-12 18:00")


def test_two_workers_start_a_campaign_once_while_a_change_lies_undecided(chain, open_campaign, walk):
    with clock.at(at("2026-03-09 10:00")):
        campaign = walk(open_campaign(), to=State.APPROVED)
        act_of(campaign, "change", chain.planner, note="多一天", declaration=campaign.declared)()

    first_day = at("2026-04-08 00:00")
    results = at_once(then(first_day, sweep), then(first_day, sweep))

    assert sorted(done["moved"] for done in results) == [0, 1]
    assert campaign.trail.filter(action="start_meanwhile").count() == 1


def test_receipts_are_counted_once_and_judged_by_the_calendar_as_it_stands(chain, open_campaign, walk):
    with clock.at(at("2026-03-09 10:00")):
        walk(open_campaign(200_000), to=State.APPROVED)
        reckon()
    receipt = Receipt.objects.filter(unit=chain.store).first()
    before = receipt.due_on
    DayCorrection.objects.create(day=before, is_working=False)
    day_after = at(f"{before.isoformat()} 10:00") + (at("2026-03-10 10:00") - at("2026-03-09 10:00"))

    def acknowledged():
        return acknowledge(Receipt.objects.filter(pk=receipt.pk), by=Standing(chain.store_manager))

    answered, *_counted = at_once(*(then(day_after, act) for act in (acknowledged, reckon, reckon)))

    assert [row.pk for row in answered] == [receipt.pk], answered
    receipt.refresh_from_db()
    assert receipt.due_on > before
    trail = receipt.document.matter.trail
    # whoever acknowledges counts their own if they are faster, and the worker then the others': never one twice
    assert trail.filter(action="reckon", documents__0__id=str(receipt.document_id)).count() in (1, 2)
    assert {row.due_on for row in Receipt.objects.filter(document=receipt.document)} == {receipt.due_on}
    assert [line.late for line in trail.filter(action="acknowledge")] == [False]


@pytest.mark.postgresql
def test_two_administrators_confirm_at_once(chain):
    confirmers = [chain.appoint(Role.ADMINISTRATOR, chain.office, name) for name in ("林二", "林三")]
    for _ in range(ROUNDS // 3):
        Post.objects.filter(person=chain.nobody).delete()
        row = Post(person=chain.nobody, role=Role.PRESIDENT, unit=chain.group)
        proposed = appointments.propose(row, by=chain.administrator)

        results = at_once(*(partial(appointments.confirm, proposed, by=person) for person in confirmers))

        assert sorted(type(result).__name__ for result in results) == ["Post", "ValidationError"], results
        assert Post.objects.filter(person=chain.nobody).count() == 1


def test_one_person_on_two_seats_at_once_has_one_of_them(chain, open_campaign, walk):
    """Both decisions were offered when the page was made; whichever comes second finds the first."""
    Post.objects.create(person=chain.finance, role="brand", unit=chain.brand_department, starts_on="2020-01-01")
    chain.edition.conduct.filter(workflow="campaign", name="same_person").update(chosen="forbid")
    for _ in range(ROUNDS // 3):
        campaign = open_campaign(120_000, group_mark=True)
        walk(campaign, to=State.COUNTERSIGN)

        results = at_once(
            act_of(campaign, "agree", chain.finance, seat="finance"),
            act_of(campaign, "agree", chain.finance, seat="brand"),
        )

        assert sorted(type(result).__name__ for result in results) == ["DecidedBefore", "Entry"], results
        assert campaign.opinions.filter(step=State.COUNTERSIGN).count() == 1
        assert Campaign.objects.get(pk=campaign.pk).state == State.COUNTERSIGN


# --- a task that is taken, given back or passed on while somebody decides ----------------------------------

TAKEN_ROUNDS = few_or(8, 60)


@pytest.fixture
def at_the_region(chain, open_campaign, walk):
    """`at_the_region()`: a campaign with two region managers who could decide it, and its task."""
    colleague = chain.appoint("region_manager", chain.region, "石榴")

    def brought():
        campaign = walk(open_campaign(20_000), to=State.REGION_REVIEW)
        return campaign, StepTask.objects.get(matter=campaign.pk, closed_at=None), colleague

    return brought


def acts(campaign):
    """What became of the task, in the order of the trail."""
    done = campaign.trail.filter(action__in=["take", "release", "transfer", "endorse"]).order_by("seq")
    return [(entry.action, entry.actor) for entry in done]


@pytest.mark.postgresql
def test_taken_and_decided_at_once(chain, at_the_region):
    for _ in range(TAKEN_ROUNDS):
        campaign, task, colleague = at_the_region()

        taken, decided = at_once(
            lambda task=task, colleague=colleague: desks.take(task, by=colleague),
            act_of(campaign, "endorse", chain.region_manager),
        )

        if isinstance(decided, Exception):
            assert (taken, type(decided)) == (None, StepOutOfOrder)
            assert acts(campaign) == [("take", colleague)]
        else:
            assert isinstance(taken, StepOutOfOrder)
            assert acts(campaign) == [("endorse", chain.region_manager)]


@pytest.mark.postgresql
def test_passed_on_and_decided_at_once(chain, at_the_region):
    for _ in range(TAKEN_ROUNDS):
        campaign, task, colleague = at_the_region()

        passed_on, decided = at_once(
            lambda task=task, colleague=colleague: desks.transfer(
                task, to=chain.other_region_manager, by=colleague, note="出差"
            ),
            act_of(campaign, "endorse", chain.region_manager),
        )

        if isinstance(decided, Exception):
            assert (passed_on, type(decided)) == (None, NotYours)
            assert acts(campaign) == [("transfer", colleague)]
        else:
            assert isinstance(passed_on, StepOutOfOrder)
            assert acts(campaign) == [("endorse", chain.region_manager)]


@pytest.mark.postgresql
def test_given_back_and_decided_at_once(chain, at_the_region):
    for _ in range(TAKEN_ROUNDS):
        campaign, task, colleague = at_the_region()
        desks.take(task, by=colleague)

        released, decided = at_once(
            lambda task=task, colleague=colleague: desks.release(task, by=colleague),
            act_of(campaign, "endorse", chain.region_manager),
        )

        assert released is None
        first = [("take", colleague), ("release", colleague)]
        if isinstance(decided, Exception):
            assert (type(decided), acts(campaign)) == (StepOutOfOrder, first)
        else:
            assert acts(campaign) == [*first, ("endorse", chain.region_manager)]


# --- a text that somebody else writes meanwhile ---------------------------------------------------------------


@pytest.mark.postgresql
def test_two_planners_save_one_draft_at_once(chain, open_campaign):
    colleague = chain.appoint("planner", chain.store, "许愿")
    for _ in range(TAKEN_ROUNDS):
        campaign = open_campaign(20_000)
        seen = Campaign.objects.get(pk=campaign.pk)
        saves = [
            act_of(campaign, "save_draft", person, declaration=seen.declared.with_(venue=venue), written=seen.written)
            for person, venue in ((chain.planner, "二层"), (colleague, "三层"))
        ]

        results = at_once(*saves)

        assert sorted(type(result).__name__ for result in results) == ["Entry", "TextChanged"], results
        (won,) = (result for result in results if not isinstance(result, Exception))
        (lost,) = (result for result in results if isinstance(result, Exception))
        assert lost.lines == [won]
        assert (
            Campaign.objects.get(pk=campaign.pk).declared.venue == {chain.planner: "二层", colleague: "三层"}[won.actor]
        )


def entered(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.postgresql
def test_two_planners_send_the_form_of_one_draft_at_once(chain, open_campaign):
    """The second is shown what the first made of it, beside what they typed, and saves once they have chosen."""
    typed = {chain.planner: "二层", chain.appoint("planner", chain.store, "许愿"): "三层"}
    browsers = {person: entered(person) for person in typed}
    for _ in range(few_or(3, 30)):
        campaign = open_campaign(20_000)
        address = reverse("campaigns:edit", args=[campaign.reference])
        forms = {
            person: sheet(campaign.declared.with_(venue=venue), written=campaign.written)
            for person, venue in typed.items()
        }

        answers = dict(zip(typed, at_once(*(partial(browsers[p].post, address, forms[p]) for p in typed)), strict=True))

        assert sorted(answer.status_code for answer in answers.values()) == [302, 409]
        first, second = sorted(typed, key=lambda person: answers[person].status_code)
        assert Campaign.objects.get(pk=campaign.pk).declared.venue == typed[first]
        (clash,) = answers[second].context["clashes"]
        assert (clash["shown"], clash["theirs"], clash["mine"]) == ("一层中庭", typed[first], typed[second])
        fresh = {name: answers[second].context["form"][name].value() for name in ("key", "written")}
        chosen = {"clash": "venue", "choice-venue": "mine", "since": answers[second].context["since"]}
        assert browsers[second].post(address, {**forms[second], **fresh, **chosen}).status_code == 302
        assert Campaign.objects.get(pk=campaign.pk).declared.venue == typed[second]


@pytest.mark.postgresql
def test_one_form_sent_twice_at_one_instant_is_done_once_and_answered_twice(chain, campaign):
    address = reverse("desk:comment", args=[campaign.reference])
    browsers = [entered(chain.planner), entered(chain.planner)]
    for number in range(few_or(3, 30)):
        form = {"text": "灯箱单价比上季高。", "key": f"k{number}"}

        answers = at_once(*(partial(browser.post, address, form) for browser in browsers))

        assert [(answer.status_code, answer["Location"]) for answer in answers] == [
            (302, f"{campaign.get_absolute_url()}?tab=discussion")
        ] * 2
        assert campaign.comments.count() == number + 1


@pytest.mark.postgresql
def test_submitted_while_another_saves_is_the_text_that_was_read_or_nothing(chain, open_campaign):
    colleague = chain.appoint("planner", chain.store, "许愿")
    for _ in range(TAKEN_ROUNDS):
        campaign = open_campaign(20_000)
        seen = Campaign.objects.get(pk=campaign.pk)

        submitted, saved = at_once(
            act_of(campaign, "submit", chain.planner, written=seen.written),
            act_of(campaign, "save_draft", colleague, declaration=seen.declared.with_(venue="三层")),
        )

        if isinstance(submitted, Exception):
            assert (type(submitted).__name__, submitted.lines) == ("TextChanged", [saved])
        else:
            assert isinstance(saved, StepOutOfOrder)
            assert Campaign.objects.get(pk=campaign.pk).declared == seen.declared
