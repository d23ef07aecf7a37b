"""The table of the toy workflow; see tests/toy. The leasing officer and legal are the owners of the plan."""

from tests.machines.table import Round, Table
from tests.toy.models import Plan
from workflows.matters.perform import begin, perform
from workflows.organisation.offices import person_seat

State = Plan.State
OWNERS = {"leasing_officer", "legal"}
ROWS = {
    State.WRITING: {"hand_in": OWNERS},
    State.SIGNING: {"put_name": OWNERS, "call_back": OWNERS, "go_on": {"system"}},
    State.CLOSING: {"close": {"performance_office"}},
    State.DONE: {},
}
ONE_HAS_SIGNED = {State.SIGNING: {"put_name": {"legal"}, "call_back": OWNERS, "go_on": {"system"}}}


def opened(given):
    """Opened by the performance office for its two owners."""
    given("toy")
    chain = given("chain")
    plan = Plan(unit=chain.group, title="下半年工作计划")
    begin(plan, by=chain.performance_office, owners=[chain.leasing_officer, chain.legal])
    return plan


def bring(given, plan, state):
    given("walk")(plan, to=state)


def let_one_sign(given, plan, state):
    officer = given("chain").leasing_officer
    given("walk")(plan, to=state)
    perform(plan.put_name, by=officer, seat=person_seat(officer))


def answers(plan, move):
    return plan.as_planned(move)


def seat(plan, name, person):
    """Each tries a seat of their own, and whoever has none that of the first owner."""
    own = person_seat(person)
    return own if own in plan.seats else next(iter(plan.seats), "")


TABLE = Table(
    opened,
    {"as opened": Round(ROWS, bring), "one has signed": Round(ONE_HAS_SIGNED, let_one_sign)},
    answers,
    seat,
)
