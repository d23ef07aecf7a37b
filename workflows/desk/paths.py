"""The path panel: what was done, what lies ahead, what would change it, and where it left the path shown.

What lies ahead comes from the rehearsal, which takes the write lock for a moment. So it is kept,
under everything it depends on: the matter's own trail, the policy edition, the day, and a stamp of
the organisation that changes whenever a post, a stand-in or a policy does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Max
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workflows.matters.models import Matter, Opinion
from workflows.matters.moves import moves_of
from workflows.matters.perform import Act, is_rehearsal
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import Person, StandIn
from workflows.policies.reasons import Reason
from workflows.policies.turning import turning_points
from workflows.steps.families import WAITS, WAITS_ON
from workflows.steps.rehearse import Ahead, Path, rehearse
from workflows.steps.same_person import SAID
from workflows.trail import actions, naming
from workflows.trail.models import Entry

KEPT_SECONDS = 15 * 60
STAMP = "organisation-stamp"
MOVED_DESK = ("transfer", "fall_back", "escalate", "pass_over", "reassign", "hand_over")

OF_THE_STEP = (SAID, WAITS, WAITS_ON)  # reasons that are about the step they were given at, and not about the next one


# --- the rehearsal, kept ----------------------------------------------------------------------------


def organisation_changed() -> None:
    """Whatever was rehearsed so far may be wrong now."""
    cache.set(STAMP, clock.now().isoformat(), None)


def _key(matter: Matter, trail_length: int) -> str:
    edited = Entry.objects.filter(matter=None).aggregate(last=Max("pk"))["last"] or 0
    changed = (edited, cache.get(STAMP, ""), WorkingCalendar.load().fingerprint)
    parts = (matter.pk, trail_length, matter.policy_id, clock.today(), *changed, get_language())
    return "path:" + ":".join(str(part).replace(" ", "") for part in parts)


def path_ahead(matter: Matter) -> Path:
    """The steps ahead of `matter`, rehearsed at most once for the same matter, rules and organisation."""
    if matter.is_closed:
        return Path()
    key = _key(matter, matter.trail_length)
    path: Path | None = cache.get(key)
    if path is None:
        path = rehearse(matter)
        if not path.stopped:  # what stops it may be mended elsewhere: what another matter owes
            cache.set(key, path, KEPT_SECONDS)
    return path


_nobody_looks: ContextVar[bool] = ContextVar("nobody_looks_at_the_path", default=False)


@contextmanager
def nobody_looks() -> Iterator[None]:
    """Submissions inside keep no path: nobody will compare it, and rehearsing one takes its time."""
    token = _nobody_looks.set(True)
    try:
        yield
    finally:
        _nobody_looks.reset(token)


def keep_path_shown(act: Act) -> None:
    """A follower: when a matter is submitted, keep the path as its author was shown it.

    What was shown is what the page kept a moment ago, for the draft; where nobody looked, it is
    rehearsed now.
    """
    matter = act.matter
    if is_rehearsal() or _nobody_looks.get() or matter.submitted_at is None or matter.submitted_at < act.at:
        return
    shown: Path | None = cache.get(_key(matter, act.seq - 1))
    steps = [step for step in shown.steps if step.step != act.from_state] if shown else rehearse(matter).steps
    matter.path_shown = [step.store() for step in steps]
    Matter.objects.filter(pk=matter.pk).update(path_shown=matter.path_shown)


# --- the panel ----------------------------------------------------------------------------------------


@dataclass
class Station:
    """One step on the panel. `marks` say where reality left the path shown at submission."""

    status: str  # done, now, ahead, dropped
    label: str
    person: str = ""
    desk: str = ""
    verdict: str = ""  # what was decided, in words
    at: datetime | None = None  # when it was decided
    due_at: datetime | None = None
    late: bool = False
    provisional: bool = False  # due in, or counted through, a year whose holidays are not announced
    by_clock: bool = False
    reasons: list[str] = field(default_factory=list)  # why it is, or was, on the path
    marks: list[str] = field(default_factory=list)


@dataclass
class Panel:
    stations: list[Station]
    stopped: str
    changes: list[str]  # what would change the path
    compared: bool  # whether there is a path shown at submission to compare with
    reached_end: datetime | None

    @property
    def left_path(self) -> bool:
        return any(station.marks or station.status == "dropped" for station in self.stations)


Spot = tuple[str, str]  # state, seat


class _Walk:
    """Walks from the submission to the end, beside the path that was shown."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self.states = dict(matter.State.choices)
        self.moves = moves_of(type(matter))
        self.shown: dict[Spot, dict[str, Any]] = {(step["step"], step["seat"]): step for step in matter.path_shown}
        self.compares = bool(self.shown) and matter.state != matter.FIRST
        self.met: set[Spot] = set()
        self.said: list[Reason] = []  # by the steps so far, latest last
        self.last_said: list[Reason] = []

    def label(self, state: str, seat: str) -> str:
        name = str(self.states.get(state, state))
        if seat:
            return _("%(step)s: %(seat)s") % {"step": capfirst(name), "seat": self.matter.seat_label(seat)}
        return name

    def why(self, seat: str) -> list[str]:
        """The rules that put a step here: what the step before it said; of one seat among several, that seat's."""
        if seat:
            found = next((reason for reason in reversed(self.said) if reason.values.get("role") == seat), None)
            return [str(found)] if found else []
        seats = set(self.matter.seats) | {place[1] for place in self.met | set(self.shown) if place[1]}
        return [str(reason) for reason in self.last_said if reason.values.get("role") not in seats]

    def heard(self, reasons: Iterable[Reason]) -> None:
        self.last_said = [reason for reason in reasons if reason.key not in OF_THE_STEP]
        self.said += self.last_said

    # --- behind ---

    def behind(self, entries: Sequence[Entry]) -> Iterable[Station]:
        """What was done since the submission, which is the first of `entries` and begins the path."""
        desk_moves: list[Entry] = []
        for n, entry in enumerate(entries):
            spec = self.moves.get(entry.action)
            if spec is None:
                desk_moves += [entry] if entry.action in MOVED_DESK else []
            elif not spec.stays:
                yield self._done(entry, spec.verdict, desk_moves, begins=n == 0)
                desk_moves = [line for line in desk_moves if line.step != entry.step]

    def _done(self, entry: Entry, verdict: str, desk_moves: Sequence[Entry], *, begins: bool) -> Station:
        seat = entry.step if entry.step != entry.from_state else ""
        station = Station(
            "done",
            self.label(entry.from_state, seat),
            person=_spoken_for(entry),
            verdict=actions.label(entry),
            at=entry.at,
            late=entry.late,
            by_clock=entry.actor.is_system,
            reasons=self.why(seat) + _of_the_same(_reasons(entry.rules)),
        )
        if self.compares and not begins:
            place = (entry.from_state, seat)
            station.marks = self._marks(entry, verdict, place, desk_moves)
            self.met.add(place)
        self.heard(_reasons(entry.rules))
        return station

    def _marks(self, entry: Entry, verdict: str, place: Spot, desk_moves: Sequence[Entry]) -> list[str]:
        if verdict == "" and entry.action not in {step["move"] for step in self.shown.values()}:
            return [_("Not on the path shown at submission.")]
        shown = self.shown.get(place)
        if shown is None:
            return [_("Not on the path shown at submission.")]
        marks = [_("Walked a second time.")] if place in self.met else []
        if verdict in (Opinion.Verdict.RETURN, Opinion.Verdict.REJECT, Opinion.Verdict.OBJECT):
            marks.append(_("The path shown went on from here."))
        if shown["person_id"] != (None if entry.actor.is_system else entry.actor_id):
            marks.append(self._other_person(entry, shown, desk_moves))
        due = datetime.fromisoformat(shown["due_at"]) if shown["due_at"] else None
        if due and entry.at > due and verdict:
            marks.append(_("Later than the path showed: %(due)s.") % {"due": _day(due)})
        # of several who decide side by side, the last one's agreeing calls the next: whose that was means nothing
        if verdict == "agree" and not place[1] and _sayings(shown["reasons"]) != _sayings(entry.rules):
            reasons = _("; ").join(str(reason) for reason in _reasons(entry.rules)) or _("no rule")
            marks.append(_("Another rule applied than the path showed: %(rules)s.") % {"rules": reasons})
        return marks

    def _other_person(self, entry: Entry, shown: dict[str, Any], desk_moves: Sequence[Entry]) -> str:
        if entry.on_behalf_of_id == shown["person_id"] and entry.on_behalf_of_id:
            return _("A stand-in decided: %(deputy)s for %(person)s.") % {
                "deputy": naming.actor(entry),
                "person": naming.principal(entry),
            }
        cause = next((line for line in reversed(desk_moves) if line.step == entry.step), None)
        if cause:
            why = _("; ").join([actions.label(cause), *map(str, _reasons(cause.rules))])
            return _("Shown was %(person)s; %(why)s.") % {"person": shown["person"], "why": why}
        if not shown["person"]:
            return _("Shown was the clock.")
        return _("Shown was %(person)s; somebody else of the same office decided.") % {"person": shown["person"]}

    # --- ahead ---

    def ahead(self, path: Path) -> Iterable[Station]:
        deputies = _deputies(self.matter.kind, [step.person for step in path.steps if step.person])
        still_here, calendar = True, WorkingCalendar.load()
        for step in path.steps:
            still_here = still_here and step.step == self.matter.state
            place = (step.step, step.seat)
            station = Station(
                "now" if still_here else "ahead",
                self.label(*place),
                person=_with_deputy(step, deputies),
                desk=step.desk,
                due_at=step.due_at,
                provisional=_is_provisional(step, calendar),
                by_clock=step.person is None,
                reasons=self.why(step.seat) + _of_the_same(step.reasons),
            )
            if self.compares:
                station.marks = self._marks_ahead(step, place)
                self.met.add(place)
            self.heard(step.reasons)
            yield station

    def _marks_ahead(self, step: Ahead, place: Spot) -> list[str]:
        shown = self.shown.get(place)
        if shown is None:
            return [_("Not on the path shown at submission.")]
        if place in self.met:
            return [_("Walked a second time.")]
        if step.person and shown["person_id"] != step.person.pk:
            return [_("Shown was %(person)s.") % {"person": shown["person"] or _("the clock")}]
        return []

    def dropped(self) -> Iterable[Station]:
        """What was shown at submission and is neither done nor ahead any more."""
        if self.compares:
            for place, step in self.shown.items():
                if place not in self.met:
                    yield Station("dropped", self.label(*place), person=step["person"])


