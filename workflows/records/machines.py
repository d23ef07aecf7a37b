"""The state machines, as the product itself reads them: a table and a picture each."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from workflows.desk import pages
from workflows.desk.request import DeskRequest
from workflows.policies.models import Edition, NoPolicy
from workflows.steps.drawing import draw
from workflows.steps.flows import all_flows
from workflows.steps.machines import read


@require_safe
def machines(request: DeskRequest) -> HttpResponse:
    """Every workflow: who holds which step how long, who may move it where, and what is handed out."""
    try:
        edition = Edition.current()
    except NoPolicy:
        edition = None
    tables = [
        (machine, [*machine.faults, *pages.faults(flow.machine)], draw(flow.machine))
        for flow in all_flows().values()
        for machine in [read(flow, edition)]
    ]
    return render(request, "records/machines.html", {"tables": tables, "edition": edition})


urlpatterns = [path("machines/", machines, name="machines")]
