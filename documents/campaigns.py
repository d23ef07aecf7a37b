"""What a campaign hands out: nine kinds of document."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from workflows.campaigns.models import Paper
from workflows.matters.perform import Act

from .base import Document


class _Plain(Document):
    @classmethod
    def facts(cls, act: Act) -> dict[str, Any]:
        return {"title": act.matter.title}


for _kind in ("DECLARATION", "APPROVAL", "REJECTION", "TASK", "CHANGE", "CANCELLATION", "REPORT", "EVALUATION"):
    type(_kind, (_Plain,), {"kind": getattr(Paper, _kind), "title": _(_kind)})


class Circular(_Plain):
    kind, title, series = Paper.CIRCULAR, _("circular"), "星企"
