"""The inbox: one query. What I can decide now, through my posts and those I stand in for.

Its count is the same query counted; a badge can never say something else than the list shows. A
person's filters narrow that query and nothing else, and the number on each filter is counted by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import and_, or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, F, Prefetch, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.utils.functional import cached_property
from django.utils.translation import get_language

from documents.models import IssuedDocument
from documents.registry.numbering import part_as_written, sought
from workflows.matters.models import Mandate, Matter
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import Unit
from workflows.organisation.offices import Capacity, Place
from workflows.organisation.standing import Hat, Standing
from workflows.organisation.width import as_reference, plain
from workflows.policies.reasons import Reason
from workflows.steps.desks import may_decide
from workflows.steps.flows import all_flows, flow_for
from workflows.steps.models import Candidate, EarlierDecision, StepTask
from workflows.steps.same_person import decided_before

from .times import Due, Horizon, Span, due

PAGE = 50
WORDS = (
    "title", "unit__name", "unit__name_en", "unit__once_called",
    "initiator__name", "initiator__name_en", "initiator__once_called",
)  # of a matter  # fmt: skip
SORTS: dict[str, tuple[str | OrderBy, ...]] = {
    "due": (F("due_at").asc(nulls_last=True), "pk"),
    "since": ("opened_at", "pk"),
    "amount": (F("matter__amount").desc(nulls_last=True), "pk"),
}


def inbox(standing: Standing) -> QuerySet[StepTask]:
    """Open tasks the person may decide today, most urgent first; `for_other` marks those only a stand-in gives.

    Own posts and person; per stand-in the principal's, within the workflow lent. A task a colleague
    has taken is theirs until they give it back, unless one stands in for that colleague. Nobody
    sees their own matter for decision, nor their principal's; nor, where the edition says so, what
    follows a decision of theirs.
    """
    me = standing.person
    tasks = StepTask.objects.filter(closed_at=None, waits=False)
    own = _reachable(standing.own, [me.pk]) & (Q(taken_by=None) | Q(taken_by=me))
    mine = own
    for stand_in in standing.stand_ins:
        principal = stand_in.principal_id
        borrowed = _reachable(standing.borrowed(stand_in), [principal])
        borrowed &= Q(taken_by=None) | Q(taken_by=me) | Q(taken_by=principal)
        borrowed &= Q(excluded=None) | ~Q(excluded=principal)
        borrowed &= Q(excluded_too=None) | ~Q(excluded_too=principal)
        borrowed &= ~_barred(principal)
        borrowed &= Q(excluded_keeper=None) | ~Q(excluded_keeper=principal)
        if stand_in.workflow:
            borrowed &= Q(workflow=stand_in.workflow)
        mine |= borrowed
    only_borrowed = Case(When(own, then=False), default=True) if standing.stand_ins else Value(False)
    return (
        tasks.filter(mine)
        .exclude(excluded=me)
        .exclude(excluded_too=me)
        .exclude(_barred(me.pk))
        .exclude(excluded_keeper=me)
        .annotate(for_other=only_borrowed)
        .select_related("matter__unit", "matter__initiator", "taken_by")
        .prefetch_related(Prefetch("candidates", Candidate.objects.select_related("unit", "person")), "earlier")
        .order_by(*SORTS["due"])
    )


def _barred(person: int) -> Q:
    """Tasks that bar the person because they have decided an earlier step."""
    return Q(pk__in=EarlierDecision.objects.filter(person=person, bars=True).values("task"))


def _reachable(hats: Iterable[Hat], people: list[int]) -> Q:
    """Tasks with a candidate row for one of the hats' offices, or for one of the people.

    What was passed on to a person is theirs while one of the hats is of the role it came from.
    """
    posts = [hat.post for hat in hats if hat.post]
    units_by_role: dict[str, set[int]] = {}
    for post in posts:
        units_by_role.setdefault(post.role, set()).add(post.unit_id)
    in_a_department = [post.unit for post in posts if post.unit.kind == Unit.Kind.DEPARTMENT]
    here = {post.unit_id for post in posts} | {unit.parent_id for unit in in_a_department if unit.parent_id}
    kept = ~Q(ground=Mandate.Ground.TRANSFER) | (Q(role__in=["", *units_by_role]) & (Q(unit=None) | Q(unit__in=here)))
    desks = Q(person__in=people) & kept
    for role, units in units_by_role.items():
        desks |= Q(person=None, role=role, unit__in=units)
    return Q(pk__in=Candidate.objects.filter(desks).values("task"))


# --- one row --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InboxLine:
    """One row of the list: the task, in which capacity it is mine, when it is due, and why it is here."""

    task: StepTask
    capacity: Capacity | None
    due: Due | None
    span: Span

    @property
    def step(self) -> str:
        """Which step the matter waits at, in words; where several decide side by side also whose seat."""
        return _spot_label(self.task.workflow, self.task.matter, self.task.matter.state, self.task.seat)

    @property
    def why(self) -> str:
        """The office it came to, or the reason it came past its office."""
        row = self._row
        if row is None:
            return ""
        reason = Reason.load(row.reason)
        return str(reason or Place(row.role, row.unit, row.person))

    @property
    def same_as(self) -> list[str]:
        """The earlier steps that whoever decides here has decided, in words."""
        if self.capacity is None:
            return []
        before = decided_before(self.task.earlier.all(), self.capacity)
        kind, matter = self.task.workflow, self.task.matter
        return list(dict.fromkeys(_spot_label(kind, matter, row.step, row.seat) for row in before))

    @property
    def _row(self) -> Candidate | None:
        """The candidate row through which the capacity reaches the task."""
        if self.capacity is None:
            return None
        post, principal = self.capacity.post, self.capacity.on_behalf_of or self.capacity.person
        for row in self.task.candidates.all():
            by_post = post is not None and (row.role, row.unit_id) == (post.role, post.unit_id)
            if row.ground == self.capacity.ground and (row.person_id == principal.pk or by_post):
                return row
        return None


def lines(
    tasks: Iterable[StepTask],
    standing: Standing,
    horizon: Horizon | None = None,
    calendar: WorkingCalendar | None = None,
) -> list[InboxLine]:
    """Rows with the reason each is there; no query beyond the tasks' own and, if none is given, the calendar's."""
    horizon = horizon or Horizon.here()
    calendar = calendar or WorkingCalendar.load()
    return [
        InboxLine(task, may_decide(task, standing), due(task.due_at, horizon, calendar), horizon.span(task.due_at))
        for task in tasks
    ]


def state_label(kind: str, state: str) -> str:
    """A state of a workflow in words, without fetching the matter's own row."""
    return str(flow_for(kind).machine.State(state).label)


