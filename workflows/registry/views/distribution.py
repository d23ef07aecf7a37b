"""Papers on their way to units: what mine received, what the clerk sent and who has not answered, the lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from documents.base import kind_of
from documents.models import DistributionList, IssuedDocument, Receipt, Voiding
from documents.registry import distribution
from documents.registry.numbering import part_as_written, sought
from forms.distribution import ListForm, SendForm
from workflows.desk.inbox import Option
from workflows.desk.request import DeskRequest, post_as, post_only
from workflows.desk.times import Due, day_due, moment
from workflows.matters.errors import Refused
from workflows.matters.models import Matter
from workflows.organisation import clock
from workflows.organisation.calendar import DAY, WorkingCalendar
from workflows.organisation.keys import key_in
from workflows.organisation.meanwhile import once_more
from workflows.organisation.names import told
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing

PAGE = 50  # papers


# --- papers for us -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One receipt as its reader sees it. No query of its own."""

    receipt: Receipt
    capacity: Capacity | None
    due: Due

    @property
    def kind(self) -> str:
        return str(kind_of(self.receipt.document.kind).title)

    @property
    def said(self) -> str:
        """Who had done it before: for whoever pressed a button a moment too late."""
        row = self.receipt
        at, by = (
            (row.acknowledged_at, row.acknowledged_by) if row.acknowledged_at else (row.received_at, row.received_by)
        )
        return (
            _("%(person)s has done so already, %(when)s.") % {"person": told(by, at), "when": moment(at)} if at else ""
        )

    @property
    def is_void(self) -> bool:
        return self.receipt.document.voided is not None

    @property
    def answered(self) -> bool:
        return self.receipt.acknowledged_at is not None or self.is_void


def to_acknowledge(standing: Standing) -> QuerySet[Receipt]:
    """What the person's units still have to acknowledge; its count is the number on the rail."""
    return distribution.unanswered(Receipt.objects.filter(distribution.addressed(standing)))


