"""Every move, by everybody, in every state: the table of the domain paper, cell by cell.

What stands below was written from the paper, not from the code. A cell that is not listed is a
refusal, and a refusal leaves no trace.
"""

from copy import copy

import pytest
from django.db import connection, transaction

from workflows.campaigns.declaration import Evaluation
from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.moves import moves_of
from workflows.matters.perform import perform
from workflows.organisation.glance import one_look
from workflows.organisation.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(open_campaign):
    """82,000 CNY under the group's mark: the store endorses first, finance and brand countersign."""
    return open_campaign(82_000, group_mark=True)


HOLDER = {
    State.STORE_REVIEW: "store_manager",
    State.REGION_REVIEW: "region_manager",
    State.GROUP_REVIEW: "planning_reviewer",
    State.SIGNATURE: "vice_president",
}
TABLE = {
    State.DRAFT: {"save_draft": {"planner"}, "submit": {"planner"}, "discard": {"planner"}},
    State.STORE_REVIEW: {"vouch": {"store_manager"}},
    State.REGION_REVIEW: {"endorse": {"region_manager"}},
    State.GROUP_REVIEW: {"pass_review": {"planning_reviewer"}},
    State.COUNTERSIGN: {
        "agree": {"finance", "brand"},
        "object_to": {"finance", "brand"},
        "withdraw": {"planner"},
    },
    State.SIGNATURE: {"sign": {"vice_president"}},
    State.APPROVED: {
        "start": {"planner", "system"},
        "change": {"planner"},
        "ask_cancel": {"planner"},
    },
    State.RUNNING: {"close_out": {"system"}, "change": {"planner"}, "ask_cancel": {"planner"}},
    State.CANCELLING: {
        "grant_cancel": {"planning_reviewer"},
        "refuse_cancel": {"planning_reviewer"},
        "keep": {"planner"},
        "start_meanwhile": {"system"},
        "close_out": {"system"},
    },
    State.REPORTING: {"hand_in": {"planner"}},
    State.EVALUATION: {"score": {"planning_reviewer"}},
    State.CLOSED: {},
    State.REJECTED: {},
    State.CANCELLED: {},
}
for _state, _holder in HOLDER.items():
    TABLE[_state] |= {"send_back": {_holder}, "reject": {_holder}, "withdraw": {"planner"}}

# a change of an approved campaign walks the same steps with other endings
OF_A_CHANGE = {
    State.DRAFT: {"save_draft": {"planner"}, "submit": {"planner"}, "drop_change": {"planner"}},
    State.GROUP_REVIEW: {
        "pass_review": {"planning_reviewer"},
        "send_back": {"planning_reviewer"},
        "refuse_change": {"planning_reviewer"},
        "withdraw": {"planner"},
    },
    State.COUNTERSIGN: {
        "agree": {"finance", "brand"},
        "object_to": {"finance", "brand"},
        "withdraw": {"planner"},
    },
    State.SIGNATURE: {
        "sign_change": {"vice_president"},
        "send_back": {"vice_president"},
        "refuse_change": {"vice_president"},
        "withdraw": {"planner"},
    },
}
# while it is undecided, the clock starts and ends what is in force, and lets a change fall whose days are over
THE_CLOCKS = {"start_meanwhile": {"system"}, "close_out": {"system"}, "lapse": {"system"}}
for _state in OF_A_CHANGE:
    OF_A_CHANGE[_state] |= THE_CLOCKS
SEATS = {"finance": "finance", "brand": "brand", "legal": "legal"}


def answers(campaign, move):
    """What the move asks for beyond a reason."""
    return {
        "save_draft": {"declaration": campaign.declared},
        "change": {"declaration": campaign.declared},
        "send_back": {"to": "draft"},
        "hand_in": campaign.as_planned("hand_in"),
        "score": {"evaluation": Evaluation()},
    }.get(move, {})