def _spot_label(kind: str, matter: Matter, state: str, seat: str) -> str:
    label = state_label(kind, state)
    return f"{label} · {seat_label(matter, seat)}" if seat else label


def seat_label(matter: Matter, seat: str) -> str:
    """Who sits at `seat`, as the matter's workflow says it, without fetching the matter's own row."""
    return flow_for(matter.kind).machine.seat_label(matter, seat)


# --- what is asked of the list ------------------------------------------------------------------------


def matching(text: str, to_matter: str = "matter__") -> Q:
    """Matters in which every word of `text` occurs: title, reference, unit and initiator (under today's name or one of
    before), number of one of its papers, or the amount itself.

    `to_matter` is the lookup path from the queried model to the matter.
    """

    def anywhere(word: str) -> Q:
        found = reduce(or_, (Q(**{f"{to_matter}{name}__mentions": word}) for name in WORDS))
        found |= Q(**{f"{to_matter}reference__icontains": as_reference(word)}) | numbered(part_as_written(word))
        amount = _amount(word)
        return found if amount is None else found | Q(**{f"{to_matter}amount": amount})

    def numbered(number: str) -> Q:
        papers = IssuedDocument.objects.filter(number__icontains=number)
        return Q(**{f"{to_matter}pk__in": papers.values("matter")})

    return sought(text, anywhere, numbered)


def _amount(word: str) -> Decimal | None:
    """ "¥82,000", "82000" and "8.2万" are all the same amount in CNY; None for what is no number."""
    digits = plain(word).strip("¥元").replace(",", "")
    digits, ten_thousands = (digits[:-1], 10_000) if digits.endswith("万") else (digits, 1)
    try:
        amount = Decimal(digits) * ten_thousands
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount < Decimal(10) ** 12 else None


@dataclass(frozen=True)
class Sift:
    """The filters a person set; unknown values are as good as none."""

    text: str = ""
    due: str = ""
    acting: bool = False
    kind: str = ""
    unit: int | None = None
    sort: str = "due"

    @classmethod
    def read(cls, query: Mapping[str, Any]) -> Sift:
        unit, due_in, sort, kind = (query.get(name, "") for name in ("unit", "due", "sort", "kind"))
        return cls(
            text=query.get("q", "").strip()[:80],
            due=due_in if due_in in (Span.LATE, Span.TODAY, Span.WEEK) else "",
            acting=query.get("acting") == "1",
            kind=kind if kind in all_flows() else "",
            unit=int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 10 else None,
            sort=sort if sort in SORTS else "due",
        )

    def __bool__(self) -> bool:
        return bool(self.text or self.due or self.acting or self.kind or self.unit)

    def query(self, **more: str | int) -> str:
        """The query string that asks for this again."""
        asked = {
            "q": self.text,
            "due": self.due,
            "acting": "1" if self.acting else "",
            "kind": self.kind,
            "unit": self.unit or "",
            "sort": self.sort if self.sort != "due" else "",
            **more,
        }
        return urlencode({name: value for name, value in asked.items() if value})

    def conditions(self, horizon: Horizon) -> dict[str, Q]:
        """Dimension → the condition set in it; an empty condition where none is."""
        return {
            "text": matching(self.text),
            "due": within(self.due, horizon) if self.due else Q(),
            "acting": Q(for_other=True) if self.acting else Q(),
            "kind": Q(workflow=self.kind) if self.kind else Q(),
            "unit": Q(matter__unit=self.unit) if self.unit else Q(),
        }


