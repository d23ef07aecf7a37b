"""Writes what people in the demonstration write: declarations, revisions, changes, reports, scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from workflows.campaigns.declaration import (
    BudgetLine,
    Category,
    Declaration,
    Duty,
    Evaluation,
    Partner,
    Payer,
    Phase,
    Report,
    ScheduleLine,
    Score,
    computed_scores,
)
from workflows.campaigns.models import Campaign
from workflows.campaigns.rules import Traits
from workflows.policies.models import Edition

from .themes import Item, Theme
from .words import WORDS

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Size:
    """How large a campaign is to be: the total in CNY lies between the two, and what rules look at."""

    least: int
    most: int
    group_mark: bool = False
    partner: int = 0  # CNY the partner bears, about
    crowd: bool = False


@dataclass(frozen=True)
class Sketch:
    """What rules look at, before dates and places are known. Offers what a countersign rule asks for."""

    theme: Theme
    size: Size
    budget: tuple[BudgetLine, ...]
    reserve: Decimal
    attendance: int

    @property
    def declaration(self) -> Declaration:
        return Declaration(budget=self.budget, reserve=self.reserve)

    @property
    def amount(self) -> Decimal | None:
        return self.declaration.total

    def traits(self) -> Traits:
        return {
            "kind": self.theme.kind,
            "attendance": self.attendance,
            "group_mark": self.size.group_mark,
            "partner_share": self.declaration.partner_share,
        }

    def trimmed(self) -> Sketch:
        """The same a little cheaper, as a planner comes back with after a return."""
        budget = list(self.budget)
        own = [number for number, line in enumerate(budget) if line.payer != Payer.PARTNER]
        dearest = max(own, key=lambda number: budget[number].amount)
        line = budget[dearest]
        budget[dearest] = replace(line, unit_price=(line.unit_price * Decimal("0.95")).quantize(Decimal(1)))
        return replace(self, budget=tuple(budget))


def sketch(theme: Theme, size: Size, random: Random) -> Sketch:
    """Budget lines with whole prices and quantities whose total lies within `size`, reserve 5 to 10 %."""
    for _attempt in range(200):
        spend = random.uniform(size.least, size.most) * 0.92 - size.partner
        lines = [line for item in theme.items if (line := _line(item, spend, size, random))]
        if size.partner:
            item = theme.partner_item
            lines.append(
                BudgetLine(
                    item.name,
                    item.category,
                    Decimal(item.price),
                    Decimal(round(size.partner / item.price)),
                    Payer.PARTNER.value,
                )
            )
        total = sum((line.amount for line in lines), Decimal(0))
        reserve = (total * random.randint(60, 90) / 1000).quantize(Decimal("1E2")).quantize(Decimal(1))
        attendance = random.randint(1050, 2600) if size.crowd else random.randrange(120, 950, 10)
        found = Sketch(theme, size, tuple(lines), reserve, attendance)
        if size.least <= total + reserve <= size.most and len(lines) > 2:
            if not Decimal("5.5") <= found.declaration.reserve_percent <= Decimal("9.4"):
                continue
            return found
    raise ValueError(f"{theme.titles[0]} does not fit into {size}")


def _line(item: Item, spend: float, size: Size, random: Random) -> BudgetLine | None:
    """The item at today's price in the quantity its share allows; None when the share buys none of it."""
    price = round(item.price * random.choice((0.92, 0.96, 1, 1, 1.04, 1.1)))
    quantity = round(spend * item.share / 100 / price)
    if not quantity:
        return None
    payer = Payer.STORE
    if item.category == Category.MEDIA and size.most > 50_000:
        payer = Payer.GROUP if size.group_mark else Payer.REGION
    elif item.category == Category.VENUE and size.most > 200_000:
        payer = Payer.GROUP
    return BudgetLine(item.name, item.category, Decimal(price), Decimal(quantity), payer.value)


def route(judged: Sketch, edition: Edition) -> list[tuple[str, str]]:
    """The desks a first submission passes, as (step, seat), by the tables of `edition`."""
    amount = judged.amount or Decimal(0)
    desks = [("region_review", "")]
    endorses_from = edition.threshold(Campaign.KIND, "store_endorses_from")
    if endorses_from is not None and amount >= endorses_from:
        desks.insert(0, ("store_review", ""))
    seats = edition.countersigners(Campaign.KIND, judged)
    if edition.within(Campaign.KIND, "region_manager", amount) and not seats:
        return desks
    return [*desks, ("group_review", ""), *(("countersign", seat) for seat in seats), ("signature", "")]


@dataclass(frozen=True)
class Setting:
    """Where and when a sketch is carried out, and by whom: names as they are written in its language."""

    title: str
    starts_on: date
    ends_on: date
    submitted_on: date  # the last time it is submitted: whether it is urgent depends on it
    names: tuple[str, ...]


