"""What the parts of a joint campaign come to: who pays how much, of every store and together.

A part is what `Matter.as_parts` says of a child: JSON, amounts in CNY as decimal strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from workflows.organisation.figures import percents

Part = Mapping[str, Any]
TARGETS = ("footfall", "sales", "new_members", "exposure")


class Payer(TextChoices):
    """Who bears the cost, in the order of the circular; the codes are those of the declaration."""

    GROUP = "group", _("Group")
    STORE = "store", _("Store")
    REGION = "region", _("Region")
    PARTNER = "partner", _("Partner")
    ALLIANCE = "alliance", _("Members' alliance")


def amount(part: Part) -> Decimal:
    """The whole budget of a part, CNY."""
    return Decimal(part["total"])


def shares(part: Part) -> dict[str, Decimal]:
    """Payer → CNY, for every payer, also who pays nothing."""
    return {payer: Decimal(part["shares"].get(payer, 0)) for payer in Payer.values}


def total(parts: Iterable[Part]) -> Decimal:
    return sum(map(amount, parts), Decimal(0))


def summed(parts: Iterable[Part]) -> dict[str, Decimal]:
    """Payer → CNY of all parts together; adds up to `total`."""
    sums = dict.fromkeys(Payer.values, Decimal(0))
    for part in parts:
        for payer, share in shares(part).items():
            sums[payer] += share
    return sums


def in_percent(sums: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Payer → percent of the whole, one decimal; adds up to exactly 100.0, or to nothing where nobody pays."""
    return dict(zip(sums, percents(list(sums.values())), strict=True))


def figures(parts: Iterable[Part], which: str) -> dict[str, Decimal]:
    """Target → the sum over the parts of what they aim at ("targets") or have reached ("results")."""
    found = list(parts)
    return {name: sum((Decimal(part[which].get(name) or 0) for part in found), Decimal(0)) for name in TARGETS}
