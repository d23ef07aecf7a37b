"""What campaigns bring to the policy: limits, countersigners, deadlines, thresholds, criteria, sentences."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TypedDict

from django.apps import apps
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from workflows.matters.models import REST
from workflows.organisation.roles import Role
from workflows.policies.books import (
    AMOUNT_ABOVE,
    Asks,
    Choices,
    Countersign,
    Criterion,
    Due,
    Figure,
    Limit,
    Measure,
    Practice,
    RuleBook,
    Trait,
    amount_above,
    register,
)


class Threshold(StrEnum):
    """The figures a campaign is checked against."""

    LEAD_DAYS = "lead_days"
    PERMIT_ATTENDANCE = "permit_attendance"
    PERMIT_DAYS = "permit_days"
    RESERVE_LEAST = "reserve_least"
    RESERVE_MOST = "reserve_most"
    STORE_ENDORSES_FROM = "store_endorses_from"


class Traits(TypedDict):
    """What countersign rules look at beside the amount; `partner_share` in CNY."""

    kind: str
    attendance: int
    group_mark: bool
    partner_share: Decimal


def _kinds() -> Choices:
    choices: Choices = apps.get_model("campaigns", "Campaign")._meta.get_field("theme_kind").flatchoices
    return choices


RULES = RuleBook(
    "campaign",
    limits=(
        Limit(Role.REGION_MANAGER, 49_999, signs=False),
        Limit(Role.VICE_PRESIDENT, 200_000),
        Limit(Role.PRESIDENT, None),
    ),
    countersigners=(Role.FINANCE, Role.BRAND, Role.LEGAL),
    countersign=(
        Countersign(Role.FINANCE, AMOUNT_ABOVE, 50_000),
        Countersign(Role.BRAND, "group_mark"),
        Countersign(Role.BRAND, "kind_is", text="national"),
        Countersign(Role.LEGAL, "partner_share", 30_000),
        Countersign(Role.LEGAL, "exposure_above", 1_000),
    ),
    traits=(
        amount_above(_("budget above (CNY)"), says="amount_above"),
        Trait(
            "exposure_above",
            _("expected attendees from"),
            Asks.NUMBER_FROM,
            lambda matter: matter.traits()["attendance"],
            fills="count",
        ),
        Trait("group_mark", _("uses the group's mark"), Asks.NOTHING, lambda matter: matter.traits()["group_mark"]),
        Trait(
            "partner_share",
            _("partners pay more than (CNY)"),
            Asks.NUMBER_ABOVE,
            lambda matter: matter.traits()["partner_share"],
            fills="amount",
        ),
        Trait(
            "kind_is",
            _("kind of campaign is"),
            Asks.CHOICE,
            lambda matter: matter.traits()["kind"],
            fills="kind",
            choices=_kinds,
        ),
    ),
    deadlines=(
        Due("draft", 5),  # whoever approves it later shall not submit it
        Due("store_review", 1, Role.REGION_MANAGER),
        Due("region_review", 2, Role.PLANNING_REVIEWER),
        Due("group_review", 2, Role.VICE_PRESIDENT),
        Due("countersign", 2, Role.VICE_PRESIDENT),
        Due("signature", 2, Role.PRESIDENT),
        Due("cancelling", 2, Role.VICE_PRESIDENT),
        Due("reporting", 7, Role.REGION_MANAGER),
        Due("evaluation", 5, Role.VICE_PRESIDENT),
    ),
    figures=(
        Figure(Threshold.LEAD_DAYS, _("time between submission and start"), Measure.DAYS, 14),
        Figure(Threshold.PERMIT_ATTENDANCE, _("attendees from which the police must permit"), Measure.PEOPLE, 1_000),
        Figure(Threshold.PERMIT_DAYS, _("time before the start to apply for the permit"), Measure.DAYS, 20),
        Figure(Threshold.RESERVE_LEAST, _("least reserve"), Measure.PERCENT, 5),
        Figure(Threshold.RESERVE_MOST, _("greatest reserve"), Measure.PERCENT, 10),
        Figure(
            Threshold.STORE_ENDORSES_FROM,
            _("amount from which the store manager endorses"),
            Measure.CNY,
            30_000,
            turns=(
                _("from %(limit)s: the store manager endorses first"),
                _("below %(limit)s: without the store manager's endorsement"),
            ),
        ),
    ),
    fallbacks={
        Role.PLANNER: Role.STORE_MANAGER,
        Role.STORE_MANAGER: Role.REGION_MANAGER,
        Role.REGION_MANAGER: Role.PLANNING_REVIEWER,
        Role.PLANNING_REVIEWER: Role.VICE_PRESIDENT,
        Role.FINANCE: Role.VICE_PRESIDENT,
        Role.BRAND: Role.PLANNING_REVIEWER,
        Role.LEGAL: Role.VICE_PRESIDENT,
        Role.VICE_PRESIDENT: Role.PRESIDENT,
        Role.PRESIDENT: Role.VICE_PRESIDENT,
    },
    criteria=(
        Criterion("target", _("Targets reached"), 60),
        Criterion("publicity", _("Publicity"), 10),
        Criterion("cost", _("Cost per result"), 20),
        Criterion("discipline", _("Discipline"), 10),
    ),
    practices=(
        # another signer or a further countersigner voids it whatever is chosen here
        Practice(
            "resume_void_when",
            _("“straight back to me” is void when the new version changes"),
            (
                ("amount", _("the budget, upwards")),
                ("title", _("title or theme")),
                ("dates", _("first or last day")),
                ("venue", _("the venue")),
                ("partners", _("the partners")),
                ("safety", _("the risk and safety plan")),
                (REST, _("anything else in the declaration")),
            ),
            default=("amount",),
            several=True,
        ),
    ),
    instead={f"sum_{end}": f"amount_{end}" for end in ("up_to", "between", "without_limit")},
    reasons={
        "amount_up_to": gettext_noop("budget %(amount)s ≤ %(limit)s → %(role)s"),
        "amount_between": gettext_noop("budget %(amount)s, from above %(floor)s up to %(limit)s → %(role)s"),
        "amount_without_limit": gettext_noop("budget %(amount)s > %(floor)s → %(role)s"),
        "amount_above": gettext_noop("budget %(amount)s > %(limit)s → %(role)s"),
        "exposure_above": gettext_noop("%(count)s expected attendees ≥ %(limit)s → %(role)s"),
        "group_mark": gettext_noop("uses the group's mark → %(role)s"),
        "partner_share": gettext_noop("partners pay %(amount)s > %(limit)s → %(role)s"),
        "kind_is": gettext_noop("kind “%(kind)s” → %(role)s"),
        "endorsement_from": gettext_noop("budget %(amount)s ≥ %(limit)s → store manager endorses first"),
        "resume_void": gettext_noop(
            "straight back was asked for, but the budget rose or other rules now apply → all steps are walked again"
        ),
        "resume_void_by": gettext_noop(
            "straight back was asked for, but the new version changes “%(field)s” → all steps are walked again"
        ),
        "clock_start": gettext_noop("the start date has come"),
        "clock_end": gettext_noop("the end date has passed"),
        "change_falls": gettext_noop("the change was still undecided → it falls"),
        "cancel_falls": gettext_noop("the cancellation was still undecided → it falls"),
        "change_over": gettext_noop("the last day of the change has passed undecided"),
    },
)
register(RULES)