def panel(matter: Matter) -> Panel:
    """The path of a matter since its last submission, and the one ahead of it."""
    walk = _Walk(matter)
    entries = list(matter.trail.select_related("actor", "on_behalf_of").order_by("seq"))
    path = path_ahead(matter)
    stations = [*walk.behind(entries[_last_submission(matter, entries) :]), *walk.ahead(path)]
    if not path.stopped:
        stations += walk.dropped()
    return Panel(
        stations=stations,
        stopped=path.stopped,
        changes=turning_points(matter.policy, matter.kind, matter.amount or Decimal(0)) if not matter.is_closed else [],
        compared=walk.compares,
        reached_end=path.reached,
    )


def _last_submission(matter: Matter, entries: Sequence[Entry]) -> int:
    """Where the path was begun for the last time: its index among the entries, or behind them all before the first.

    Begun it is by a submission that sends the matter on its way to be decided, and so is `submitted_at`; a
    submission on the way, as of a report, is a step of the path.
    """
    ways_up = {
        name
        for name, spec in moves_of(type(matter)).items()
        if spec.verdict == Opinion.Verdict.SUBMIT and not spec.stays
    }
    begun = [
        n
        for n, line in enumerate(entries)
        if line.action in ways_up and (matter.submitted_at is None or line.at <= matter.submitted_at)
    ]
    return begun[-1] if begun else len(entries)


