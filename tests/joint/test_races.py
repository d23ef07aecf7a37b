"""Stores, the group and the clock at the same instant: nobody waits for ever, nobody is in and absent at once."""

from datetime import timedelta

import pytest

from documents.models import IssuedDocument
from tests.examples import few_or
from tests.faults.test_races import at_once
from workflows.campaigns.models import Campaign
from workflows.joint.models import Joint
from workflows.matters.errors import StepOutOfOrder
from workflows.matters.models import ChildMatter
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.steps.sweep import sweep
from workflows.trail.models import Entry

from .conftest import countersigned, declare, fresh, gathered, hand_in, invited, states

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
ROUNDS = few_or(3, 100)


def act(machine, matter, move, person, **answers):
    """The act as a web request makes it: the matter is fetched by the one who acts."""
    return lambda: perform(getattr(machine.objects.get(pk=matter.pk), move), by=person, **answers)


def nothing_broke(results):
    """Somebody may be faster; nothing else may go wrong. The names of what did."""
    return [repr(each) for each in results if isinstance(each, Exception) and not isinstance(each, StepOutOfOrder)]


def at_the_end_of_the_day(joint, deed):
    """The deed as one does it a minute after the list is to be closed."""

    def done():
        with clock.at(Joint.objects.get(pk=joint.pk).collects_until + timedelta(minutes=1)):
            return deed()

    return done


def settled(joint):
    """The clock looks until nothing is under way."""
    with clock.at(fresh(joint).collects_until + timedelta(minutes=2)):
        for _ in range(4):
            sweep()
    assert not ChildMatter.objects.exclude(word="").exists()


def test_the_last_two_stores_hand_in_at_once_beside_the_days_clock(chain):
    for _ in range(ROUNDS):
        joint = invited(chain)
        hand_in(chain, joint, "hz-west")
        first, second = (declare(chain, joint, code) for code in ("sz-lake", "shenzhen-bay"))

        results = at_once(
            act(Campaign, first, "endorse", chain.region_manager),
            act(Campaign, second, "endorse", chain.other_region_manager),
            at_the_end_of_the_day(joint, sweep),
            at_the_end_of_the_day(joint, sweep),
        )
        settled(joint)

        assert nothing_broke(results) == []
        state, parts = states(joint)
        joint = fresh(joint)
        assert state == "gathered"
        # in or absent, as the one act said that closed the list, and the part ended accordingly
        assert set(joint.parts) | set(joint.absent) == set(joint.stores)
        assert set(joint.parts) & set(joint.absent) == set()
        assert parts == {code: "handed_in" if code in joint.parts else "cancelled" for code in joint.stores}
        assert joint.amount == 20_000 * len(joint.parts)
        assert Entry.objects.filter(matter=joint.pk, action__in=["all_in", "day_over"]).count() == 1


def test_a_store_hands_in_while_the_parent_is_cancelled(chain):
    for _ in range(ROUNDS):
        joint = invited(chain)
        hand_in(chain, joint, "hz-west")
        part = declare(chain, joint, "sz-lake")

        results = at_once(
            act(Campaign, part, "endorse", chain.region_manager),
            act(Joint, joint, "cancel", chain.planning_reviewer, note="改期"),
            sweep,
            sweep,
        )
        settled(joint)

        assert nothing_broke(results) == []
        assert states(joint) == ("cancelled", dict.fromkeys(joint.stores, "cancelled"))
        assert IssuedDocument.objects.filter(matter=joint.pk, kind="joint.notice").count() == 1


def test_it_is_signed_and_withdrawn_at_once_while_the_clock_takes_the_word(chain):
    for _ in range(ROUNDS):
        joint = countersigned(chain, gathered(chain))

        results = at_once(
            act(Joint, joint, "sign", chain.vice_president),
            act(Joint, joint, "withdraw", chain.planning_reviewer),
            sweep,
            sweep,
        )
        settled(joint)

        assert nothing_broke(results) == []
        signed = fresh(joint).state == "executing"
        assert states(joint) == (
            "executing" if signed else "gathered",
            dict.fromkeys(joint.stores, "approved" if signed else "handed_in"),
        )
        assert IssuedDocument.objects.filter(matter=joint.pk, kind="joint.circular").count() == int(signed)
        granted = Entry.objects.filter(action="be_granted", matter__place__parent=joint.pk)
        assert granted.count() == (3 if signed else 0)


def test_a_part_is_returned_while_two_workers_take_the_word(chain):
    for _ in range(ROUNDS):
        joint = gathered(chain)
        until = clock.today() + timedelta(days=5)

        results = at_once(
            act(Joint, joint, "return_part", chain.planning_reviewer, note="核对", store="hz-west", until=until),
            act(Joint, joint, "submit_whole", chain.planning_reviewer),
            sweep,
            sweep,
        )
        for _again in range(3):
            sweep()

        assert nothing_broke(results) == []
        state, parts = states(joint)
        assert (state, parts["hz-west"]) in [("collecting", "draft"), ("countersign", "handed_in")]
        assert ("hz-west" in fresh(joint).parts) == (state == "countersign")
