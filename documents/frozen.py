"""The pieces facts are made of: what a campaign's documents print, as plain data with its types.

Amounts are CNY as decimal strings, dates `YYYY-MM-DD`, instants local time `YYYY-MM-DDTHH:MM`.
Labels are words in the document's language, fixed when it is issued; a rule's reason stays a key
with its values (see policies.reasons) and is worded by the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from documents.fonts import unprintable
from workflows.campaigns.declaration import (
    BudgetLine,
    Category,
    Channel,
    Declaration,
    Evaluation,
    Kind,
    Partner,
    Payer,
    Phase,
    Report,
    ScheduleLine,
)
from workflows.campaigns.models import Campaign
from workflows.matters.models import Attachment, Opinion
from workflows.matters.perform import Act
from workflows.organisation.figures import figure, money, percent_of
from workflows.organisation.models import Person, Post, Unit
from workflows.organisation.offices import GROUP, Capacity
from workflows.organisation.roles import Role
from workflows.policies.reasons import Reason
from workflows.trail import actions


class Who(TypedDict):
    """Somebody who acted: in which post, and for whom if as a stand-in ("" if not)."""

    person: str
    post: str
    principal: str


class Said(TypedDict):
    """One opinion. `verdict` is the code (agree, return, …), `decided` the word for it; of a
    submission `step` says what was handed in, and nothing was decided."""

    step: str
    who: Who
    verdict: str
    decided: str
    text: str
    at: str
    version: int


class Edition(TypedDict):
    number: int
    title: str
    in_force_from: str


class Target(TypedDict):
    name: str
    planned: str  # "" where none was set


class PhaseLines(TypedDict):
    phase: str
    lines: list[dict[str, str]]  # on, what, who


class Money(TypedDict):
    item: str
    category: str
    unit_price: str
    quantity: str
    payer: str
    amount: str


class Share(TypedDict):
    payer: str
    amount: str
    percent: str


class Declared(TypedDict):
    """A declaration as printed."""

    title: str
    theme: str
    kind: str
    starts_on: str
    ends_on: str
    days: int
    venue: str
    background: str
    problem: str
    customers: str
    memorable: str
    phases: list[PhaseLines]
    channels: list[str]
    group_mark: bool
    partners: list[dict[str, str]]  # name, contributes, share
    team: list[dict[str, str]]  # who, role, duty
    targets: list[Target]
    attendance: str
    budget: list[Money]
    lines_total: str
    reserve: str
    reserve_payer: str
    reserve_percent: str
    total: str
    shares: list[Share]
    safety: str
    urgent_reason: str


class Difference(TypedDict):
    """One field of the declaration before and after: the lines that are not on both sides."""

    field: str
    before: list[str]
    after: list[str]


class Spent(TypedDict):
    item: str
    payer: str
    planned: str
    actual: str
    difference: str


class Reached(TypedDict):
    name: str
    planned: str
    actual: str
    percent: str  # of the target; "" where none was set


class Scored(TypedDict):
    criterion: str
    weight: int
    computed: str
    given: str
    weighted: str
    why: str


class File(TypedDict):
    name: str
    size: int
    digest: str


CRITERIA = {
    "target": gettext_lazy("Targets reached"),
    "publicity": gettext_lazy("Publicity"),
    "cost": gettext_lazy("Cost per result"),
    "discipline": gettext_lazy("Discipline"),
}
FIELDS = {  # a declaration's fields, in the order a change sheet lists them
    "title": gettext_lazy("Title"),
    "theme": gettext_lazy("Theme"),
    "kind": gettext_lazy("Kind of campaign"),
    "starts_on": gettext_lazy("Starts on"),
    "ends_on": gettext_lazy("Ends on"),
    "venue": gettext_lazy("Venue"),
    "background": gettext_lazy("Background"),
    "problem": gettext_lazy("The problem it solves"),
    "customers": gettext_lazy("Target customers"),
    "memorable": gettext_lazy("The memorable point"),
    "schedule": gettext_lazy("Schedule"),
    "channels": gettext_lazy("Publicity channels"),
    "group_mark": gettext_lazy("Group's mark"),
    "partners": gettext_lazy("Partners"),
    "team": gettext_lazy("Team"),
    "footfall": gettext_lazy("Footfall"),
    "sales": gettext_lazy("Sales (CNY)"),
    "new_members": gettext_lazy("New members"),
    "exposure": gettext_lazy("Exposure"),
    "attendance": gettext_lazy("Expected attendance on the fullest day"),
    "budget": gettext_lazy("Budget"),
    "reserve": gettext_lazy("Reserve"),
    "reserve_payer": gettext_lazy("Who pays the reserve"),
    "budget_total": gettext_lazy("Budget total"),
    "safety": gettext_lazy("Risk and safety plan"),
    "urgent_reason": gettext_lazy("Why it is urgent"),
}
TARGETS = ("footfall", "sales", "new_members", "exposure")


# --- people and time --------------------------------------------------------------------------------


def day(value: date | None) -> str:
    return value.isoformat() if value else ""


def instant(value: datetime) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")


def who(person: Person, post: Post | str | None, principal: Person | None) -> Who:
    return {"person": str(person), "post": str(post or ""), "principal": str(principal or "")}


def acting(capacity: Capacity) -> Who:
    return who(capacity.person, capacity.post, capacity.on_behalf_of)


def in_words(acted: Who) -> str:
    """A person; a stand-in always with the one they stood in for."""
    return _("%(person)s for %(principal)s") % acted if acted["principal"] else acted["person"]


def edition(campaign: Campaign) -> Edition:
    policy = campaign.policy
    return {"number": policy.number, "title": policy.title, "in_force_from": day(policy.in_force_from)}


def report_due(campaign: Campaign) -> str:
    """By when the report is owed, in words; "" where the policy sets no deadline."""
    deadline = campaign.policy.deadline(campaign.KIND, Campaign.State.REPORTING)
    if deadline is None:
        return ""
    words = (
        ngettext(
            "within %(days)s working day of the last day", "within %(days)s working days of the last day", deadline.days
        )
        if deadline.working_days
        else ngettext("within %(days)s day of the last day", "within %(days)s days of the last day", deadline.days)
    )
    return words % {"days": deadline.days}


# --- what was said and why ---------------------------------------------------------------------------


def opinions(act: Act) -> list[Said]:
    """All opinions on the matter, the act's own included, each with the version it was about."""
    lines = {line.seq: line for line in act.matter.trail.select_related("post__unit")}
    given: list[Said] = []
    version = 1
    for opinion in act.matter.opinions.select_related("person", "on_behalf_of"):
        own = opinion.seq == act.seq  # not on the trail yet
        post = act.capacity.post if own else lines[opinion.seq].post
        action = act.name if own else lines[opinion.seq].action
        submitted = opinion.verdict == Opinion.Verdict.SUBMIT  # says what was handed in, not where it lay
        version = opinion.version if submitted else version  # an opinion is about what was submitted last
        given.append(
            {
                "step": actions.label(action) if submitted else _step(opinion),
                "who": who(opinion.person, post, opinion.on_behalf_of),
                "verdict": opinion.verdict,
                "decided": "" if submitted else str(opinion.get_verdict_display()),
                "text": opinion.text,
                "at": instant(opinion.at),
                "version": version,
            }
        )
    return given


