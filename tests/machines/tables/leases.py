"""The table of lease renewals, from the domain paper; the officer, the store, finance and the signer are the chain's.

The mall's leasing officer is also who records the tenant's answers. An offer outside the pricing rule goes by the group.
"""

from datetime import timedelta
from decimal import Decimal

from tests.leases.conftest import a_lease, a_stall, a_tenant
from tests.machines.table import Round, Table
from tests.memory import memory
from workflows.leases.models import Renewal
from workflows.leases.opening import open_renewal
from workflows.leases.terms import Outcome, Proof, Settlement, Terms
from workflows.matters.perform import perform
from workflows.organisation import clock

State = Renewal.State
OFFICER = {"leasing_officer"}
ROWS = {
    State.DUE: {"assess": OFFICER},
    State.TERMS: {"propose": OFFICER},
    State.STORE_REVIEW: {"agree": {"store_manager"}, "send_back": {"store_manager"}},
    State.FINANCE_REVIEW: {"clear": {"finance"}, "hold": {"finance"}, "send_back": {"finance"}},
    State.GROUP_APPROVAL: {
        "approve": {"vice_president"},
        "reject": {"vice_president"},
        "send_back": {"vice_president"},
    },
    State.OFFER: {"send": OFFICER, "break_off": OFFICER},
    State.OFFERED: {
        "accept": OFFICER,
        "counter": OFFICER,
        "decline": OFFICER,
        "lapse": {"system"},
    },
    State.CONTRACT: {"lay_before": OFFICER, "break_off": OFFICER},
    State.SIGNATURE: {"sign": {"vice_president"}, "give_back": {"vice_president"}},
    State.NOT_RENEWING: {"notify": OFFICER, "take_up": OFFICER},
    State.VACATING: {"hand_over": OFFICER, "take_up": OFFICER},
    State.RENEWED: {},
    State.RELEASED: {},
}


def due(given):
    """A lease of the chain's store that ends in 170 days, and its renewal."""
    chain = given("chain")
    return memory.of(("renewal",), lambda: open_renewal(a_lease(a_stall(chain.store), a_tenant()).pk))


def outside(renewal):
    """Terms that only the group may agree to: below the present price."""
    return Terms(**{**vars(renewal.present_terms()), "price": Decimal(180)})


def bring(given, renewal, state):
    """Everybody agrees to terms outside the pricing rule; or the tenant declines."""
    chain, today = given("chain"), clock.today()
    proof = Proof("简宁", today, "letter", "回函一份")
    last = Settlement(today, Decimal(0), Decimal(0))
    steps = [
        ("assess", chain.leasing_officer, {"market_price": Decimal(230), "remark": "客流稳定"}),
        ("propose", chain.leasing_officer, {"terms": outside(renewal)}),
        ("agree", chain.store_manager, {}),
        ("clear", chain.finance, {}),
        ("approve", chain.vice_president, {}),
        ("send", chain.leasing_officer, {}),
    ]
    if state in (State.NOT_RENEWING, State.VACATING, State.RELEASED):
        steps += [
            ("decline", chain.leasing_officer, {"proof": proof}),
            ("notify", chain.leasing_officer, {"competing": ""}),
            ("hand_over", chain.leasing_officer, {"settlement": last}),
        ]
    else:
        steps += [
            ("accept", chain.leasing_officer, {"proof": proof}),
            ("lay_before", chain.leasing_officer, {"proof": proof}),
            ("sign", chain.vice_president, {}),
        ]
    for move, by, asked in steps:
        if renewal.state == state:
            return
        perform(getattr(renewal, move), by=by, note="说明", **asked)


def answers(renewal, move):
    """What the move asks for beyond a reason."""
    today = clock.today()
    proof = Proof("简宁", today, "letter", "回函一份")
    counter = Terms(**{**vars(renewal.terms), "price": Decimal(170)})
    return {
        "assess": {"market_price": Decimal(230), "remark": "客流稳定"},
        "propose": {"terms": Terms(**{**vars(renewal.present_terms()), "outcome": Outcome.END})},
        "accept": {"proof": proof},
        "counter": {"proof": proof, "terms": counter},
        "decline": {"proof": proof},
        "lay_before": {"proof": proof},
        "notify": {"competing": ""},
        "hand_over": {"settlement": Settlement(today - timedelta(days=1), Decimal(0), Decimal(0))},
    }.get(move, {})


TABLE = Table(due, {"outside the pricing rule": Round(ROWS, bring)}, answers)
