"""The trail for auditors: every line, filtered, paged, expandable, and as a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from documents.base import kinds
from documents.models import file_address
from forms.trail import Question
from workflows.desk.differences import trail_changes
from workflows.desk.inbox import seat_label
from workflows.desk.request import DeskRequest, own_post
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.keys import key_in
from workflows.organisation.models import Post, Unit
from workflows.organisation.roles import Role
from workflows.policies.reasons import Reason
from workflows.steps.flows import all_flows
from workflows.trail import actions, naming
from workflows.trail.models import Entry
from workflows.trail.record import about

from .subjects import Subject, in_words, row_changes

PAGE = 50  # lines
ALONG = ("matter", "unit", "actor", "on_behalf_of", "post__unit")  # what a line names
COUNTED = 1000  # a longer result is "more than": an exact count of everything is what grows
EXPORT = "trail.entry/export"  # what the trail calls an export of itself
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # what a spreadsheet would run, not show
MOST_CELL = 32_000  # characters; a spreadsheet breaks a longer cell over the rows below


@dataclass(frozen=True)
class Row:
    """One line of the trail in the reader's language. No query of its own."""

    entry: Entry
    about: Subject | None = None  # what it is about, where that is no matter and its kind is known

    @property
    def action(self) -> str:
        return actions.label(self.entry)

    @property
    def workflow(self) -> str:
        return _machine_name(self.entry.workflow) if self.entry.workflow else ""

    @property
    def from_state(self) -> str:
        return _state_name(self.entry.workflow, self.entry.from_state)

    @property
    def to_state(self) -> str:
        return _state_name(self.entry.workflow, self.entry.to_state)

    @property
    def step(self) -> str:
        """The step it was done at, or the seat, where several sit side by side."""
        kind, step = self.entry.workflow, self.entry.step
        flow = all_flows().get(kind)
        if flow and step and self.entry.matter and step not in flow.machine.State.values:
            return seat_label(self.entry.matter, step)
        return _state_name(kind, step)

    @property
    def moved(self) -> bool:
        return self.entry.from_state != self.entry.to_state

    @property
    def states(self) -> tuple[str, str]:
        return self.entry.from_state, self.entry.to_state

    @property
    def rules(self) -> list[Reason]:
        return [reason for reason in map(Reason.load, self.entry.rules) if reason]

    @property
    def changes(self) -> list[Changed]:
        """What was changed, in words; the names of the columns beside them."""
        entry = self.entry
        if entry.matter_id is not None:
            told = trail_changes(entry, MOST_CELL)
        elif entry.subject == EXPORT:
            told = [
                (str(Question.base_fields[name].label), "", value) for name, (_none, value) in entry.changes.items()
            ]
        else:
            told = row_changes(entry.subject, entry.changes)
        return [Changed(name, *words) for name, words in zip(entry.changes, told, strict=True)]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """id, title of the kind, number, address of its file; `to`, the units it was sent to by the act."""
        titles = kinds()
        return [
            {
                **paper,
                "title": str(titles[paper["kind"]].title) if paper["kind"] in titles else paper["kind"],
                "address": file_address(paper["id"]),
            }
            for paper in self.entry.documents
        ]

    @property
    def has_details(self) -> bool:
        entry = self.entry
        return bool(entry.note or entry.rules or entry.changes or entry.documents)

    @property
    def subject(self) -> str:
        """What the line is about: a matter's reference, or the kind of a row and its name."""
        if self.entry.matter:
            return self.entry.matter.reference
        if self.about is None:
            return self.entry.subject
        return f"{self.about.kind} {self.about.row}".strip()


@dataclass(frozen=True)
class Changed:
    """One field of a difference: what the trail calls it, what a reader does, and both its values."""

    name: str
    label: str
    before: str
    after: str

    def __str__(self) -> str:
        words = _("%(field)s: from “%(before)s” to “%(after)s”")
        if not self.before:
            words = _("%(field)s: “%(after)s”")
        elif not self.after:
            words = _("%(field)s: “%(before)s” taken out")
        return words % {"field": self.label, "before": self.before, "after": self.after}


