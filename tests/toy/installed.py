"""Everything the toy workflow brings to the house, and how it comes into the house for one test."""

from django import forms

from documents import base, frozen
from documents.base import Document
from forms import declared
from forms.decisions import DecisionForm
from workflows.matters import models as matters
from workflows.policies import books
from workflows.policies.books import Due, Practice, RuleBook
from workflows.steps import flows
from workflows.trail import actions

from .flow import PlanFlow
from .models import Plan

RULES = RuleBook(
    Plan.KIND,
    deadlines=(Due("writing", 5), Due("closing", 2)),
    practices=(Practice("signed_by", "is signed by", (("all", "all"), ("most", "most")), default=("all",)),),
)


class ResultForm(DecisionForm):
    ANSWERS = ("result",)
    result = forms.CharField(label="What came of it", max_length=120)


class PlanNotice(Document):
    """Not known by its kind before the workflow is installed: see `install`."""

    title, template, family = "Plan notice", "documents/plain/notice.html", "notice"

    @classmethod
    def facts(cls, act):
        text = {"style": "paragraph", "text": act.matter.result}
        return {**frozen.head(act), "to": [str(act.matter.unit)], "blocks": [text]}


def install(monkeypatch):
    """The workflow is one of the house's until the test is over. An edition made before has no rows for it."""
    for module, registry in (
        (flows, "_flows"),
        (actions, "_workflows"),
        (matters, "_machines"),
        (books, "_books"),
        (declared, "_declared"),
        (base, "_kinds"),
    ):
        monkeypatch.setattr(module, registry, dict(getattr(module, registry)))
    monkeypatch.setattr(PlanNotice, "kind", "plan.notice")
    base._kinds[PlanNotice.kind] = PlanNotice
    declared.declare(Plan.KIND, close=ResultForm)
    books.register(RULES)
    flows.register(PlanFlow)
