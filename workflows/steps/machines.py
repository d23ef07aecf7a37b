"""Every state machine as a table, and what is wrong with it before anybody falls into it.

One reading of the declarations serves the command `manage.py machines`, the page of the product
and the tests; nothing here is written down a second time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from documents.base import kinds
from workflows.matters.models import Matter
from workflows.matters.moves import Condition, Move, moves_of
from workflows.organisation.offices import the_clock
from workflows.policies.models import Edition

from .nodes import MatterFlow, ShareOut, Standby, Step

FIRST = str(Matter._meta.get_field("state").default)  # where every matter begins


@dataclass(frozen=True)
class MoveLine:
    """One way out of a state, in words."""

    name: str
    verb: str
    purpose: str
    targets: tuple[str, ...]  # labels; empty: it stays where it is
    who: str
    needs_reason: bool
    refused_when: tuple[str, ...]
    papers: tuple[str, ...]  # titles of the documents handed out


@dataclass(frozen=True)
class StateLine:
    """One state: on whose desk, until when, and the ways out of it."""

    state: str
    label: str
    desk: str
    deadline: str
    is_end: bool
    moves: tuple[MoveLine, ...]


@dataclass(frozen=True)
class Machine:
    """One workflow's table."""

    kind: str
    name: str
    flow: type[MatterFlow]
    states: tuple[StateLine, ...]
    faults: tuple[str, ...]


def read(flow: type[MatterFlow], edition: Edition | None = None) -> Machine:
    """The table of `flow` in the active language; deadlines in days if an edition is given."""
    machine: Any = flow.machine
    moves = list(moves_of(machine).values())
    states = tuple(
        StateLine(
            state,
            str(label),
            _desk(flow, state),
            _deadline(flow, state, edition),
            state in machine.ENDS,
            tuple(_line(move, machine) for move in moves if state in move.sources),
        )
        for state, label in machine.State.choices
    )
    return Machine(machine.KIND, str(machine._meta.verbose_name), flow, states, tuple(faults(flow)))


def step_of(flow: type[MatterFlow], state: str) -> Any:
    """The node a matter in `state` waits at: behind a share-out, the step each seat gets. None if there is none."""
    node = flow._nodes_by_name.get(state)
    return node.each if isinstance(node, ShareOut) else node


def _desk(flow: type[MatterFlow], state: str) -> str:
    step = step_of(flow, state)
    if isinstance(step, Standby):
        return str(the_clock)
    return str(step.holder) if isinstance(step, Step) and step.holder else ""


def _deadline(flow: type[MatterFlow], state: str, edition: Edition | None) -> str:
    step = step_of(flow, state)
    name = step.deadline if isinstance(step, Step) else ""
    row = edition.deadline(flow.machine.KIND, name) if edition and name else None
    if row is None:
        return name
    words = _("%(days)s working days") if row.working_days else _("%(days)s calendar days")
    return words % {"days": row.days}


def _line(move: Move, machine: Any) -> MoveLine:
    labels, titles = dict(machine.State.choices), kinds()
    return MoveLine(
        move.name,
        str(move.verb),
        move.purpose,
        () if move.stays else tuple(str(labels[target]) for target in move.targets),
        str(move.by),
        move.reason,
        tuple(_words(condition) for condition in move.when),
        tuple(str(titles[kind].title) if kind in titles else kind for kind in sorted(move.all_papers())),
    )


def _words(condition: Condition) -> str:
    """What a condition says of any matter when it does not hold."""
    return str(condition.summary or ("" if callable(condition.words) else condition.words))


# --- what can be wrong -----------------------------------------------------------------------------------


def faults(flow: type[MatterFlow]) -> list[str]:
    """What is wrong with the machine or its flow, in words; empty when nothing is."""
    machine: Any = flow.machine
    moves = list(moves_of(machine).values())
    return [
        *_unreachable(machine, moves),
        *_dead_ends(machine, moves),
        *_desks(flow, moves),
        *_unknown_papers(moves),
        *_twins(machine, moves),
    ]


def _unreachable(machine: Any, moves: list[Move]) -> list[str]:
    reached, ahead = {FIRST}, [FIRST]
    while ahead:
        state = ahead.pop()
        for move in moves:
            if state in move.sources:
                new = set(move.targets) - reached
                reached |= new
                ahead += new
    return [
        _("No way leads to the state %(state)s.") % {"state": state}
        for state in machine.State.values
        if state not in reached
    ]


def _dead_ends(machine: Any, moves: list[Move]) -> list[str]:
    left = {state for move in moves for state in move.sources if not move.stays and set(move.targets) - {state}}
    stuck = [state for state in machine.State.values if state not in left and state not in machine.ENDS]
    return [_("No move leaves the state %(state)s, and it is no end.") % {"state": state} for state in stuck] + [
        _("The state %(state)s is an end, and yet a move leaves it.") % {"state": state}
        for state in machine.State.values
        if state in left and state in machine.ENDS
    ]


def _desks(flow: type[MatterFlow], moves: list[Move]) -> list[str]:
    found: list[str] = []
    machine: Any = flow.machine
    for state in machine.State.values:
        step = step_of(flow, state)
        here = {move.name: move for move in moves if state in move.sources}
        if step is None:
            found.append(_("The flow has no node for the state %(state)s.") % {"state": state})
        elif isinstance(step, Standby):
            fires = here.get(step.fires_move)
            if fires is None or not fires.by.covers(the_clock, state):
                found.append(_("The clock cannot end the step %(state)s.") % {"state": state})
        elif isinstance(step, Step):
            found += _held(step, state, here)
    return found


def _held(step: Step, state: str, here: dict[str, Move]) -> list[str]:
    holder = step.holder
    if holder is None:
        return [_("Nobody holds the step %(state)s.") % {"state": state}]
    found = []
    if not any(move.by.covers(holder, state) for move in here.values() if not move.stays):
        found.append(_("Whoever holds the step %(state)s can make no move that ends it.") % {"state": state})
    found += [
        _("The step %(state)s agrees by the move %(move)s, which does not start there.")
        % {"state": state, "move": name}
        for name in step.agreeing
        if name not in here
    ]
    found += [
        _("Beside the step %(state)s the clock shall make the move %(move)s, which it may not there.")
        % {"state": state, "move": name}
        for _attribute, name in step.alarms
        if name not in here or not here[name].by.covers(the_clock, state)
    ]
    return found


def _unknown_papers(moves: list[Move]) -> list[str]:
    declared = kinds()
    return [
        _("The move %(move)s issues %(kind)s, a document nobody declared.") % {"move": move.name, "kind": kind}
        for move in moves
        for kind in sorted(move.all_papers())
        if kind not in declared
    ]


def _twins(machine: Any, moves: list[Move]) -> list[str]:
    """Two buttons of the same words that could stand side by side."""
    found = []
    for state in machine.State.values:
        faces = Counter(
            (str(move.verb), frozenset(condition for condition in move.when if condition.hides))
            for move in moves
            if state in move.sources
        )
        found += [
            _("Several moves of the state %(state)s are called “%(verb)s” and nothing tells them apart.")
            % {"state": state, "verb": verb}
            for (verb, _hidden), count in faces.items()
            if count > 1
        ]
    return found
