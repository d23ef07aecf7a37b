"""Every state machine as a table, and what is wrong with it before anybody falls into it.

One reading of the declarations serves the command `manage.py machines`, the page of the product
and the tests; nothing here is written down a second time.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from documents.base import kinds
from forms.declared import declared_for, fits
from workflows.matters.models import Matter
from workflows.matters.moves import Condition, Move, moves_of
from workflows.organisation.offices import the_clock
from workflows.policies import books
from workflows.policies.models import Edition
from workflows.trail.models import Entry

from .flows import all_flows
from .models import StepTask
from .nodes import Await, Heed, MatterFlow, ShareOut, Standby, Step

PREFIX = re.compile(r"[A-Z]{2,8}")  # of a reference: what the lists and the check page take for one


def _longest(model: type[Model], column: str) -> int:
    return int(getattr(model._meta.get_field(column), "max_length", None) or 0)


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
    warnings: tuple[str, ...] = ()  # what the edition in force does not say about it


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
    warnings = tuple(gaps(flow, edition)) if edition else ()
    return Machine(machine.KIND, str(machine._meta.verbose_name), flow, states, tuple(faults(flow)), warnings)


def step_of(flow: type[MatterFlow], state: str) -> Any:
    """The node a matter in `state` waits at: behind a share-out, the step each seat gets. None if there is none."""
    node = flow.find(state)
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
        *_names(flow, moves),
        *_beginning(flow),
        *_unreachable(machine, moves),
        *_dead_ends(machine, moves),
        *_desks(flow, moves),
        *_unknown_papers(moves),
        *_unasked(machine, moves),
        *_twins(machine, moves),
        *_unnamed_deadlines(flow),
        *_family(flow),
    ]


def gaps(flow: type[MatterFlow], edition: Edition) -> list[str]:
    """What `edition` leaves open about the workflow, in words: steps that wait for a deadline it does not give."""
    kind = flow.machine.KIND
    named = dict.fromkeys(
        step.deadline
        for state in flow.machine.State.values
        if isinstance(step := step_of(flow, state), Step) and step.deadline
    )
    return [
        _("The edition in force gives no deadline “%(name)s”: the step is never due, nobody is reminded.")
        % {"name": name}
        for name in named
        if edition.deadline(kind, name) is None
    ]


def _names(flow: type[MatterFlow], moves: list[Move]) -> list[str]:
    """Names the database would cut off or refuse, and such as two workflows bear."""
    machine: Any = flow.machine
    steps = [step for state in machine.State.values if isinstance(step := step_of(flow, state), Step)]
    seats = [seat for step in steps if step.holder for seat in step.holder.seat_names()]
    kept = [
        ([machine.KIND], _longest(Matter, "kind")),
        (machine.State.values, _longest(Matter, "state")),
        (seats, _longest(StepTask, "seat")),
        ([step.name for step in steps], _longest(StepTask, "step")),
        ([move.name for move in moves], _longest(Entry, "action")),
    ]
    found = [
        _("The name %(name)s is longer than the %(most)s letters that are kept of it.") % {"name": name, "most": most}
        for names, most in kept
        for name in dict.fromkeys(names)
        if len(name) > most
    ]
    if not PREFIX.fullmatch(machine.PREFIX):
        found.append(_("The prefix “%(prefix)s” is not two to eight capital letters.") % {"prefix": machine.PREFIX})
    found += [
        _("The prefix %(prefix)s is also that of the workflow %(kind)s.") % {"prefix": machine.PREFIX, "kind": kind}
        for kind, other in all_flows().items()
        if other.machine is not machine and other.machine.PREFIX == machine.PREFIX
    ]
    return found


def _beginning(flow: type[MatterFlow]) -> list[str]:
    first: str = flow.machine.FIRST
    if first not in flow.machine.State.values:
        return [_("It begins at “%(state)s”, which is none of its states.") % {"state": first}]
    return []


def _unreachable(machine: Any, moves: list[Move]) -> list[str]:
    reached, ahead = {machine.FIRST}, [machine.FIRST]
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
        elif isinstance(step, Await):
            found += _awaited(step, state, here)
        elif isinstance(step, Heed):
            if state not in machine.AWAITS or not any(word in here for word in machine.HEARS.values()):
                found.append(_("No word of a parent ends the step %(state)s.") % {"state": state})
        elif isinstance(step, Standby):
            fires = here.get(step.fires_move)
            if fires is None or not fires.by.covers(the_clock, state):
                found.append(_("The clock cannot end the step %(state)s.") % {"state": state})
        elif isinstance(step, Step):
            found += _held(step, state, here)
    return found


def _awaited(step: Await, state: str, here: dict[str, Move]) -> list[str]:
    """A parent nobody can wake."""
    return [
        _(
            "At the step %(state)s the clock shall make the move %(move)s when the children have ended, which it may not there."
        )
        % {"state": state, "move": name}
        for name in (step.ended_move, step.fires_move)
        if name and (name not in here or not here[name].by.covers(the_clock, state))
    ]


def _family(flow: type[MatterFlow]) -> list[str]:
    """Children that nobody can open or call off, and a matter that calls for some and never waits for them."""
    called_for: frozenset[str] = getattr(flow.machine, "CHILDREN", frozenset())
    moves = moves_of(flow.machine)
    found = [
        _("The clock cannot make the move %(move)s for the word “%(word)s” of a parent.") % {"move": name, "word": word}
        for word, name in getattr(flow.machine, "HEARS", {}).items()
        if name not in moves or not all(moves[name].by.covers(the_clock, state) for state in moves[name].sources)
    ]
    if called_for and not any(isinstance(node, Await) for node in flow._nodes_by_name.values()):
        found.append(_("It calls for other matters, and no step waits for them."))
    for kind in sorted(called_for):
        child: Any = all_flows()[kind].machine if kind in all_flows() else None
        if child is None:
            found.append(_("It calls for matters of the kind %(kind)s, of which there are none.") % {"kind": kind})
            continue
        if not child.OPENED_BY.covers(the_clock, child.FIRST):
            found.append(_("The clock may not open the children of the kind %(kind)s.") % {"kind": kind})
        off = moves_of(child).get(child.CALL_OFF)
        stays = [
            state
            for state in child.State.values
            if state not in child.ENDS
            and (off is None or state not in off.sources or off.stays or not set(off.targets) <= child.ENDS)
        ]
        if stays or (off and not off.by.covers(the_clock, child.FIRST)):
            found.append(
                _("When it ends, nothing ends its children of the kind %(kind)s that are at %(states)s.")
                % {"kind": kind, "states": _(", ").join(stays) or child.FIRST}
            )
    return found


def _held(step: Step, state: str, here: dict[str, Move]) -> list[str]:
    holder = step.holder
    if holder is None:
        return [_("Nobody holds the step %(state)s.") % {"state": state}]
    found = []
    ends = [move.by for move in here.values() if not move.stays]
    # where several kinds of holder work side by side, each of them has a move of its own
    if not any(rule.covers(holder, state) for rule in ends) and not all(
        any(rule.covers(one, state) for rule in ends) for one in holder.alternatives()
    ):
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


def _unnamed_deadlines(flow: type[MatterFlow]) -> list[str]:
    """Steps for which no edition could ever have a deadline."""
    kind = flow.machine.KIND
    named = {due.step for due in books.book(kind).deadlines}
    return [
        _("The step %(state)s asks for the deadline %(deadline)s, which the rule book does not name.")
        % {"state": node.name, "deadline": node.deadline}
        for node in flow._nodes_by_name.values()
        if isinstance(node, Step) and node.deadline and node.deadline not in named and books.is_installed(kind)
    ]


def _unknown_papers(moves: list[Move]) -> list[str]:
    declared = kinds()
    return [
        _("The move %(move)s issues %(kind)s, a document nobody declared.") % {"move": move.name, "kind": kind}
        for move in moves
        for kind in sorted(move.all_papers())
        if kind not in declared
    ]


def _unasked(machine: Any, moves: list[Move]) -> list[str]:
    """Moves that ask for what no form gives, and forms that give what no move asks."""
    forms, names = declared_for(machine.KIND), {move.name for move in moves}
    found = [
        _("A form is declared for the move %(move)s, which does not exist.") % {"move": name}
        for name in forms
        if name not in names
    ]
    for move in moves:
        if fits(machine.KIND, move):
            continue
        asked = _(", ").join(move.asks) or _("nothing")
        if move.name not in forms:
            words = _("The move %(move)s asks for %(asked)s, and no form is declared that does.")
            found.append(words % {"move": move.name, "asked": asked})
        else:
            words = _("The form of the move %(move)s answers %(given)s; the move asks for %(asked)s.")
            given = _(", ").join(forms[move.name].ANSWERS) or _("nothing")
            found.append(words % {"move": move.name, "given": given, "asked": asked})
    return found


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