def _step(opinion: Opinion) -> str:
    step = str(Campaign.State(opinion.step).label)
    return f"{step} · {Role(opinion.seat).label}" if opinion.seat else step


def reasons(act: Act) -> list[dict[str, Any]]:
    """The rules that led the version here, each once, in the order they applied.

    A new submission starts afresh, unless it went straight back to where it was returned from.
    """
    campaign = act.matter
    assert isinstance(campaign, Campaign)
    found: list[dict[str, Any]] = []
    ways = {"submit", "change", "vouch", "endorse", "pass_review", "agree", "fall_back", "escalate"}
    for action, rules in campaign.trail.filter(action__in=ways).order_by("seq").values_list("action", "rules"):
        if action in ("submit", "change") and not any(rule["key"] == "resume" for rule in rules):
            found = []
        found.extend(rules)
    if act.name == "endorse":  # the act being issued for is not on the trail yet
        within = campaign.policy.within(campaign.KIND, Role.REGION_MANAGER, campaign.amount or Decimal(0))
        found.extend([within.store()] if within else [])
    return [rule for at, rule in enumerate(found) if rule not in found[:at] and Reason.load(rule)]


# --- the declaration -----------------------------------------------------------------------------------


def declared(declaration: Declaration) -> Declared:
    first, last = declaration.starts_on, declaration.ends_on
    return {
        "title": declaration.title,
        "theme": declaration.theme,
        "kind": str(Kind(declaration.kind).label),
        "starts_on": day(first),
        "ends_on": day(last),
        "days": (last - first).days + 1 if first and last else 0,
        "venue": declaration.venue,
        "background": declaration.background,
        "problem": declaration.problem,
        "customers": declaration.customers,
        "memorable": declaration.memorable,
        "phases": phases(declaration.schedule),
        "channels": [str(Channel(channel).label) for channel in declaration.channels],
        "group_mark": declaration.group_mark,
        "partners": [
            {"name": partner.name, "contributes": partner.contributes, "share": str(partner.share)}
            for partner in declaration.partners
        ],
        "team": [{"who": duty.who, "role": duty.role, "duty": duty.duty} for duty in declaration.team],
        "targets": [{"name": str(FIELDS[name]), "planned": number(getattr(declaration, name))} for name in TARGETS],
        "attendance": number(declaration.attendance),
        "budget": [budget_line(line) for line in declaration.budget],
        "lines_total": str(declaration.lines_total),
        "reserve": str(declaration.reserve),
        "reserve_payer": str(Payer(declaration.reserve_payer).label),
        "reserve_percent": str(declaration.reserve_percent),
        "total": str(declaration.total),
        "shares": shares(declaration),
        "safety": declaration.safety,
        "urgent_reason": declaration.urgent_reason,
    }


