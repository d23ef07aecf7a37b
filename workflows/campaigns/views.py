"""Where campaigns are written: the declaration, its change, the report, the evaluation.

A draft may be saved however unfinished it is. Whoever submits saves first: what is refused is
never lost, it lies in the draft and stands in the form.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forms.base import ActForm
from forms.campaigns import (
    ChangeForm,
    DeclarationForm,
    EvaluationForm,
    NewDeclarationForm,
    ReportForm,
    laid_over,
    renumbered,
)
from forms.clashes import THEIRS, choices, clashes
from workflows.desk.differences import field_label, in_short, reread, rewritten
from workflows.desk.request import DeskRequest
from workflows.desk.times import moment
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder, TextChanged
from workflows.matters.models import Attachment, Matter, Opinion
from workflows.matters.moves import moves_of
from workflows.matters.perform import entitlement, hold, perform, written_since
from workflows.organisation import clock
from workflows.organisation.figures import figure
from workflows.organisation.models import Unit
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.policies.models import Edition

from . import wording
from .declaration import Declaration, computed_scores
from .models import Campaign, State
from .rules import Threshold
from .submitting import lay_beside, save_and_submit

UNREADABLE = 422
OVERTAKEN = 409
LONGEST = 2000  # characters of a field that two have written, where one chooses
SIDES = ("shown", "theirs", "mine")


def _asked(request: DeskRequest, reference: str, move: str) -> tuple[Campaign, Capacity]:
    """The campaign and the capacity in which `move` is the person's to make, now.

    Raises Http404 where they may not see it, NotYours where it is not theirs, StepOutOfOrder where
    its time has not come or is over.
    """
    visible = Matter.objects.visible_to(request.user, request.standing).filter(kind=Campaign.KIND)
    campaign = get_object_or_404(visible, reference=reference).specific
    assert isinstance(campaign, Campaign)
    spec = moves_of(Campaign)[move]
    capacity = entitlement(campaign, spec, request.standing)
    if capacity is None:
        raise NotYours(campaign)
    if not spec.offered(campaign):
        raise StepOutOfOrder(campaign, campaign.trail.exclude(from_state=F("to_state")).last())
    return campaign, capacity


# --- the declaration ---------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def declare(request: DeskRequest) -> HttpResponse:
    """A new campaign: nothing exists before the first save."""
    units = _units(request.standing)
    if not units:
        raise PermissionDenied(_("You hold no post as a planner, so there is no unit you could declare for."))
    if request.method == "GET":
        return _sheet(request, NewDeclarationForm(units=units), None)
    form = NewDeclarationForm(_shaped(request.POST), request.FILES, units=units, opened=_touched(request.POST))
    return _answer(request, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, reference: str) -> HttpResponse:
    """The draft of a declaration: save it, or save and submit it."""
    campaign, _capacity = _asked(request, reference, "save_draft")
    if request.method == "GET":
        return _sheet(request, DeclarationForm(declaration=campaign.declared, matter=campaign), campaign)
    chosen = choices(request.POST)
    data = laid_over(_shaped(request.POST), campaign.declared, [n for n, which in chosen.items() if which == THEIRS])
    form = DeclarationForm(data, request.FILES, matter=campaign, opened=_touched(request.POST))
    if not all(chosen.values()):
        return _clashing(request, form, campaign, request.POST.get("since", ""))
    return _answer(request, form, campaign)


def _answer(request: DeskRequest, form: DeclarationForm, campaign: Campaign | None) -> HttpResponse:
    """Do what the pressed button says: save, save and submit, or only show the form in its new shape."""
    do = request.POST.get("do", "save")
    if do not in ("save", "submit"):
        return _sheet(request, form, campaign)
    if not form.is_valid():
        return _sheet(request, form, campaign, status=UNREADABLE)
    try:
        outcome = save_and_submit(
            form.declaration,
            campaign,
            by=request.user,
            unit=form.cleaned_data.get("unit"),
            files=form.cleaned_data["attachments"],
            submit=do == "submit",
            **form.seen(),
        )
    except TextChanged as change:
        form.complain({"": [_overwritten(change)]})
        form.show_again(written=_mark(change.matter))
        assert campaign
        return _clashing(request, form, campaign, request.POST.get("written", ""))
    campaign = outcome.campaign
    form.complain(outcome.complaints)
    if outcome.refusal:
        form.refuse(outcome.refusal)
    if form.faults():
        # what was found as it stood may have been written by somebody else meanwhile: the next press will tell
        form.show_again(turn=str(campaign.turn), **({"written": _mark(campaign)} if outcome.saved else {}))
        return _sheet(request, form, campaign, status=UNREADABLE, saved=True)
    if outcome.submitted:
        messages.success(request, _("“%(title)s” is submitted.") % {"title": campaign.title})
        return redirect(campaign)
    messages.success(request, _("The draft is saved, %(when)s.") % {"when": moment(clock.now())})
    return redirect("campaigns:edit", campaign.reference)


def _clashing(request: DeskRequest, form: DeclarationForm, campaign: Campaign, since: str) -> HttpResponse:
    """409: what others have written since the person was given the mark `since`, beside what they typed, to choose."""
    fresh = Campaign.objects.get(pk=campaign.pk)
    asked = choices(request.POST) if request.POST.get("since") == since else {}
    assert form.errors is not None  # reads the fields
    mine = form.declaration
    content = mine.content()
    found = clashes(
        written_since(fresh, since) if since else [],
        {name: getattr(mine, name) for name in content},
        prefix="declaration.",
        read=lambda name, value: getattr(Declaration.from_content({**content, name: value}), name),
        chosen=asked,
    )
    if asked and not all(asked.values()):
        form.complain({"": [_("Please choose, for every field both have written, what is to stand.")]})
    told = [
        {
            "name": clash.name,
            "label": field_label(Campaign.KIND, f"declaration.{clash.name}"),
            "both": clash.touched,
            "chosen": clash.chosen,
            "missing": clash.name in asked and not asked[clash.name],
            **{which: in_short(wording.spoken(clash.name, getattr(clash, which)), LONGEST) for which in SIDES},
        }
        for clash in found
    ]
    return _sheet(request, form, campaign, status=OVERTAKEN, clashes=told, since=since)


@require_http_methods(["GET", "POST"])
def change(request: DeskRequest, reference: str) -> HttpResponse:
    """Change what was approved: the version in force, rewritten, with the reason."""
    campaign, capacity = _asked(request, reference, "change")
    in_force = campaign.declaration_of(campaign.in_force)
    if request.method == "GET":
        return _sheet(request, ChangeForm(declaration=in_force, matter=campaign), campaign)
    form = ChangeForm(_shaped(request.POST), request.FILES, matter=campaign, opened=_touched(request.POST))
    if request.POST.get("do", "submit") != "submit":
        return _sheet(request, form, campaign)
    if form.is_valid():
        form.complain(campaign.complaints(form.declaration))
        if form.declaration == in_force:
            form.complain({"": [_("Nothing differs from the version in force.")]})
    if form.faults():
        return _sheet(request, form, campaign, status=UNREADABLE)
    try:
        with transaction.atomic():
            files, seen = form.cleaned_data["attachments"], form.seen()
            hold(campaign, by=request.user, written=seen.pop("written"))  # before its own files are laid beside it
            if refused := lay_beside(files, campaign, capacity, Attachment.Purpose.TEXT):
                form.complain({"attachments": refused})
            else:
                note = form.cleaned_data["note"]
                perform(campaign.change, by=request.user, note=note, **seen, **form.answers())
    except TextChanged as change:
        _keep_typed(form, change)
        return _sheet(request, form, campaign, status=OVERTAKEN)
    if form.faults():
        return _sheet(request, form, campaign, status=UNREADABLE)
    messages.success(request, _("The change is on its way to the group review."))
    return redirect(campaign)


def may_declare(standing: Standing) -> bool:
    """Whether the person is planner anywhere: the way to a new declaration is shown to no one else."""
    return any(post.role == Role.PLANNER for post in standing.posts)


def _units(standing: Standing) -> list[Unit]:
    """The units the person may declare for: where they themselves are planner today."""
    mine = {hat.post.unit.pk: hat.post.unit for hat in standing.own if hat.post and hat.post.role == Role.PLANNER}
    return [unit for unit in mine.values() if unit.is_open(clock.today())]


def _shaped(data: QueryDict) -> QueryDict:
    """The data with a line added or taken out, or the sum taken over, where that button was pressed."""
    act, _colon, what = data.get("do", "").partition(":")
    shaped = renumbered(data, add=what if act == "add" else "", remove=what if act == "remove" else "")
    if act == "take_sum":
        shaped["budget_total"] = figure(DeclarationForm(shaped).declaration.total)
    return shaped


def _touched(data: QueryDict) -> str:
    """The section to show open: the one whose button was pressed."""
    act, _colon, what = data.get("do", "").partition(":")
    return "budget" if act == "take_sum" else what.partition(":")[0].partition("-")[0]


def _mark(matter: Matter) -> str:
    """Which text there is now, as the database has it."""
    return Campaign.objects.get(pk=matter.pk).written


def _keep_typed(form: ActForm, change: TextChanged) -> None:
    """Say in the form who has written since, and let it be sent again by whoever has read that."""
    form.refuse(Refused(reread(change)))
    form.show_again(written=_mark(change.matter))


def _overwritten(change: TextChanged) -> str:
    if change.unshown:
        return reread(change)
    return _(
        "%(person)s saved this draft %(when)s, after you had opened it. What is different: %(fields)s. "
        "Your text is still here. Choose what is to stand, and save again."
    ) % rewritten(change)


def _sheet(
    request: DeskRequest,
    form: DeclarationForm,
    campaign: Campaign | None,
    *,
    status: int = 200,
    saved: bool = False,
    **more: Any,
) -> HttpResponse:
    """The declaration's page. `saved`: the draft is safe although it was not submitted; `more` goes to the page."""
    edition = campaign.policy_now if campaign else Edition.current(clock.today())
    thresholds = {name: edition.threshold(Campaign.KIND, name) for name in Threshold}
    changes = isinstance(form, ChangeForm)
    running = campaign is not None and campaign.was_running
    context = {
        "returned": _returned(campaign),
        "form": form,
        "campaign": campaign,
        "changes": changes,
        "saved": saved,
        "action": _action(campaign, changes=changes),
        "faults": form.faults(),
        "warnings": [] if running else form.declaration.warnings(edition, clock.today()),
        "urgent": not running and form.declaration.is_urgent(edition, clock.today()),
        "thresholds": {name: "" if value is None else int(value) for name, value in thresholds.items()},
        "today": clock.today(),
        "watched": not running,
        "owed": _owed(request, campaign),
        "files": campaign.attachments.filter(withdrawn_at=None) if campaign else (),
        **more,
    }
    return render(request, "campaigns/declaration.html", context, status=status)


