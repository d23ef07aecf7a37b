"""Two people at the same instant: one wins, the other reads who did and when."""

import threading

import pytest
from django.db import connection

from documents.models import IssuedDocument
from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.perform import begin, perform
from workflows.organisation.models import Post
from workflows.steps import desks
from workflows.steps.models import StepTask

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50


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
    for _ in range(ROUNDS // 5):
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
    for _ in range(ROUNDS // 5):
        campaign = open_campaign(120_000, group_mark=True)
        walk(campaign, to=State.REGION_REVIEW)

        results = at_once(
            act_of(campaign, "withdraw", chain.planner), act_of(campaign, "endorse", chain.region_manager)
        )

        assert sorted(type(result).__name__ for result in results) == ["Entry", "StepOutOfOrder"], results
        assert StepTask.objects.filter(matter=campaign.pk, closed_at=None).count() == 1


def test_one_form_sent_twice_at_once(chain, open_campaign, walk):
    for number in range(ROUNDS // 5):
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


# --- a task that is taken, given back or passed on while somebody decides ----------------------------------

TAKEN_ROUNDS = 30


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