def number(value: Decimal | int | None) -> str:
    return "" if value is None else str(value)


def phases(schedule: Iterable[ScheduleLine]) -> list[PhaseLines]:
    """The lines by phase, dated order within each; a phase without a line is left out."""
    lines = sorted(schedule, key=lambda line: line.on or date.max)
    by_phase: list[PhaseLines] = [
        {
            "phase": str(phase.label),
            "lines": [
                {"on": day(line.on), "what": line.what, "who": line.who} for line in lines if line.phase == phase
            ],
        }
        for phase in Phase
    ]
    return [phase for phase in by_phase if phase["lines"]]


def budget_line(line: BudgetLine) -> Money:
    return {
        "item": line.item,
        "category": str(Category(line.category).label),
        "unit_price": str(line.unit_price),
        "quantity": str(line.quantity),
        "payer": str(Payer(line.payer).label),
        "amount": str(line.amount),
    }


def shares(declaration: Declaration) -> list[Share]:
    percents = declaration.percents()
    return [
        {"payer": str(Payer(payer).label), "amount": str(amount), "percent": str(percents[payer])}
        for payer, amount in declaration.shares().items()
    ]


# --- two versions side by side ---------------------------------------------------------------------------


def differences(before: Declaration, after: Declaration) -> list[Difference]:
    """Every field in which the two differ; of a table only the lines that differ."""
    found: list[Difference] = []
    for name, label in FIELDS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            one, other = _in_words(name, old), _in_words(name, new)
            found.append({"field": str(label), "before": _without(one, other), "after": _without(other, one)})
    return found


