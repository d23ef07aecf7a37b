"""Two leases of one stall on one day: refused by the form, and by the database whoever writes."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from tests.examples import few_or
from tests.leases.conftest import a_lease, a_stall, a_tenant
from workflows.leases import overlap
from workflows.leases.register import Lease
from workflows.organisation import clock

pytestmark = pytest.mark.django_db


def refused(write):
    """Does the database refuse it?"""
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def held(stall, tenant, starts_on, until):
    """Held from one day to another: as a lease that was handed over."""
    state = {"state": "released", "held_until": until, "awaits_renewal": False} if until else {}
    return a_lease(stall, tenant, starts_on=starts_on, ends_on=until or date(2030, 12, 31), **state)


@pytest.mark.parametrize(
    ("starts_on", "until", "refusal"),
    [
        (date(2025, 1, 1), date(2025, 2, 28), False),  # before
        (date(2025, 1, 1), date(2025, 3, 1), True),  # its last day is the other's first
        (date(2025, 5, 1), date(2025, 5, 31), True),  # within
        (date(2025, 1, 1), date(2025, 12, 31), True),  # around
        (date(2025, 6, 30), date(2025, 12, 31), True),  # its first day is the other's last
        (date(2025, 7, 1), date(2025, 12, 31), False),  # the day after
        (date(2025, 7, 1), None, False),
        (date(2025, 1, 1), None, True),  # nobody knows until when
    ],
)
def test_a_stall_is_held_once_a_day(stall, tenant, starts_on, until, refusal):
    held(stall, tenant, date(2025, 3, 1), date(2025, 6, 30))

    assert refused(lambda: held(stall, a_tenant("另一家"), starts_on, until)) is refusal


def test_another_stall_is_nobodys_business(chain, stall, tenant, lease):
    assert not refused(lambda: a_lease(a_stall(chain.store, "2-019"), tenant))


def test_nor_is_a_lease_moved_onto_a_day_or_a_stall_that_is_held(chain, stall, tenant):
    first = held(stall, tenant, date(2025, 1, 1), date(2025, 6, 30))
    second = held(stall, tenant, date(2025, 7, 1), date(2025, 12, 31))
    elsewhere = held(a_stall(chain.store, "2-019"), tenant, date(2025, 1, 1), date(2025, 12, 31))
    rows = Lease.objects.filter

    assert refused(lambda: rows(pk=first.pk).update(held_until=date(2025, 7, 1)))
    assert refused(lambda: rows(pk=second.pk).update(starts_on=date(2025, 6, 30)))
    assert refused(lambda: rows(pk=elsewhere.pk).update(stall=stall))
    assert not refused(lambda: rows(pk=first.pk).update(held_until=date(2025, 6, 29)))


def test_a_lease_in_force_holds_its_stall_until_somebody_says_otherwise(stall, tenant, lease):
    after = lease.ends_on + timedelta(days=1)

    assert refused(lambda: a_lease(stall, a_tenant("后来者"), starts_on=after, ends_on=after + timedelta(days=364)))
    assert refused(lambda: Lease.objects.filter(pk=lease.pk).update(held_until=lease.ends_on))  # in force: open end


@pytest.mark.sqlite
def test_the_triggers_are_laid_again_after_a_table_was_rebuilt(stall, tenant, lease):
    with connection.cursor() as cursor:
        for verb in ("INSERT", "UPDATE"):
            cursor.execute(f"DROP TRIGGER {overlap.WALL}_{verb}")  # what rebuilding the table does
    missing = overlap.check_wall(["default"])
    overlap.after_migrate("default")

    assert [error.id for error in missing] == ["leases.E001"]
    assert overlap.check_wall(["default"]) == []
    assert refused(lambda: a_lease(stall, a_tenant("后来者")))


def test_a_wall_that_was_altered_is_found_and_put_up_again(stall, tenant, lease):
    """It still bears its name, and refuses nothing."""
    altered = (
        [
            f"DROP TRIGGER {overlap.WALL}_INSERT",
            f"CREATE TRIGGER {overlap.WALL}_INSERT BEFORE INSERT ON {overlap.TABLE} BEGIN SELECT 1; END",
        ]
        if connection.vendor == "sqlite"
        else [
            "SET CONSTRAINTS ALL IMMEDIATE",  # else the rows of this test are still being looked at
            f"ALTER TABLE {overlap.TABLE} DROP CONSTRAINT {overlap.WALL}",
            f"ALTER TABLE {overlap.TABLE} ADD CONSTRAINT {overlap.WALL} EXCLUDE USING gist (int8range(id, id, '[]') WITH &&)",
        ]
    )
    with connection.cursor() as cursor:
        for statement in altered:
            cursor.execute(statement)
    found = overlap.check_wall(["default"])
    overlap.after_migrate("default")

    assert [error.id for error in found] == ["leases.E001"]
    assert overlap.check_wall(["default"]) == []
    assert refused(lambda: a_lease(stall, a_tenant("后来者")))


def test_what_the_form_says(stall, tenant, lease):
    after = lease.ends_on + timedelta(days=1)
    again = Lease(
        stall=stall,
        tenant=a_tenant("后来者"),
        starts_on=after,
        ends_on=after.replace(year=after.year + 21),
        area=1,
        price=1,
    )
    with pytest.raises(ValidationError) as caught:
        again.full_clean()
    assert caught.value.message_dict == {
        "ends_on": ["租期不得超过20年（民法典第七百零五条）。"],
        "__all__": [f"该铺位自{lease.starts_on}起由云上相机（杭州）有限公司承租；同一铺位同一天不能有两份租约。"],
    }
    over = Lease(stall=a_stall(stall.mall, "2-019"), tenant=tenant, area=1, price=1)
    over.starts_on, over.ends_on = clock.today() - timedelta(days=400), clock.today() - timedelta(days=1)
    with pytest.raises(ValidationError) as caught:
        over.full_clean()
    assert caught.value.message_dict == {"ends_on": ["该租约已经期满；只登记正在履行的租约。"]}


@pytest.mark.long
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_who_let_one_stall_at_the_same_instant(chain):
    for number in range(few_or(6, 100)):
        stall, tenants = a_stall(chain.store, f"3-{number}"), [a_tenant(f"甲{number}"), a_tenant(f"乙{number}")]
        ready, told = Barrier(2), []

        def let(tenant, stall=stall, ready=ready, told=told):
            ready.wait()
            told.append(refused(lambda: a_lease(stall, tenant)))
            connection.close()

        threads = [Thread(target=let, args=[tenant]) for tenant in tenants]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told) == [False, True]
        assert stall.leases.count() == 1
