"""What work plans bring to the policy: their days, deadlines, fallbacks, sentences."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from workflows.organisation.roles import Role
from workflows.policies.books import Due, Figure, Measure, RuleBook, register


class Threshold(StrEnum):
    DRAFT = "draft_days"
    ANSWER = "answer_days"
    CLOSES = "closes_after"


register(
    RuleBook(
        "work_plan",
        deadlines=(
            Due("drafting", 20),
            Due("drafts_in", 5, Role.VICE_PRESIDENT),
            Due("revising", 5, Role.VICE_PRESIDENT),
            Due("plan_signature", 3, Role.VICE_PRESIDENT),
            Due("plan_closing", 10, Role.VICE_PRESIDENT),
        ),
        figures=(
            Figure(Threshold.DRAFT, _("time for a topic's draft, in calendar days"), Measure.DAYS, 7),
            Figure(Threshold.ANSWER, _("time for a unit's answer, in working days"), Measure.DAYS, 5),
            Figure(Threshold.CLOSES, _("time after the end of the plan at which it is to be closed"), Measure.DAYS, 30),
        ),
        fallbacks={
            Role.RESOURCE_CENTRE: Role.PLANNING_REVIEWER,
            Role.PLANNING_REVIEWER: Role.VICE_PRESIDENT,
            Role.PRESIDENT: Role.VICE_PRESIDENT,
            Role.VICE_PRESIDENT: Role.PRESIDENT,
        },
    )
)
register(
    RuleBook(
        "topic",
        deadlines=(
            Due("assigned", 2, Role.RESOURCE_CENTRE),
            Due("reassigning", 2, Role.VICE_PRESIDENT),
            Due("writing", 1, Role.RESOURCE_CENTRE),
            Due("topic_submitted", 3, Role.VICE_PRESIDENT),
            Due("in_progress", 120, Role.RESOURCE_CENTRE),
            Due("extending", 3, Role.VICE_PRESIDENT),
            Due("completion_review", 5, Role.VICE_PRESIDENT),
        ),
        fallbacks={
            Role.RESOURCE_CENTRE: Role.PLANNING_REVIEWER,
            Role.PLANNING_REVIEWER: Role.VICE_PRESIDENT,
            Role.VICE_PRESIDENT: Role.PRESIDENT,
        },
        reasons={
            "topic_late": gettext_noop("%(person)s is %(count)s days late → the next lead owner may hand it in"),
            "topic_draft_late": gettext_noop("the draft comes %(count)s days late"),
        },
    )
)
register(
    RuleBook(
        "consultation",
        deadlines=(Due("asked", 5, Role.RESOURCE_CENTRE),),
        fallbacks={Role.STORE_MANAGER: Role.REGION_MANAGER, Role.REGION_MANAGER: Role.PLANNING_REVIEWER},
        reasons={
            "consultation_silent": gettext_noop("no answer in time; the letter was delivered on %(day)s → no opinion"),
        },
    )
)
