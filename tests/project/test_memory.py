"""What one test leaves to the next: the same rows, and only to one that comes from the same place."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import translation

from tests.memory import Memory
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Post, Unit


@pytest.fixture
def own(db):
    """A memory of this test's own, which sees every statement."""
    memory = Memory()
    memory.settle()
    with connection.execute_wrapper(memory._watch):
        yield memory


@pytest.fixture
def submit(chain, open_campaign):
    """An act that adds rows, changes one and takes one away; `submit.times` says how often it was really done."""

    def act():
        act.times += 1
        campaign = open_campaign()
        perform(campaign.submit, by=chain.planner)
        Post.objects.get(person=chain.clerk).delete()
        return campaign.reference

    act.times = 0
    return act


def lived(memory, act, before=None, write=None):
    """All rows after the act, and its answer; then it never happened."""
    memory._history = "begun"
    here = transaction.savepoint()
    memory.of(("a test begins",), lambda: None)
    if write:
        write()
    with before or nullcontext():
        answer = memory.of(("submit",), act)
    rows = memory._tables()
    transaction.savepoint_rollback(here)
    return answer, rows


def test_the_second_finds_every_row_as_the_first_left_it(own, submit):
    first = lived(own, submit)

    second = lived(own, submit)

    assert second == first
    assert submit.times == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"write": lambda: Unit.objects.filter(code="hz-west").update(name="杭州城北店")},
        {"before": translation.override("en")},
        {"before": override_settings(SITE_URL="https://elsewhere.example")},
        {"before": clock.at(clock.now() - timedelta(days=1))},
    ],
    ids=["another row", "another language", "another setting", "another day"],
)
def test_who_comes_from_elsewhere_goes_for_real(own, submit, elsewhere):
    lived(own, submit)

    lived(own, submit, **elsewhere)

    assert submit.times == 2


def test_when_the_tables_were_emptied_nothing_is_remembered(own, submit):
    lived(own, submit)

    own.forget()
    lived(own, submit)

    assert submit.times == 2
