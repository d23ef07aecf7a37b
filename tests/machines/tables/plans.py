"""The tables of work plans, topics and consultations, from the domain paper.

The chain's brand, finance and legal reviewers lead the plan's first topic, in this order; a planner assists with text, her
neighbour with data. The head of the region is asked for its opinion, by whom else none is given.
"""

from __future__ import annotations

from documents.models import Rendition
from tests.machines.table import Round, Table
from tests.memory import memory
from tests.plans.conftest import drafted, launched, taken_in, topic, working_day
from workflows.matters.perform import perform
from workflows.organisation.models import Person
from workflows.plans.models import Consultation, Plan, Topic
from workflows.steps.sweep import run_families, sweep

P, T, C = Plan.State, Topic.State, Consultation.State
CENTRE, CLOCK, SIGNER = {"resource_centre"}, {"system"}, {"president"}
FIRST, ASSISTANTS = {"brand"}, {"planner", "neighbour_planner"}

PLAN = {
    P.DRAFTING: {
        "write_topic": CENTRE, "drop_topic": CENTRE, "carry_over_from": CENTRE, "launch": CENTRE, "cancel": CENTRE,
    },
    P.TOPICS_OUT: {"all_in": CLOCK, "cancel": CENTRE},
    P.DRAFTS_IN: {"consolidate": CENTRE, "cancel": CENTRE},
    P.CONSULTING: {"close_consultation": CLOCK, "cancel": CENTRE},
    P.REVISING: {"judge": CENTRE, "revise": CENTRE, "finalise": CENTRE, "cancel": CENTRE},
    P.SIGNATURE: {"sign": SIGNER, "send_back": SIGNER},
    P.EXECUTING: {"topics_done": CLOCK, "run_out": CLOCK, "print_board": CENTRE},
    P.CLOSING: {"close": CENTRE, "print_board": CENTRE},
    P.CLOSED: {},
    P.CANCELLED: {},
}  # fmt: skip
TOPIC = {
    T.SENDING: {"send": CLOCK, "call_off": CLOCK},
    T.ASSIGNED: {"accept": FIRST, "decline": FIRST, "call_off": CLOCK},
    T.REASSIGNING: {"reassign": CENTRE, "call_off": CLOCK},
    # a draft lies before finance, who has not signed it
    T.WRITING: {"contribute": ASSISTANTS, "write": FIRST, "cosign": {"finance"}, "fall_late": CLOCK, "call_off": CLOCK},
    T.SUBMITTED: {"send_back": CENTRE, "take_in": CENTRE, "call_off": CLOCK},
    T.CONSOLIDATED: {"begin_work": CLOCK, "call_off": CLOCK},
    T.IN_PROGRESS: {"report": FIRST, "extend": FIRST, "complete": FIRST, "carry_over": CENTRE, "call_off": CLOCK},
    T.EXTENDING: {"grant": CENTRE, "refuse": CENTRE, "carry_over": CENTRE, "call_off": CLOCK},
    T.COMPLETION: {"accept_result": CENTRE, "return_result": CENTRE, "carry_over": CENTRE, "call_off": CLOCK},
    T.ACCEPTED: {},
    T.CARRIED_OVER: {},
    T.CALLED_OFF: {},
}
HEAD = {"region_manager"}
SIGNED = {
    T.WRITING: {"contribute": ASSISTANTS, "write": FIRST, "submit": FIRST, "fall_late": CLOCK, "call_off": CLOCK},
}
CONSULTATION = {
    C.SENDING: {"send": CLOCK, "call_off": CLOCK},
    C.ASKED: {"opine": HEAD, "answer": HEAD, "fall_silent": CLOCK, "call_off": CLOCK},  # its letter is printed
    C.ANSWERED: {},
    C.SILENT: {},
    C.CALLED_OFF: {},
}
NEVER_CAME = {C.ASKED: {"opine": HEAD, "answer": HEAD, "send_anew": CENTRE, "call_off": CLOCK}}


def plan(given):
    chain = given("chain")
    return memory.of(("plan",), lambda: drafted(chain))


def bring_plan(given, plan, state):
    """Everybody does their part; one region is asked and answers."""
    chain = given("chain")
    centre = chain.resource_centre

    def now():
        return Plan.objects.get(pk=plan.pk)

    def over():
        """Go on with the object in hand, whatever its children did."""
        plan.reload()
        return plan.state == state

    if state == P.CANCELLED:
        perform(plan.cancel, by=centre, note="重组")
    if over():
        return
    perform(plan.launch, by=centre, **plan.as_planned("launch"))
    if over():
        return
    sweep()
    sweep()
    for each in Topic.objects.filter(work_plan=plan.pk).order_by("number"):
        taken_in(chain, each)
    sweep()
    if over():
        return
    perform(now().consolidate, by=centre, units=[chain.region])
    sweep()
    sweep()
    if over():
        return
    perform(Consultation.objects.get().answer, by=chain.region_manager)
    sweep()
    if over():
        return
    perform(now().finalise, by=centre)
    if over():
        return
    perform(now().sign, by=chain.president)
    sweep()
    if over():
        return
    for each in Topic.objects.filter(work_plan=plan.pk):
        perform(each.carry_over, by=centre, note="转入")
    sweep()
    if over():
        return
    perform(now().close, by=centre, words="—")
    plan.reload()


