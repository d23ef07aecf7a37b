"""What people do with a matter: decide, pass on, take, say, attach. Each through `perform` or `note_down`."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forms.base import ActForm
from forms.decisions import AttachForm, CommentForm, DecisionForm, TransferForm
from forms.declared import decision_of
from workflows.desk import reading
from workflows.desk.differences import reread
from workflows.desk.pages import pages_of
from workflows.desk.request import DeskRequest, post_only
from workflows.matters import attachments
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder, TextChanged
from workflows.matters.models import ActKey, Attachment, Comment, Mandate, Matter
from workflows.matters.moves import Move, moves_of
from workflows.matters.perform import available, entitlement, not_entitled, note_down, perform
from workflows.organisation.keys import key_in
from workflows.steps import desks
from workflows.steps.models import StepTask

from .matter import show

JUDGING = ("agree", "return", "reject", "object")  # verdicts of whoever has more matters waiting

# --- decisions ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def act(request: DeskRequest, reference: str, move: str) -> HttpResponse:
    """Make one move. The form alone on GET; what was typed stays when the move is refused."""
    matter = reading.visible(request.standing, reference)
    spec = moves_of(type(matter)).get(move)
    if spec is None or not reading.answerable(matter, spec):
        raise Http404
    if own_page := pages_of(matter.kind).own_pages.get(spec.name):
        return redirect(own_page, reference)
    if request.method == "GET":
        return _form_page(request, matter, spec)
    return _decide(request, matter, spec)


def _form_page(request: DeskRequest, matter: Matter, spec: Move) -> HttpResponse:
    seat = request.GET.get("seat", "")
    if not spec.offered(matter):
        raise _moved_on(matter)
    if entitlement(matter, spec, request.standing, seat) is None:
        raise not_entitled(matter, spec, request.standing, seat)
    form = _form_for(matter, spec)(matter=matter, move=spec, initial={"seat": seat})
    return render(request, "desk/matter/act.html", {"matter": matter, "move": spec, "form": form})


def _form_for(matter: Matter, spec: Move) -> type[DecisionForm]:
    form = decision_of(matter.kind, spec)
    assert form  # `answerable` has asked
    return form


def _decide(request: DeskRequest, matter: Matter, spec: Move) -> HttpResponse:
    if _sent_before(request):
        return _decided(request, matter, spec)
    if request.POST.get("turn", "") != str(matter.turn):
        raise _moved_on(matter)  # said before anything about the form, which was made for another state
    seat = request.POST.get("seat", "") if spec.at_a_seat else ""
    desks.refuse_what_a_colleague_took(matter, spec, request.standing, seat)
    form = _form_for(matter, spec)(request.POST, request.FILES, matter=matter, move=spec)
    if form.is_valid():
        try:
            perform(
                getattr(matter, spec.name),
                by=request.user,
                note=form.cleaned_data["note"],
                seat=seat,
                **form.seen(),
                **form.answers(),
            )
        except Refused as refusal:
            form.refuse(refusal)
        except TextChanged as change:
            return _to_be_reread(request, form, change)
        else:
            return _decided(request, matter, spec)
    return _refused(request, matter, spec, form)


def _sent_before(request: DeskRequest) -> bool:
    """Whether this very form was carried out already: the first result counts, whatever was true since."""
    return ActKey.objects.filter(person=request.user, key=request.POST.get("key", "")).exists()


def _moved_on(matter: Matter) -> StepOutOfOrder:
    return StepOutOfOrder(matter, matter.trail.exclude(from_state=F("to_state")).last())


def _decided(request: DeskRequest, matter: Matter, spec: Move) -> HttpResponse:
    """Back to the list for whoever decided; the matter again for whoever it belongs to."""
    done = _("%(reference)s: %(done)s.") % {"reference": matter.reference, "done": spec.done}
    if request.htmx:
        return _refreshed(request, matter.reference, done)
    messages.success(request, done)
    return redirect("desk:inbox") if spec.verdict in JUDGING else redirect(matter)


def _refreshed(request: DeskRequest, reference: str, done: str) -> HttpResponse:
    """The matter as it stands now, in place of the whole pane; the list beside it is told."""
    response = show(request, reading.visible(request.standing, reference), done=done)
    response["HX-Trigger"] = "decided"
    response["HX-Retarget"], response["HX-Reswap"] = "#matter", "outerHTML show:none"
    return response


def _to_be_reread(request: DeskRequest, form: DecisionForm, change: TextChanged) -> HttpResponse:
    """409: the matter with the text as it is now, what was typed still in the bar, and why it was not done."""
    fresh = reading.visible(request.standing, change.matter.reference)
    form.add_error(None, reread(change))
    form.show_again(written=fresh.written)
    response = show(request, fresh, failed=form, typed=_typed(request), status=409)
    response["HX-Retarget"], response["HX-Reswap"] = "#matter", "outerHTML show:none"
    return response


def _typed(request: DeskRequest) -> dict[str, str]:
    """What the person filled in, without what the page itself had put there."""
    hidden = ("turn", "key", "written", "csrfmiddlewaretoken")
    return {name: str(value) for name, value in request.POST.items() if name not in hidden}


def _refused(request: DeskRequest, matter: Matter, spec: Move | None, form: ActForm) -> HttpResponse:
    """422: beside the fields what is wrong, in them what was typed. For htmx only the bar is exchanged."""
    if not request.htmx:
        return render(request, "desk/matter/act.html", {"matter": matter, "move": spec, "form": form}, status=422)
    typed = _typed(request)
    fresh = reading.visible(request.standing, matter.reference)
    seat = request.POST.get("seat", "")
    bars = reading.bars(fresh, request.standing, reading.open_tasks(fresh), form, typed)
    bar = next((bar for bar in bars if bar.failed), None) or next((bar for bar in bars if bar.seat == seat), None)
    if bar is None:
        raise NotYours(fresh)
    return render(request, "desk/matter/bar.html", {"matter": fresh, "bar": bar, "refused": spec}, status=422)


# --- a task short of deciding it ------------------------------------------------------------------------


def _task(request: DeskRequest, matter: Matter) -> StepTask:
    """The open task the form was about. Raises StepOutOfOrder when the matter has moved on since."""
    tasks = StepTask.objects.filter(matter=matter.pk, closed_at=None, waits=False, seat=request.POST.get("seat", ""))
    task = tasks.select_related("matter", "taken_by").first()
    if task is None or request.POST.get("turn", str(matter.turn)) != str(matter.turn):
        raise _moved_on(matter)
    return task


@post_only("desk:matter", "reference")
def transfer(request: DeskRequest, reference: str) -> HttpResponse:
    """Pass a task on to one person."""
    matter = reading.visible(request.standing, reference)
    task = _task(request, matter)
    form = TransferForm(request.POST, matter=matter, receivers=desks.receivers(task, request.user))
    if _passed_on_already(request, matter, task):
        return _handled(request, matter, _("passed on"))
    if desks.may_decide(task, request.standing) is None:
        raise NotYours(matter)
    if desks.taken_by_another(task, request.standing):  # said before anything about the form
        raise StepOutOfOrder(matter, matter.trail.filter(action="take").last())
    if form.is_valid():
        receiver = form.cleaned_data["person"]
        try:
            desks.transfer(task, to=receiver, by=request.user, note=form.cleaned_data["note"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return _handled(request, matter, _("passed on to %(person)s") % {"person": receiver})
    return _refused(request, matter, None, form)


def _passed_on_already(request: DeskRequest, matter: Matter, task: StepTask) -> bool:
    """The same transfer sent twice: it lies with that person, by this person's own hand."""
    receiver = key_in(request.POST.get("person", ""))
    if receiver is None:
        return False
    given = task.candidates.filter(ground=Mandate.Ground.TRANSFER, person=receiver)
    mine = matter.trail.filter(action="transfer", actor=request.user, turn=matter.turn)
    return given.exists() and mine.exists()


