"""The one write path. Everything that changes a matter comes through here, in one transaction:

    lock · still where it was seen? · entitled? · transition · documents numbered · trail · next desk

The matter knows nothing of desks or documents. Those parts of the house register themselves here
when the project starts: a `Guard` may object to an act, a `Follower` moves the work on, an `Issuer`
freezes and numbers papers, a `Barrier` keeps people from a decision that their office would give them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from workflows.organisation import clock
from workflows.organisation.glance import asked_once, one_look
from workflows.organisation.models import Person
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Circle, Standing
from workflows.policies.models import Edition, NoPolicy
from workflows.policies.reasons import Reason
from workflows.trail.models import Entry
from workflows.trail.record import difference, line

from .errors import DecidedBefore, NotYours, Refused, StepOutOfOrder, TextChanged
from .models import ActKey, Attachment, Mandate, Matter, Opinion, Sequence
from .moves import Move, begin_at_first, moves_of

RESUMED = "resume"  # the reason a workflow gives when a matter goes straight back to where it was returned from

_rehearsing: ContextVar[bool] = ContextVar("rehearsing", default=False)


@dataclass
class Remark:
    """A line the house itself adds after an act: a fallback, a task laid on another desk."""

    action: str
    rules: list[Reason] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    step: str = ""


@dataclass
class Act:
    """One act while it happens: what the follower and the issuer are told."""

    matter: Matter
    move: Move | None  # None: the matter has just been opened
    capacity: Capacity
    note: str
    seat: str
    from_state: str
    at: datetime
    seq: int
    reasons: list[Reason] = field(default_factory=list)  # what the move said by `because`, before anybody follows
    late: bool = False  # set by the follower, who knows the deadline
    remarks: list[Remark] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.move.name if self.move else "open"


class Guard(Protocol):
    """Objects to an act for what only it knows of, by raising one of `errors`. Asked under the matter's lock."""

    def __call__(self, matter: Matter, move: Move, standing: Standing, seat: str) -> None: ...


class Follower(Protocol):
    """Brings the desks in line with where the matter now stands."""

    def __call__(self, act: Act) -> None: ...


class Issuer(Protocol):
    """Issues one document of `kind`; returns what the trail keeps of it: id, kind, number, to whom it was sent."""

    def __call__(self, act: Act, kind: str) -> dict[str, Any]: ...


class Barrier(Protocol):
    """Who may not decide at `seat` of the matter now, in whatever chair (primary keys)."""

    def __call__(self, matter: Matter, seat: str) -> Collection[int]: ...


_guards: list[Guard] = []
_followers: list[Follower] = []
_issuers: list[Issuer] = []
_barriers: list[Barrier] = []


def register_guard(guard: Guard) -> None:
    _guards.append(guard)


def register_follower(follower: Follower) -> None:
    _followers.append(follower)


def register_issuer(issuer: Issuer) -> None:
    _issuers.append(issuer)


def register_barrier(barrier: Barrier) -> None:
    _barriers.append(barrier)


@contextmanager
def rehearsal() -> Iterator[None]:
    """Acts inside decide and move as ever, but hand out no document; the caller rolls them back."""
    token = _rehearsing.set(True)
    try:
        yield
    finally:
        _rehearsing.reset(token)


def is_rehearsal() -> bool:
    return _rehearsing.get()


def begin(matter: Matter, *, by: Person, key: str = "", **answers: Any) -> Entry:
    """Open a new matter: reference, first state, first line of the trail, first desk.

    `matter` is unsaved, with unit and title; `answers` go to its `opened` method. `by` may be the
    clock (`Person.objects.system()`), where the workflow's `OPENED_BY` lets it. Raises NotYours
    if `by` may not open matters of this kind for that unit. A form sent twice, even at the same
    instant, opens one matter.
    """
    if earlier := _replayed(by, key):
        return earlier
    try:
        return _begin(matter, by=by, key=key, **answers)
    except IntegrityError:
        if earlier := _replayed(by, key):
            return earlier
        raise


@contextmanager
def _refused_without_policy() -> Iterator[None]:
    """An edition that says nothing of what an act needs stops the act, in words."""
    try:
        yield
    except NoPolicy as missing:
        raise Refused(str(missing)) from missing