# The columns of the exported file: what a person reads, and beside it the code a program does.
COLUMNS: list[tuple[Promise | str, Callable[[Row], str]]] = [
    (gettext_lazy("When"), lambda row: f"{timezone.localtime(row.entry.at):%Y-%m-%d %H:%M:%S}"),
    (gettext_lazy("Matter"), lambda row: row.subject),
    (gettext_lazy("Matter code"), lambda row: row.entry.subject or row.subject),
    (gettext_lazy("Title"), lambda row: row.entry.matter.title if row.entry.matter else ""),
    (gettext_lazy("Line"), lambda row: str(row.entry.seq)),
    (gettext_lazy("Workflow"), lambda row: row.workflow),
    (gettext_lazy("Workflow code"), lambda row: row.entry.workflow),
    (gettext_lazy("Unit"), lambda row: str(row.entry.unit or "")),
    (gettext_lazy("Unit code"), lambda row: row.entry.unit.code if row.entry.unit else ""),
    (gettext_lazy("Who"), lambda row: naming.actor(row.entry)),
    (gettext_lazy("User name"), lambda row: row.entry.actor.username),
    (gettext_lazy("Post"), lambda row: naming.post(row.entry)),
    (gettext_lazy("For"), lambda row: naming.principal(row.entry)),
    (gettext_lazy("Action"), lambda row: row.action),
    (gettext_lazy("Action code"), lambda row: row.entry.action),
    (gettext_lazy("Step"), lambda row: row.step),
    (gettext_lazy("Step code"), lambda row: row.entry.step),
    (gettext_lazy("From state"), lambda row: row.from_state),
    (gettext_lazy("To state"), lambda row: row.to_state),
    (gettext_lazy("State codes"), lambda row: " → ".join(filter(None, row.states))),
    (gettext_lazy("Reason"), lambda row: row.entry.note),
    (gettext_lazy("Rules"), lambda row: _("; ").join(map(str, row.rules))),
    (gettext_lazy("Rule codes"), lambda row: " ".join(reason.key for reason in row.rules)),
    (gettext_lazy("Difference"), lambda row: _("; ").join(map(str, row.changes))),
    (gettext_lazy("Difference as stored"), lambda row: _stored(row.entry.changes)),
    (gettext_lazy("Documents"), lambda row: _("; ").join(map(_document, row.documents))),
    (gettext_lazy("Document codes"), lambda row: " ".join(paper["kind"] for paper in row.documents)),
    (gettext_lazy("Late"), lambda row: _("yes") if row.entry.late else ""),
]


def _document(paper: dict[str, Any]) -> str:
    """Its kind and number, and to which units it went."""
    named = f"{paper['title']} {paper['number']}".strip()
    units = paper.get("to")
    return _("%(document)s to %(units)s") % {"document": named, "units": _(", ").join(units)} if units else named


def _stored(changes: dict[str, Any]) -> str:
    return json.dumps(changes, ensure_ascii=False) if changes else ""


def _machine_name(kind: str) -> str:
    flow = all_flows().get(kind)
    return str(flow.machine._meta.verbose_name) if flow else kind


def _state_name(kind: str, state: str) -> str:
    flow = all_flows().get(kind)
    labels: dict[str, Any] = dict(flow.machine.State.choices) if flow else {}
    return str(labels.get(state, state))


def _auditing(request: DeskRequest) -> Post:
    """The post in which the person audits. Raises PermissionDenied."""
    post = own_post(request, Role.AUDITOR)
    if post is None:
        raise PermissionDenied(_("Only an auditor may read the whole trail."))
    return post


def _asked(request: DeskRequest) -> Question:
    return Question(request.GET, workflows=[(kind, _machine_name(kind)) for kind in all_flows()])


