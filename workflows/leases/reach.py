"""Whose register it is: who sees a mall's stalls and leases, and who keeps them."""

from __future__ import annotations

from django.db.models import QuerySet

from workflows.organisation.models import Unit
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing

SEES = frozenset(
    {
        Role.LEASING_OFFICER, Role.STORE_MANAGER, Role.REGION_MANAGER, Role.FINANCE,
        Role.VICE_PRESIDENT, Role.PRESIDENT, Role.AUDITOR,
    }
)  # fmt: skip


def sees_malls(standing: Standing) -> bool:
    """Whether there is any mall whose register the person may read."""
    return any(hat.post and hat.post.role in SEES for hat in standing.hats())


def malls_of(standing: Standing) -> QuerySet[Unit]:
    """The malls whose register the person may read: their own, those of their region, or all of the group's."""
    own = {unit for hat in standing.hats() if hat.post and hat.post.role in SEES for unit in hat.units_below()}
    malls: QuerySet[Unit] = Unit.objects.filter(pk__in=own, kind=Unit.Kind.STORE).order_by("code")
    return malls


def keeps(standing: Standing, mall: Unit) -> bool:
    """Whether the person writes in that mall's register: its leasing officer, or their stand-in."""
    return any(True for _hat in standing.in_office(Role.LEASING_OFFICER, {mall.pk}, ""))


def keeps_any(standing: Standing) -> bool:
    """Whether they write in some mall's: who enters a new tenant."""
    return any(hat.post and hat.post.role == Role.LEASING_OFFICER for hat in standing.hats())