@transaction.atomic
@one_look()
@_refused_without_policy()
def _begin(matter: Matter, *, by: Person, key: str, **answers: Any) -> Entry:
    at = clock.now()
    matter.kind, matter.initiator, matter.opened_at = matter.KIND, by, at
    matter.policy = Edition.current(clock.today())
    capacity = next(iter(matter.OPENED_BY.capacities(matter, Standing(by))), None)
    if capacity is None or capacity.on_behalf_of:
        raise NotYours(matter)
    begin_at_first(matter)
    matter.reference = Sequence.next_reference(matter.PREFIX, clock.today())
    matter.save()
    act = Act(matter, None, capacity, "", "", "", at, 1)
    with matter.heard_by(act.reasons):
        matter.opened(**answers)
    matter.trail_length = 1
    matter.save()
    for follow in _followers:
        follow(act)
    return _written(act, {}, [], key)


@transaction.atomic
def perform(
    transition: Callable[..., None],
    *,
    by: Person,
    note: str = "",
    seat: str = "",
    key: str = "",
    turn: int | None = None,
    written: str | None = None,
    **answers: Any,
) -> Entry:
    """Take one step on a matter and return its line on the trail.

    `transition` is a bound move, e.g. `errand.bring_back`; `answers` are its keyword arguments.
    `turn` is the turn the person saw when deciding (the matter's own, if None), `written` the text
    they had before them (`Matter.written`; any, if None; none, if empty); `key` makes a resent form harmless: the
    first result is returned again. Raises StepOutOfOrder if the matter has moved on, TextChanged if
    it says something else than they read, NotYours if `by` may not, Refused if a condition does not hold.
    """
    matter: Matter = transition.__self__  # type: ignore[attr-defined]
    seen = matter.state, matter.turn if turn is None else turn
    _lock(matter)
    if earlier := _replayed(by, key):
        return earlier
    return _perform(matter, transition.__name__, seen, by, note, seat, key, written, answers)


def rehearsed(matter: Matter, move: str, *, by: Person, note: str = "", seat: str = "", **answers: Any) -> Entry:
    """As `perform`, in a `rehearsal`: of a matter nobody else can see, so that no row is locked and no line written."""
    matter.forget()
    return _perform(matter, move, (matter.state, matter.turn), by, note, seat, "", None, answers)


@one_look()
@_refused_without_policy()
def _perform(
    matter: Matter,
    move: str,
    seen: tuple[str, int],
    by: Person,
    note: str,
    seat: str,
    key: str,
    written: str | None,
    answers: dict[str, Any],
) -> Entry:
    spec = moves_of(type(matter))[move]
    if (matter.state, matter.turn) != seen or not spec.offered(matter):
        raise StepOutOfOrder(matter, matter.trail.exclude(from_state=F("to_state")).last())
    standing = Standing(by)
    capacity = entitlement(matter, spec, standing, seat)
    if capacity is None:
        raise not_entitled(matter, spec, standing, seat)
    for guard in _guards:
        guard(matter, spec, standing, seat)
    if seat and seat not in matter.open_seats():  # this seat has spoken, or its round is over
        raise StepOutOfOrder(matter, matter.trail.last())
    if written is not None:
        _as_shown(matter, written, by)
    if spec.reason and not note.strip():
        raise Refused({"note": _("Please write the reason.")})
    if objections := spec.objections(matter):
        raise Refused(objections)

    act = Act(matter, spec, capacity, note.strip(), seat, matter.state, clock.now(), matter.trail_length + 1)
    before, version, columns = matter.snapshot(), matter.version, matter.columns()
    with matter.heard_by(act.reasons):
        getattr(matter, spec.name)(by=by, note=act.note, **({"seat": seat} if seat else {}), **answers)
    if matter.state != act.from_state:
        matter.turn += 1
    if spec.verdict == Opinion.Verdict.SUBMIT:
        matter.submitter = by
    if matter.state in matter.ENDS:
        matter.closed_at = act.at
    matter.trail_length = act.seq
    matter.save(update_fields=[name for name, value in matter.columns().items() if value != columns[name]])
    if spec.verdict:
        # whoever returns it speaks of the version they read; whoever submits, of the one they hand in
        _opine(act, version if spec.verdict != Opinion.Verdict.SUBMIT else matter.version)
    changes = difference(before, matter.snapshot())
    for follow in _followers:
        follow(act)
    papers = [] if is_rehearsal() else [issue(act, kind) for issue in _issuers for kind in papers_of(act)]
    return _written(act, changes, papers, key)


