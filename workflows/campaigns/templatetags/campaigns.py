"""How pages arrange a declaration: its lines by phase, its budget by payer, results against targets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

from workflows.campaigns import wording
from workflows.campaigns.declaration import BudgetLine, Declaration, Evaluation, Payer, Phase, Report, ScheduleLine
from workflows.organisation.figures import percent_of

register = template.Library()


@register.filter
def spoken(value: Any, name: str) -> str:
    """`{{ line.category|spoken:"category" }}`: the value as a reader sees it."""
    return wording.spoken(name, value)


@register.filter
def criterion(name: str) -> str:
    """What a criterion of the evaluation is called."""
    return str(wording.CRITERIA.get(name, name))


@register.filter
def by_phase(declared: Declaration) -> list[tuple[str, list[ScheduleLine]]]:
    """Phase and its lines by date, phases in their order; lines of no known phase come last."""
    phases = [(str(phase.label), [line for line in declared.schedule if line.phase == phase]) for phase in Phase]
    others = [line for line in declared.schedule if line.phase not in Phase.values]
    return [
        (label, sorted(lines, key=lambda line: (line.on is None, line.on)))
        for label, lines in [*phases, ("", others)]
        if lines
    ]


@register.filter
def by_payer(declared: Declaration) -> list[tuple[str, Decimal, Decimal]]:
    """Payer, CNY, percent of the total with one decimal; these add up to 100.0."""
    percents = declared.percents()
    return [(str(Payer(payer).label), amount, percents[payer]) for payer, amount in declared.shares().items()]


@register.filter
def spending(report: Report, declared: Declaration) -> list[tuple[BudgetLine, Decimal | None, Decimal | None]]:
    """Budget line, what was spent on it, and the difference (more than planned is positive)."""
    actuals = [*report.actuals, *[None] * (len(declared.budget) - len(report.actuals))]
    return [
        (line, actual, None if actual is None else actual - line.amount)
        for line, actual in zip(declared.budget, actuals, strict=False)
    ]


@register.filter
def against(report: Report, declared: Declaration) -> list[tuple[str, Decimal | int | None, Decimal | int, str]]:
    """Target, what was aimed at, what was reached, and the share reached in percent where there was an aim."""
    rows = []
    for name in ("footfall", "sales", "new_members", "exposure"):
        aim, reached = getattr(declared, name), getattr(report, name)
        share = f"{percent_of(reached, aim)}%" if aim else ""
        rows.append((wording.label(name), aim, reached, share))
    return rows


@register.filter
def has_scores(evaluation: Evaluation) -> bool:
    return bool(evaluation.scores)
