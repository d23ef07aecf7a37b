"""The plan board as a page, as an Excel file, and on paper; for whoever may see the plan."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from documents.models import IssuedDocument
from workflows.desk.reading import visible
from workflows.desk.request import DeskRequest
from workflows.matters.perform import available, perform
from workflows.organisation import clock

from .board import EXCEL, by_part, lines_of, timeline, workbook
from .models import Paper, Plan

SHOWN = ("table", "timeline")


def _plan(request: DeskRequest, reference: str) -> Plan:
    matter = visible(request.standing, reference)
    if not isinstance(matter, Plan):
        raise Http404
    return matter


@require_safe
def board(request: DeskRequest, reference: str) -> HttpResponse:
    """Every topic by part: as a table, or as bars on one scale."""
    plan, today = _plan(request, reference), clock.today()
    lines = lines_of(plan)
    shown = request.GET.get("as", "")
    shown = shown if shown in SHOWN else SHOWN[0]
    late = sum(line.late for line in lines)
    context: dict[str, Any] = {
        "plan": plan,
        "today": today,
        "lines": lines,
        "shown": shown,
        "sums": [
            (_("Topics"), len(lines), ""),
            (_("Topics accepted"), sum(line.accepted for line in lines), ""),
            (_("Topics late"), late, "late" if late else ""),
        ],
        "may_print": any(move.name == "print_board" for move, _capacity in available(plan, request.standing)),
        "printed": IssuedDocument.objects.filter(matter=plan.pk, kind=Paper.BOARD).order_by("-issued_at").first(),
    }
    if shown == "timeline":
        begins, ends = plan.begins or today, plan.ends or today
        context["drawn"] = timeline(lines, begins, ends, today)
    else:
        context["parts"] = by_part(lines)
    return render(request, "plans/board.html", context)


@require_safe
def board_file(request: DeskRequest, reference: str) -> HttpResponse:
    """The board as an Excel file."""
    plan, today = _plan(request, reference), clock.today()
    made = workbook(plan.title, lines_of(plan), today)
    name = f"{plan.reference}-{today:%Y%m%d}.xlsx"
    return HttpResponse(made, content_type=EXCEL, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_POST
def board_paper(request: DeskRequest, reference: str) -> HttpResponse:
    """Hand the board out on paper, as it stands now."""
    plan = _plan(request, reference)
    perform(plan.print_board, by=request.user)
    messages.success(request, _("The board is being printed."))
    return redirect("plans:board", plan.reference)


urlpatterns = [
    path("m/<str:reference>/board/", board, name="board"),
    path("m/<str:reference>/board.xlsx", board_file, name="board_file"),
    path("m/<str:reference>/board/paper/", board_paper, name="board_paper"),
]
