"""Whatever happens: one lease a stall and day, and no lease ends without somebody having said what follows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.leases.conftest import a_lease, a_stall, a_tenant, proof
from workflows.leases.models import Renewal, State
from workflows.leases.opening import open_renewals
from workflows.leases.register import Lease, Month
from workflows.leases.terms import Outcome, Settlement, Terms
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.moves import moves_of
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.calendar import start_of
from workflows.organisation.models import Person

pytestmark = pytest.mark.django_db

BACKWARDS = ("send_back", "hold", "break_off", "take_up", "reject", "give_back", "lapse", "counter")
STEP = st.tuples(
    st.integers(0, 25),  # days that go by before
    st.integers(0, 1),  # of which lease
    st.integers(0, 30),  # which of the moves that lead on
    st.sampled_from(Outcome.values),
    st.integers(0, 40),  # rent-free days, and a little more than the market's price
    st.booleans(),  # whether somebody lets the third stall first
)


def by_whom(chain, move):
    if move == "lapse":
        return Person.objects.system()
    people = {"agree": chain.store_manager, "clear": chain.finance, "hold": chain.finance}
    people |= dict.fromkeys(("approve", "reject", "sign", "give_back"), chain.vice_president)
    return people.get(move, chain.leasing_officer)


def make(chain, renewal, move, outcome, figure, spare):
    present, today = renewal.present_terms(), clock.today()
    place = {"stall": spare.pk, "stall_name": spare.number, "area": spare.area} if outcome == Outcome.MOVE else {}
    terms = Terms(
        **{
            **vars(present),
            "outcome": outcome,
            "months": 12,
            "price": present.price + figure - 20,
            "rent_free": figure,
            **place,
        }
    )
    asked = {
        "assess": {"market_price": Decimal(220), "remark": "—"},
        "propose": {"terms": terms},
        "counter": {"terms": Terms(**{**vars(terms), "price": Decimal(150 + figure)}), "proof": proof()},
        "notify": {"competing": ""},
        "hand_over": {"settlement": Settlement(today - timedelta(days=figure), Decimal(0), Decimal(0))},
        "accept": {"proof": proof()},
        "decline": {"proof": proof()},
        "lay_before": {"proof": proof()},
    }.get(move, {})
    by = {State.STORE_REVIEW: chain.store_manager, State.FINANCE_REVIEW: chain.finance}.get(renewal.state)
    by = by or (chain.vice_president if move == "send_back" else by_whom(chain, move))
    perform(getattr(renewal, move), by=by, note="理由", **asked)


def held_twice():
    """Two leases that hold one stall on one day, if there were any."""
    first = Lease.objects.all()
    return [
        (one, other)
        for one in first
        for other in Lease.objects.filter(Q(held_until=None) | Q(held_until__gte=one.starts_on), stall=one.stall_id)
        .exclude(pk=one.pk)
        .filter(starts_on__lte=one.held_until or one.starts_on.replace(year=2098))
    ]


@settings(max_examples=examples(3), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=8, max_size=30))
def test_one_lease_a_day_and_no_end_without_an_answer(chain, steps):
    with transaction.atomic():
        _live(chain, steps)
        transaction.set_rollback(True)


def _live(chain, steps):
    stalls = [a_stall(chain.store, f"7-{number}") for number in range(3)]
    for number, days in enumerate((150, 175)):
        a_lease(stalls[number], a_tenant(f"商户{number}"), ends_on=clock.today() + timedelta(days=days))
    at = start_of(clock.today()) + timedelta(hours=10)
    for days, which, choice, outcome, figure, lets in steps:
        at += timedelta(days=days)
        with clock.at(at):
            open_renewals()
            if lets and figure > 35:
                rival, until = a_tenant(f"后来{at:%Y%m%d}{choice}"), clock.today() + timedelta(400)
                _try(a_lease, stalls[2], rival, ends_on=until, starts_on=clock.today())
            open_ones = list(Renewal.objects.filter(closed_at=None).order_by("pk"))
            if open_ones:
                renewal = open_ones[which % len(open_ones)]
                if figure == 7:
                    said = {"sales": 1, "arrears": choice % 2}
                    Month.objects.update_or_create(
                        lease=renewal.lease, month=clock.today().replace(day=1), defaults=said
                    )
                moves = [name for name, move in moves_of(Renewal).items() if move.offered(renewal)]
                onwards = [name for name in moves if name not in BACKWARDS] if choice < 25 else moves
                move = (onwards or moves)[choice % len(onwards or moves)]
                _try(make, chain, renewal, move, outcome, figure, stalls[choice % 3])
            assert held_twice() == []
            over = Lease.objects.filter(ends_on__lt=clock.today())
            assert not over.filter(state="in_force").exclude(renewal__closed_at=None, renewal__isnull=False).exists()
            assert not over.filter(state="renewed", followed_by=None).exists()
            assert (
                not Lease.objects.filter(follows__isnull=False, follows__stall=F("stall"))
                .exclude(starts_on=F("follows__held_until") + timedelta(days=1))
                .exists()
            )


def _try(act, *args, **given):
    """What is refused changes nothing."""
    try:
        with transaction.atomic():
            act(*args, **given)
    except (Refused, NotYours, StepOutOfOrder, IntegrityError):
        pass
