"""The morning's look at the leases: a renewal for each that comes near its end, and for each exactly one.

Asked every round and by every worker: one query over an index that holds only the leases still
waiting, so that a quiet round reads nothing of the others. Each renewal is opened under the lock of
its lease's row; who comes second finds it open, and if two came through all the same, the unique
column of the renewal would stop one of them.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from workflows.matters.perform import begin
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.policies.models import Edition, NoPolicy

from .models import Renewal
from .register import Lease
from .rules import Threshold

log = logging.getLogger(__name__)

AT_ONCE = 200  # leases in one round: the clock has other work, too


def due_leases() -> QuerySet[Lease]:
    """The leases for which a renewal is to be opened now, those that end first, first."""
    try:
        days = Edition.current(clock.today()).threshold(Renewal.KIND, Threshold.OPENS)
    except NoPolicy:
        return Lease.objects.none()
    if days is None:  # switched off
        return Lease.objects.none()
    until = clock.today() + timedelta(days=int(days))
    return Lease.objects.filter(awaits_renewal=True, ends_on__lte=until).order_by("ends_on", "pk")


def open_renewals() -> int:
    """Open what is due; how many were opened. One broken lease keeps nobody from the others."""
    opened = 0
    for key in list(due_leases().values_list("pk", flat=True)[:AT_ONCE]):
        try:
            opened += open_renewal(key) is not None
        except IntegrityError:
            log.info("A renewal of lease %s was opened by somebody else at the same instant", key)
        except Exception:
            log.exception("No renewal could be opened for lease %s; it will be tried again", key)
    return opened


@transaction.atomic
def open_renewal(key: int) -> Renewal | None:
    """Open the renewal of the lease with that primary key; None where another worker is at it, or was."""
    rows = Lease.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=key, awaits_renewal=True)
    lease = rows.select_related("stall__mall", "tenant").first()
    if lease is None:
        return None
    renewal = Renewal(
        lease=lease,
        unit=lease.stall.mall,
        title=f"{lease.stall.number} {lease.tenant}",
        language=lease.tenant.language,
    )
    begin(renewal, by=Person.objects.system())
    return renewal
