"""What a campaign hands out: nine kinds of document, and below them what each prints of the declaration and its end.

How facts are written down: see frozen.py, which has what the papers of every workflow print.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from workflows.campaigns import wording
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
from workflows.campaigns.models import Campaign, Paper
from workflows.campaigns.rules import Threshold
from workflows.matters.models import Attachment
from workflows.matters.perform import Act
from workflows.organisation.figures import figure, money, percent_of
from workflows.organisation.models import Unit
from workflows.organisation.offices import REGION

from . import frozen
from .base import Document
from .frozen import day
from .kinds.plain import Scored
from .models import IssuedDocument, Receipt

CIRCULARS = "星企发"  # the series of approval circulars


def campaign_of(act: Act) -> Campaign:
    assert isinstance(act.matter, Campaign)
    return act.matter


def standing_paper(campaign: Campaign, *kinds: str) -> IssuedDocument | None:
    """The latest document of these kinds issued for the campaign; at one instant, that of the later version."""
    papers = IssuedDocument.objects.filter(matter=campaign.pk, kind__in=kinds)
    return max(papers, key=lambda paper: (paper.issued_at, paper.facts["version"]), default=None)


def to_act_on(campaign: Campaign) -> list[tuple[Unit, str]]:
    """The declaring unit receives what it has to act on."""
    return [(campaign.unit, Receipt.Purpose.TO)]


def cited(paper: IssuedDocument | None) -> dict[str, str]:
    """How one document names another; empty when there is none."""
    return {"title": paper.title, "number": paper.number, "on": frozen.instant(paper.issued_at)[:10]} if paper else {}


class CampaignPaper(Document):
    """What every campaign document says at its head."""

    whole = (*Document.whole, "campaign")

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        campaign = campaign_of(act)
        return {**cls.head(act, campaign), **cls.body(act, campaign)}

    @classmethod
    def head(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        return {
            **frozen.head(act),
            "campaign": campaign.title,
            "region": str(campaign.unit.above(REGION) or ""),
        }

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        raise NotImplementedError


class DeclarationSheet(CampaignPaper):
    """What the store asks for, as it was submitted."""

    kind, title = Paper.DECLARATION, gettext_lazy("Campaign declaration")
    template = "documents/campaigns/declaration.html"

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        declaration = campaign.declared
        return {
            "declared": declared(declaration),
            "warnings": declaration.warnings(campaign.policy, timezone.localdate(act.at)),
            "files": frozen.files(campaign, Attachment.Purpose.TEXT),
        }

    @classmethod
    def takes_the_place_of(cls, act: Act, earlier: IssuedDocument) -> bool:
        """A declaration submitted anew voids the earlier one; one that was approved stays what it was."""
        return earlier.facts["version"] > campaign_of(act).in_force


class Circular(CampaignPaper):
    """The group's answer: numbered, with the red head."""

    kind, title, series = Paper.CIRCULAR, gettext_lazy("Approval circular"), CIRCULARS
    template, family = "documents/campaigns/circular.html", "circular"
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return _("Approval of the campaign “%(title)s”") % {"title": act.matter.title}

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        declaration, policy = campaign.declared, campaign.policy
        permit = policy.threshold(campaign.KIND, Threshold.PERMIT_ATTENDANCE)
        return {
            "declared": declared(declaration),
            "needs_permit": permit is not None and (declaration.attendance or 0) >= permit,
            "report_due": report_due(campaign),
            "copies": cls.copies(act, campaign),
            "annexes": [_("Budget"), _("Schedule")],
        }

    @classmethod
    def copies(cls, act: Act, campaign: Campaign) -> list[str]:
        """Who receives a copy, as the page names them."""
        return list(map(str, cls.takers_of_note(campaign)))

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        campaign = campaign_of(act)
        return to_act_on(campaign) + [(unit, Receipt.Purpose.COPY) for unit in cls.takers_of_note(campaign)]

    @staticmethod
    def takers_of_note(campaign: Campaign) -> list[Unit]:
        """The region, and every office of the group that had a say."""
        trail = campaign.trail.filter(action__in=["pass_review", "agree"]).order_by("seq")
        offices = [entry.post.unit for entry in trail.select_related("post__unit") if entry.post]
        region = campaign.unit.above(REGION)
        return list(dict.fromkeys(unit for unit in [region, *offices] if unit and unit != campaign.unit))


class ApprovalSheet(CampaignPaper):
    """Every opinion in its order, and the rules that led the way."""

    kind, title = Paper.APPROVAL, gettext_lazy("Approval sheet")
    template = "documents/campaigns/approval.html"

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        return {
            "declared": declared(campaign.declared),
            "opinions": frozen.opinions(act),
            "rules": frozen.reasons(act),
            "circular": cited(standing_paper(campaign, Paper.CIRCULAR)),
        }


class RejectionNotice(CampaignPaper):
    """That it may not be, and why; of a change: that what was approved stays in force."""

    kind, title = Paper.REJECTION, gettext_lazy("Rejection notice")
    template, family = "documents/campaigns/rejection.html", "notice"
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        if campaign_of(act).in_force:
            return _("Notice that the change of the campaign “%(title)s” is not approved") % {"title": act.matter.title}
        return _("Notice that the campaign “%(title)s” is not approved") % {"title": act.matter.title}

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return to_act_on(campaign_of(act))

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        said = frozen.opinions(act)
        refused = said[-1]["version"]
        return {
            "version": refused,  # a refused change has already given way to the version in force
            "is_change": campaign.in_force > 0,
            "decision": said[-1],
            "opinions": [opinion for opinion in said if opinion["version"] == refused],
            "declared": declared(campaign.declaration_of(refused)),
            "base": cited(approval_of(campaign)),
        }


