"""Parent and children at the same instant: no deadlock, nobody waits for ever, nothing is done twice."""

import pytest

from tests.examples import few_or
from tests.faults.test_races import at_once
from tests.toy import family
from tests.toy.family import Part, Year
from workflows.matters.errors import StepOutOfOrder
from workflows.matters.perform import begin, perform
from workflows.steps.sweep import sweep
from workflows.trail.models import Entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
ROUNDS = few_or(4, 100)


@pytest.fixture
def installed(toy):
    """Before the chain is founded, so that its first edition has rows for both."""
    family.install()


@pytest.fixture
def at_work(installed, chain):
    """`at_work(2)`: a year that waits, and that many parts at work."""

    def opened(count):
        year = Year(unit=chain.group, title="下半年")
        begin(year, by=chain.performance_office)
        perform(year.call, by=chain.performance_office, parts=[f"第{number}部分" for number in range(count)])
        sweep()
        return year, list(Part.objects.filter(place__parent=year.pk).order_by("pk"))

    return opened


def act(model, matter, move, person):
    return lambda: perform(getattr(model.objects.get(pk=matter.pk), move), by=person)


def nothing_broke(results):
    """Somebody may be faster; nothing else may go wrong. The names of what did."""
    return [repr(each) for each in results if isinstance(each, Exception) and not isinstance(each, StepOutOfOrder)]


def ended(year):
    parts = Part.objects.filter(place__parent=year.pk)
    return Year.objects.get(pk=year.pk).state, sorted(part.state for part in parts)


def test_the_last_two_children_end_at_once_while_two_workers_look(chain, at_work):
    for _ in range(ROUNDS):
        year, (first, second) = at_work(2)

        results = at_once(
            act(Part, first, "hand_in", chain.legal), act(Part, second, "hand_in", chain.legal), sweep, sweep
        )
        at_once(sweep, sweep)

        assert nothing_broke(results) == []
        assert ended(year) == ("reading", ["handed_in", "handed_in"])
        assert Entry.objects.filter(matter=year.pk, action="all_in").count() == 1


def test_a_child_ends_while_its_parent_is_cancelled(chain, at_work):
    for _ in range(ROUNDS):
        year, (first, second) = at_work(2)
        perform(first.hand_in, by=chain.legal)

        results = at_once(
            act(Part, second, "hand_in", chain.legal), act(Year, year, "cancel", chain.performance_office), sweep, sweep
        )
        at_once(sweep, sweep)

        assert nothing_broke(results) == []
        state, parts = ended(year)
        assert (state, parts) in [
            ("cancelled", ["handed_in", "handed_in"]),
            ("cancelled", ["called_off", "handed_in"]),
            ("reading", ["handed_in", "handed_in"]),  # the last one ended, and a worker saw it first
        ]


def test_two_workers_open_each_child_once_while_the_parent_is_cancelled(chain, installed):
    for _ in range(ROUNDS):
        year = Year(unit=chain.group, title="下半年")
        begin(year, by=chain.performance_office)
        perform(year.call, by=chain.performance_office, parts=["一", "二", "三"])

        results = at_once(sweep, sweep, act(Year, year, "cancel", chain.performance_office))
        at_once(sweep, sweep)

        assert nothing_broke(results) == []
        state, parts = ended(year)
        assert (state, set(parts) <= {"called_off"}) == ("cancelled", True)
        assert Part.objects.filter(kind="part", place=None).count() == 0