def within(span: str, horizon: Horizon) -> Q:
    """Tasks due in the span: exactly those `Horizon.span` puts there."""
    return {
        Span.LATE.value: Q(due_at__lt=horizon.now),
        Span.TODAY.value: Q(due_at__gte=horizon.now, due_at__lt=horizon.tomorrow),
        Span.WEEK.value: Q(due_at__gte=horizon.tomorrow, due_at__lt=horizon.next_week),
    }[span]


@dataclass(frozen=True)
class Option:
    """One value of a filter, and how many tasks choosing it would show."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass
class Sheet:
    """The inbox as one person asked for it: a page of rows, and a number on every filter."""

    standing: Standing
    sift: Sift
    horizon: Horizon = field(default_factory=Horizon.here)

    @cached_property
    def tasks(self) -> QuerySet[StepTask]:
        asked = reduce(and_, self.sift.conditions(self.horizon).values())
        return inbox(self.standing).filter(asked).order_by(*SORTS[self.sift.sort])

    def page(self, first: int, last: int) -> list[InboxLine]:
        """The rows of pages `first` to `last`, counted from 1."""
        return lines(self.tasks[(first - 1) * PAGE : last * PAGE], self.standing, self.horizon)

    @cached_property
    def counts(self) -> dict[str, int]:
        """`everything` in the inbox, `shown` under all filters, and what each due and acting option would show."""
        set_by, anything = self.sift.conditions(self.horizon), Q()

        def counted(**instead: Q) -> Count:
            asked = reduce(and_, (set_by | instead).values())
            return Count("pk", filter=asked) if asked else Count("pk")

        return (
            inbox(self.standing)
            .order_by()
            .aggregate(
                everything=Count("pk"),
                shown=counted(),
                any=counted(due=anything),
                late=counted(due=within("late", self.horizon)),
                today=counted(due=within("today", self.horizon)),
                week=counted(due=within("week", self.horizon)),
                acting=counted(acting=Q(for_other=True)),
            )
        )

    @cached_property
    def spans(self) -> list[Option]:
        return [
            Option(value, str(Span(value).label), self.counts[value], self.sift.due == value)
            for value in ("late", "today", "week")
        ]

    @cached_property
    def _groups(self) -> list[dict[str, Any]]:
        """How many tasks per workflow and unit, under the filters set elsewhere; one query."""
        asked = self.sift.conditions(self.horizon)
        elsewhere = asked["text"] & asked["due"] & asked["acting"]
        name = "matter__unit__name"
        return list(
            inbox(self.standing)
            .order_by()
            .prefetch_related(None)
            .values("workflow", "matter__unit", name, f"{name}_en")
            .annotate(n=Count("pk", filter=elsewhere) if elsewhere else Count("pk"))
        )

    @cached_property
    def units(self) -> list[Option]:
        """Units that occur in the inbox, by name."""
        name = "matter__unit__name"
        found: dict[int, tuple[str, int]] = {}
        for row in self._groups:
            key = row["matter__unit"]
            label = (row[f"{name}_en"] if get_language() == "en" else "") or row[name]
            n = row["n"] if self.sift.kind in ("", row["workflow"]) else 0
            found[key] = (label, found.get(key, ("", 0))[1] + n)
        rows = sorted(found.items(), key=lambda item: item[1])
        return [Option(str(key), label, n, self.sift.unit == key) for key, (label, n) in rows]

    @cached_property
    def kinds(self) -> list[Option]:
        """Workflows that occur in the inbox, in the order of the house."""
        found: dict[str, int] = {}
        for row in self._groups:
            n = row["n"] if self.sift.unit in (None, row["matter__unit"]) else 0
            found[row["workflow"]] = found.get(row["workflow"], 0) + n
        return [
            Option(kind, str(flow.machine._meta.verbose_name), found[kind], self.sift.kind == kind)
            for kind, flow in all_flows().items()
            if kind in found
        ]