class TaskSheet(CampaignPaper):
    """What is to be done, by whom, until when: given to the store on the first day."""

    kind, title = Paper.TASK, gettext_lazy("Execution task sheet")
    template = "documents/campaigns/task.html"

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return to_act_on(campaign_of(act))

    @classmethod
    def head(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        """It is about the version in force, also where a change lies undecided."""
        in_force = campaign.declaration_of(campaign.in_force)
        return {**super().head(act, campaign), "campaign": in_force.title, "version": campaign.in_force}

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        return {
            "declared": declared(campaign.declaration_of(campaign.in_force)),
            "by_clock": act.capacity.person.is_system,
            "report_due": report_due(campaign),
            "base": cited(approval_of(campaign)),
        }


class ChangeSheet(CampaignPaper):
    """What of an approved campaign is different from now on, and which paper it changes."""

    kind, title = Paper.CHANGE, gettext_lazy("Change sheet")
    template = "documents/campaigns/change.html"

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        before = standing_paper(campaign, Paper.APPROVAL, Paper.CHANGE)
        since = before.facts["version"] if before else 1
        old, new = campaign.declaration_of(since), campaign.declared
        said = [opinion for opinion in frozen.opinions(act) if opinion["version"] == campaign.version]
        return {
            "since_version": since,
            "base": cited(approval_of(campaign)),
            "last_change": cited(before if before and before.kind == Paper.CHANGE else None),
            "why": said[0]["text"] if said else "",
            "differences": differences(old, new),
            "total_before": str(old.total),
            "total_after": str(new.total),
            "opinions": said,
            "rules": frozen.reasons(act),
        }


class CancellationNotice(CampaignPaper):
    """That it is off, who asked for it and who decided."""

    kind, title = Paper.CANCELLATION, gettext_lazy("Cancellation notice")
    template, family = "documents/campaigns/cancellation.html", "notice"
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return _("Notice that the campaign “%(title)s” is cancelled") % {"title": act.matter.title}

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return to_act_on(campaign_of(act))

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        asked, decision = frozen.opinions(act)[-2:]
        return {
            "declared": declared(campaign.declaration_of(campaign.in_force)),
            "asked": asked,
            "decision": decision,
            "was_running": campaign.was_running,
            "base": cited(approval_of(campaign)),
        }


class SummaryReport(CampaignPaper):
    """What came of it: money and results against what was declared."""

    kind, title = Paper.REPORT, gettext_lazy("Summary report")
    template = "documents/campaigns/report.html"

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        declaration, report = campaign.declared, campaign.report
        return {
            "declared": declared(declaration),
            "spending": spending(declaration, report),
            "planned": str(declaration.total),
            "spent": str(report.spent),
            "over": str(report.spent - declaration.total),
            "results": results(declaration, report),
            "summary": report.summary,
            "lessons": report.lessons,
            "late": campaign.report_late,
            "files": frozen.files(campaign, Attachment.Purpose.RESULT),
            "base": cited(approval_of(campaign)),
        }


class EvaluationSheet(CampaignPaper):
    """The score, criterion by criterion, with the reason wherever it departs from the figures."""

    kind, title = Paper.EVALUATION, gettext_lazy("Evaluation sheet")
    template = "documents/campaigns/evaluation.html"

    @classmethod
    def body(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        declaration, report, evaluation = campaign.declared, campaign.report, campaign.evaluation
        return {
            "declared": declared(declaration),
            "scores": scores(evaluation),
            "score": str(evaluation.total),
            "remark": evaluation.remark,
            "results": results(declaration, report),
            "planned": str(declaration.total),
            "spent": str(report.spent),
            "late": campaign.report_late,
            "base": cited(approval_of(campaign)),
        }


def approval_of(campaign: Campaign) -> IssuedDocument | None:
    """The paper that allowed the campaign: its circular, or within the region's limit its approval sheet."""
    return standing_paper(campaign, Paper.CIRCULAR) or standing_paper(campaign, Paper.APPROVAL)


# --- what is printed of a campaign, with its types --------------------------------------------------


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


TARGETS = ("footfall", "sales", "new_members", "exposure")


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
        "targets": [{"name": wording.printed(name), "planned": number(getattr(declaration, name))} for name in TARGETS],
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
    for name in wording.LABELS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            one, other = _in_words(name, old), _in_words(name, new)
            found.append(
                {"field": wording.printed(name), "before": _without(one, other), "after": _without(other, one)}
            )
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
    return {
        "name": wording.printed(name),
        "planned": number(planned),
        "actual": str(actual),
        "percent": number(percent),
    }


def scores(evaluation: Evaluation) -> list[Scored]:
    return [
        {
            "criterion": str(wording.CRITERIA.get(score.criterion, score.criterion)),
            "weight": score.weight,
            "computed": str(score.computed),
            "given": str(score.given),
            "weighted": str(score.weighted),
            "why": score.why,
        }
        for score in evaluation.scores
    ]


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
