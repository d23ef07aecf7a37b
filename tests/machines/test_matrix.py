"""Every move, by everybody, in every state: each registered workflow's own table, and the toy's, cell by cell.

The tables in `tests/machines/tables/` were written from the papers, not from the code. A cell that
is not listed is a refusal, and a refusal leaves no trace.
"""

from copy import copy

import pytest
from django.db import connection, transaction

from tests.machines.table import place_of, table_of
from tests.toy.models import Plan
from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.moves import moves_of
from workflows.matters.perform import perform
from workflows.organisation.glance import one_look
from workflows.organisation.models import Person
from workflows.steps.flows import all_flows

pytestmark = pytest.mark.django_db

MACHINES = {kind: flow.machine for kind, flow in all_flows().items()} | {Plan.KIND: Plan}
TABLES = {kind: table for kind, machine in MACHINES.items() if (table := table_of(machine))}
CELLS = [
    pytest.param(kind, way, state, id=f"{kind}-{way}-{state}")
    for kind, table in TABLES.items()
    for way, one in table.rounds.items()
    for state in one.rows
]
# asked of every workflow, whether or not it has anything for them to do
ANYBODY = [
    "planner", "store_manager", "region_manager", "planning_reviewer", "finance", "brand", "legal",
    "vice_president", "president", "clerk", "auditor", "administrator", "other_planner",
    "other_store_manager", "other_region_manager",
]  # fmt: skip


@pytest.fixture
def asked(chain):
    """`asked(table)`: who is asked, by name. Beside PostgreSQL only those who sit somewhere in the table.

    Who may is reckoned in Python from rows that both databases hand out alike; what they could
    answer differently is whether the moves of those who may go through.
    """

    def people(table):
        names = table.names() if connection.vendor == "postgresql" else dict.fromkeys([*ANYBODY, *table.names()])
        system = Person.objects.system()
        return {name: getattr(chain, name, None) or system for name in names} | {"system": system}

    return people


@one_look()  # nobody changes the organisation meanwhile: who sits where need not be asked in every cell
def cells(matter, people, table):
    """Try every move as everybody; {move: names of those who could}. Undone after each."""
    allowed = {}
    machine = type(matter)
    seen, before = machine.objects.get(pk=matter.pk), trace(matter)
    for move, spec in moves_of(machine).items():
        answers = table.answers(seen, move)
        for name, person in people.items():
            hand = copy(seen)
            try:
                with transaction.atomic():
                    seat = {"seat": table.seat(seen, name, person)} if spec.at_a_seat else {}
                    perform(getattr(hand, move), by=person, note="理由", **seat, **answers)
                    allowed.setdefault(move, set()).add(name)
                    raise _Undo
            except (_Undo, NotYours, StepOutOfOrder):
                pass
            assert trace(matter) == before
    return allowed


TRACE = """
    SELECT state, turn, trail_length, (SELECT COUNT(*) FROM documents_issueddocument WHERE matter_id = matter.id)
    FROM matters_matter matter WHERE id = %s
"""


def trace(matter):
    """Where it stands, how often it moved, and how many lines and papers there are of it."""
    with connection.cursor() as cursor:
        cursor.execute(TRACE, [matter.pk])
        return cursor.fetchone()


class _Undo(Exception):
    pass


@pytest.mark.parametrize(("kind", "way", "state"), CELLS)
def test_each_move_is_open_to_exactly_those_the_table_names(kind, way, state, request, asked):
    table, given = TABLES[kind], request.getfixturevalue
    matter = table.begin(given)
    table.rounds[way].bring(given, matter, state)

    assert matter.state == state
    assert cells(matter, asked(table), table) == table.rounds[way].rows[state]


@pytest.mark.parametrize("kind", MACHINES)
def test_every_state_and_every_move_stands_in_the_table(kind):
    table, machine = TABLES.get(kind), MACHINES[kind]
    assert table, f"Nobody has written down who may do what: there is no {place_of(machine)}."
    whole = next(iter(table.rounds.values()))

    assert set(whole.rows) == set(machine.State)
    assert {move for one in table.rounds.values() for row in one.rows.values() for move in row} == set(
        moves_of(machine)
    )
