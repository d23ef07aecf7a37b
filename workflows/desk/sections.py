"""The sections of a matter's page: what it says, by its workflow; and what every matter has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from documents.models import IssuedDocument
from forms.decisions import AttachForm, CommentForm
from workflows.matters.attachments import may_withdraw
from workflows.matters.models import Attachment, Matter
from workflows.steps.drawing import draw

from .differences import fields_of
from .pages import Section, pages_of
from .reading import as_oneself, opinion_lines, passed_states, trail_lines
from .request import DeskRequest


def sections_of(matter: Matter) -> list[Section]:
    """The sections of this matter, in the order of their tabs; the first is what it says."""
    first, *further = pages_of(matter.kind).sections or [SUMMARY]
    everything = [first, OPINIONS, DOCUMENTS, DISCUSSION, *further, TRAIL, FLOW]
    return [section for section in everything if section.shown(matter)]


def files_beside(request: DeskRequest, matter: Matter, purpose: str = "") -> list[tuple[Attachment, bool]]:
    """The files laid beside the matter, each with whether the reader may take it back."""
    files = matter.attachments.select_related("by")
    oneself = as_oneself(request.standing)
    return [
        (file, may_withdraw(file, matter, oneself)) for file in (files.filter(purpose=purpose) if purpose else files)
    ]


def _summary(request: DeskRequest, matter: Matter) -> Mapping[str, Any]:
    return {"fields": fields_of(matter), "files": files_beside(request, matter, Attachment.Purpose.TEXT)}


def _opinions(_request: DeskRequest, matter: Matter) -> Mapping[str, Any]:
    return {"opinion_lines": opinion_lines(matter)}


def _documents(_request: DeskRequest, matter: Matter) -> Mapping[str, Any]:
    papers = IssuedDocument.objects.filter(matter=matter.pk).select_related("rendition", "issued_by", "voiding__by")
    return {"papers": papers.prefetch_related("replaced_by")}


def _discussion(request: DeskRequest, matter: Matter) -> Mapping[str, Any]:
    return {
        "comments": matter.comments.select_related("by"),
        "files": files_beside(request, matter),
        "comment_form": CommentForm(label_suffix=""),
        "attach_form": AttachForm(label_suffix=""),
    }


def _trail(_request: DeskRequest, matter: Matter) -> Mapping[str, Any]:
    return {"lines": trail_lines(matter)}


def _flow(_request: DeskRequest, matter: Matter) -> Mapping[str, Any]:
    return {"picture": draw(type(matter), matter.state, passed_states(matter))}


SUMMARY = Section("summary", _("Summary"), "desk/matter/summary.html", _summary)
OPINIONS = Section(
    "opinions", _("Opinions"), "desk/matter/opinions.html", _opinions, count=lambda matter: matter.opinions_count
)
DOCUMENTS = Section(
    "documents", _("Documents"), "desk/matter/documents.html", _documents, count=lambda matter: matter.papers_count
)
DISCUSSION = Section(
    "discussion", _("Discussion"), "desk/matter/discussion.html", _discussion, count=lambda matter: matter.said_count
)
TRAIL = Section("trail", _("Trail"), "desk/matter/trail.html", _trail, count=lambda matter: matter.trail_length)
FLOW = Section("flow", _("Flow chart"), "desk/matter/flow.html", _flow)
