"""The path shown is the path walked: for random campaigns under random policies, when everybody agrees."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.models import Counter, IssuedDocument
from tests.examples import examples
from workflows.campaigns.models import Campaign
from workflows.campaigns.rules import Threshold
from workflows.matters.moves import moves_of
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.organisation.roles import Role
from workflows.policies.models import Edition
from workflows.policies.reasons import Reason
from workflows.steps.desks import deciders, node_of
from workflows.steps.models import Candidate, StepTask
from workflows.steps.rehearse import rehearse
from workflows.trail.models import Entry

pytestmark = pytest.mark.django_db

amounts = st.integers(100, 400_000).map(Decimal)
limits = st.integers(1_000, 300_000).map(Decimal)
policies = st.fixed_dictionaries(
    {
        "region": limits,
        "vice_president": limits,
        "finance_above": limits,
        "attendance_from": st.integers(0, 3_000),
        "store_endorses_from": st.none() | limits,
        "days": st.integers(0, 6),
    }
)


class _Undo(Exception):
    pass


def write(policy):
    """A second edition with random numbers."""
    edition = Edition.current().copy()
    edition.limits.filter(role=Role.REGION_MANAGER).update(up_to=policy["region"])
    edition.limits.filter(role=Role.VICE_PRESIDENT).update(up_to=policy["vice_president"])
    edition.countersign_rules.filter(when="amount_above").update(number=policy["finance_above"])
    edition.countersign_rules.filter(when="exposure_above").update(number=policy["attendance_from"])
    edition.thresholds.filter(name=Threshold.STORE_ENDORSES_FROM).update(value=policy["store_endorses_from"])
    edition.deadlines.update(days=policy["days"])
    edition.publish()


def walked(campaign):
    """Really take every step in its first holder's name, at the instant the rehearsal took it."""
    path, reached = [], clock.now()
    while task := StepTask.objects.filter(matter=campaign.pk, closed_at=None).order_by("seat", "pk").first():
        person = Person.objects.system() if task.waits else deciders(task)[0]
        move = next(name for name in node_of(task).agreeing if moves_of(Campaign)[name].offered(campaign))
        until = None if task.step == "draft" else task.fires_at if task.waits else task.due_at
        reached = max(reached, until or reached)
        with clock.at(reached):
            entry = perform(getattr(campaign, move), by=person, seat=task.seat, **campaign.as_planned(move))
        reasons = tuple(Reason(rule["key"], rule["values"]) for rule in entry.rules)
        due = task.fires_at if task.waits else task.due_at
        path.append((task.seat or task.step, move, None if task.waits else person, due, reasons, campaign.state))
    return path


# forty in all (two thousand in the long run), half beside each database, in tenths that the cores can share
TENTHS = [pytest.param(tenth, marks=pytest.mark.sqlite if tenth < 5 else pytest.mark.postgresql) for tenth in range(10)]


@pytest.mark.parametrize("tenth", TENTHS)
@settings(max_examples=examples(4), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(amount=amounts, attendance=st.integers(0, 4_000), group_mark=st.booleans(), policy=policies, data=st.data())
def test_the_preview_equals_what_then_happens(tenth, chain, declaration, amount, attendance, group_mark, policy, data):
    vacant = data.draw(st.sampled_from([None, "store_manager", "region_manager", "finance", "vice_president"]))
    try:
        with transaction.atomic():
            write(policy)
            if vacant:
                getattr(chain, vacant).posts.update(ends_on=clock.today() - timedelta(days=1))
            declared = declaration(amount, attendance=attendance, group_mark=group_mark)
            campaign = Campaign(unit=chain.store, title=declared.title)
            begin(campaign, by=chain.planner, declaration=declared)

            shown = rehearse(campaign)

            assert shown.stopped == ""
            assert [
                (s.seat or s.step, s.move, s.person, s.due_at, s.reasons, s.state_after) for s in shown.steps
            ] == walked(campaign)
            raise _Undo
    except _Undo:
        pass


def test_a_rehearsal_leaves_no_trace(chain, campaign):
    def everything():
        return [
            list(model.objects.order_by("pk").values())
            for model in (Campaign, StepTask, Candidate, Entry, IssuedDocument, Counter)
        ]

    before = everything()

    assert rehearse(campaign).steps[-1].state_after == "closed"

    assert everything() == before
