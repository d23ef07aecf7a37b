"""What the page of one matter shows: the matter, its open tasks, who may do what, and each section.

Everything is read for one matter by its key, so that the page costs the same however much lies on
other desks. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.base import kind_of
from documents.models import IssuedDocument
from forms.base import ActForm
from forms.decisions import DecisionForm, ReturnForm, TransferForm, questions
from workflows.campaigns.versions import trail_changes
from workflows.matters.models import Attachment, Comment, Matter, Opinion
from workflows.matters.moves import Move
from workflows.matters.perform import available
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Hat, Standing
from workflows.policies.reasons import Reason
from workflows.steps.desks import may_decide, node_of, receivers
from workflows.steps.flows import all_flows
from workflows.steps.models import StepTask
from workflows.trail import actions
from workflows.trail.models import Entry

from .drawing import LAYOUTS, main_way

# Moves whose form is a page of its own: move → the name of its address.
OWN_PAGE: Mapping[str, str] = {
    "save_draft": "desk:edit",
    "change": "desk:change",
    "hand_in": "desk:report",
    "score": "desk:evaluate",
}
ASKED_HERE = {"seat", "to", "straight"}


def visible(standing: Standing, reference: str) -> Matter:
    """The matter of that reference, as its workflow's object. Raises Http404 where the person may not see it."""
    seen = Matter.objects.visible_to(standing.person, standing).filter(reference=reference)
    kind, key = seen.values_list("kind", "pk").first() or ("", 0)
    flow = all_flows().get(kind)
    if flow is None:
        raise Http404
    counted: QuerySet[Matter] = flow.machine._default_manager.select_related("unit", "initiator", "policy").annotate(
        opinions_count=_count(Opinion),
        papers_count=_count(IssuedDocument),
        said_count=_count(Comment) + _count(Attachment),
    )
    return counted.get(pk=key)


def _count(model: type[Model]) -> Coalesce:
    rows = model._default_manager.filter(matter=OuterRef("pk")).order_by().values("matter")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def as_oneself(standing: Standing) -> Capacity:
    """The capacity for a word or a file: the person in their first post; nobody comments for another."""
    return Capacity.wearing(next(iter(standing.own), Hat(None)), standing.person)


def open_tasks(matter: Matter) -> list[StepTask]:
    tasks = StepTask.objects.filter(matter=matter.pk, closed_at=None).select_related("taken_by", "matter")
    return list(tasks.prefetch_related("candidates__unit", "candidates__person").order_by("pk"))


# --- what the person may do ---------------------------------------------------------------------------


@dataclass
class Bar:
    """One decision bar: the moves somebody may make with one form, for one task or beside any."""

    matter: Matter
    task: StepTask | None
    seat: str
    capacity: Capacity | None
    moves: list[Move]
    typed: Mapping[str, Any] = field(default_factory=dict)
    failed: ActForm | None = None  # the form that was refused, with what was typed and what is wrong
    may_transfer_to: Sequence[Any] = ()

    @cached_property
    def form(self) -> ActForm:
        """The opinion and the hidden fields; the refused form itself, if there is one."""
        if self.failed:
            return self.failed
        return DecisionForm(matter=self.matter, move=self.moves[0], initial={"seat": self.seat, **self.typed})

    @cached_property
    def return_form(self) -> ReturnForm | None:
        if self.returning is None:
            return None
        if isinstance(self.failed, ReturnForm):
            return self.failed
        return ReturnForm(matter=self.matter, move=self.returning, initial={"seat": self.seat, **self.typed})

    @cached_property
    def transfer_form(self) -> TransferForm | None:
        if not self.may_transfer_to:
            return None
        if isinstance(self.failed, TransferForm):
            return self.failed
        return TransferForm(
            matter=self.matter, receivers=self.may_transfer_to, initial={"seat": self.seat, **self.typed}
        )

    @cached_property
    def primary(self) -> Move | None:
        """The move that means agreeing here; on a draft, submitting."""
        agreeing = node_of(self.task).agreeing if self.task and not self.task.waits else ()
        return next((move for name in agreeing for move in self.moves if move.name == name), None)

    @cached_property
    def returning(self) -> Move | None:
        return next((move for move in self.moves if "to" in questions(self.matter, move)), None)

    @property
    def refusing(self) -> list[Move]:
        return [move for move in self._rest if move.verdict in ("reject", "object")]

    @property
    def linked(self) -> list[tuple[Move, str]]:
        """Moves with a page of their own, and its address's name."""
        return [(move, OWN_PAGE[move.name]) for move in self._rest if move.name in OWN_PAGE]

    @property
    def further(self) -> list[Move]:
        others = [move for move in self._rest if move not in self.refusing]
        return [move for move in others if move.name not in OWN_PAGE]

    @property
    def _rest(self) -> list[Move]:
        return [move for move in self.moves if move not in (self.primary, self.returning)]

    @property
    def primary_page(self) -> str:
        return OWN_PAGE.get(self.primary.name, "") if self.primary else ""

    @property
    def may_take(self) -> bool:
        return bool(self.task and not self.task.waits and self.task.taken_by_id is None and len(self._desks) > 0)

    @property
    def _desks(self) -> list[Any]:
        return [row for row in self.task.candidates.all() if row.role] if self.task else []

    @property
    def may_release(self) -> bool:
        return bool(self.task and self.capacity and self.task.taken_by_id == self.capacity.person.pk)

    @property
    def writes(self) -> bool:
        """Whether the bar takes words at all: one that only leads to other pages does not."""
        return any(move.name not in OWN_PAGE for move in self.moves)

    @property
    def seat_label(self) -> str:
        return str(Role(self.seat).label) if self.seat else ""