@post_only("desk:matter", "reference")
def take(request: DeskRequest, reference: str) -> HttpResponse:
    """Put one's name on a task of one's office."""
    matter = reading.visible(request.standing, reference)
    desks.take(_task(request, matter), by=request.user)
    return _handled(request, matter, _("taken"), to_inbox=False)


@post_only("desk:matter", "reference")
def release(request: DeskRequest, reference: str) -> HttpResponse:
    """Give a task one took back to the office."""
    matter = reading.visible(request.standing, reference)
    desks.release(_task(request, matter), by=request.user)
    return _handled(request, matter, _("given back to the office"), to_inbox=False)


def _handled(request: DeskRequest, matter: Matter, did: str, *, to_inbox: bool = True) -> HttpResponse:
    request.said = done = _("%(reference)s: %(done)s.") % {"reference": matter.reference, "done": did}
    if request.htmx:
        return _refreshed(request, matter.reference, done)
    messages.success(request, done)
    return redirect("desk:inbox") if to_inbox else redirect(matter)


# --- words and files beside the matter --------------------------------------------------------------------


@post_only("desk:matter", "reference")
def comment(request: DeskRequest, reference: str) -> HttpResponse:
    """Say something beside the matter."""
    matter = reading.visible(request.standing, reference)
    form = CommentForm(request.POST, label_suffix="")
    if not form.is_valid():
        return show(request, matter, tab="discussion", forms={"comment_form": form}, status=422)
    text = form.cleaned_data["text"]
    with transaction.atomic():
        Comment.objects.create(matter_id=matter.pk, by=request.user, text=text)
        note_down(matter, reading.as_oneself(request.standing), "comment", note=text)
    return _discussion(request, reference)