def declaration(plan: Sketch, setting: Setting, random: Random) -> Declaration:
    """The whole form, complete and free of errors under the policy it will be submitted under."""
    theme, words = plan.theme, WORDS[plan.theme.language]
    amount = int(plan.amount or 0)
    footfall = round(amount * random.uniform(0.22, 0.55), -2) or 400
    urgent = setting.starts_on < setting.submitted_on + 14 * DAY
    partner_share = plan.declaration.partner_share
    return Declaration(
        title=setting.title,
        theme=theme.theme,
        kind=theme.kind,
        starts_on=setting.starts_on,
        ends_on=setting.ends_on,
        venue=random.choice(theme.venues),
        background=random.choice(theme.background),
        problem=theme.problem,
        customers=theme.customers,
        memorable=theme.memorable,
        schedule=_schedule(theme, setting),
        channels=theme.channels,
        group_mark=plan.size.group_mark,
        partners=(Partner(theme.partner, theme.contributes, partner_share),) if partner_share else (),
        team=tuple(
            Duty(name, role, duty)
            for name, role, duty in zip(setting.names, words["roles"], words["duties"], strict=False)
        ),
        footfall=int(footfall),
        sales=Decimal(round(amount * random.uniform(22, 60), -4)) or Decimal(150_000),
        new_members=max(20, round(footfall * random.uniform(0.015, 0.035))),
        exposure=int(round(footfall * random.uniform(7, 18), -3)),
        attendance=plan.attendance,
        budget=plan.budget,
        reserve=plan.reserve,
        budget_total=plan.amount,
        safety=random.choice(words["crowd_safety" if plan.size.crowd else "safety"]),
        urgent_reason=random.choice(words["urgent"]) if urgent else "",
    )


def _schedule(theme: Theme, setting: Setting) -> tuple[ScheduleLine, ...]:
    """Warm-up in the week before the start, execution spread over the period, cool-down after it."""
    starts, ends = setting.starts_on, setting.ends_on
    warm = [starts - (6 - 3 * number) * DAY for number in range(len(theme.warm_up))]
    run = [min(ends, starts + number * DAY) for number in range(len(theme.execution))]
    cool = [ends + (2 + 4 * number) * DAY for number in range(len(theme.cool_down))]
    phases = (
        (Phase.WARM_UP, warm, theme.warm_up),
        (Phase.EXECUTION, run, theme.execution),
        (Phase.COOL_DOWN, cool, theme.cool_down),
    )
    todo = [(phase.value, day, what) for phase, days, acts in phases for day, what in zip(days, acts, strict=True)]
    names = setting.names
    return tuple(
        ScheduleLine(phase, day, what, names[number % len(names)]) for number, (phase, day, what) in enumerate(todo)
    )


def revised(declared: Declaration, plan: Sketch) -> Declaration:
    """The declaration after a return: the dearest line cheaper, the total stated anew."""
    cheaper = plan.trimmed()
    return declared.with_(budget=cheaper.budget, budget_total=cheaper.amount)


def changed(declared: Declaration, on: date, language: str, random: Random) -> Declaration:
    """A change of an approved campaign: one day longer, somewhat more of its first line."""
    assert declared.starts_on
    assert declared.ends_on
    first, *others = declared.budget
    more = replace(first, quantity=first.quantity + max(Decimal(1), (first.quantity / 10).quantize(Decimal(1))))
    longer = declared.with_(
        ends_on=declared.ends_on + DAY,
        schedule=tuple(
            replace(line, on=line.on + DAY) if line.phase == Phase.COOL_DOWN and line.on else line
            for line in declared.schedule
        ),
        budget=(more, *others),
    )
    # the reserve keeps its share of what is now more
    reserve = (longer.lines_total * declared.reserve / declared.lines_total).quantize(Decimal(1))
    urgent = declared.starts_on < on + 14 * DAY
    return longer.with_(
        reserve=reserve,
        budget_total=longer.lines_total + reserve,
        urgent_reason=declared.urgent_reason or (random.choice(WORDS[language]["urgent"]) if urgent else ""),
    )


def report(declared: Declaration, theme: Theme, random: Random) -> Report:
    """What came of it: good years and poor ones, spending near the plan."""
    went_well = random.random() < 0.68
    reached = random.uniform(0.98, 1.27) if went_well else random.uniform(0.58, 0.93)

    def result(target: int | None) -> int:
        return round((target or 0) * reached * random.uniform(0.94, 1.06))

    overspent = random.random() < 0.12
    return Report(
        actuals=tuple(
            (line.amount * Decimal(random.randint(96, 118) if overspent else random.randint(84, 101)) / 100).quantize(
                Decimal(1)
            )
            for line in declared.budget
        ),
        reserve_spent=(declared.reserve * Decimal(random.choice((0, 0, 20, 45, 70))) / 100).quantize(Decimal(1)),
        footfall=result(declared.footfall),
        sales=Decimal(result(int(declared.sales or 0))).quantize(Decimal("1E3")).quantize(Decimal(1)),
        new_members=result(declared.new_members),
        exposure=result(declared.exposure),
        summary=theme.good if went_well else theme.poor,
        lessons=theme.lesson,
    )


def evaluation(campaign: Campaign, weights: Mapping[str, int], random: Random) -> Evaluation:
    """Scores as the figures give them; sometimes the reviewer differs on one, and says why."""
    words = WORDS[campaign.language]
    computed = computed_scores(campaign.declared, campaign.report, report_late=campaign.report_late)
    scores = []
    for criterion, weight in weights.items():
        given, why = computed[criterion], ""
        if criterion == "publicity" and random.random() < 0.3:
            given, why = given - 6 if given > 50 else given + 6, words["score_why"][1 if given > 50 else 0]
        scores.append(Score(criterion, weight, computed[criterion], given, why))
    return Evaluation(tuple(scores), random.choice(words["evaluation"]))
