"""The seals: which unit has which, a new one, withdrawing one, and what bears it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from documents.models import Seal
from documents.press.seals import drawn
from documents.registry.clerks import as_clerk
from documents.registry.sealing import put_in_force, withdraw
from forms.register import ReasonForm, SealForm
from workflows.desk.request import DeskRequest, post_only
from workflows.matters.errors import Refused
from workflows.organisation.models import Unit
from workflows.trail import actions
from workflows.trail.models import Entry
from workflows.trail.record import subject_of

from .register import clerk, page_number, reader, seen_by

PAGE = 50  # papers that bear a seal


@require_http_methods(["GET", "HEAD", "POST"])
def seals(request: DeskRequest) -> HttpResponse:
    """Every seal, and for a clerk the form for a new one; it shows how the words would look before one is made."""
    if request.method == "POST":
        return _new(request)
    reader(request)
    if request.htmx and "name" in request.GET:
        return render(request, "registry/seal_preview.html", _preview(SealForm(request.GET)))
    return _page(request, SealForm(initial={"unit": request.GET.get("unit")}))


def _new(request: DeskRequest) -> HttpResponse:
    capacity, form = clerk(request), SealForm(request.POST)
    if "preview" in request.POST:
        return _page(request, form)
    if form.is_valid():
        unit = form.cleaned_data["unit"]
        try:
            put_in_force(unit, form.cleaned_data["name"], form.cleaned_data["below"], capacity=capacity)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The seal of %(unit)s is in force.") % {"unit": unit})
            return redirect(f"{reverse('registry:seals')}#main")  # the form's own #new would hide what is said above it
    return _page(request, form, status=422)


def _page(request: DeskRequest, form: SealForm, status: int = 200) -> HttpResponse:
    kept = Seal.objects.select_related("unit").annotate(uses=Count("papers"))
    places = {key: place for place, key in enumerate(Unit.objects.with_tree_fields().values_list("pk", flat=True))}
    context = {
        "standing_seals": sorted(kept.filter(withdrawn_at=None), key=lambda seal: places[seal.unit_id]),
        "withdrawn": kept.filter(withdrawn_at__isnull=False).order_by("-withdrawn_at"),
        "keeps": any(True for _capacity in as_clerk(request.standing)),
        "form": form,
        **_preview(form),
    }
    return render(request, "registry/seals.html", context, status=status)


def _preview(form: SealForm) -> dict[str, str]:
    """How the seal would look, or why it cannot be cut so."""
    if not form.is_bound:
        return {"preview": "", "lacking": ""}
    lacking = [str(error) for name in ("name", "below") for error in form.errors.get(name, [])]
    if lacking:
        return {"preview": "", "lacking": lacking[0]}
    picture = drawn(form.cleaned_data["name"], form.cleaned_data["below"])
    return {"preview": mark_safe(picture), "lacking": ""}  # outlines and numbers, none of the words


@require_safe
def seal(request: DeskRequest, pk: int) -> HttpResponse:
    """One seal: large, with its lines on the trail and the papers that bear it."""
    reader(request)
    return _seal_page(request, get_object_or_404(Seal.objects.select_related("unit"), pk=pk), ReasonForm())


@post_only("registry:seal", "pk")
def seal_withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    capacity, form = clerk(request), ReasonForm(request.POST)
    kept = get_object_or_404(Seal.objects.select_related("unit"), pk=pk)
    if not form.is_valid():
        return _seal_page(request, kept, form, status=422)
    if withdraw(kept, capacity=capacity, reason=form.cleaned_data["reason"]):
        messages.success(request, _("The seal is withdrawn; no more paper will bear it."))
    else:
        messages.info(request, _("The seal had been withdrawn already."))
    return redirect("registry:seal", pk)


def _seal_page(request: DeskRequest, kept: Seal, form: ReasonForm, status: int = 200) -> HttpResponse:
    papers = kept.papers.defer("facts").select_related("matter__unit", "issued_by", "voiding")
    count = papers.count()
    last = max(1, -(-count // PAGE))
    page = page_number(request, last)
    shown = list(papers.order_by("-issued_at", "-pk")[(page - 1) * PAGE : page * PAGE])
    lines = Entry.objects.filter(matter=None, subject=subject_of(kept)).order_by("seq")
    lines = lines.select_related("actor", "on_behalf_of", "post__unit")
    context = {
        "seal": kept,
        "lines": [(line, actions.label(line)) for line in lines],
        "papers": shown,
        "seen": seen_by(request, shown),
        "count": count,
        "page": page,
        "last": last,
        "keeps": any(True for _capacity in as_clerk(request.standing)),
        "form": form,
    }
    return render(request, "registry/seal.html", context, status=status)


@require_safe
@cache_control(private=True, max_age=24 * 60 * 60)
def seal_picture(request: DeskRequest, pk: int) -> HttpResponse:
    """The seal as a picture; it never changes, so a browser keeps it for the day."""
    reader(request)
    kept = get_object_or_404(Seal, pk=pk)
    return HttpResponse(drawn(kept.name, kept.below), content_type="image/svg+xml")


urlpatterns = [
    path("papers/seals/", seals, name="seals"),
    path("papers/seals/<int:pk>/", seal, name="seal"),
    path("papers/seals/<int:pk>/withdraw/", seal_withdraw, name="seal_withdraw"),
    path("papers/seals/<int:pk>.svg", seal_picture, name="seal_picture"),
]