@post_only("desk:matter", "reference")
def attach(request: DeskRequest, reference: str) -> HttpResponse:
    """Lay a file beside the matter."""
    matter = reading.visible(request.standing, reference)
    form = AttachForm(request.POST, request.FILES, label_suffix="")
    if form.is_valid():
        try:
            attachments.attach(
                matter,
                form.cleaned_data["file"],
                capacity=reading.as_oneself(request.standing),
                purpose=_purpose(request, matter),
            )
        except Refused as refusal:
            for words in refusal.messages:
                form.add_error("file", words)
        else:
            return _discussion(request, reference)
    return show(request, matter, tab="discussion", forms={"attach_form": form}, status=422)


def _purpose(request: DeskRequest, matter: Matter) -> str:
    """What a file is for, by what the person may do with the matter now."""
    return pages_of(matter.kind).purpose({move.name for move, _capacity in available(matter, request.standing)})


@post_only("desk:inbox")
def detach(request: DeskRequest, pk: Any) -> HttpResponse:
    """Take one's own file back."""
    file = get_object_or_404(Attachment.objects.select_related("matter"), pk=pk)
    matter = reading.visible(request.standing, file.matter.reference)
    attachments.withdraw(file, capacity=reading.as_oneself(request.standing))
    return _discussion(request, matter.reference)


def _discussion(request: DeskRequest, reference: str) -> HttpResponse:
    if request.htmx:
        return show(request, reading.visible(request.standing, reference), tab="discussion")
    response = redirect("desk:matter", reference)
    response["Location"] += "?tab=discussion"
    return response


urlpatterns = [
    path("m/<str:reference>/act/<slug:move>/", act, name="act"),
    path("m/<str:reference>/transfer/", transfer, name="transfer"),
    path("m/<str:reference>/take/", take, name="take"),
    path("m/<str:reference>/release/", release, name="release"),
    path("m/<str:reference>/comment/", comment, name="comment"),
    path("m/<str:reference>/attach/", attach, name="attach"),
    path("a/<uuid:pk>/detach/", detach, name="detach"),
]