@one_look()  # nobody changes the organisation meanwhile: who sits where need not be asked in every cell
def cells(campaign, people):
    """Try every move as everybody; {move: names of those who could}. Undone after each."""
    allowed = {}
    seen, before = Campaign.objects.get(pk=campaign.pk), trace(campaign)
    for move in moves_of(Campaign):
        asked_for = answers(seen, move)
        for name, person in people.items():
            hand = copy(seen)
            try:
                with transaction.atomic():
                    seat = {"seat": SEATS.get(name, "finance")} if move in ("agree", "object_to") else {}
                    perform(getattr(hand, move), by=person, note="理由", **seat, **asked_for)
                    allowed.setdefault(move, set()).add(name)
                    raise _Undo
            except (_Undo, NotYours, StepOutOfOrder):
                pass
            assert trace(campaign) == before
    return allowed


TRACE = """
    SELECT state, turn, trail_length, (SELECT COUNT(*) FROM documents_issueddocument WHERE matter_id = matter.id)
    FROM matters_matter matter WHERE id = %s
"""


def trace(campaign):
    """Where it stands, how often it moved, and how many lines and papers there are of it."""
    with connection.cursor() as cursor:
        cursor.execute(TRACE, [campaign.pk])
        return cursor.fetchone()


class _Undo(Exception):
    pass


@pytest.fixture
def people(chain):
    """Who is asked. Beside PostgreSQL only those who sit somewhere in the table.

    Who may is reckoned in Python from rows that both databases hand out alike; what they could
    answer differently is whether the moves of those who may go through.
    """
    names = [
        "planner", "store_manager", "region_manager", "planning_reviewer", "finance", "brand", "legal",
        "vice_president", "president", "clerk", "auditor", "administrator", "other_planner",
        "other_store_manager", "other_region_manager",
    ]  # fmt: skip
    if connection.vendor == "postgresql":
        names = [name for name in names if any(name in holders for row in TABLE.values() for holders in row.values())]
    return {name: getattr(chain, name) for name in names} | {"system": Person.objects.system()}


@pytest.fixture
def bring(chain, campaign, walk):
    """Take the campaign to any state, those too that nobody's agreeing leads to."""

    def brought(state):
        if state == State.REJECTED:
            perform(walk(campaign, to=State.REGION_REVIEW).reject, by=chain.region_manager, note="与节庆重复")
        elif state in (State.CANCELLING, State.CANCELLED):
            perform(walk(campaign, to=State.APPROVED).ask_cancel, by=chain.planner, note="场地不可用")
        if state != campaign.state:
            walk(campaign, to=state)

    return brought


@pytest.mark.parametrize("state", list(TABLE), ids=str)
def test_each_move_is_open_to_exactly_those_the_table_names(state, people, campaign, bring):
    bring(state)

    assert cells(campaign, people) == TABLE[state]


@pytest.mark.parametrize("state", list(OF_A_CHANGE), ids=str)
def test_a_change_walks_the_same_steps_with_its_own_endings(state, people, campaign, walk):
    walk(campaign, to=State.APPROVED)
    perform(campaign.change, by=people["planner"], note="多一天", declaration=campaign.declared)
    if state == State.DRAFT:
        perform(campaign.send_back, by=people["planning_reviewer"], note="说明原因", to="draft")
    elif state != State.GROUP_REVIEW:
        walk(campaign, to=state)

    assert cells(campaign, people) == OF_A_CHANGE[state]


@pytest.mark.parametrize("state", [*OF_A_CHANGE, State.CANCELLING], ids=str)
def test_what_runs_already_is_not_started_again(state, people, campaign, walk):
    """The same tables without `start_meanwhile`: whatever lies undecided of a campaign that has begun."""
    walk(campaign, to=State.RUNNING)
    if state == State.CANCELLING:
        perform(campaign.ask_cancel, by=people["planner"], note="场地不可用")
    else:
        perform(campaign.change, by=people["planner"], note="多一天", declaration=campaign.declared)
    if state == State.DRAFT:
        perform(campaign.send_back, by=people["planning_reviewer"], note="说明原因", to="draft")
    elif state in (State.COUNTERSIGN, State.SIGNATURE):
        walk(campaign, to=state)

    table = {**OF_A_CHANGE, State.CANCELLING: TABLE[State.CANCELLING]}[state]
    assert cells(campaign, people) == {move: who for move, who in table.items() if move != "start_meanwhile"}


def test_every_state_and_every_move_stands_in_the_table():
    named = {move for row in [*TABLE.values(), *OF_A_CHANGE.values()] for move in row}

    assert set(TABLE) == set(State)
    assert named == set(moves_of(Campaign))
