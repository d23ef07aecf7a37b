"""What the page of one matter shows: the matter, its open tasks, who may do what, where it stands, its trail.

Everything is read for one matter by its key, so that the page costs the same however much lies on
other desks. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.base import kind_of
from documents.models import IssuedDocument, file_address
from forms.base import ActForm
from forms.decisions import DecisionForm, TransferForm
from forms.declared import decision_of
from workflows.matters.agreements import brings_a_version, by_the_same, since_agreed, spot
from workflows.matters.models import Attachment, Comment, Matter, Opinion
from workflows.matters.moves import Move, moves_of
from workflows.matters.perform import available
from workflows.organisation.glance import asked_once
from workflows.organisation.names import told
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Hat, Standing
from workflows.policies.reasons import Reason
from workflows.steps.desks import may_decide, node_of, receivers, taken_by_another
from workflows.steps.drawing import main_way
from workflows.steps.flows import all_flows, flow_for
from workflows.steps.machines import step_of
from workflows.steps.models import StepTask
from workflows.steps.same_person import decided_before, where
from workflows.trail import actions
from workflows.trail.models import Entry

from .differences import field_label, trail_changes
from .pages import pages_of


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


def keeps_versions(matter: Matter) -> bool:
    """Whether its workflow counts versions; then the pages say which one an opinion is about."""
    return type(matter).version is not Matter.version


def as_oneself(standing: Standing) -> Capacity:
    """The capacity for a word or a file: the person in their first post; nobody comments for another."""
    return Capacity.wearing(next(iter(standing.own), Hat(None)), standing.person)


def open_tasks(matter: Matter) -> list[StepTask]:
    tasks = StepTask.objects.filter(matter=matter.pk, closed_at=None).select_related("taken_by", "matter")
    return list(tasks.prefetch_related("candidates__unit", "candidates__person", "earlier").order_by("pk"))


# --- who has agreed to what ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ChangedSince:
    """What is different now for those who agreed to an earlier version, and where both are set side by side."""

    version: int
    names: list[str]  # who agreed to it, and to none later
    fields: list[str]  # what has changed, in words; empty where both versions say the same
    query: str  # of the section that compares them; empty where the workflow has none


def opinions_of(matter: Matter) -> list[Opinion]:
    """Every opinion of the matter, in their order; asked once for a page, however many parts of it read them."""
    return _opinions(matter.pk, matter.trail_length)


@asked_once
def _opinions(matter: int, _trail_length: int) -> list[Opinion]:
    return list(Opinion.objects.filter(matter=matter).select_related("person", "on_behalf_of").order_by("pk"))


def changed_since_agreed(matter: Matter, opinions: Sequence[Opinion]) -> list[ChangedSince]:
    """Every version somebody's last agreement stands behind that is not today's, the oldest first."""
    section = pages_of(matter.kind).comparison
    return [
        ChangedSince(
            since.version,
            list(dict.fromkeys(_whose(opinion) for opinion in since.opinions)),
            [field_label(matter.kind, name) for name in since.fields],
            urlencode({"tab": section, "from": since.version, "to": matter.version}) if section else "",
        )
        for since in since_agreed(matter, opinions)
    ]


def _under_their_agreement(matter: Matter) -> list[ChangedSince]:
    """What whoever signs the version handed in last has to know; nothing where a report or a request is decided."""
    opinions = opinions_of(matter)
    return changed_since_agreed(matter, opinions) if brings_a_version(opinions) else []


def _whose(opinion: Opinion) -> str:
    if opinion.on_behalf_of is None:
        return told(opinion.person, opinion.at)
    deputy, person = told(opinion.person, opinion.at), told(opinion.on_behalf_of, opinion.at)
    return _("%(deputy)s for %(person)s") % {"deputy": deputy, "person": person}


@dataclass(frozen=True)
class OpinionLine:
    """One opinion, whom it repeats, and what has changed since it agreed."""

    opinion: Opinion
    post: str  # it was given in, as that was called then
    same_as: list[str]  # the earlier steps of its way up that the same person decided
    since: ChangedSince | None  # for an agreement that stands behind an earlier version


def opinion_lines(matter: Matter) -> list[OpinionLine]:
    """Every opinion of the matter in its order; in which post it was given, its line of the trail knows."""
    opinions = opinions_of(matter)
    posts = {line.seq: line.post for line in matter.trail.filter(post__isnull=False).select_related("post__unit")}
    same = by_the_same(opinions)
    changed = {since.version: since for since in changed_since_agreed(matter, opinions)}
    latest = {spot(opinion): opinion.pk for opinion in opinions if opinion.verdict == Opinion.Verdict.AGREE}
    return [
        OpinionLine(
            opinion,
            told(posts.get(opinion.seq), opinion.at) or opinion.post_title,
            list(dict.fromkeys(where(matter, before) for before in same.get(opinion.pk, []))),
            changed.get(opinion.version) if latest.get(spot(opinion)) == opinion.pk else None,
        )
        for opinion in opinions
    ]


# --- what the person may do ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A move that asks for more than an opinion, with the form that asks it."""

    move: Move
    form: DecisionForm

    @property
    def open(self) -> bool:
        """Whether something of it was refused, so that it must be seen."""
        return self.form.is_bound and any(field.errors for field in self.form.own_fields())


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
    changed: Sequence[ChangedSince] = ()  # since those agreed who agreed to an earlier version

    @cached_property
    def form(self) -> ActForm:
        """The opinion and the hidden fields; the refused form itself, if there is one."""
        return self.failed or self._asking(DecisionForm, self.moves[0])

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
    def asked(self) -> list[Asked]:
        """The moves whose questions fit into the bar. All lie in one HTML form, so no two ask under the same name."""
        found: list[Asked] = []
        taken = set(TransferForm.base_fields)
        for move in self.moves:
            form = decision_of(self.matter.kind, move)
            if move.name in self._own_pages or form is None or not form.ANSWERS:
                continue
            asking = self._asking(form, move)
            names = {field.name for field in asking.own_fields()}
            if names & taken or asking.is_multipart():
                continue
            taken |= names
            found.append(Asked(move, asking))
        return found

    def _asking(self, form: type[DecisionForm], move: Move) -> DecisionForm:
        if isinstance(self.failed, form) and self.failed.move.name == move.name:
            asking = self.failed
        else:
            asking = form(matter=self.matter, move=move, initial={"seat": self.seat, **self.typed})
        # a field nobody filled in must not keep the other buttons of the bar from being pressed
        asking.auto_id, asking.use_required_attribute = f"%s-{self.seat}", False
        return asking

    @cached_property
    def primary_asked(self) -> Asked | None:
        return next((asked for asked in self.asked if asked.move is self.primary), None)

    @cached_property
    def asked_beside(self) -> list[Asked]:
        """Those that are not the primary move, each with a panel of its own."""
        return [asked for asked in self.asked if asked.move is not self.primary]

    @property
    def refusing(self) -> list[Move]:
        return [move for move in self._plain if move.verdict in ("reject", "object")]

    @property
    def linked(self) -> list[tuple[Move, str]]:
        """Moves made on a page of their own, and its address: the workflow's, or the bare form of the move."""
        return [(move, address) for move in self._rest if (address := self._page(move))]

    @property
    def further(self) -> list[Move]:
        return [move for move in self._plain if move not in self.refusing]

    @property
    def _rest(self) -> list[Move]:
        return [move for move in self.moves if move is not self.primary]

    @property
    def _plain(self) -> list[Move]:
        """What one button does."""
        asked = [asked.move for asked in self.asked]
        return [move for move in self._rest if move not in asked and not self._page(move)]

    @property
    def primary_page(self) -> str:
        return self._page(self.primary) if self.primary else ""

    def _page(self, move: Move) -> str:
        """The address of the page the move is made on; empty where the bar itself will do."""
        if move.name in self._own_pages:
            return reverse(self._own_pages[move.name], args=[self.matter.reference])
        if move.asks and all(asked.move is not move for asked in self.asked):
            query = f"?{urlencode({'seat': self.seat})}" if self.seat else ""
            return reverse("desk:act", args=[self.matter.reference, move.name]) + query
        return ""

    @property
    def _own_pages(self) -> Mapping[str, str]:
        return pages_of(self.matter.kind).own_pages

    @property
    def may_take(self) -> bool:
        return bool(self.task and not self.task.waits and self.task.taken_by_id is None and len(self._desks) > 0)

    @property
    def _desks(self) -> list[Any]:
        return [row for row in self.task.candidates.all() if row.person_id is None] if self.task else []

    @property
    def may_release(self) -> bool:
        return bool(self.task and self.capacity and self.task.taken_by_id == self.capacity.person.pk)

    @property
    def writes(self) -> bool:
        """Whether the bar takes words at all: one that only leads to other pages does not."""
        return any(not self._page(move) for move in self.moves)

    @property
    def same_as(self) -> list[str]:
        """The earlier steps that whoever decides with this bar has decided, in words."""
        if self.task is None or self.capacity is None:
            return []
        before = decided_before(self.task.earlier.all(), self.capacity)
        return list(dict.fromkeys(where(self.matter, row) for row in before))

    @property
    def seat_label(self) -> str:
        return self.matter.seat_label(self.seat) if self.seat else ""