def papers_of(act: Act) -> tuple[str, ...]:
    """The kinds of document this act hands out, by where it arrived."""
    return act.move.papers.get(act.matter.state, ()) if act.move else ()


def entitlement(matter: Matter, spec: Move, standing: Standing, seat: str = "") -> Capacity | None:
    """In which capacity the person may make the move, or None.

    Nobody whom a barrier keeps from the decision makes it, nor does their stand-in in their chair.
    """
    barred: set[int] | None = None
    for capacity in _capacities(matter, spec, standing, seat):
        if not spec.decides:
            return capacity
        if barred is None:
            barred = {person for barrier in _barriers for person in barrier(matter, seat)}
        if barred.isdisjoint({capacity.person.pk, capacity.on_behalf_of.pk if capacity.on_behalf_of else None}):
            return capacity
    return None


def not_entitled(matter: Matter, spec: Move, standing: Standing, seat: str = "") -> NotYours:
    """Why `entitlement` found nothing: no post gives the move, or a barrier keeps its holder from it."""
    held = next(_capacities(matter, spec, standing, seat), None)
    return DecidedBefore(matter) if held else NotYours(matter)


def _capacities(matter: Matter, spec: Move, standing: Standing, seat: str) -> Iterator[Capacity]:
    """Every capacity that the declared rule or a mandate of this turn gives the person, the first best.

    After a transfer the office itself has passed the decision on: only the receiver decides, and
    whoever was mandated later. So it is while the receiver holds the role the work came from; after
    that it is the office's again, at once.
    """
    mandates: list[Mandate] = []
    if spec.by.passes_on:
        mandates = _mandates(matter.pk, matter.turn, seat, matter.trail_length)
    passed_on = max((n for n, m in enumerate(mandates) if m.ground == Mandate.Ground.TRANSFER), default=None)
    receiver: int | None = None
    circle = Circle()
    if passed_on is not None:
        given, mandates = mandates[passed_on], mandates[passed_on + 1 :]
        circle = circle_of(given, matter, spec.by.role_for(matter, seat))
        own_matter = given.person_id in matter.interested and spec.by.excludes_initiator(matter, seat)
        if not given.lapsed_at and given.person_id and not own_matter and circle.holds(given.person_id):
            receiver = given.person_id
    if receiver is None:
        yield from spec.by.capacities(matter, standing, seat)
    hats = [(hat, Mandate.Ground.TRANSFER) for hat in circle.hats(standing, receiver, matter.kind)] if receiver else []
    for mandate in mandates:
        units = {mandate.unit_id} if mandate.unit_id else set()
        hats += [(hat, Mandate.Ground(mandate.ground)) for hat in standing.in_office(mandate.role, units, matter.kind)]
    for hat, ground in hats:
        own = matter.interested & {standing.person.pk, hat.principal.pk if hat.principal else None}
        if not (own and spec.by.excludes_initiator(matter, seat)):
            yield Capacity.wearing(hat, standing.person, ground)


@asked_once
def _mandates(matter: int, turn: int, seat: str, _trail_length: int) -> list[Mandate]:
    """The mandates of one turn; what they are changes with the trail, and so does the question."""
    return list(Mandate.objects.filter(matter=matter, turn=turn, seat=seat).select_related("person", "unit"))


def circle_of(given: Mandate, matter: Matter, role: str) -> Circle:
    """Among whom the work that `given` passed on may lie: as it was written down, else by `role`, whose step it is."""
    if given.role or given.unit_id:
        return Circle(given.role, given.unit_id)
    return Circle.around(role, matter.unit_id) if role else Circle()


FILED = ("attach", "detach")  # what lays a file beside a matter, and takes it away


def hold(matter: Matter, *, by: Person, written: str) -> None:
    """Lock the matter until the transaction ends, for more than one act upon the text that `by` was shown.

    Raises TextChanged as `perform` does; the acts themselves then need not ask.
    """
    _lock(matter)
    _as_shown(matter, written, by)


def _as_shown(matter: Matter, written: str, by: Person) -> None:
    """Raises TextChanged unless the matter says what it said; what `by` did to its files is no news to them."""
    if matter.reads(written):
        return
    if not written:
        raise TextChanged(matter, unshown=True)
    since = written_since(matter, written)
    if not (matter.says(written) and since and all(e.action in FILED and e.actor_id == by.pk for e in since)):
        raise TextChanged(matter, since)


