"""Two who sign for one stall at the same instant: one of them gets it, the other is told whose it is."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from tests.examples import examples
from tests.leases.conftest import a_lease, a_stall, a_tenant, terms_of
from workflows.leases.models import Renewal, State
from workflows.leases.opening import open_renewal
from workflows.leases.register import Lease
from workflows.leases.terms import Outcome
from workflows.matters.errors import Refused
from workflows.matters.perform import perform


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_tenants_who_are_to_move_to_one_stall(chain, go, way):
    for number in range(examples(2)):
        wanted = a_stall(chain.store, f"w{number}")
        renewals = []
        for who in "甲乙":
            stall = a_stall(chain.store, f"{who}{number}")
            renewal = open_renewal(a_lease(stall, a_tenant(f"{who}商户{number}")).pk)
            way(renewal, "assess")
            moving = {"outcome": Outcome.MOVE, "stall": wanted.pk, "stall_name": wanted.number, "area": wanted.area}
            go(renewal, "propose", terms=terms_of(renewal, **moving))
            renewals.append(way(renewal, "agree", "clear", "send", "accept", "lay_before"))
        ready, told = Barrier(2), []

        def sign(key, ready=ready, told=told):
            renewal = Renewal.objects.get(pk=key)
            ready.wait()
            try:
                perform(renewal.sign, by=chain.vice_president)
                told.append("signed")
            except Refused as refusal:
                told.append(refusal.messages[0][-20:])
            finally:
                connection.close()

        threads = [Thread(target=sign, args=[renewal.pk]) for renewal in renewals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(told) == 2
        assert told.count("signed") == 1
        states = Renewal.objects.filter(pk__in=[renewal.pk for renewal in renewals]).values_list("state", flat=True)
        assert sorted(states) == sorted([State.RENEWED, State.SIGNATURE])
        assert Lease.objects.filter(stall=wanted).count() == 1
        # whoever lost still holds the old stall, in force
        assert Lease.objects.filter(state="in_force", renewal__in=renewals).count() == 1