def _without(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    """`lines` less those that also stand in `others`, counting repeats."""
    left = list(others)
    kept = []
    for line in lines:
        if line in left:
            left.remove(line)
        else:
            kept.append(line)
    return kept


def _in_words(name: str, value: Any) -> list[str]:
    """A field's value as lines a reader compares."""
    if value in ("", None, ()):
        return []
    match name:
        case "kind":
            return [str(Kind(value).label)]
        case "channels":
            return [str(Channel(channel).label) for channel in value]
        case "group_mark":
            return [_("used") if value else _("not used")]
        case "reserve_payer":
            return [str(Payer(value).label)]
        case "schedule":
            return [f"{line.on} {Phase(line.phase).label} · {line.what} · {line.who}" for line in value]
        case "partners":
            return [_partner_in_words(partner) for partner in value]
        case "team":
            return [f"{duty.who} · {duty.role} · {duty.duty}" for duty in value]
        case "budget":
            return [_budget_in_words(line) for line in value]
        case "sales" | "reserve" | "budget_total":
            return [money(value)]
        case "footfall" | "new_members" | "exposure" | "attendance":
            return [figure(value)]
    return [str(value)]


def _partner_in_words(partner: Partner) -> str:
    return f"{partner.name} · {partner.contributes} · {money(partner.share)}"


def _budget_in_words(line: BudgetLine) -> str:
    sum_ = f"{figure(line.unit_price)} × {figure(line.quantity)} = {money(line.amount)}"
    return f"{line.item} · {Category(line.category).label} · {sum_} · {Payer(line.payer).label}"


# --- what came of it -----------------------------------------------------------------------------------


def spending(declaration: Declaration, report: Report) -> list[Spent]:
    """Planned against actual, line by line, the reserve last."""
    planned = [(line.item, str(Payer(line.payer).label), line.amount) for line in declaration.budget]
    planned.append((_("Reserve"), str(Payer(declaration.reserve_payer).label), declaration.reserve))
    actual = [*report.actuals, report.reserve_spent]
    return [
        {"item": item, "payer": payer, "planned": str(amount), "actual": str(spent), "difference": str(spent - amount)}
        for (item, payer, amount), spent in zip(planned, actual, strict=True)
    ]


def results(declaration: Declaration, report: Report) -> list[Reached]:
    return [_reached(name, getattr(declaration, name), getattr(report, name)) for name in TARGETS]


def _reached(name: str, planned: Decimal | int | None, actual: Decimal | int) -> Reached:
    percent = percent_of(actual, planned) if planned else None
    return {"name": str(FIELDS[name]), "planned": number(planned), "actual": str(actual), "percent": number(percent)}


def scores(evaluation: Evaluation) -> list[Scored]:
    return [
        {
            "criterion": str(CRITERIA.get(score.criterion, score.criterion)),
            "weight": score.weight,
            "computed": str(score.computed),
            "given": str(score.given),
            "weighted": str(score.weighted),
            "why": score.why,
        }
        for score in evaluation.scores
    ]


def files(campaign: Campaign, purpose: str) -> list[File]:
    """The attachments that belong to the document, each with the hash that tells it from any other."""
    attached = Attachment.objects.filter(matter=campaign.pk, purpose=purpose, withdrawn_at=None)
    return [{"name": in_print(file.name), "size": file.size, "digest": file.digest} for file in attached]


def in_print(name: str) -> str:
    """A file's name as paper can show it: what no face can draw stands by its number, and the hash beside it still tells."""
    strange = unprintable(name)
    return "".join(f"(U+{ord(char):04X})" if char in strange else char for char in name)


def group_name(campaign: Campaign) -> str:
    """The issuing body, in the document's language."""
    return group_above(campaign.unit)


def group_above(unit: Unit | None) -> str:
    """The name of the group a unit belongs to, in the document's language."""
    group = unit.above(GROUP) if unit else None
    return group.name_en if get_language() == "en" and group and group.name_en else settings.GROUP_NAME