def written_since(matter: Matter, written: str) -> list[Entry]:
    """The lines that changed what the matter says, since it was read by whoever has this mark: of moves, and
    of files that lie with the text."""
    length, _dash, _digest = written.partition("-")
    seen = int(length) if length.isdecimal() and len(length) < 10 else 0
    since = matter.trail.filter(action__in=[*moves_of(type(matter)), *FILED], seq__gt=seen)
    lines = [entry for entry in since if entry.changes]
    if any(entry.action in FILED for entry in lines):
        beside = Attachment.objects.filter(matter=matter.pk, purpose=Attachment.Purpose.DISCUSSION)
        talked_of = set(beside.values_list("digest", flat=True))
        lines = [e for e in lines if e.action not in FILED or talked_of.isdisjoint(e.changes.get("digest", ()))]
    return lines


def available(matter: Matter, standing: Standing, seat: str = "") -> list[tuple[Move, Capacity]]:
    """The moves the person could make now, with the capacity they would make them in."""
    found = []
    for spec in moves_of(type(matter)).values():
        if spec.offered(matter):
            capacity = entitlement(matter, spec, standing, seat)
            if capacity:
                found.append((spec, capacity))
    return found


@transaction.atomic
def note_down(matter: Matter, capacity: Capacity, action: str, **columns: Any) -> Entry:
    """Put an act on the trail that moves nothing: a comment, a download, a task taken or passed on."""
    Matter.objects.filter(pk=matter.pk).update(trail_length=F("trail_length") + 1)  # takes the row's lock
    state, turn, seq = Matter.objects.values_list("state", "turn", "trail_length").get(pk=matter.pk)
    matter.trail_length = seq
    return line(
        capacity,
        action=action,
        seq=seq,
        matter=matter,
        workflow=matter.kind,
        unit_id=matter.unit_id,
        from_state=state,
        to_state=state,
        turn=turn,
        **columns,
    )


def _lock(matter: Matter) -> None:
    """Lock the matter's row and make the object in hand what the row now says; see `Matter.reload`.

    Not in one statement: PostgreSQL, when it has waited for the lock, would join the row's new words with
    what stood behind its foreign keys before. SQLite has locked the database by now, and no row to lock.
    """
    if connection.features.has_select_for_update:
        Matter.objects.select_for_update().values_list("pk").get(pk=matter.pk)
    matter.reload()


def _replayed(by: Person, key: str) -> Entry | None:
    if not key:
        return None
    earlier = ActKey.objects.filter(person=by, key=key).select_related("entry").first()
    return earlier.entry if earlier else None


def _opine(act: Act, version: int) -> None:
    assert act.move
    Opinion.objects.create(
        matter=act.matter,
        turn=act.matter.turn,
        seq=act.seq,
        step=act.from_state,
        seat=act.seat,
        version=version,
        resumed=act.move.verdict == Opinion.Verdict.SUBMIT and any(reason.key == RESUMED for reason in act.reasons),
        verdict=act.move.verdict,
        text=act.note,
        person=act.capacity.person,
        post_title=str(act.capacity.post or ""),
        on_behalf_of=act.capacity.on_behalf_of,
        at=act.at,
    )


def _written(act: Act, changes: dict[str, Any], papers: list[dict[str, Any]], key: str) -> Entry:
    matter = act.matter
    said: dict[str, Any] = {
        "action": act.name,
        "seq": act.seq,
        "at": act.at,
        "matter": matter,
        "workflow": matter.kind,
        "unit": matter.unit,
        "step": act.seat or act.from_state,
        "from_state": act.from_state,
        "to_state": matter.state,
        "turn": matter.turn,
        "note": act.note,
        "changes": changes,
        "documents": papers,
        "rules": [reason.store() for reason in act.reasons],
        "late": act.late,
    }
    if is_rehearsal():
        return Entry(**said)
    entry = line(act.capacity, **said)
    if key:
        ActKey.objects.create(person=act.capacity.person, key=key, entry=entry)
    system = Capacity(Person.objects.system(), ground="clock") if act.remarks else None
    for remark in act.remarks:
        assert system
        note_down(
            matter,
            system,
            remark.action,
            step=remark.step,
            at=act.at,
            rules=[reason.store() for reason in remark.rules],
            changes=remark.changes,
        )
    return entry
