"""What a campaign hands out: nine kinds of document, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.campaigns.models import Campaign, Paper
from workflows.matters.models import Attachment
from workflows.matters.perform import Act
from workflows.organisation.models import Unit
from workflows.organisation.offices import REGION
from workflows.policies.models import Threshold

from . import frozen
from .base import Document
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

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        campaign = campaign_of(act)
        return {**cls.head(act, campaign), **cls.body(act, campaign)}

    @classmethod
    def head(cls, act: Act, campaign: Campaign) -> dict[str, Any]:
        return {
            "group": frozen.group_name(campaign),
            "reference": campaign.reference,
            "campaign": campaign.title,
            "unit": str(campaign.unit),
            "region": str(campaign.unit.above(REGION) or ""),
            "initiator": str(campaign.initiator),
            "version": campaign.version,
            "urgent": campaign.urgent,
            "policy": frozen.edition(campaign),
            "issued_at": frozen.instant(act.at),
            "issued_on": frozen.instant(act.at)[:10],
            "issuer": frozen.acting(act.capacity),
            "note": act.note,
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
            "declared": frozen.declared(declaration),
            "warnings": declaration.warnings(campaign.policy, timezone.localdate(act.at)),
            "files": frozen.files(campaign, Attachment.Purpose.DECLARATION),
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
        permit = policy.threshold(campaign.KIND, Threshold.Name.PERMIT_ATTENDANCE)
        return {
            "declared": frozen.declared(declaration),
            "needs_permit": permit is not None and (declaration.attendance or 0) >= permit,
            "report_due": frozen.report_due(campaign),
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
            "declared": frozen.declared(campaign.declared),
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
            "declared": frozen.declared(campaign.declaration_of(refused)),
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
            "declared": frozen.declared(campaign.declaration_of(campaign.in_force)),
            "by_clock": act.capacity.person.is_system,
            "report_due": frozen.report_due(campaign),
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
            "differences": frozen.differences(old, new),
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
            "declared": frozen.declared(campaign.declaration_of(campaign.in_force)),
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
            "declared": frozen.declared(declaration),
            "spending": frozen.spending(declaration, report),
            "planned": str(declaration.total),
            "spent": str(report.spent),
            "over": str(report.spent - declaration.total),
            "results": frozen.results(declaration, report),
            "summary": report.summary,
            "lessons": report.lessons,
            "late": campaign.report_late,
            "files": frozen.files(campaign, Attachment.Purpose.REPORT),
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
            "declared": frozen.declared(declaration),
            "scores": frozen.scores(evaluation),
            "score": str(evaluation.total),
            "remark": evaluation.remark,
            "results": frozen.results(declaration, report),
            "planned": str(declaration.total),
            "spent": str(report.spent),
            "late": campaign.report_late,
            "base": cited(approval_of(campaign)),
        }


def approval_of(campaign: Campaign) -> IssuedDocument | None:
    """The paper that allowed the campaign: its circular, or within the region's limit its approval sheet."""
    return standing_paper(campaign, Paper.CIRCULAR) or standing_paper(campaign, Paper.APPROVAL)
