"""What joint campaigns bring to the policy: the limits of the sum, countersigners, deadlines, sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from workflows.organisation.roles import Role
from workflows.policies.books import (
    AMOUNT_ABOVE,
    Asks,
    Countersign,
    Due,
    Limit,
    RuleBook,
    Trait,
    amount_above,
    register,
)

RULES = RuleBook(
    "joint",
    limits=(Limit(Role.VICE_PRESIDENT, 200_000), Limit(Role.PRESIDENT, None)),
    countersigners=(Role.FINANCE, Role.BRAND, Role.LEGAL),
    # what asks for a countersignature of one campaign asks for it of all parts together
    countersign=(
        Countersign(Role.FINANCE, AMOUNT_ABOVE, 50_000),
        Countersign(Role.BRAND, "is_joint"),
        Countersign(Role.LEGAL, "partner_share", 30_000),
        Countersign(Role.LEGAL, "exposure_above", 1_000),
    ),
    traits=(
        amount_above(_("budget of all stores above (CNY)")),
        Trait("is_joint", _("is a joint campaign"), Asks.NOTHING, lambda _matter: True),
        Trait(
            "exposure_above",
            _("expected attendees of one store from"),
            Asks.NUMBER_FROM,
            lambda matter: matter.traits()["attendance"],
            fills="count",
        ),
        Trait(
            "partner_share",
            _("partners pay more than (CNY)"),
            Asks.NUMBER_ABOVE,
            lambda matter: matter.traits()["partner_share"],
            fills="amount",
        ),
    ),
    deadlines=(
        Due("draft", 5),
        Due("gathered", 2, Role.VICE_PRESIDENT),
        Due("countersign", 2, Role.VICE_PRESIDENT),
        Due("signature", 2, Role.PRESIDENT),
        Due("cancelling", 2, Role.PRESIDENT),
    ),
    fallbacks={
        Role.PLANNING_REVIEWER: Role.VICE_PRESIDENT,
        Role.FINANCE: Role.VICE_PRESIDENT,
        Role.BRAND: Role.PLANNING_REVIEWER,
        Role.LEGAL: Role.VICE_PRESIDENT,
        Role.VICE_PRESIDENT: Role.PRESIDENT,
        Role.PRESIDENT: Role.VICE_PRESIDENT,
    },
    reasons={
        "is_joint": gettext_noop("a joint campaign → %(role)s"),
        "exposure_above": gettext_noop("%(count)s expected attendees ≥ %(limit)s → %(role)s"),
        "partner_share": gettext_noop("partners pay %(amount)s > %(limit)s → %(role)s"),
        "parts_in": gettext_noop("parts handed in: %(count)s → the review of the whole"),
        "day_over": gettext_noop("the day to hand in by has passed"),
    },
)
register(RULES)