def _whole(receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
    """`receipts` with all that their lines show."""
    people = ("received_by", "read_by", "acknowledged_by", "document__voiding__by")
    return receipts.select_related(
        "unit", "document__matter__unit", "document__issued_by", "document__voiding__notice", *people
    ).defer("document__facts", "document__voiding__notice__facts")


def _rows(receipts: Iterable[Receipt], standing: Standing) -> list[Row]:
    calendar = WorkingCalendar.load()
    return [
        Row(receipt, distribution.capacity_for(receipt, standing), day_due(receipt.due_on, calendar))
        for receipt in receipts
    ]


def _tabs(request: DeskRequest) -> list[Option]:
    """How many there are to acknowledge and how many are answered, in one query."""
    mine = Receipt.objects.filter(distribution.addressed(request.standing)).annotate(is_void=distribution.voided())
    waiting = Q(acknowledged_at=None, is_void=False)
    counts = mine.aggregate(waiting=Count("pk", filter=waiting), answered=Count("pk", filter=~waiting))
    done = request.GET.get("show") == "acknowledged"
    return [
        Option("", _("To acknowledge"), counts["waiting"], not done),
        Option("acknowledged", _("Acknowledged"), counts["answered"], done),
    ]


@never_cache
@require_GET
def received(request: DeskRequest) -> HttpResponse:
    """What the person's units were sent: to be acknowledged, the most urgent first; and what is answered or void.

    The latter by when it was: a paper voided today is on top, whether or not it had been acknowledged.
    """
    mine = Receipt.objects.filter(distribution.addressed(request.standing))
    tabs = _tabs(request)
    if tabs[1].chosen:
        answered = mine.filter(Q(acknowledged_at__isnull=False) | Q(distribution.voided()))
        shown = answered.order_by(Coalesce("document__voiding__at", "acknowledged_at").desc(), "-pk")
    else:
        shown = distribution.unanswered(mine).order_by("due_on", "pk")
    pages = Paginator(_whole(shown), PAGE)
    pages.count = next(tab.count for tab in tabs if tab.chosen)
    page = pages.get_page(request.GET.get("page"))
    rows = _rows(page, request.standing)
    return render(
        request,
        "registry/received.html",
        {
            "tabs": tabs,
            "rows": rows,
            "page": page,
            "query": "show=acknowledged&" if tabs[1].chosen else "",
            "arrived": [row.receipt.pk for row in rows if not row.receipt.received_at and not row.answered],
        },
    )


@never_cache
@require_GET
def receipt(request: DeskRequest, pk: int) -> HttpResponse:
    """One paper's line as it stands now: whoever has just opened the file has signed for it."""
    mine = Receipt.objects.filter(distribution.addressed(request.standing), pk=pk)
    get_object_or_404(mine)
    if not request.htmx:
        return redirect("registry:received")
    [row] = _rows(_whole(mine), request.standing)
    return _again(request, row)


@post_only("registry:received")
def receive(request: DeskRequest, pk: int) -> HttpResponse:
    """Sign for one paper."""
    return _answer(request, pk, distribution.receive, _("Signed for."))


@post_only("registry:received")
def receive_all(request: DeskRequest) -> HttpResponse:
    """Sign for every paper the person had before them; what has arrived since is not among them."""
    signed = distribution.receive(_shown(request, request.POST), by=request.standing)
    said = ngettext("Signed for %(n)s paper.", "Signed for %(n)s papers.", len(signed)) % {"n": len(signed)}
    messages.success(request, said)
    return redirect("registry:received")


@post_only("registry:received")
def acknowledge(request: DeskRequest, pk: int) -> HttpResponse:
    """Acknowledge one paper. Pressed twice, or by two people, it is done once; the page says by whom."""
    return _answer(request, pk, distribution.acknowledge, _("Acknowledged."))


def _shown(request: DeskRequest, asked: QueryDict) -> QuerySet[Receipt]:
    """Of the papers still to be answered those that a page had to be signed for, as it says itself."""
    return to_acknowledge(request.standing).filter(pk__in=filter(None, map(key_in, asked.getlist("receipt"))))


def _answer(request: DeskRequest, pk: int, act: Callable[..., list[Receipt]], done: str) -> HttpResponse:
    """Carry the act out; the line as it stands now, with the numbers that changed. Without htmx the list.

    404 for whoever does not answer for the unit: they are not told that it was sent something.
    """
    mine = Receipt.objects.filter(distribution.addressed(request.standing), pk=pk)
    get_object_or_404(mine)
    refused = ""
    try:
        changed = act(mine, by=request.standing)
    except Refused as refusal:
        changed, refused = [], " ".join(refusal.messages)
    [row] = _rows(_whole(mine), request.standing)
    said = done if changed else refused or row.said
    if not request.htmx:
        messages.add_message(request, messages.SUCCESS if changed else messages.WARNING, said)
        return redirect("registry:received")
    return _again(request, row, said)


def _again(request: DeskRequest, row: Row, said: str = "") -> HttpResponse:
    """The line as it stands now, and what the page said of all of them: the numbers, what is left to sign for."""
    arrived = _shown(request, request.POST or request.GET).filter(received_at=None).order_by("due_on", "pk")
    page = {"row": row, "said": said, "tabs": _tabs(request), "arrived": list(arrived.values_list("pk", flat=True))}
    return render(request, "registry/received_again.html", page)


# --- what was sent, and who has not answered ---------------------------------------------------------------


def _seen(request: DeskRequest) -> QuerySet[IssuedDocument]:
    """Papers whose matter the clerk or auditor may see, and the office's own."""
    matters = Matter.objects.visible_to(request.user, request.standing).values("pk")
    return IssuedDocument.objects.filter(Q(matter=None) | Q(matter__in=matters))


def _reading(request: DeskRequest) -> bool:
    """Whether the person may act here as a clerk. Raises PermissionDenied for who may not even look."""
    post_as(request, Role.CLERK, Role.AUDITOR)
    return any(post.role == Role.CLERK for post in request.standing.posts)


def _as_clerk(request: DeskRequest) -> Capacity:
    return Capacity(request.user, post_as(request, Role.CLERK))


def _in_progress(request: DeskRequest) -> QuerySet[IssuedDocument]:
    """Papers that were sent, with how far each is; one query."""
    standing = ~Exists(Voiding.objects.filter(document=OuterRef("pk")))
    waiting = Q(receipts__acknowledged_at=None, stands=True)
    return (
        _seen(request)
        .filter(Exists(Receipt.objects.filter(document=OuterRef("pk"))))
        .annotate(stands=standing)
        .annotate(
            sent=Count("receipts"),
            acknowledged=Count("receipts", filter=Q(receipts__acknowledged_at__isnull=False)),
            waiting=Count("receipts", filter=waiting),
            overdue=Count("receipts", filter=waiting & Q(receipts__due_on__lt=clock.today())),
            ready=Count("receipts", filter=waiting & distribution.may_be_urged("receipts__")),
            urged_at=Max("receipts__urged_at"),
        )
    )


FILTERS = {"": Q(waiting__gt=0), "overdue": Q(overdue__gt=0), "all": Q()}


@dataclass(frozen=True)
class Asked:
    """What is asked of the list of papers sent: a filter and words of number or title."""

    show: str
    text: str

    @classmethod
    def read(cls, asked: Any) -> Asked:
        show = asked.get("show", "")
        return cls(show if show in FILTERS else "", asked.get("q", "").strip()[:80])

    @property
    def words(self) -> Q:
        return sought(
            self.text,
            word=lambda word: Q(title__mentions=word) | Q(number__icontains=part_as_written(word)),
            number=lambda number: Q(number__icontains=number),
        )

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in (("show", self.show), ("q", self.text)) if value}


