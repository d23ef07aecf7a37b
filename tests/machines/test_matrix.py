"""Every move, by everybody, in every state: the table of the domain paper, cell by cell.

What stands below was written from the paper, not from the code. A cell that is not listed is a
refusal, and a refusal leaves no trace.
"""

import pytest
from django.db import transaction

from workflows.campaigns.declaration import Evaluation
from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.moves import moves_of
from workflows.matters.perform import perform
from workflows.organisation.models import Person
from workflows.trail.leaver import leave

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
    State.SIGNATURE: {
        "sign_change": {"vice_president"},
        "send_back": {"vice_president"},
        "refuse_change": {"vice_president"},
        "withdraw": {"planner"},
    },
}
# who is in charge beside or instead of the initiator, in the states where something can be taken back
IN_CHARGE = {
    "a colleague submitted it": {"planner", "colleague"},
    "a colleague submitted it, and the planner moved to another store": {"colleague"},
    "the planner moved to another store": {"colleague"},
    "the planner left, and somebody without a post took it over": {"successor"},
}
TAKEN_BACK = {State.STORE_REVIEW: "withdraw", State.REGION_REVIEW: "withdraw", State.CANCELLING: "keep"}
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


def cells(campaign, people):
    """Try every move as everybody; {move: names of those who could}. Undone after each."""
    allowed = {}
    for move in moves_of(Campaign):
        for name, person in people.items():
            hand = Campaign.objects.get(pk=campaign.pk)
            before = (hand.state, hand.turn, hand.trail_length, hand.documents.count())
            try:
                with transaction.atomic():
                    seat = {"seat": SEATS.get(name, "finance")} if move in ("agree", "object_to") else {}
                    perform(getattr(hand, move), by=person, note="理由", **seat, **answers(hand, move))
                    allowed.setdefault(move, set()).add(name)
                    raise _Undo
            except (_Undo, NotYours, StepOutOfOrder):
                pass
            after = Campaign.objects.get(pk=campaign.pk)
            assert (after.state, after.turn, after.trail_length, after.documents.count()) == before
    return allowed


class _Undo(Exception):
    pass


@pytest.fixture
def people(chain):
    names = [
        "planner", "store_manager", "region_manager", "planning_reviewer", "finance", "brand", "legal",
        "vice_president", "president", "clerk", "auditor", "administrator", "other_planner",
        "other_store_manager", "other_region_manager",
    ]  # fmt: skip
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
    elif state == State.SIGNATURE:
        walk(campaign, to=state)

    assert cells(campaign, people) == OF_A_CHANGE[state]


@pytest.mark.parametrize("state", list(TAKEN_BACK), ids=str)
@pytest.mark.parametrize("case", list(IN_CHARGE))
def test_taken_back_by_exactly_those_in_charge(case, state, chain, people, campaign, walk):
    colleague = chain.appoint("planner", chain.store, "许愿")
    by = colleague if case.startswith("a colleague") else chain.planner
    perform(campaign.submit, by=by)
    walk(campaign, to=State.APPROVED if state == State.CANCELLING else state)
    if state == State.CANCELLING:
        perform(campaign.ask_cancel, by=by, note="场地不可用")
    if "moved" in case:
        chain.planner.posts.update(unit=chain.other_store)
    elif "left" in case:
        leave(chain.planner, chain.nobody, by=chain.administrator, give_posts=False)

    may = cells(campaign, {**people, "colleague": colleague, "successor": chain.nobody})

    assert may[TAKEN_BACK[state]] == IN_CHARGE[case]


def test_every_state_and_every_move_stands_in_the_table():
    named = {move for row in [*TABLE.values(), *OF_A_CHANGE.values()] for move in row}

    assert set(TABLE) == set(State)
    assert named == set(moves_of(Campaign))
