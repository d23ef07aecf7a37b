"""What leases bring to the policy: the calendar of a renewal, the pricing rule, limits, deadlines, sentences."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from workflows.organisation.roles import Role
from workflows.policies.books import Due, Figure, Limit, Measure, RuleBook, register


class Threshold(StrEnum):
    """The figures a renewal is checked against; days are counted back from the end of the term."""

    OPENS = "opens"
    TERMS = "terms_by"
    OFFER = "offer_by"
    ANSWER = "answer_by"
    NOTICE = "notice_by"
    LAPSES = "lapses_after"
    BELOW_MARKET = "below_market"
    LEAST_RISE = "least_rise"
    LEAST_ESCALATION = "least_escalation"
    MOST_RENT_FREE = "most_rent_free"
    ARREARS = "arrears_tolerated"
    HKD = "cny_per_100_hkd"


RULES = RuleBook(
    "renewal",
    limits=(Limit(Role.VICE_PRESIDENT, 500_000), Limit(Role.PRESIDENT, None)),
    deadlines=(
        Due("due", 10, Role.STORE_MANAGER),
        Due("terms", 10, Role.STORE_MANAGER),
        Due("store_review", 2, Role.REGION_MANAGER),
        Due("finance_review", 2, Role.VICE_PRESIDENT),
        Due("group_approval", 3, Role.PRESIDENT),
        Due("offer", 3, Role.STORE_MANAGER),
        Due("offered", 20, Role.STORE_MANAGER, working_days=False),
        Due("contract", 10, Role.STORE_MANAGER),
        Due("signature", 3, Role.PRESIDENT),
        Due("not_renewing", 5, Role.STORE_MANAGER),
        Due("vacating", 5, Role.STORE_MANAGER),
    ),
    figures=(
        Figure(Threshold.OPENS, _("time before the end at which a renewal opens"), Measure.DAYS, 180),
        Figure(Threshold.TERMS, _("time before the end by which terms are proposed"), Measure.DAYS, 120),
        Figure(Threshold.OFFER, _("time before the end by which the offer is sent"), Measure.DAYS, 90),
        Figure(Threshold.ANSWER, _("time before the end by which the tenant answers"), Measure.DAYS, 60),
        Figure(Threshold.NOTICE, _("time before the end by which notice is given"), Measure.DAYS, 30),
        Figure(Threshold.LAPSES, _("time after which an unanswered offer lapses"), Measure.DAYS, 30),
        Figure(Threshold.BELOW_MARKET, _("most that a price may lie below the market's"), Measure.PERCENT, 5),
        Figure(Threshold.LEAST_RISE, _("least rise over the present price"), Measure.PERCENT, 0),
        Figure(Threshold.LEAST_ESCALATION, _("least escalation a year"), Measure.PERCENT, 3),
        Figure(Threshold.MOST_RENT_FREE, _("most rent-free days of a renewal"), Measure.DAYS, 30),
        Figure(Threshold.ARREARS, _("arrears with which an agreement may still be signed"), Measure.CNY, 0),
        Figure(Threshold.HKD, _("what 100 Hong Kong dollars count as"), Measure.CNY, 92),
    ),
    fallbacks={
        Role.LEASING_OFFICER: Role.STORE_MANAGER,
        Role.STORE_MANAGER: Role.REGION_MANAGER,
        Role.FINANCE: Role.VICE_PRESIDENT,
        Role.VICE_PRESIDENT: Role.PRESIDENT,
        Role.PRESIDENT: Role.VICE_PRESIDENT,
    },
    reasons={
        "renewal_due": gettext_noop("the lease ends on %(day)s"),
        "renewal_within": gettext_noop("inside the pricing rule → store and finance suffice"),
        "renewal_end": gettext_noop("the proposal is not to renew → no offer"),
        "renewal_below_market": gettext_noop(
            "price %(amount)s < market price %(market)s − %(limit)s%% → group approval"
        ),
        "renewal_rise": gettext_noop("price %(amount)s < present price %(present)s + %(limit)s%% → group approval"),
        "renewal_escalation": gettext_noop("escalation %(percent)s%% < %(limit)s%% → group approval"),
        "renewal_rent_free": gettext_noop("%(count)s rent-free days > %(limit)s → group approval"),
        "renewal_lapsed": gettext_noop("no answer within %(limit)s days → the offer has lapsed"),
        "renewal_by_link": gettext_noop("%(name)s for the tenant, by link and the code sent to %(to)s"),
        "renewal_hold_lifted": gettext_noop("the arrears are paid → the hold is lifted"),
        "renewal_notice_late": gettext_noop("notice is given %(count)s days before the end, fewer than %(limit)s"),
    },
)
register(RULES)
