"""What a campaign brings to the desk: where one is declared, its sections, its picture, its words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from workflows.desk.pages import New, Pages, Section, register
from workflows.desk.request import DeskRequest
from workflows.desk.sections import files_beside
from workflows.matters.models import Attachment
from workflows.steps.drawing import Drawing

from .models import Campaign, State
from .versions import compare, field_label, field_words
from .views import may_declare, urlpatterns


def _declaration(request: DeskRequest, campaign: Campaign) -> Mapping[str, Any]:
    return {
        "declared": campaign.declared,
        "files": files_beside(request, campaign, Attachment.Purpose.TEXT),
    }


def _versions(request: DeskRequest, campaign: Campaign) -> Mapping[str, Any]:
    return {"comparison": compare(campaign, request.GET.get("from", ""), request.GET.get("to", ""))}


def _result(request: DeskRequest, campaign: Campaign) -> Mapping[str, Any]:
    return {
        "declared": campaign.declared,
        "report": campaign.report,
        "evaluation": campaign.evaluation,
        "files": files_beside(request, campaign, Attachment.Purpose.RESULT),
    }


def _purpose(moves: Collection[str]) -> str:
    """A file belongs to the declaration or the report while its author writes it."""
    if "save_draft" in moves:
        return Attachment.Purpose.TEXT
    return Attachment.Purpose.RESULT if "hand_in" in moves else Attachment.Purpose.DISCUSSION


register(
    Campaign,
    Pages(
        new=[New(_("Declare a campaign"), "campaigns:declare", may_declare)],
        addresses=urlpatterns,
        own_pages={
            "save_draft": "campaigns:edit",
            "change": "campaigns:change",
            "hand_in": "campaigns:report",
            "score": "campaigns:evaluate",
        },
        sections=[
            Section("declaration", _("Declaration"), "campaigns/summary.html", _declaration),
            Section(
                "versions",
                _("Versions"),
                "campaigns/versions.html",
                _versions,
                shown=lambda campaign: campaign.version > 1,
                count=lambda campaign: campaign.version,
            ),
            Section(
                "result",
                _("Results"),
                "campaigns/result.html",
                _result,
                shown=lambda campaign: bool(campaign.report_content),
            ),
        ],
        comparison="versions",
        kind_words=lambda campaign: campaign.get_theme_kind_display(),
        head="campaigns/head.html",
        label=field_label,
        spoken=field_words,
        purpose=_purpose,
        drawing=Drawing(
            [
                State.DRAFT, State.STORE_REVIEW, State.REGION_REVIEW, State.GROUP_REVIEW, State.COUNTERSIGN,
                State.SIGNATURE, State.APPROVED, State.RUNNING, State.REPORTING, State.EVALUATION, State.CLOSED,
            ],
            {State.REJECTED: 4, State.CANCELLING: 6.5, State.CANCELLED: 8},
        ),
    ),
)  # fmt: skip
