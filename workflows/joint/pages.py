"""What a joint campaign brings to the desk: where it is opened and written anew, and the table of its stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from documents.joint import TARGET_NAMES
from forms.joint import FrameForm, group_of
from workflows.desk.differences import reread
from workflows.desk.pages import New, Pages, Section, register
from workflows.desk.request import DeskRequest
from workflows.desk.sections import files_beside
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder, TextChanged
from workflows.matters.models import ChildMatter, Matter, machine_of
from workflows.matters.moves import moves_of
from workflows.matters.perform import begin, entitlement, perform
from workflows.organisation import clock
from workflows.organisation.figures import figure, money, percent_of
from workflows.organisation.models import Unit
from workflows.steps.drawing import Drawing

from .models import PART, WHY_ABSENT, Joint, State
from .money import TARGETS, Part, Payer, amount, figures, in_percent, shares, summed, total

NEW = _("Open a joint campaign")
UNREADABLE, OVERTAKEN = 422, 409


@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Nothing exists before the first save; then it lies with the group's planning until the stores are invited."""
    units = [post.unit for post in Joint.OPENED_BY.opening_posts(request.standing) if post.unit.is_open(clock.today())]
    group = group_of(units)
    if group is None:
        raise PermissionDenied(gettext("You hold no post that may take this step."))
    form = FrameForm(request.POST if request.method == "POST" else None, group=group)
    if form.is_valid():
        try:
            entry = begin(form.drafted(), by=request.user, key=form.cleaned_data["key"], **form.answers())
        except Refused as refusal:
            form.refuse(refusal)
        else:
            assert entry.matter
            return redirect(entry.matter)
    return _sheet(request, form, reverse("joint:new"))


@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, reference: str) -> HttpResponse:
    """The draft, written anew."""
    visible = Matter.objects.visible_to(request.user, request.standing).filter(kind=Joint.KIND)
    joint = get_object_or_404(visible, reference=reference).specific
    assert isinstance(joint, Joint)
    spec = moves_of(Joint)["rewrite"]
    if entitlement(joint, spec, request.standing) is None:
        raise NotYours(joint)
    if not spec.offered(joint):
        raise StepOutOfOrder(joint, joint.trail.exclude(from_state=F("to_state")).last())
    form = FrameForm(request.POST if request.method == "POST" else None, group=joint.unit, matter=joint)
    if form.is_valid():
        try:
            perform(joint.rewrite, by=request.user, **form.seen(), **form.answers())
        except TextChanged as change:
            form.refuse(Refused(reread(change)))
            form.show_again(written=Joint.objects.get(pk=joint.pk).written)
            return _sheet(request, form, request.path, status=OVERTAKEN)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, gettext("The draft is saved."))
            return redirect(joint)
    return _sheet(request, form, request.path, joint)


def _sheet(
    request: DeskRequest, form: FrameForm, action: str, joint: Joint | None = None, *, status: int = 0
) -> HttpResponse:
    context = {"form": form, "heading": joint.title if joint else NEW, "joint": joint, "action": action}
    return render(request, "joint/frame.html", context, status=status or (UNREADABLE if form.is_bound else 200))


# --- the table of the stores ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One store of the table; amounts and figures as they are shown."""

    store: Unit
    place: ChildMatter | None
    state: str
    budget: str
    shares: list[str]
    figures: list[str]  # result of target, or the target alone
    takes_part: bool


def _lines(joint: Joint) -> tuple[list[Line], Mapping[str, Part]]:
    """A line for each store invited; what has not been handed in yet counts as it stands in the store's draft."""
    places = joint.places()
    keys = {place.matter_id: code for code, place in places.items() if place.matter_id}
    said = {keys[key]: part for key, part in machine_of(PART).as_parts(keys).items()}
    counted = {code: part for code, part in said.items() if code not in joint.absent and amount(part)}
    lines = []
    for code, store in joint.units().items():
        place, part = places.get(code), counted.get(code)
        why = str(WHY_ABSENT[joint.absent[code]]) if code in joint.absent else ""
        lines.append(
            Line(
                store,
                place,
                why or (place.state_label if place else ""),
                figure(amount(part)) if part else "",
                [figure(share) if share else "—" for share in shares(part).values()] if part else [""] * len(Payer),
                _reached(part) if part else [""] * len(TARGETS),
                takes_part=not why,
            )
        )
    return lines, counted


def _reached(part: Part) -> list[str]:
    """Each target, with the result before it once there is one."""
    targets, results = figures([part], "targets"), figures([part], "results")
    return [
        f"{figure(results[name])} / {figure(targets[name])}" if part["results"] else figure(targets[name])
        for name in TARGETS
    ]


def _stores(request: DeskRequest, joint: Joint) -> Mapping[str, Any]:
    lines, counted = _lines(joint)
    sums, parts = summed(counted.values()), list(counted.values())
    percents = in_percent(sums)
    whole = total(parts)
    done = [part for part in parts if part["results"]]
    spent = sum((Decimal(part["spent"]) for part in done), Decimal(0))
    targets, results = figures(parts, "targets"), figures(parts, "results")
    return {
        "joint": joint,
        "lines": lines,
        "payers": [payer.label for payer in Payer],
        "targets": [TARGET_NAMES[name] for name in TARGETS],
        "total": figure(whole) if parts else "",
        "sums": [figure(share) for share in sums.values()] if parts else [],
        "percents": [percents[payer] for payer in sums] if parts else [],
        "together": [
            f"{figure(results[name])} / {figure(targets[name])}" if done else figure(targets[name]) for name in TARGETS
        ],
        "spent": money(spent) if done else "",
        "spent_percent": percent_of(spent, whole),
        "in_time": sum(1 for line in lines if line.takes_part and line.budget),
        "files": files_beside(request, joint),
    }


# --- words ----------------------------------------------------------------------------------------------------

LABELS = {
    "theme": _("theme"),
    "words": _("what it is about"),
    "starts_on": _("starts on"),
    "ends_on": _("ends on"),
    "hand_in_by": _("parts handed in by"),
    "stores": _("stores"),
    "parts": _("parts (CNY)"),
    "absent": _("absent"),
    "store": _("store"),
    "until": _("to be handed in by"),
}


def _spoken(name: str, value: Any) -> str | None:
    if name not in ("stores", "parts", "absent") or not value:
        return None
    units = {unit.code: str(unit) for unit in Unit.objects.filter(code__in=list(value))}
    if name == "parts":
        return gettext(", ").join(f"{units.get(code, code)} {figure(Decimal(sum_))}" for code, sum_ in value.items())
    return gettext(", ").join(units.get(code, code) for code in value)


register(
    Joint,
    Pages(
        new=[New(NEW, "joint:new", Joint.OPENED_BY.may_open)],
        addresses=[
            path("new/joint/", new, name="new"),
            path("m/<str:reference>/frame/", edit, name="edit"),
        ],
        own_pages={"rewrite": "joint:edit"},
        sections=[Section("stores", _("Stores and parts"), "joint/stores.html", _stores)],
        lists_children=True,
        head="joint/head.html",
        label=lambda name: str(LABELS.get(name, "")),
        spoken=_spoken,
        drawing=Drawing(
            [
                State.DRAFT, State.COLLECTING, State.GATHERED, State.COUNTERSIGN, State.SIGNATURE, State.EXECUTING,
                State.CLOSED,
            ],
            {State.REJECTED: 4, State.CANCELLING: 5, State.CANCELLED: 6},
        ),
    ),
)  # fmt: skip
