"""The table of the campaigns, from the domain paper."""

from tests.machines.table import Round, Table
from workflows.campaigns.declaration import Evaluation
from workflows.campaigns.models import Campaign, State
from workflows.matters.perform import perform

HOLDER = {
    State.STORE_REVIEW: "store_manager",
    State.REGION_REVIEW: "region_manager",
    State.GROUP_REVIEW: "planning_reviewer",
    State.SIGNATURE: "vice_president",
}
ROWS = {
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
# of a joint campaign's part: what becomes of it its parent says, and the clock does
ROWS[State.HANDED_IN] = {"be_granted": {"system"}, "be_returned": {"system"}}
for _state, _holder in HOLDER.items():
    ROWS[_state] |= {"send_back": {_holder}, "reject": {_holder}, "withdraw": {"planner"}}

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

# what runs already is not started again: the same rows for whatever lies undecided of a campaign that has begun
WHILE_RUNNING = {
    state: {move: who for move, who in row.items() if move != "start_meanwhile"}
    for state, row in {**OF_A_CHANGE, State.CANCELLING: ROWS[State.CANCELLING]}.items()
}


# the parent's end is the end of its parts, wherever they are
for _rows in (ROWS, OF_A_CHANGE, WHILE_RUNNING):
    for _state, _row in _rows.items():
        if _state not in (State.CLOSED, State.REJECTED, State.CANCELLED):
            _rows[_state] = {**_row, "call_off": {"system"}}


def begin(given):
    """82,000 CNY under the group's mark: the store endorses first, finance and brand countersign."""
    return given("open_campaign")(82_000, group_mark=True)


def bring(given, campaign, state):
    """Take the campaign to any state, those too that nobody's agreeing leads to."""
    chain, walk = given("chain"), given("walk")
    if state == State.REJECTED:
        perform(walk(campaign, to=State.REGION_REVIEW).reject, by=chain.region_manager, note="与节庆重复")
    elif state in (State.CANCELLING, State.CANCELLED):
        perform(walk(campaign, to=State.APPROVED).ask_cancel, by=chain.planner, note="场地不可用")
    elif state == State.HANDED_IN:  # as if the clock had opened it for a joint campaign
        days = {
            "starts_on": str(campaign.starts_on),
            "ends_on": str(campaign.ends_on),
            "until": str(campaign.starts_on),
        }
        Campaign.objects.filter(pk=campaign.pk).update(joint_frame=days)
        campaign.reload()
    if state != campaign.state:
        walk(campaign, to=state)


def bring_a_change(given, campaign, state):
    given("walk")(campaign, to=State.APPROVED)
    _change(given, campaign, state)


def bring_while_running(given, campaign, state):
    given("walk")(campaign, to=State.RUNNING)
    if state == State.CANCELLING:
        perform(campaign.ask_cancel, by=given("chain").planner, note="场地不可用")
    else:
        _change(given, campaign, state)


def _change(given, campaign, state):
    chain = given("chain")
    perform(campaign.change, by=chain.planner, note="多一天", declaration=campaign.declared)
    if state == State.DRAFT:
        perform(campaign.send_back, by=chain.planning_reviewer, note="说明原因", to="draft")
    elif state != State.GROUP_REVIEW:
        given("walk")(campaign, to=state)


def answers(campaign, move):
    """What the move asks for beyond a reason."""
    return {
        "save_draft": {"declaration": campaign.declared},
        "change": {"declaration": campaign.declared},
        "send_back": {"to": "draft"},
        "hand_in": campaign.as_planned("hand_in"),
        "score": {"evaluation": Evaluation()},
    }.get(move, {})


def seat(campaign, name, person):
    """Each countersigner tries the seat of their office, and anybody else that of finance."""
    return name if name in ("finance", "brand", "legal") else "finance"


TABLE = Table(
    begin,
    {
        "as declared": Round(ROWS, bring),
        "a change": Round(OF_A_CHANGE, bring_a_change),
        "while it runs": Round(WHILE_RUNNING, bring_while_running),
    },
    answers,
    seat,
)
