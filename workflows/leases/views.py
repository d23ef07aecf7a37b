"""The register as people use it: the floors of a mall at a glance, a stall and its leases, the tenants.

Whoever may see a mall's matters sees its register; its leasing officer writes in it. Each entry is one
transaction with its line on the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from forms.leases import LeaseForm, MonthForm, TenantForm
from workflows.desk.request import DeskRequest
from workflows.organisation import clock
from workflows.organisation.models import Unit
from workflows.trail.record import about, columns_of, difference, subject_of

from .models import Renewal, State
from .reach import keeps, keeps_any, malls_of
from .register import Lease, Month, Stall, Tenant, holding, in_the_way

UNREADABLE = 422
MONTHS_SHOWN = 24


@require_safe
def malls(request: DeskRequest) -> HttpResponse:
    """The malls whose register one may read; the only one at once."""
    found = list(malls_of(request.standing))
    if not found:
        raise PermissionDenied(_("You hold no post that may read a register of leases."))
    if len(found) == 1:
        return redirect("leases:floors", found[0].code)
    let = Lease.objects.filter(holding(clock.today()), stall__mall__in=found)
    stalls = dict(Stall.objects.filter(mall__in=found).values_list("mall").annotate(Count("pk")))
    held = dict(let.values_list("stall__mall").annotate(Count("pk")))
    open_ones = Renewal.objects.filter(unit__in=found, closed_at=None)
    renewing = dict(open_ones.order_by().values_list("unit").annotate(Count("pk")))
    rows = [(mall, stalls.get(mall.pk, 0), held.get(mall.pk, 0), renewing.get(mall.pk, 0)) for mall in found]
    return render(request, "leases/malls.html", {"rows": rows, "keeps_tenants": keeps_any(request.standing)})


@dataclass(frozen=True)
class Cell:
    """A stall on the floor: who holds it, how long still, where the renewal stands."""

    stall: Stall
    lease: Lease | None
    renewal: Renewal | None
    days: int  # to the end of the term; below nothing: held over

    @property
    def tone(self) -> str:
        """free · calm · due (a renewal is open) · leaving · over (the term has ended)."""
        if self.lease is None:
            return "free"
        if self.days < 0:
            return "over"
        if self.renewal is None or self.renewal.is_closed:
            return "calm"
        return "leaving" if self.renewal.state in (State.NOT_RENEWING, State.VACATING) else "due"


@require_safe
def floors(request: DeskRequest, code: str) -> HttpResponse:
    """Every stall of a mall, floor by floor, from the top."""
    mall = get_object_or_404(malls_of(request.standing), code=code)
    today = clock.today()
    held = Lease.objects.filter(holding(today)).select_related("tenant", "renewal")
    stalls = Stall.objects.filter(mall=mall).prefetch_related(Prefetch("leases", held, to_attr="today"))
    cells = [_cell(stall, today) for stall in stalls.order_by("-floor", "number")]
    storeys = [(floor, list(those)) for floor, those in groupby(cells, key=lambda cell: cell.stall.floor)]
    return render(
        request, "leases/floors.html", {"mall": mall, "storeys": storeys, "keeps": keeps(request.standing, mall)}
    )


def _cell(stall: Any, today: Any) -> Cell:
    lease = next(iter(stall.today), None)
    if lease is None:
        return Cell(stall, None, None, 0)
    return Cell(stall, lease, getattr(lease, "renewal", None), (lease.ends_on - today).days)


@require_http_methods(["GET", "POST"])
def stall(request: DeskRequest, pk: int) -> HttpResponse:
    """One stall: its leases, the months of the present one; where its officer enters either."""
    found = get_object_or_404(Stall.objects.filter(mall__in=malls_of(request.standing)).select_related("mall"), pk=pk)
    leases = list(found.leases.select_related("tenant", "renewal"))
    present = next((lease for lease in leases if lease.held_until is None), None)
    may = keeps(request.standing, found.mall)
    forms: dict[str, Any] = {}
    if may and present:
        forms["month_form"] = MonthForm(initial={"month": clock.today().replace(day=1)})
    elif may:
        forms["lease_form"] = LeaseForm(stall=found)
    status = 200
    if request.method == "POST":
        if not may:
            raise PermissionDenied(_("Only the leasing officer of this mall writes in its register."))
        answer = _month_entered(request, present) if present else _lease_entered(request, found)
        if isinstance(answer, HttpResponse):
            return answer
        forms |= answer
        status = UNREADABLE
    months = list(present.months.all()[:MONTHS_SHOWN]) if present else []
    rows = [(month, present.money(month.sales), present.money(month.arrears)) for month in months] if present else []
    context = {"stall": found, "leases": leases, "present": present, "rows": rows, "today": clock.today(), **forms}
    return render(request, "leases/stall.html", context, status=status)


def _month_entered(request: DeskRequest, lease: Lease) -> HttpResponse | Mapping[str, Any]:
    """The month is written, or corrected, or what is wrong with it."""
    raw = request.POST.get("month", "")
    earlier = lease.months.filter(month=f"{raw}-01").first() if len(raw) == 7 and _is_month(raw) else None
    before = columns_of(earlier) if earlier else {}
    form = MonthForm(request.POST, instance=earlier or Month(lease=lease))
    if not form.is_valid():
        return {"month_form": form}
    try:
        with transaction.atomic():
            form.instance.lease = lease
            _keep(request, form.save(), before)
    except IntegrityError:
        form.add_error("month", _("Somebody has just entered this month; please look again."))
        return {"month_form": form}
    messages.success(request, _("%(month)s is entered.") % {"month": f"{form.instance.month:%Y-%m}"})
    return redirect("leases:stall", lease.stall_id)


def _is_month(raw: str) -> bool:
    year, _dash, month = raw.partition("-")
    return year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12 and int(year) > 0


def _lease_entered(request: DeskRequest, found: Stall) -> HttpResponse | Mapping[str, Any]:
    form = LeaseForm(request.POST, stall=found)
    if not form.is_valid():
        return {"lease_form": form}
    try:
        with transaction.atomic():
            _keep(request, form.save(), {})
    except IntegrityError:
        other = form.instance.in_the_way()
        form.add_error(None, in_the_way(other) if other else _("It could not be entered; please look again."))
        return {"lease_form": form}
    messages.success(request, _("The lease is entered."))
    return redirect("leases:stall", found.pk)


@require_http_methods(["GET", "POST"])
def tenants(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The tenants, and the form of one: a new one, or the one with that key."""
    may = keeps_any(request.standing)
    seen = malls_of(request.standing)
    if not seen.exists():
        raise PermissionDenied(_("You hold no post that may read a register of leases."))
    chosen = get_object_or_404(Tenant, pk=pk) if pk else None
    if chosen and not may:
        raise Http404
    before = columns_of(chosen) if chosen else {}
    form = TenantForm(request.POST if request.method == "POST" else None, instance=chosen) if may else None
    status = 200
    if request.method == "POST":
        if form is None:
            raise PermissionDenied(_("Only a leasing officer enters tenants."))
        if form.is_valid():
            with transaction.atomic():
                _keep(request, form.save(), before)
            messages.success(request, _("%(tenant)s is entered.") % {"tenant": form.instance})
            return redirect("leases:tenants")
        status = UNREADABLE
    here = Count("leases", filter=Q(leases__held_until=None, leases__stall__mall__in=seen))
    rows = Tenant.objects.annotate(stalls=here)
    if not may:
        rows = rows.filter(stalls__gt=0)
    context = {"rows": rows.order_by("-stalls", "name"), "form": form, "chosen": chosen, "today": clock.today()}
    return render(request, "leases/tenants.html", context, status=status)


def _keep(request: DeskRequest, row: Any, before: Mapping[str, Any]) -> None:
    """The line of the trail that goes with the entry."""
    row.refresh_from_db()  # as the database keeps it: 3200 is 3200.00
    told = difference(dict(before), columns_of(row))
    unit: Unit | None = getattr(getattr(row, "stall", None), "mall", None)
    if told:
        about(subject_of(row), by=request.user, action="change" if before else "add", changes=told, unit=unit)


urlpatterns = [
    path("malls/", malls, name="malls"),
    path("malls/<slug:code>/", floors, name="floors"),
    path("stalls/<int:pk>/", stall, name="stall"),
    path("tenants/", tenants, name="tenants"),
    path("tenants/<int:pk>/", tenants, name="tenant"),
]
