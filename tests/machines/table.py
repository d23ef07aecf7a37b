"""A workflow's own table: who may make which move in which state, written by hand from its paper, not from its code.

Each registered workflow has one, `TABLE` in `tests/machines/tables/<name>.py`, as its forms stand in `forms/<name>.py`;
the matrix tries every cell of it.
People are called by their names in the chain of the tests, and the clock is "system".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

Rows = Mapping[str, Mapping[str, set[str]]]  # state → move → who may make it there
Given = Callable[[str], Any]  # a fixture of the tests, by its name: given("chain"), given("walk")


@dataclass(frozen=True)
class Round:
    """One way a matter can have come to its states. What a row does not list is a refusal."""

    rows: Rows
    bring: Callable[[Given, Any, str], None]  # take the matter to the state


@dataclass(frozen=True)
class Table:
    """All that is tried of a workflow."""

    begin: Callable[[Given], Any]  # a matter in its first state
    rounds: Mapping[str, Round]  # the first one names every state
    answers: Callable[[Any, str], Mapping[str, Any]] = lambda _matter, _move: {}  # what a move asks beyond a reason
    seat: Callable[[Any, str, Any], str] = lambda _matter, _name, _person: ""  # where somebody tries a move of a seat

    def names(self) -> list[str]:
        """Everybody who may do anything at all."""
        rows = [row for one in self.rounds.values() for row in one.rows.values()]
        return list(dict.fromkeys(name for row in rows for who in row.values() for name in sorted(who)))


def place_of(machine: Any) -> str:
    """The module the table of a workflow stands in, by the class of its matters."""
    return f"tests.machines.tables.{machine._meta.app_label}"


def table_of(machine: Any) -> Table | None:
    """The table of the workflow; None where nobody has written one. A room of several machines has `TABLES` by kind."""
    place = place_of(machine)
    if not find_spec(place):
        return None
    module = import_module(place)
    return module.TABLES.get(machine.KIND) if hasattr(module, "TABLES") else module.TABLE
