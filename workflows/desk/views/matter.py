"""One matter: its page, the same beside the list, its path ahead, and the files laid beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from forms.base import ActForm
from workflows.desk import reading
from workflows.desk.pages import pages_of
from workflows.desk.paths import panel
from workflows.desk.request import DeskRequest, damaged
from workflows.desk.sections import sections_of
from workflows.matters.attachments import content_of, downloaded
from workflows.matters.keeping import Damaged
from workflows.matters.models import Attachment, Matter
from workflows.organisation.glance import one_look
from workflows.steps.desks import taken_by_another
from workflows.steps.drawing import ended_well
from workflows.steps.families import family_of


def show(
    request: DeskRequest,
    matter: Matter,
    *,
    tab: str = "",
    failed: ActForm | None = None,
    typed: Mapping[str, Any] | None = None,
    forms: Mapping[str, Any] | None = None,
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    """The matter as a whole page, or for htmx the part that was asked for.

    `failed` and `typed` are a refused decision and what was typed with it; `forms` a refused comment
    or file, by the name its section knows it under; `done` says what the person has just done.
    """
    target = request.htmx.target if request.htmx else ""
    with one_look():
        page = _content(request, matter, tab, forms or {})
        if target != "matter-content":
            tasks, pages = reading.open_tasks(matter), pages_of(matter.kind)
            page |= {
                "tasks": tasks,
                "due_at": min((task.due_at for task in tasks if task.due_at), default=None),
                "bars": reading.bars(matter, request.standing, tasks, failed, typed),
                "taken": [task for task in tasks if taken_by_another(task, request.standing)],
                "stages": reading.stages(matter, tasks, request.standing),
                "kind_words": pages.kind_words(matter),
                "head": pages.head,
                "ended_well": ended_well(type(matter), matter.state),
                "done": done,
                "family": family_of(matter),
                "lists_children": pages.lists_children,
            }
        template = "page" if not request.htmx else "content" if target == "matter-content" else "body"
        response = render(request, f"desk/matter/{template}.html", page, status=status)
    here = request.htmx.current_url_abs_path or "" if request.htmx else ""
    if here.partition("?")[0] == matter.get_absolute_url():  # on its own page a reload shows the same section
        response["HX-Replace-Url"] = f"{matter.get_absolute_url()}?tab={page['tab']}"
    return response


def _content(request: DeskRequest, matter: Matter, tab: str, forms: Mapping[str, Any]) -> dict[str, Any]:
    """What the chosen section needs, and nothing of the others."""
    sections = sections_of(matter)
    asked = tab or request.GET.get("tab", "")
    chosen = next((section for section in sections if section.key == asked), sections[0])
    return {
        "matter": matter,
        "tab": chosen.key,
        "tabs": [(section.key, section.label, section.count(matter)) for section in sections],
        "section_template": chosen.template,
        "versioned": reading.keeps_versions(matter),
        **chosen.context(request, matter),
        **forms,
    }


@require_safe
def matter(request: DeskRequest, reference: str) -> HttpResponse:
    """Everything about one matter, on a page of its own."""
    return show(request, reading.visible(request.standing, reference))


@require_safe
def pane(request: DeskRequest, reference: str) -> HttpResponse:
    """The same beside the list; without htmx there is no list, so it leads to the page."""
    seen = reading.visible(request.standing, reference)
    return show(request, seen) if request.htmx else redirect(seen)


@require_safe
def path_panel(request: DeskRequest, reference: str) -> HttpResponse:
    """What was done, what lies ahead and what would change it. Asked for by itself: it may take a moment."""
    seen = reading.visible(request.standing, reference)
    template = "path" if request.htmx else "path_page"
    return render(request, f"desk/matter/{template}.html", {"matter": seen, "panel": panel(seen)})


@require_safe
def attachment(request: DeskRequest, pk: str) -> HttpResponse:
    """A file, to whoever may see its matter: pictures are shown, everything else is saved."""
    file = get_object_or_404(Attachment.objects.select_related("matter"), pk=pk, withdrawn_at=None)
    if not Matter.objects.visible_to(request.user, request.standing).filter(pk=file.matter_id).exists():
        raise Http404
    try:
        content = content_of(file)
    except Damaged:
        return damaged(request, file.name)
    if not file.is_picture:
        downloaded(file, capacity=reading.as_oneself(request.standing))
    response = HttpResponse(content, content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(not file.is_picture, file.name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response


urlpatterns = [
    path("m/<str:reference>/", matter, name="matter"),
    path("m/<str:reference>/pane/", pane, name="pane"),
    path("m/<str:reference>/path/", path_panel, name="path"),
    path("a/<uuid:pk>/", attachment, name="attachment"),
]
