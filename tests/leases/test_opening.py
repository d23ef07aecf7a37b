"""The clock opens a renewal for each lease that comes near its end: for each one, and once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from tests.examples import MANY, how_many
from tests.leases.conftest import a_lease, a_stall, a_tenant
from workflows.leases.models import Renewal, State
from workflows.leases.opening import due_leases, open_renewal, open_renewals
from workflows.leases.register import Lease, Stall
from workflows.matters.errors import NotYours
from workflows.matters.perform import begin
from workflows.organisation import clock
from workflows.organisation.calendar import start_of
from workflows.steps.sweep import sweep

pytestmark = pytest.mark.django_db


def many_leases(mall, tenant, count, ends_on):
    """So many stalls, each let until that day; written in one go."""
    stalls = Stall.objects.bulk_create(
        [Stall(mall=mall, floor=1, number=f"x{n}", area=Decimal(50), trade="phones") for n in range(count)],
        batch_size=500,
    )
    Lease.objects.bulk_create(
        [
            Lease(
                stall=stall, tenant=tenant, starts_on=date(2020, 1, 1), ends_on=ends_on, area=Decimal(50),
                price=Decimal(200),
            )
            for stall in stalls
        ],
        batch_size=500,
    )  # fmt: skip


def test_half_a_year_before_the_end_and_not_a_day_earlier(lease):
    lease.ends_on = date(2027, 9, 30)
    lease.save()
    opens = lease.ends_on - timedelta(days=180)
    with clock.at(start_of(opens) - timedelta(seconds=1)):
        assert (sweep().get("opened"), Renewal.objects.count()) == (None, 0)
    with clock.at(start_of(opens)):
        assert [sweep().get("opened"), sweep().get("opened")] == [1, None]
    renewal = Renewal.objects.get()

    assert (renewal.state, renewal.unit, renewal.initiator.is_system) == (State.DUE, lease.stall.mall, True)
    assert renewal.title == "2-018 云上相机（杭州）有限公司"
    assert [(entry.action, entry.rules[0]["key"]) for entry in renewal.trail.all()] == [("open", "renewal_due")]


def test_after_a_weeks_outage_and_for_one_that_ends_sooner_it_opens_at_once(chain, tenant):
    for number, days in enumerate((20, 173, 180, 181)):
        a_lease(a_stall(chain.store, f"4-{number}"), tenant, ends_on=clock.today() + timedelta(days=days))

    assert [open_renewals(), open_renewals()] == [3, 0]
    assert sorted(row.lease.stall.number for row in Renewal.objects.all()) == ["4-0", "4-1", "4-2"]


def test_the_policy_says_when_or_never(chain, lease):
    rows = chain.edition.thresholds.filter(workflow="renewal", name="opens")
    rows.update(value=169)
    assert open_renewals() == 0
    rows.update(value=None)
    assert open_renewals() == 0
    rows.update(value=170)
    assert open_renewals() == 1


def test_the_next_lease_waits_for_its_own_time(renewal, way):
    way(renewal, "assess", "propose", "agree", "clear", "send", "accept", "lay_before", "sign")
    following = renewal.next_lease
    assert open_renewals() == 0
    with clock.at(start_of(following.ends_on - timedelta(days=180))):
        assert open_renewals() == 1

    assert Renewal.objects.get(lease=following).state == State.DUE


def test_nobody_opens_one_by_hand_and_no_second_one(chain, renewal, lease):
    for person in (chain.leasing_officer, chain.store_manager, chain.administrator):
        with pytest.raises(NotYours):
            begin(Renewal(lease=lease, unit=chain.store, title="再来一次"), by=person)
    Lease.objects.filter(pk=lease.pk).update(awaits_renewal=True)  # as if the mark had been lost
    with pytest.raises(IntegrityError), transaction.atomic():
        open_renewal(lease.pk)

    assert open_renewals() == 0  # told in the log, and nobody else is kept waiting
    assert Renewal.objects.count() == 1


def test_one_broken_lease_keeps_nobody_from_the_others(chain, renewal, lease):
    Lease.objects.filter(pk=lease.pk).update(awaits_renewal=True)
    a_lease(a_stall(chain.store, "2-019"), a_tenant("别家"))

    assert open_renewals() == 1


def test_a_quiet_round_reads_an_index_and_not_the_leases(chain):
    """100 000 leases in the long run; which plan is taken shows with a few thousand."""
    count = 100_000 if how_many() == MANY else 3_000
    many_leases(chain.store, a_tenant(), count, clock.today() + timedelta(days=900))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = due_leases().values_list("pk", flat=True)[:200].explain()

    assert "lease_awaits_renewal" in plan
    assert "Seq Scan" not in plan
    assert "SCAN leases_lease" not in plan
    assert open_renewals() == 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_open_each_exactly_once(chain):
    count = 10_000 if how_many() == MANY else 60
    many_leases(chain.store, a_tenant(), count, clock.today() + timedelta(days=100))
    ready = Barrier(4)

    def work(_worker):
        ready.wait()
        opened = 0
        try:
            while due_leases().exists():
                opened += open_renewals()
        finally:
            connection.close()
        return opened

    with ThreadPoolExecutor(4) as workers:
        opened = list(workers.map(work, range(4)))

    assert (sum(opened), Renewal.objects.count(), open_renewals()) == (count, count, 0)
    assert Renewal.objects.values("reference").distinct().count() == count