def plan_answers(plan, move):
    return {
        "write_topic": {
            "topic": topic("新专题", [Person.objects.get(username="fangmin")]),
            "part": "经营",
            "place": None,
        },
        "drop_topic": {"place": 1},
        "carry_over_from": {"plan": plan},
        "judge": {"fates": {}},
        "revise": {"texts": {1: "定稿"}},
        "consolidate": {"units": [plan.unit]},
    }.get(move, plan.as_planned(move))


def first_topic(given):
    """The plan's first topic, opened by the clock, its letters not sent yet."""
    chain = given("chain")

    def opened():
        plan = drafted(chain)
        perform(plan.launch, by=chain.resource_centre, **plan.as_planned("launch"))
        run_families()
        return Topic.objects.get(number=1)

    return memory.of(("topic",), opened)


def bring_topic(given, topic, state):
    chain = given("chain")
    system = Person.objects.system()
    last = {T.CARRIED_OVER: [("carry_over", chain.resource_centre, {"note": "转入"})]}.get(state, [])
    if state == T.CALLED_OFF:
        last = [("call_off", system, {})]
    reassigned = [("decline", chain.brand, {"note": "人手不足"})] if state == T.REASSIGNING else []
    extended = [("extend", chain.brand, {"note": "延误", "wanted": working_day(80)})] if state == T.EXTENDING else []
    steps = [
        ("send", system, {}),
        *reassigned,
        ("accept", chain.brand, {}),
        ("write", chain.brand, {"text": "草案"}),
        ("cosign", chain.finance, {}),
        ("cosign", chain.legal, {}),
        ("submit", chain.brand, {}),
        ("take_in", chain.resource_centre, {}),
        ("begin_work", system, {}),
        *extended,
        *([] if state in (T.CARRIED_OVER, T.CALLED_OFF) else [("complete", chain.brand, {"done": "完成"})]),
        *([] if state in (T.CARRIED_OVER, T.CALLED_OFF) else [("accept_result", chain.resource_centre, {})]),
        *last,
    ]
    for move, by, asked in steps:
        if topic.state == state and not (state == T.WRITING and not topic.text):
            return
        perform(getattr(topic, move), by=by, **asked)


def let_all_sign(given, topic, state):
    chain = given("chain")
    bring_topic(given, topic, state)
    for lead in (chain.finance, chain.legal):
        perform(topic.cosign, by=lead)


def topic_answers(topic, move):
    return {
        "contribute": {"words": "访谈三十份"},
        "write": {"text": "另一稿"},
        "reassign": {"person": Person.objects.get(username="luzhiyuan")},
        "report": {"month": "2026-11", "share": 10, "done": "已启动", "next_": ""},
        "extend": {"wanted": working_day(90)},
        "complete": {"done": "完成"},
    }.get(move, {})


def consultation(given):
    chain = given("chain")

    def asked():
        plan, topics = launched(chain)
        for each in topics:
            taken_in(chain, each)
        sweep()
        perform(Plan.objects.get(pk=plan.pk).consolidate, by=chain.resource_centre, units=[chain.region])
        run_families()
        return Consultation.objects.get()

    return memory.of(("consultation",), asked)


def bring_consultation(given, consultation, state):
    chain, system = given("chain"), Person.objects.system()
    if state == C.CALLED_OFF:
        perform(consultation.call_off, by=system)
    if consultation.state == state:
        return
    perform(consultation.send, by=system)
    printed(consultation)
    if consultation.state == state:
        return
    if state == C.ANSWERED:
        perform(consultation.answer, by=chain.region_manager)
    else:
        perform(consultation.fall_silent, by=system)


def lose(given, consultation, state):
    """The letter is not printed."""
    bring_consultation(given, consultation, state)
    Rendition.objects.filter(document__matter=consultation.pk).update(status="failed")


def printed(consultation):
    Rendition.objects.filter(document__matter=consultation.pk).update(status="rendered")


def consultation_answers(consultation, move):
    return {"opine": {"topic": 1, "clause": "", "wanted": "提前", "why": "旺季"}}.get(move, {})


TABLES = {
    Plan.KIND: Table(plan, {"as drawn up": Round(PLAN, bring_plan)}, plan_answers),
    Topic.KIND: Table(
        first_topic,
        {"led by three": Round(TOPIC, bring_topic), "signed by all": Round(SIGNED, let_all_sign)},
        topic_answers,
    ),
    Consultation.KIND: Table(
        consultation,
        {"of one region": Round(CONSULTATION, bring_consultation), "its letter never came": Round(NEVER_CAME, lose)},
        consultation_answers,
    ),
}
