"""Where a plan is begun, and where a topic of its draft is written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from forms.plans import NewPlanForm, TopicForm
from workflows.desk.reading import visible
from workflows.desk.request import DeskRequest
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder, TextChanged
from workflows.matters.perform import available, begin, perform
from workflows.organisation import clock

from .models import Plan, PlanState

NEW = gettext_lazy("New work plan")
UNREADABLE, OVERTAKEN = 422, 409


@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Title and period; the topics follow on the plan's page."""
    posts = Plan.OPENED_BY.opening_posts(request.standing)
    unit = next((post.unit for post in posts if post.unit.is_open(clock.today())), None)
    if unit is None:
        raise PermissionDenied(_("You hold no post that may take this step."))
    form = NewPlanForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        asked = form.cleaned_data
        plan = Plan(unit=unit, title=asked["title"], language=request.user.language)
        try:
            begin(plan, by=request.user, key=asked["key"], begins=asked["begins"], ends=asked["ends"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect(plan)
    return render(
        request, "plans/new.html", {"form": form, "heading": NEW}, status=UNREADABLE if form.is_bound else 200
    )


@require_http_methods(["GET", "POST"])
def topic(request: DeskRequest, reference: str) -> HttpResponse:
    """A topic of the draft: a new one, or the one named by ?n=."""
    plan = visible(request.standing, reference)
    if not isinstance(plan, Plan):
        raise Http404
    if plan.state != PlanState.DRAFTING or not any(
        move.name == "write_topic" for move, _c in available(plan, request.standing)
    ):
        raise PermissionDenied(_("The plan's topics are written by the resource centre, while it is drawn up."))
    asked = request.GET.get("n", "")
    place = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else None
    if place is not None and str(place) not in {each.number for each in plan.outline.topics()}:
        raise Http404
    form = TopicForm(request.POST if request.method == "POST" else None, matter=plan, place=place)
    status = 200
    if form.is_bound:
        status = UNREADABLE
        if form.is_valid():
            try:
                perform(plan.write_topic, by=request.user, **form.seen(), **form.answers())
            except (StepOutOfOrder, TextChanged) as change:
                status = OVERTAKEN
                form.add_error(None, str(change))
                form.show_again(turn=str(plan.turn), written=Plan.objects.get(pk=plan.pk).written)
            except (Refused, NotYours) as refusal:
                form.refuse(refusal) if isinstance(refusal, Refused) else form.add_error(None, str(refusal))
            else:
                messages.success(request, _("“%(title)s” is in the plan.") % {"title": form.cleaned_data["title"]})
                if "again" in request.POST:
                    return redirect("plans:topic", plan.reference)
                return redirect(plan)
    context: dict[str, Any] = {
        "form": form,
        "plan": plan,
        "place": place,
        "parts": [part.title for part in plan.outline.parts],
    }
    return render(request, "plans/topic.html", context, status=status)


urlpatterns = [
    path("new/work-plan/", new, name="new"),
    path("m/<str:reference>/topic/", topic, name="topic"),
]
