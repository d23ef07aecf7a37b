"""The table of joint campaigns, from the domain paper: the group's planning leads, the signer of the sum signs once."""

from datetime import timedelta

from tests.joint.conftest import STORES, a_draft, a_frame, countersigned, fresh, hand_in
from tests.machines.table import Round, Table
from workflows.joint.models import State
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.steps.sweep import sweep

LEADER, SIGNER, CLOCK = {"planning_reviewer"}, {"vice_president"}, {"system"}
ROWS = {
    State.DRAFT: {"rewrite": LEADER, "invite": LEADER, "discard": LEADER},
    State.COLLECTING: {"all_in": CLOCK, "day_over": CLOCK, "cancel": LEADER},
    # of three stores one is absent and two are in: one may be let in, one may be returned
    State.GATHERED: {"let_in": LEADER, "return_part": LEADER, "submit_whole": LEADER, "cancel": LEADER},
    State.COUNTERSIGN: {"agree": {"finance", "brand"}, "object_to": {"finance", "brand"}, "withdraw": LEADER},
    State.SIGNATURE: {"sign": SIGNER, "send_back": SIGNER, "reject": SIGNER, "withdraw": LEADER},
    State.EXECUTING: {"ask_cancel": LEADER, "all_ended": CLOCK},
    State.CANCELLING: {"grant_cancel": SIGNER, "refuse_cancel": SIGNER},
    State.CLOSED: {},
    State.REJECTED: {},
    State.CANCELLED: {},
}


def begin(given):
    return a_draft(given("chain"))


def bring(given, joint, state):
    """Two stores hand in 40,000 each, the third is late; finance and brand countersign, the vice-president signs."""
    chain = given("chain")
    if state == State.DRAFT:
        return
    perform(joint.invite, by=chain.planning_reviewer)
    sweep()
    if state != State.COLLECTING:
        _gather(chain, joint)
    if state in (State.COUNTERSIGN, State.SIGNATURE, State.EXECUTING, State.CANCELLING, State.REJECTED, State.CLOSED):
        _decide(chain, joint, state)
    elif state == State.CANCELLED:
        perform(joint.cancel, by=chain.planning_reviewer, note="改期")
    joint.reload()


def _gather(chain, joint):
    for code in STORES[:2]:
        hand_in(chain, joint, code, 29_000)
    perform(fresh(joint).day_over, by=Person.objects.system())
    sweep()
    joint.reload()


def _decide(chain, joint, state):
    if state == State.COUNTERSIGN:
        perform(joint.submit_whole, by=chain.planning_reviewer)
        return
    countersigned(chain, joint)
    if state == State.REJECTED:
        perform(joint.reject, by=chain.vice_president, note="与集团大会冲突")
    elif state != State.SIGNATURE:
        perform(joint.sign, by=chain.vice_president)
    if state == State.CANCELLING:
        perform(joint.ask_cancel, by=chain.planning_reviewer, note="供应商停产")
    elif state == State.CLOSED:
        perform(joint.all_ended, by=Person.objects.system())


def answers(joint, move):
    """What the move asks for beyond a reason."""
    until = clock.today() + timedelta(days=2)
    return {
        "rewrite": {"frame": a_frame()},
        "let_in": {"store": STORES[2], "until": until},
        "return_part": {"store": STORES[0], "until": until},
    }.get(move, {})


def seat(joint, name, person):
    """Each countersigner tries the seat of their office, and anybody else that of finance."""
    return name if name in ("finance", "brand", "legal") else "finance"


TABLE = Table(begin, {"one store late": Round(ROWS, bring)}, answers, seat)
