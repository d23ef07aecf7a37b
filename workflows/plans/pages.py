"""What plans, topics and consultations bring to the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.desk.pages import New, Pages, Section, register
from workflows.desk.request import DeskRequest
from workflows.desk.sections import files_beside
from workflows.matters.models import Matter
from workflows.steps.drawing import Drawing

from .board_views import urlpatterns as board_addresses
from .models import Consultation, ConsultationState, Plan, PlanState, Topic, TopicState
from .outline import Kind
from .outline import Topic as TopicValue
from .views import NEW, urlpatterns


def _owners(topic: TopicValue) -> tuple[str, list[tuple[str, str]]]:
    """Lead owners in order, and the assisting ones by what they give."""
    leads = "　".join(f"{owner.rank}. {owner.words}" for owner in topic.leads)
    assisting = [
        (str(kind.label), _(", ").join(owner.words for owner in topic.assistants if owner.kind == kind))
        for kind in (Kind.AUTHOR, Kind.DATA, Kind.ADVICE)
        if any(owner.kind == kind for owner in topic.assistants)
    ]
    return leads, assisting


def _plan(request: DeskRequest, plan: Plan) -> Mapping[str, Any]:
    rows = {str(topic.number): topic for topic in plan.topics().prefetch_related("owners__person")}
    parts = [
        (part, [(topic, *_owners(topic), rows.get(topic.number)) for topic in part.topics])
        for part in plan.outline_now().parts
    ]
    return {
        "plan": plan,
        "parts": parts,
        "drafting": plan.state == PlanState.DRAFTING,
        "files": files_beside(request, plan),
    }


def _answers(request: DeskRequest, plan: Plan) -> Mapping[str, Any]:
    """What the units said, as far as whoever looks may read it: a unit its own, the resource centre all."""
    may_see = Matter.objects.visible_to(request.user, request.standing).values("pk")
    asked = plan.consultations.filter(pk__in=may_see).select_related("unit").prefetch_related("opinions_given")
    topics = list(plan.topics())
    revised = {
        topic.number: (topic.text, plan.final_text(topic)) for topic in topics if plan.final_text(topic) != topic.text
    }
    return {
        "asked": list(asked.order_by("pk")),
        "revised": [(topic, *revised[topic.number]) for topic in topics if topic.number in revised],
    }


def _topic(request: DeskRequest, topic: Topic) -> Mapping[str, Any]:
    value = topic.value()
    leads, assisting = _owners(value)
    return {
        "topic": topic,
        "value": value,
        "leads": leads,
        "assisting": assisting,
        "pieces": [{**row, "kind": str(Kind(row["kind"]).label)} for row in topic.pieces],
        "files": files_beside(request, topic),
    }


def _consultation(request: DeskRequest, consultation: Consultation) -> Mapping[str, Any]:
    plan = consultation.plan
    texts = {topic.number: topic.text for topic in plan.topics()}
    return {
        "consultation": consultation,
        "plan": plan,
        "draft": [(part, [(t, texts.get(int(t.number), "")) for t in part.topics]) for part in plan.outline.parts],
        "opinions": list(consultation.opinions_given.all()),
        "files": files_beside(request, consultation),
    }


WORDS = {
    "begins": gettext_lazy("plan from"),
    "ends": gettext_lazy("plan until"),
    "outline_content": gettext_lazy("outline"),
    "meeting_content": gettext_lazy("kick-off meeting"),
    "answer_by": gettext_lazy("answers by"),
    "revised_content": gettext_lazy("revised texts"),
    "fates": gettext_lazy("outcomes"),
    "due": gettext_lazy("due"),
    "text": gettext_lazy("draft"),
    "pieces": gettext_lazy("contributions"),
    "signed": gettext_lazy("signatures"),
    "reports": gettext_lazy("progress reports"),
    "wanted_content": gettext_lazy("extension"),
    "completion_content": gettext_lazy("completion"),
    "owners": gettext_lazy("owners"),
    "opinions": gettext_lazy("opinions"),
}


def _label(name: str) -> str:
    return str(WORDS.get(name, ""))


register(
    Plan,
    Pages(
        new=[New(NEW, "plans:new", Plan.OPENED_BY.may_open)],
        addresses=[*urlpatterns, *board_addresses],
        own_pages={"write_topic": "plans:topic"},
        sections=[
            Section("summary", gettext_lazy("Plan"), "plans/plan.html", _plan),
            Section(
                "answers",
                gettext_lazy("Consultation"),
                "plans/answers.html",
                _answers,
                shown=lambda plan: plan.consultations.exists(),
            ),
        ],
        label=_label,
        drawing=Drawing(
            [
                PlanState.DRAFTING, PlanState.TOPICS_OUT, PlanState.DRAFTS_IN, PlanState.CONSULTING, PlanState.REVISING, PlanState.SIGNATURE,
                PlanState.EXECUTING, PlanState.CLOSING, PlanState.CLOSED,
            ],
            {PlanState.CANCELLED: 2},
        ),
    ),
)  # fmt: skip
register(
    Topic,
    Pages(
        sections=[Section("summary", gettext_lazy("Topic"), "plans/topic_matter.html", _topic)],
        label=_label,
        drawing=Drawing(
            [
                TopicState.SENDING, TopicState.ASSIGNED, TopicState.WRITING, TopicState.SUBMITTED, TopicState.CONSOLIDATED,
                TopicState.IN_PROGRESS, TopicState.COMPLETION, TopicState.ACCEPTED,
            ],
            {TopicState.REASSIGNING: 1, TopicState.EXTENDING: 5, TopicState.CARRIED_OVER: 6, TopicState.CALLED_OFF: 3},
        ),
    ),
)  # fmt: skip
register(
    Consultation,
    Pages(
        sections=[Section("summary", gettext_lazy("Consultation"), "plans/consultation.html", _consultation)],
        label=_label,
        drawing=Drawing(
            [ConsultationState.SENDING, ConsultationState.ASKED, ConsultationState.ANSWERED],
            {ConsultationState.SILENT: 1.6, ConsultationState.CALLED_OFF: 0.6},
        ),
    ),
)
