"""A mall's register: two stalls, a tenant, and what a month of it looks like."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from tests.memory import memory
from workflows.leases.opening import open_renewal
from workflows.leases.register import Lease, Month, Stall, Tenant
from workflows.leases.terms import Proof, Settlement, Terms
from workflows.matters.perform import perform
from workflows.organisation import clock


def a_stall(mall, number="2-018", **changes):
    given = {"floor": 2, "area": Decimal("86.50"), "trade": "cameras", **changes}
    return Stall.objects.create(mall=mall, number=number, **given)


def a_tenant(name="云上相机（杭州）有限公司", **changes):
    given = {
        "licence": "91330100MA2XXXX018",
        "contact": "简宁",
        "phone": "0571-5550 0182",
        "address": "杭州市余杭区文二西路66号",
        "grade": "A",
    }
    return Tenant.objects.create(name=name, **{**given, **changes})


def a_lease(stall, tenant, *, starts_on=None, ends_on=None, **changes):
    """Three years, ending in 170 days unless said otherwise: due for renewal."""
    ends_on = ends_on or clock.today() + timedelta(days=170)
    starts_on = starts_on or ends_on.replace(year=ends_on.year - 3, day=min(ends_on.day, 28)) + timedelta(days=1)
    given = {"area": stall.area, "price": Decimal(200), "escalation": Decimal(5), "deposit": Decimal(51900), **changes}
    return Lease.objects.create(stall=stall, tenant=tenant, starts_on=starts_on, ends_on=ends_on, **given)


def a_year_of_months(lease, sales=260_000, arrears=0):
    """Twelve months up to the last one that is over."""
    first = clock.today().replace(day=1)
    for _back in range(12):
        first = (first - timedelta(days=1)).replace(day=1)
        Month.objects.create(lease=lease, month=first, sales=Decimal(sales), arrears=Decimal(arrears), campaigns=1)


@pytest.fixture
def stall(chain):
    return a_stall(chain.store)


@pytest.fixture
def tenant(db):
    return a_tenant()


@pytest.fixture
def lease(request, chain):
    """Of a stall of its own; of the renewal, where the test has one."""
    if "renewal" in request.fixturenames:
        return request.getfixturevalue("renewal").lease
    return a_lease(request.getfixturevalue("stall"), request.getfixturevalue("tenant"))


# --- a renewal and its way ---------------------------------------------------------------------------


def terms_of(renewal, **changes):
    """Inside the pricing rule: the present price and a little more."""
    return Terms(**{**vars(renewal.present_terms()), "price": renewal.lease.last_price + 5, **changes})


def proof(words="回函一份，存于商户档案"):
    return Proof("简宁", clock.today(), "letter", words)


@pytest.fixture
def renewal(chain):
    """As the clock opened it: the lease ends in 170 days."""
    return memory.of(("renewal",), lambda: open_renewal(a_lease(a_stall(chain.store), a_tenant()).pk))


@pytest.fixture
def go(chain):
    """`go(renewal, "assess", …)`: the move by whoever's office it is, with what it asks."""
    who = {
        **dict.fromkeys(("agree",), chain.store_manager),
        **dict.fromkeys(("clear", "hold"), chain.finance),
        **dict.fromkeys(("approve", "reject", "sign", "give_back"), chain.vice_president),
    }

    def made(renewal, move, *, by=None, note="说明", **asked):
        given = {
            "assess": lambda: {"market_price": Decimal(225), "remark": "客流稳定"},
            "propose": lambda: {"terms": terms_of(renewal)},
            "accept": lambda: {"proof": proof()},
            "decline": lambda: {"proof": proof()},
            "lay_before": lambda: {"proof": proof()},
            "hand_over": lambda: {"settlement": Settlement(clock.today(), Decimal(0), Decimal(0))},
        }.get(move, dict)()
        perform(getattr(renewal, move), by=by or who.get(move, chain.leasing_officer), note=note, **{**given, **asked})
        return renewal

    return made


@pytest.fixture
def way(go):
    """`way(renewal, "assess", "propose", …)`: one move after the other."""

    def gone(renewal, *moves):
        for move in moves:
            held = repr({field.attname: getattr(renewal, field.attname) for field in renewal._meta.concrete_fields})
            renewal.__dict__ = memory.of((move, held), partial(done, renewal, move))
        return renewal

    def done(renewal, move):
        return vars(go(renewal, move))

    return gone
