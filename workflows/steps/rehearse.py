"""The path preview: the real engine, run forward in a savepoint as if everybody agreed, then undone.

It cannot disagree with reality because it is reality: the same machine, the same desks, the same
deadlines. Nothing of it remains: no number, no document, no line.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.models import Matter
from workflows.matters.moves import moves_of
from workflows.matters.perform import rehearsal, rehearsed
from workflows.organisation import clock, unchanged
from workflows.organisation.glance import one_look
from workflows.organisation.models import Person, StandIn, in_force
from workflows.policies.models import NoPolicy
from workflows.policies.reasons import Reason

from .desks import Desk, node_of, open_tasks
from .families import WAITS, at_work
from .nodes import Await

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ahead:
    """One step of the path: where, by whom, why, until when. `person` is None for the clock."""

    step: str  # the state the matter is in; where several decide side by side, `seat` says which of them
    seat: str
    move: str
    person: Person | None
    desk: str
    opened_at: datetime
    due_at: datetime | None
    reasons: tuple[Reason, ...]
    state_after: str
    ground: str = "office"

    def store(self) -> dict[str, Any]:
        """What is kept of a step when the path is frozen at submission."""
        return {
            "step": self.step,
            "seat": self.seat,
            "move": self.move,
            "person": self.person.name if self.person else "",
            "person_id": self.person.pk if self.person else None,
            "desk": self.desk,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "reasons": [reason.store() for reason in self.reasons],
        }


@dataclass
class Path:
    """The steps ahead; `stopped` says in words why the rehearsal could not go on, if it could not."""

    steps: list[Ahead] = field(default_factory=list)
    stopped: str = ""
    reached: datetime | None = None  # how far the rehearsed clock has come


class _Undo(Exception):
    pass


def rehearse(matter: Matter, *, limit: int = 20) -> Path:
    """The steps ahead of `matter` if everybody agrees and the clock does its part.

    Each step is taken in the name of whoever has taken it, else of its first holder (their
    stand-in's, where one is appointed), at its deadline at the latest. Writes inside a savepoint
    only; the caller sees no change.
    """
    path = Path()
    try:
        with transaction.atomic(), one_look(), rehearsal():
            ahead = type(matter).objects.get(pk=matter.pk)
            while len(path.steps) < limit and not _forward(ahead, path):
                pass
            raise _Undo
    except _Undo:
        unchanged.forget()  # what this look has found out under the savepoint that is gone
        return path


def _forward(matter: Matter, path: Path) -> bool:
    """Take one step; True when there is none left to take."""
    lies_on = open_tasks(matter, matter.trail_length)
    if not lies_on:
        return True
    task = min(lies_on, key=lambda task: (task.seat, task.pk))
    moves = moves_of(type(matter))
    name = next((name for name in node_of(task).agreeing if moves[name].offered(matter)), None)
    if name is None:
        return True
    node, desk = node_of(task), task.desk or Desk.of(task)
    actor = Person.objects.system() if task.waits else task.taken_by or next(iter(desk.deciders()), None)
    if actor is None:
        return True
    # What is only begun is submitted now; whoever comes after takes until the deadline, so that
    # every date shown is one that will not be missed while everybody is in time.
    reasons: tuple[Reason, ...] = ()
    until = None if node.is_first else task.fires_at if task.waits else task.due_at
    if isinstance(node, Await) and name == node.ended_move:  # as if all of them ended when the last is due
        count, until = at_work(matter)
        reasons = (Reason.of(WAITS, count=count, due=f"{timezone.localtime(until):%Y-%m-%d}" if until else ""),)
    moment = max(clock.now(), until) if until else clock.now()
    by_clock = task.waits
    if not by_clock and task.fires_at and task.fires_at <= max(moment, path.reached or moment):
        # before that, the clock does what is its own
        name, actor, moment, by_clock = task.fires_move, Person.objects.system(), max(clock.now(), task.fires_at), True
    state = matter.state
    lay, ground = ("", "") if by_clock else (desk.called, desk.ground)
    path.reached = max(moment, path.reached or moment)
    with clock.at(path.reached):
        try:
            entry = rehearsed(
                matter,
                name,
                by=actor,
                note="—" if moves[name].reason else "",  # nobody has to say yet why
                seat="" if by_clock else task.seat,
                **matter.as_planned(name),
            )
        except (Refused, NotYours, StepOutOfOrder, NoPolicy) as refusal:
            # what refuses a rehearsal would refuse the act: say so and stop
            path.stopped = "; ".join(getattr(refusal, "messages", [str(refusal)]))
            return True
        except Exception:
            log.exception("The path of matter %s could not be rehearsed beyond “%s”", matter.pk, state)
            path.stopped = _("the further path could not be worked out; the fault has been recorded")
            return True
    if moves[name].stays:
        return False  # the step goes on
    path.steps.append(
        Ahead(
            step=str(state),
            seat=task.seat,
            move=name,
            person=None if by_clock else actor,
            desk=lay,
            opened_at=task.opened_at,
            due_at=until if reasons else task.fires_at if by_clock else task.due_at,
            reasons=reasons + tuple(Reason(rule["key"], rule["values"]) for rule in entry.rules),
            state_after=matter.state,
            ground=ground,
        )
    )
    return matter.is_closed


def stand_in_of(person: Person, kind: str) -> Person | None:
    """Who acts for `person` today in matters of `kind`, if anybody was appointed."""
    rows = StandIn.objects.filter(in_force(clock.today()), principal=person).select_related("deputy")
    return next((row.deputy for row in rows if row.workflow in ("", kind)), None)