def answerable(matter: Matter, move: Move) -> bool:
    """Whether somebody can be asked what the move wants to know: by a form declared for it, or on a page of its own."""
    return move.name in pages_of(matter.kind).own_pages or decision_of(matter.kind, move) is not None


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
    changes = cache(lambda: _under_their_agreement(matter))
    for task in tasks:
        capacity = None if task.waits else may_decide(task, standing)
        if capacity is None or taken_by_another(task, standing):
            continue
        moves = [
            move
            for move, _capacity in offers(task.seat)
            if answerable(matter, move) and move.at_a_seat == bool(task.seat)
        ]
        decided |= {move.name for move in moves}
        mine = failed if failed and refused_seat == task.seat else None
        changed = changes() if any(move.decides for move in moves) else []
        found.append(
            Bar(
                matter,
                task,
                task.seat,
                capacity,
                moves,
                typed if mine else {},
                mine,
                receivers(task, standing.person),
                changed,
            )
        )
    beside = [
        (move, capacity)
        for move, capacity in offers("")
        if move.name not in decided and not move.at_a_seat and answerable(matter, move)
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
    reached = {opinion.step: opinion.at for opinion in opinions_of(matter)}  # the last time counts
    here = way.index(matter.state) if matter.state in way else len(way)
    shown = {step["step"] for step in matter.path_shown}
    silent = {state for state in way[:here] if _nobody_judges(matter, state)} if matter.state in way else set()
    if silent:
        silent &= passed_states(matter)
    line = []
    for n, state in enumerate(way):
        if n < here and (state in reached or state in silent):
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


def _nobody_judges(matter: Matter, state: str) -> bool:
    """Whether the step is left without an opinion, as one that waits for the clock is."""
    agreeing = getattr(step_of(flow_for(matter.kind), state), "agreeing", ())
    moves = moves_of(type(matter))
    return not any(moves[name].verdict for name in agreeing)


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
    papers: list[tuple[str, str, str]]  # where its file is, what it is called, to whom it was sent


def trail_lines(matter: Matter) -> list[TrailLine]:
    """Every entry of the matter, newest first."""
    labels = {str(value): str(label) for value, label in matter.State.choices}
    rows = matter.trail.select_related("actor", "on_behalf_of", "post__unit").order_by("-seq")
    return [
        TrailLine(
            entry,
            actions.label(entry),
            labels.get(entry.from_state, ""),
            labels.get(entry.to_state, ""),
            _seat(matter, entry),
            [str(Reason(rule["key"], rule.get("values", {}))) for rule in entry.rules],
            trail_changes(entry),
            [
                (
                    file_address(paper["id"]),
                    f"{kind_of(paper['kind']).title} {paper['number']}".strip(),
                    _(", ").join(paper.get("to", [])),
                )
                for paper in entry.documents
            ],
        )
        for entry in rows
    ]


def _seat(matter: Matter, entry: Entry) -> str:
    """In whose seat it was done; empty where nobody sits beside others."""
    return matter.seat_label(entry.step) if entry.step and entry.step not in matter.State.values else ""


def passed_states(matter: Matter) -> set[str]:
    left = matter.trail.exclude(from_state="").values_list("from_state", flat=True)
    return set(left.order_by().distinct()) - {matter.state}