def _spoken_for(entry: Entry) -> str:
    return "" if entry.actor.is_system else naming.in_full(entry)


def _with_deputy(step: Ahead, deputies: Sequence[StandIn]) -> str:
    if step.person is None:
        return ""
    day = timezone.localdate(step.opened_at)
    for row in deputies:
        if row.principal_id == step.person.pk and row.starts_on <= max(day, clock.today()) <= row.ends_on:
            return _("%(person)s (stand-in: %(deputy)s)") % {"person": step.person, "deputy": row.deputy}
    return str(step.person)


def _is_provisional(step: Ahead, calendar: WorkingCalendar) -> bool:
    """Whether a later schedule may still move the step's deadline; a date somebody chose it does not move."""
    if step.person is None or step.due_at is None:
        return False
    return calendar.is_provisional(timezone.localdate(step.opened_at), timezone.localdate(step.due_at))


def _deputies(kind: str, principals: Sequence[Person]) -> list[StandIn]:
    rows = StandIn.objects.filter(principal__in=principals, ends_on__gte=clock.today(), workflow__in=("", kind))
    return list(rows.filter(deputy__is_active=True).select_related("deputy"))


def _reasons(stored: Iterable[dict[str, Any]]) -> list[Reason]:
    return [Reason(rule["key"], rule.get("values", {})) for rule in stored]


def _sayings(stored: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """What rules say for comparing: which rule, about whom; the figures in them are on the trail anyway."""
    return {(rule["key"], str(rule.get("values", {}).get("role", ""))) for rule in stored if rule["key"] != SAID}


def _of_the_same(reasons: Iterable[Reason]) -> list[str]:
    """That whoever decides has decided before: said of their own step, not of the one it leads to."""
    return [str(reason) for reason in reasons if reason.key in OF_THE_STEP]


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
