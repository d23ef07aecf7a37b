"""What the fields of a declaration and its lines are called, and how their values are spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.organisation.figures import figure
from workflows.policies.reasons import spell

from .declaration import Category, Channel, Kind, Payer, Phase

LABELS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "title": gettext_lazy("Title"),
        "theme": gettext_lazy("Theme"),
        "kind": gettext_lazy("Kind of campaign"),
        "starts_on": gettext_lazy("First day"),
        "ends_on": gettext_lazy("Last day"),
        "venue": gettext_lazy("Venue"),
        "background": gettext_lazy("Background"),
        "problem": gettext_lazy("The one problem it solves"),
        "customers": gettext_lazy("Target customers"),
        "memorable": gettext_lazy("The memorable point"),
        "schedule": gettext_lazy("Schedule"),
        "channels": gettext_lazy("Channels"),
        "group_mark": gettext_lazy("Uses the group's mark"),
        "partners": gettext_lazy("Partners"),
        "team": gettext_lazy("Team"),
        "footfall": gettext_lazy("Footfall"),
        "sales": gettext_lazy("Sales (CNY)"),
        "new_members": gettext_lazy("New members"),
        "exposure": gettext_lazy("Exposure"),
        "attendance": gettext_lazy("People expected on the fullest day"),
        "budget": gettext_lazy("Budget"),
        "reserve": gettext_lazy("Reserve (CNY)"),
        "reserve_payer": gettext_lazy("Reserve paid by"),
        "budget_total": gettext_lazy("Total as you state it (CNY)"),
        "safety": gettext_lazy("Risk and safety plan"),
        "urgent_reason": gettext_lazy("Why it is urgent"),
    }
)
spell("resume_void_by", "field", LABELS.items)
# What paper calls otherwise than the form. A form asks one person for a figure in a box, in yuan; paper sets the word
# beside a value that has its ¥ with it ("used", "¥6,150"), and the declaration sheet and the change sheet say it alike.
PRINTED: Mapping[str, str | Promise] = MappingProxyType(
    {
        "problem": gettext_lazy("The problem it solves"),
        "group_mark": gettext_lazy("Group's mark"),
        "attendance": gettext_lazy("Expected attendance on the fullest day"),
        "reserve": gettext_lazy("Reserve"),
        "budget_total": gettext_lazy("Budget total"),
    }
)
CRITERIA: Mapping[str, str | Promise] = MappingProxyType(
    {
        "target": gettext_lazy("Targets reached"),
        "publicity": gettext_lazy("Publicity"),
        "cost": gettext_lazy("Cost per result"),
        "discipline": gettext_lazy("Discipline"),
    }
)
CHOICES: Mapping[str, type[TextChoices]] = MappingProxyType(
    {"kind": Kind, "phase": Phase, "category": Category, "payer": Payer, "reserve_payer": Payer, "channels": Channel}
)


def label(name: str) -> str:
    """The words for a field; its own name where there are none."""
    return str(LABELS.get(name, name))


def printed(name: str) -> str:
    """The words for a field on paper."""
    return str(PRINTED.get(name) or label(name))


def spoken(name: str, value: Any) -> str:
    """One value of the field `name` as a reader sees it; empty for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal | int):
        return figure(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return _("; ").join(spoken(name, inner) for inner in value)
    if is_dataclass(value):
        parts = [spoken(item.name, getattr(value, item.name)) for item in fields(value)]
        return " · ".join(part for part in parts if part)
    choices = CHOICES.get(name)
    return str(choices(value).label) if choices and value in choices.values else str(value)