def _reached(post: Post) -> QuerySet[Entry]:
    """Newest first. The group's auditor reads everything; a region's reads what happened in that region."""
    lines = Entry.objects.order_by("-at", "-pk")
    unit = post.unit
    root = unit.parent if unit.kind == Unit.Kind.DEPARTMENT and unit.parent else unit
    if root.kind == Unit.Kind.GROUP:
        return lines
    below = Unit.objects.descendants(root, include_self=True).values_list("pk", flat=True)
    return lines.filter(unit__in=list(below))


@require_safe
def trail(request: DeskRequest) -> HttpResponse:
    """One page of lines; `before` is the key of the last line already seen."""
    post = _auditing(request)
    question = _asked(request)
    shown: list[Entry] = []
    count, more = 0, False
    if question.is_valid():
        lines = question.among(_reached(post)).select_related(*ALONG)
        count = lines.order_by()[: COUNTED + 1].count()
        shown = list(_older_than(lines, request.GET.get("before", ""))[: PAGE + 1])
        shown, more = shown[:PAGE], len(shown) > PAGE
    subjects = in_words(entry.subject for entry in shown if entry.matter_id is None)
    filters = request.GET.copy()
    filters.pop("before", None)
    context = {
        "question": question,
        "rows": [Row(entry, subjects.get(entry.subject)) for entry in shown],
        "count": count,
        "counted": COUNTED,
        "asked": filters.urlencode(),
        "older": shown[-1].pk if more else None,
        "paged": "before" in request.GET,
        "filtered": bool(question.is_valid() and question.told()),
        "years_missing": WorkingCalendar.load().missing(clock.today()),
    }
    return render(request, "records/trail.html", context, status=200 if question.is_valid() else 422)


def _older_than(lines: QuerySet[Entry], key: str) -> QuerySet[Entry]:
    last = key_in(key)
    at = Entry.objects.filter(pk=last).values_list("at", flat=True).first() if last is not None else None
    return lines.filter(Q(at__lt=at) | Q(at=at, pk__lt=last)) if at else lines


@require_safe
@transaction.atomic
def trail_csv(request: DeskRequest) -> HttpResponse | StreamingHttpResponse:
    """Every line the filter shows, as a file for a spreadsheet. Taking it away is a line of its own."""
    post = _auditing(request)
    question = _asked(request)
    if not question.is_valid():
        return trail(request)
    newest = Entry.objects.aggregate(newest=Max("pk"))["newest"] or 0  # the file ends before its own line
    lines = question.among(_reached(post)).filter(pk__lte=newest).select_related(*ALONG)
    told = {name: [None, value] for name, value in question.told().items()}
    about(EXPORT, by=request.user, post=post, action="export", changes=told)
    name = f"trail-{timezone.localtime(clock.now()):%Y%m%d-%H%M}.csv"
    return StreamingHttpResponse(
        _file(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Echo:
    """Hands every written row straight on, so that no file is built up in memory."""

    def write(self, row: str) -> str:
        return row


def _file(lines: QuerySet[Entry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # without it a spreadsheet takes UTF-8 for something else
    yield writer.writerow([str(heading) for heading, _cell in COLUMNS])
    entries = lines.iterator(chunk_size=2000)
    while part := list(islice(entries, 500)):
        subjects = in_words(entry.subject for entry in part if entry.matter_id is None)
        for row in (Row(entry, subjects.get(entry.subject)) for entry in part):
            yield writer.writerow([harmless(cell(row)) for _heading, cell in COLUMNS])


def harmless(cell: str) -> str:
    """`cell` so that a spreadsheet shows it and runs nothing: an apostrophe before what looks like a formula."""
    shown = cell if len(cell) <= MOST_CELL else f"{cell[: MOST_CELL - 1]}…"
    return f"'{shown}" if shown.startswith(FORMULA) else shown


urlpatterns = [
    path("trail/", trail, name="trail"),
    path("trail.csv", trail_csv, name="trail_csv"),
]