def _returned(campaign: Campaign | None) -> Opinion | None:
    """What the one who returned it wrote, while the draft it came back as is being worked on."""
    last = campaign.opinions.last() if campaign and campaign.state == State.DRAFT else None
    return last if last and last.verdict == Opinion.Verdict.RETURN else None


def _action(campaign: Campaign | None, *, changes: bool) -> str:
    if campaign is None:
        return reverse("campaigns:declare")
    return reverse("campaigns:change" if changes else "campaigns:edit", args=[campaign.reference])


def _owed(request: DeskRequest, campaign: Campaign | None) -> list[Campaign]:
    """Campaigns still without a report, because of which the unit may not submit another."""
    if campaign and campaign.in_force:
        return []
    units = [campaign.unit] if campaign else _units(request.standing)
    owed = Campaign.objects.filter(unit__in=units, state=State.REPORTING).select_related("unit")
    return list(owed.exclude(pk=campaign.pk) if campaign else owed)


# --- the report, the evaluation ----------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def report(request: DeskRequest, reference: str) -> HttpResponse:
    """What was spent and what came of it. Pictures are kept even while something else is missing."""
    campaign, capacity = _asked(request, reference, "hand_in")
    declared = campaign.declaration_of(campaign.in_force)
    if request.method == "GET":
        return _report(request, ReportForm(declared=declared, matter=campaign), campaign)
    form = ReportForm(request.POST, request.FILES, declared=declared, matter=campaign)
    readable = form.is_valid()
    try:
        with transaction.atomic():
            pictures = form.cleaned_data.get("pictures", [])
            if readable:
                hold(campaign, by=request.user, written=form.cleaned_data["written"])
            if refused := lay_beside(pictures, campaign, capacity, Attachment.Purpose.RESULT):
                form.refuse(Refused({"pictures": refused}))
            elif readable:
                seen = {**form.seen(), "written": None}  # held, before its own pictures were laid beside it
                perform(campaign.hand_in, by=request.user, **seen, **form.answers())
                messages.success(request, _("The report is handed in."))
                return redirect(campaign)
    except TextChanged as change:
        _keep_typed(form, change)
        return _report(request, form, campaign, status=OVERTAKEN)
    return _report(request, form, campaign, status=UNREADABLE)