@never_cache
@require_GET
@vary_on_headers("HX-Request")
def sent(request: DeskRequest) -> HttpResponse:
    """Every paper that was sent to units, and how far it is; the newest first."""
    acts = _reading(request)
    asked = Asked.read(request.GET)
    papers = _in_progress(request).filter(asked.words)
    counts = papers.order_by().aggregate(
        **{f"in_{show}": Count("pk", filter=asks) if asks else Count("pk") for show, asks in FILTERS.items()}
    )
    labels = (("", _("Waiting")), ("overdue", _("Overdue")), ("all", _("All")))
    tabs = [Option(show, label, counts[f"in_{show}"], show == asked.show) for show, label in labels]
    shown = papers.filter(FILTERS[asked.show]).order_by("-issued_at", "-serial", "pk").select_related("matter__unit")
    pages = Paginator(shown.defer("facts"), PAGE)
    pages.count = counts[f"in_{asked.show}"]
    page = pages.get_page(request.GET.get("page"))
    rows = [(paper, kind_of(paper.kind).title) for paper in page.object_list]
    shows = {"tabs": tabs, "asked": asked, "rows": rows, "page": page, "acts": acts}
    if asked.query:
        shows["query"] = f"{urlencode(asked.query)}&"
    if acts and rows and asked.show != "all":
        ready = distribution.unanswered(_listed(request, asked)).filter(distribution.may_be_urged())
        shows["ready"] = ready.aggregate(units=Count("pk"), papers=Count("document", distinct=True))
        shows["again_on"] = WorkingCalendar.load().next_working_day(clock.today() + DAY)
    return render(request, "registry/sent.html", shows)


def _listed(request: DeskRequest, asked: Asked) -> QuerySet[Receipt]:
    """The receipts of the papers on the list, whichever page of it; of those overdue only what is overdue."""
    papers = _in_progress(request).filter(asked.words).filter(FILTERS[asked.show]).order_by().values("pk")
    receipts = Receipt.objects.filter(document__in=papers)
    return receipts.filter(due_on__lt=clock.today()) if asked.show == "overdue" else receipts


@post_only("registry:distribution")
def urge_all(request: DeskRequest) -> HttpResponse:
    """Urge every unit the list shows as open, or as overdue."""
    by = _as_clerk(request)
    asked = Asked.read(request.POST)
    _urge(request, _listed(request, asked), by)
    return redirect(reverse("registry:distribution", query=asked.query))


def _urge(request: DeskRequest, receipts: QuerySet[Receipt], by: Capacity) -> None:
    try:
        urged = distribution.urge(receipts, by=by)
    except Refused as refusal:
        messages.warning(request, " ".join(refusal.messages))
    else:
        n = len(urged)
        messages.success(request, ngettext("%(n)s unit was urged.", "%(n)s units were urged.", n) % {"n": n})


@dataclass(frozen=True)
class Answer:
    """One unit's line on the page of a paper: what it has done, and whether it can be urged today."""

    receipt: Receipt
    due: Due
    waits: bool
    again_on: Any  # the next day on which it may be urged; None: today

    @property
    def moments(self) -> list[tuple[str, Any, Any]]:
        row = self.receipt
        return [
            (_("Received"), row.received_at, row.received_by),
            (_("Read"), row.read_at, row.read_by),
            (_("Acknowledged"), row.acknowledged_at, row.acknowledged_by),
        ]


