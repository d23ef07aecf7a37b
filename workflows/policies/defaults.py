"""The first edition: the rules a group starts with, before an administrator writes better ones."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from workflows.organisation.roles import Role

from .models import ApprovalLimit, CountersignRule, Deadline, Edition, Fallback, Threshold, Weight

LIMITS = [  # role, up to (CNY), signs for the group
    (Role.REGION_MANAGER, 49_999, False),
    (Role.VICE_PRESIDENT, 200_000, True),
    (Role.PRESIDENT, None, True),
]
COUNTERSIGN = [
    (Role.FINANCE, CountersignRule.When.AMOUNT, 50_000, ""),
    (Role.BRAND, CountersignRule.When.GROUP_MARK, None, ""),
    (Role.BRAND, CountersignRule.When.KIND, None, "national"),
    (Role.LEGAL, CountersignRule.When.PARTNERS, 30_000, ""),
    (Role.LEGAL, CountersignRule.When.ATTENDANCE, 1_000, ""),
]
DEADLINES = [  # step, days, escalate to
    ("draft", 5, ""),  # whoever approves it later shall not submit it
    ("store_review", 1, Role.REGION_MANAGER),
    ("region_review", 2, Role.PLANNING_REVIEWER),
    ("group_review", 2, Role.VICE_PRESIDENT),
    ("countersign", 2, Role.VICE_PRESIDENT),
    ("signature", 2, Role.PRESIDENT),
    ("cancelling", 2, Role.VICE_PRESIDENT),
    ("reporting", 7, Role.REGION_MANAGER),
    ("evaluation", 5, Role.VICE_PRESIDENT),
    ("receipt", 3, ""),  # of an issued document, by each unit it was sent to; after it the clerk urges
]
THRESHOLDS = {
    Threshold.Name.LEAD_DAYS: 14,
    Threshold.Name.PERMIT_ATTENDANCE: 1_000,
    Threshold.Name.PERMIT_DAYS: 20,
    Threshold.Name.RESERVE_LEAST: 5,
    Threshold.Name.RESERVE_MOST: 10,
    Threshold.Name.STORE_ENDORSES_FROM: 30_000,
}
FALLBACKS = [
    (Role.PLANNER, Role.STORE_MANAGER),
    (Role.STORE_MANAGER, Role.REGION_MANAGER),
    (Role.REGION_MANAGER, Role.PLANNING_REVIEWER),
    (Role.PLANNING_REVIEWER, Role.VICE_PRESIDENT),
    (Role.FINANCE, Role.VICE_PRESIDENT),
    (Role.BRAND, Role.PLANNING_REVIEWER),
    (Role.LEGAL, Role.VICE_PRESIDENT),
    (Role.VICE_PRESIDENT, Role.PRESIDENT),
    (Role.PRESIDENT, Role.VICE_PRESIDENT),
]
WEIGHTS = {"target": 60, "publicity": 10, "cost": 20, "discipline": 10}


@transaction.atomic
def first_edition(in_force_from: date, published_at: datetime | None = None, title: str = "") -> Edition:
    """Write and publish edition 1 with the defaults of the domain."""
    edition = Edition.objects.create(number=1, title=title or "初始授权表", in_force_from=in_force_from)
    for role, up_to, signs in LIMITS:
        ApprovalLimit.objects.create(
            edition=edition, role=role, up_to=None if up_to is None else Decimal(up_to), signs=signs
        )
    for role, when, number, text in COUNTERSIGN:
        CountersignRule.objects.create(edition=edition, role=role, when=when, number=number, text=text)
    for step, days, escalate_to in DEADLINES:
        Deadline.objects.create(edition=edition, step=step, days=days, escalate_to=escalate_to)
    for name, value in THRESHOLDS.items():
        Threshold.objects.create(edition=edition, name=name, value=value)
    for role, then_role in FALLBACKS:
        Fallback.objects.create(edition=edition, role=role, then_role=then_role)
    for criterion, weight in WEIGHTS.items():
        Weight.objects.create(edition=edition, criterion=criterion, weight=weight)
    edition.publish(published_at)
    return edition