def answerable(matter: Matter, move: Move) -> bool:
    """Whether the move can be made here: by an opinion, or on a page of its own."""
    return move.name in OWN_PAGE or questions(matter, move) <= ASKED_HERE


def taken_by_another(task: StepTask, standing: Standing) -> bool:
    """A colleague has put their name on it, and the person does not stand in for them."""
    mine = {standing.person.pk, *(stand_in.principal_id for stand_in in standing.stand_ins)}
    return task.taken_by_id is not None and task.taken_by_id not in mine


def bars(
    matter: Matter,
    standing: Standing,
    tasks: Sequence[StepTask],
    failed: ActForm | None = None,
    typed: Mapping[str, Any] | None = None,
) -> list[Bar]:
    """The decision bars of the person: one per task they may decide, or one for what they may do beside."""
    found: list[Bar] = []
    typed = typed or {}
    refused_seat = failed.data.get("seat", "") if failed else ""
    decided: set[str] = set()
    offers = cache(lambda seat: available(matter, standing, seat))
    for task in tasks:
        capacity = None if task.waits else may_decide(task, standing)
        if capacity is None or taken_by_another(task, standing):
            continue
        moves = [
            move
            for move, _capacity in offers(task.seat)
            if answerable(matter, move) and ("seat" in questions(matter, move)) == bool(task.seat)
        ]
        decided |= {move.name for move in moves}
        mine = failed if failed and refused_seat == task.seat else None
        found.append(
            Bar(matter, task, task.seat, capacity, moves, typed if mine else {}, mine, receivers(task, standing.person))
        )
    beside = [
        (move, capacity)
        for move, capacity in offers("")
        if move.name not in decided and "seat" not in questions(matter, move) and answerable(matter, move)
    ]
    if any(taken_by_another(task, standing) for task in tasks):
        beside = [(move, capacity) for move, capacity in beside if not move.by.passes_on]
    if beside:
        moves = [move for move, _capacity in beside]
        if found and not any(bar.seat for bar in found):
            found[0].moves += moves
        else:
            mine = failed if failed and not refused_seat else None
            found.append(Bar(matter, None, "", beside[0][1], moves, typed if mine else {}, mine))
    return [bar for bar in found if bar.moves]


# --- where it stands ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """One station of the progress line: done, now, ahead, or stopped (an end off the ordinary way)."""

    status: str
    label: str
    words: str = ""


def stages(matter: Matter, tasks: Sequence[StepTask], standing: Standing) -> list[Stage]:
    """The ordinary way of the matter's machine, with what is behind it and who holds it now.

    A step that was passed over, or that the path shown at submission does not have, is left out.
    """
    labels = dict(matter.State.choices)
    way = main_way(type(matter))
    opinions = Opinion.objects.filter(matter=matter.pk).order_by("pk")
    reached = dict(opinions.values_list("step", "at"))  # the last time counts
    here = way.index(matter.state) if matter.state in way else len(way)
    shown = {step["step"] for step in matter.path_shown}
    line = []
    for n, state in enumerate(way):
        if n < here and (state in reached or (matter.state in way and state in ("approved", "running"))):
            line.append(
                Stage(
                    "done",
                    str(labels[state]),
                    f"{timezone.localtime(reached[state]):%m-%d}" if state in reached else "",
                )
            )
        elif n == here:
            line.append(Stage("done" if matter.is_closed else "now", str(labels[state]), _held_by(tasks, standing)))
        elif n > here and (not shown or state in shown or state == way[-1]):
            line.append(Stage("ahead", str(labels[state])))
    if matter.state not in way:
        status = "stopped" if matter.is_closed else "now"
        line.append(Stage(status, str(labels[matter.state]), _held_by(tasks, standing)))
    return line


def _held_by(tasks: Sequence[StepTask], standing: Standing) -> str:
    """Whose desk it lies on, in a few words: "you" where it is the reader's."""
    words = []
    for task in tasks:
        if task.waits:
            continue
        if task.taken_by_id:
            words.append(str(task.taken_by))
        elif may_decide(task, standing):
            words.append(_("you"))
        else:
            words += [str(row.person or row.get_role_display()) for row in task.candidates.all()]
    return _(", ").join(dict.fromkeys(words))


# --- the sections ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrailLine:
    """One entry of the trail, spoken."""

    entry: Entry
    action: str
    from_label: str
    to_label: str
    seat: str
    reasons: list[str]
    changes: list[tuple[str, str, str]]  # field, before, after
    papers: list[tuple[str, str, str]]  # key, what it is called, to whom it was sent


def trail_lines(matter: Matter) -> list[TrailLine]:
    """Every entry of the matter, newest first."""
    labels = {str(value): str(label) for value, label in matter.State.choices}
    rows = matter.trail.select_related("actor", "on_behalf_of").order_by("-seq")
    return [
        TrailLine(
            entry,
            actions.label(entry.action),
            labels.get(entry.from_state, ""),
            labels.get(entry.to_state, ""),
            str(Role(entry.step).label) if entry.step in Role.values else "",
            [str(Reason(rule["key"], rule.get("values", {}))) for rule in entry.rules],
            trail_changes(entry),
            [
                (
                    paper["id"],
                    f"{kind_of(paper['kind']).title} {paper['number']}".strip(),
                    _(", ").join(paper.get("to", [])),
                )
                for paper in entry.documents
            ],
        )
        for entry in rows
    ]


def passed_states(matter: Matter) -> set[str]:
    left = matter.trail.exclude(from_state="").values_list("from_state", flat=True)
    return set(left.order_by().distinct()) - {matter.state}


def has_picture(matter: Matter) -> bool:
    return matter.kind in LAYOUTS
