"""What would change a matter's path: the amounts at which its policy edition asks for somebody else."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext as _

from workflows.organisation.figures import money
from workflows.organisation.roles import Role

from . import books
from .models import Edition


def turning_points(edition: Edition, kind: str, amount: Decimal) -> list[str]:
    """The amounts at which a matter of `kind` over `amount` (CNY) would take another path, nearest first."""
    found: list[tuple[Decimal, str]] = []

    def at(limit: Decimal, words: str, **values: object) -> None:
        found.append((abs(amount - limit), words % {"limit": money(limit), **values}))

    for figure in books.book(kind).figures:
        value = edition.threshold(kind, figure.name)
        if figure.turns and value is not None:
            below, above = figure.turns
            at(value, str(below if amount < value else above))
    floor = Decimal(0)
    for limit in edition.limits.filter(workflow=kind).order_by(F("up_to").asc(nulls_last=True)):
        role = Role(limit.role).label
        if limit.up_to is None:
            if amount <= floor:
                at(floor, _("above %(limit)s: %(role)s signs"), role=role)
        elif not limit.signs:
            within = amount <= limit.up_to
            at(
                limit.up_to,
                _("above %(limit)s: it goes on to the group")
                if within
                else _("%(limit)s and below ends with the %(role)s, if nobody has to countersign"),
                role=role,
            )
        elif amount > limit.up_to:
            at(limit.up_to, _("%(limit)s and below: %(role)s signs"), role=role)
        floor = limit.up_to if limit.up_to is not None else floor
    for rule in edition.countersign_rules.filter(workflow=kind, when=books.AMOUNT_ABOVE):
        if rule.number is not None:
            at(
                rule.number,
                _("above %(limit)s: %(role)s countersigns")
                if amount <= rule.number
                else _("%(limit)s and below: no countersign by %(role)s for the amount"),
                role=Role(rule.role).label,
            )
    return [words for _distance, words in sorted(found, key=lambda point: point[0])]