def _report(request: DeskRequest, form: ReportForm, campaign: Campaign, *, status: int = 200) -> HttpResponse:
    pictures = campaign.attachments.filter(purpose=Attachment.Purpose.RESULT, withdrawn_at=None)
    context = {"form": form, "campaign": campaign, "faults": form.faults(), "pictures": pictures}
    return render(request, "campaigns/report.html", context, status=status)


@require_http_methods(["GET", "POST"])
def evaluate(request: DeskRequest, reference: str) -> HttpResponse:
    """Scores on weighted criteria, each beside what the figures give."""
    campaign, _capacity = _asked(request, reference, "score")
    declared = campaign.declaration_of(campaign.in_force)
    computed = computed_scores(declared, campaign.report, report_late=campaign.report_late)
    given: dict[str, Any] = {
        "weights": campaign.policy.weight_table(Campaign.KIND),
        "computed": computed,
        "matter": campaign,
    }
    form = EvaluationForm(request.POST, **given) if request.method == "POST" else EvaluationForm(**given)
    status = 200
    if form.is_bound:
        status = UNREADABLE
        if form.is_valid():
            try:
                perform(campaign.score, by=request.user, **form.seen(), **form.answers())
            except TextChanged as change:
                _keep_typed(form, change)
                status = OVERTAKEN
            else:
                messages.success(request, _("“%(title)s” is scored and closed.") % {"title": campaign.title})
                return redirect(campaign)
    context = {
        "form": form,
        "campaign": campaign,
        "declared": declared,
        "report": campaign.report,
        "faults": form.faults(),
    }
    return render(request, "campaigns/evaluation.html", context, status=status)


urlpatterns = [
    path("new/campaign/", declare, name="declare"),
    path("m/<str:reference>/declaration/", edit, name="edit"),
    path("m/<str:reference>/change/", change, name="change"),
    path("m/<str:reference>/report/", report, name="report"),
    path("m/<str:reference>/evaluation/", evaluate, name="evaluate"),
]
