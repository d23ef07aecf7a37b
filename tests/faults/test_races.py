"""Two people at the same instant: one wins, the other reads who did and when."""

import threading

import pytest
from django.db import connection

from documents.models import IssuedDocument
from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import StepOutOfOrder
from workflows.matters.perform import begin, perform
from workflows.organisation.models import Post
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


def test_one_person_on_two_seats_at_once_has_one_of_them(chain, open_campaign, walk):
    """Both decisions were offered when the page was made; whichever comes second finds the first."""
    Post.objects.create(person=chain.finance, role="brand", unit=chain.brand_department, starts_on="2020-01-01")
    chain.edition.conduct.filter(workflow="campaign", name="same_person").update(chosen="forbid")
    for _ in range(ROUNDS // 5):
        campaign = open_campaign(120_000, group_mark=True)
        walk(campaign, to=State.COUNTERSIGN)

        results = at_once(
            act_of(campaign, "agree", chain.finance, seat="finance"),
            act_of(campaign, "agree", chain.finance, seat="brand"),
        )

        assert sorted(type(result).__name__ for result in results) == ["Entry", "NotYours"], results
        assert campaign.opinions.filter(step=State.COUNTERSIGN).count() == 1
        assert Campaign.objects.get(pk=campaign.pk).state == State.COUNTERSIGN