@never_cache
@require_http_methods(["GET", "POST"])
def distributed(request: DeskRequest, pk: str) -> HttpResponse:
    """One paper: the units that were sent it, what each has done; and sending it to further units."""
    acts = _reading(request)
    paper = get_object_or_404(_seen(request).select_related("matter__unit", "matter__policy", "issued_by"), pk=pk)
    form = None
    if request.method == "POST":
        by = _as_clerk(request)
        form = SendForm(request.POST, paper=paper)
        if form.is_valid():
            chosen = form.cleaned_data
            try:
                units = form.recipients()
                sent = distribution.send(paper, units, chosen["purpose"], by=by, due_on=chosen["due_on"])
            except Refused as refusal:
                form.add_error(None, refusal)
            else:
                n = len(sent)
                messages.success(request, ngettext("Sent to %(n)s unit.", "Sent to %(n)s units.", n) % {"n": n})
                return redirect("registry:distributed", pk)
    void = Voiding.objects.filter(document=paper).exists()
    if form is None and acts and not void:
        form = SendForm(paper=paper, initial={"due_on": distribution.due_day(paper.matter, clock.now())})
    answers = _answers(paper, void)
    page = {
        "paper": paper,
        "kind": kind_of(paper.kind).title,
        "void": void,
        "answers": answers,
        "acknowledged": sum(answer.receipt.acknowledged_at is not None for answer in answers),
        "waiting": sum(answer.waits for answer in answers),
        "urgeable": sum(answer.waits and answer.again_on is None for answer in answers),
        "again_on": min((answer.again_on for answer in answers if answer.waits and answer.again_on), default=None),
        "overdue": sum(answer.waits and answer.due.tone == "late" for answer in answers),
        "form": form,
        "acts": acts,
    }
    return render(request, "registry/distributed.html", page, status=422 if form and form.errors else 200)


def _answers(paper: IssuedDocument, void: bool) -> list[Answer]:
    calendar, today = WorkingCalendar.load(), clock.today()
    receipts = paper.receipts.select_related("unit", "received_by", "read_by", "acknowledged_by")
    found = []
    for receipt in receipts.order_by("-purpose", "pk"):
        again = distribution.again_on(receipt, calendar)
        waits = receipt.acknowledged_at is None and not void
        found.append(Answer(receipt, day_due(receipt.due_on, calendar), waits, again if again > today else None))
    return found


@post_only("registry:distributed", "pk")
def urge(request: DeskRequest, pk: str) -> HttpResponse:
    """Urge all units of a paper that have not acknowledged, or the one whose button was pressed.

    Back to where it was pressed: the paper, or the same page of the same list.
    """
    by = _as_clerk(request)
    paper = get_object_or_404(_seen(request), pk=pk)
    receipts = paper.receipts.all()
    if "receipt" in request.POST:
        receipts = receipts.filter(pk=key_in(request.POST["receipt"]) or 0)
    _urge(request, receipts, by)
    if "list" not in request.POST:
        return redirect("registry:distributed", pk)
    return redirect(
        reverse("registry:distribution", query=Asked.read(request.POST).query | {"page": request.POST["list"]})
    )


# --- lists of units ------------------------------------------------------------------------------------------


@never_cache
@require_GET
def lists(request: DeskRequest) -> HttpResponse:
    """All distribution lists with their units."""
    acts = _reading(request)
    rows = DistributionList.objects.prefetch_related("units")
    return render(request, "registry/lists.html", {"rows": rows, "acts": acts, "today": clock.today()})


@never_cache
@require_http_methods(["GET", "POST"])
@once_more
def edit_list(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """Make a list, or change one."""
    by = _as_clerk(request)
    row = get_object_or_404(DistributionList, pk=pk) if pk else DistributionList()
    form = ListForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        distribution.keep_list(row, form.cleaned_data["units"], by=by)
        messages.success(request, _("The list “%(name)s” is kept.") % {"name": row.name})
        return redirect("registry:lists")
    name = DistributionList.objects.get(pk=pk).name if pk and form.errors else row.name
    return render(
        request,
        "registry/list.html",
        {"form": form, "row": row, "name": name},
        status=422 if form.errors else 200,
    )


@post_only("registry:edit_list", "pk")
def delete_list(request: DeskRequest, pk: int) -> HttpResponse:
    by = _as_clerk(request)
    row = get_object_or_404(DistributionList, pk=pk)
    distribution.drop_list(row, by=by)
    messages.success(request, _("The list “%(name)s” is deleted.") % {"name": row.name})
    return redirect("registry:lists")


urlpatterns = [
    path("papers/received/", received, name="received"),
    path("papers/received/all/", receive_all, name="receive_all"),
    path("papers/received/<int:pk>/", receipt, name="receipt"),
    path("papers/received/<int:pk>/receive/", receive, name="receive"),
    path("papers/received/<int:pk>/acknowledge/", acknowledge, name="acknowledge"),
    path("papers/distribution/", sent, name="distribution"),
    path("papers/distribution/urge/", urge_all, name="urge_all"),
    path("papers/distribution/<uuid:pk>/", distributed, name="distributed"),
    path("papers/distribution/<uuid:pk>/urge/", urge, name="urge"),
    path("papers/lists/", lists, name="lists"),
    path("papers/lists/new/", edit_list, name="new_list"),
    path("papers/lists/<int:pk>/", edit_list, name="edit_list"),
    path("papers/lists/<int:pk>/delete/", delete_list, name="delete_list"),
]
