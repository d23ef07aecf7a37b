"""Matters that name their own people, and that the clock may open: the house knows neither. See tests/toy."""

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from tests.toy.flow import PlanFlow
from tests.toy.models import Plan, owner
from workflows.desk.inbox import inbox
from workflows.matters import perform as perform_module
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.models import Matter
from workflows.matters.perform import available, begin, perform
from workflows.organisation import clock
from workflows.organisation.models import Person, StandIn
from workflows.organisation.offices import person_seat, the_clock
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.policies.models import NoPolicy
from workflows.policies.reasons import Reason
from workflows.steps import flows, follow, sweep
from workflows.steps.desks import deciders, in_line, receivers, transfer
from workflows.steps.machines import faults
from workflows.steps.models import StepTask
from workflows.steps.rehearse import rehearse
from workflows.trail import actions
from workflows.trail.leaver import leave
from workflows.trail.models import Entry


@pytest.fixture
def plans(chain, toy):
    """The workflow is installed in an office whose edition says nothing of it; leasing officer and legal will be named."""


@pytest.fixture
def plan(plans, chain):
    """Opened by the office: the leasing officer leads, legal comes second."""
    plan = Plan(unit=chain.group, title="下半年工作计划")
    begin(plan, by=chain.performance_office, owners=[chain.leasing_officer, chain.legal])
    return plan


def desk(plan):
    """Where the plan lies: seat → who may decide it, in order."""
    tasks = StepTask.objects.filter(matter=plan.pk, closed_at=None).order_by("pk")
    return {task.seat: deciders(task) for task in tasks}


def waits_for(person):
    return [task.matter.reference for task in inbox(Standing(person))]


def seat_of(person):
    return f"person-{person.pk}"


# --- who opens it, and where it begins ------------------------------------------------------------------


def test_the_clock_opens_a_matter_and_the_trail_says_so(plans, chain):
    plan = Plan(unit=chain.group, title="全年工作计划")

    entry = begin(plan, by=Person.objects.system(), owners=[chain.legal])

    assert (plan.state, Plan.objects.get().state, plan.reference[:2]) == ("writing", "writing", "JH")
    assert (entry.actor.is_system, entry.action, entry.to_state, entry.seq) == (True, "open", "writing", 1)
    assert desk(plan) == {"": [chain.legal]}


@pytest.mark.parametrize("who", ["planner", "legal", "administrator"])
def test_nobody_else_opens_one(who, plans, chain):
    person = getattr(chain, who)

    with pytest.raises(NotYours):
        begin(Plan(unit=chain.group, title="计划"), by=person, owners=[])

    assert not Plan.OPENED_BY.may_open(Standing(person))
    assert not Plan.objects.exists()


def test_the_rule_tells_who_may_open_one_before_there_is_one(plans, chain):
    assert Plan.OPENED_BY.may_open(Standing(chain.performance_office))
    assert Plan.OPENED_BY.opening_posts(Standing(chain.performance_office)) == [chain.performance_office.posts.get()]
    assert Plan.OPENED_BY.may_open(Standing(Person.objects.system()))
    assert not the_clock.may_open(Standing(chain.planner))
    assert not owner.may_open(Standing(chain.legal))


def test_a_stand_in_opens_nothing_in_a_principals_name(plans, chain):
    StandIn.objects.create(
        principal=chain.performance_office, deputy=chain.nobody, ends_on=clock.today() + timedelta(days=9)
    )

    assert not Plan.OPENED_BY.may_open(Standing(chain.nobody))
    with pytest.raises(NotYours):
        begin(Plan(unit=chain.group, title="计划"), by=chain.nobody, owners=[])


def test_the_machine_has_no_fault(plans):
    assert faults(PlanFlow) == []


# --- on the desks of people ----------------------------------------------------------------------------


def test_it_lies_with_the_people_it_names_in_their_order_and_with_nobody_else(plan, chain):
    assert desk(plan) == {"": [chain.leasing_officer, chain.legal]}
    assert {name for name, person in chain.people().items() if waits_for(person)} == {"leasing_officer", "legal"}
    with pytest.raises(NotYours):
        perform(plan.hand_in, by=chain.performance_office)
    assert perform(plan.hand_in, by=chain.legal).to_state == "signing"


def test_whom_a_matter_names_may_see_it(plan, chain):
    sees = {name for name, person in chain.people().items() if Matter.objects.visible_to(person).exists()}

    assert {"leasing_officer", "legal", "performance_office"} <= sees
    assert not {"planner", "store_manager", "nobody"} & sees


def test_a_stand_in_acts_for_whom_the_matter_names(plan, chain):
    days = {"starts_on": clock.today(), "ends_on": clock.today() + timedelta(days=9)}
    StandIn.objects.create(principal=chain.leasing_officer, deputy=chain.nobody, **days)

    assert waits_for(chain.nobody) == [plan.reference]
    entry = perform(plan.hand_in, by=chain.nobody)

    assert (entry.actor, entry.on_behalf_of) == (chain.nobody, chain.leasing_officer)


def test_each_has_a_seat_of_their_own(plan, chain):
    first, second = seat_of(chain.leasing_officer), seat_of(chain.legal)
    perform(plan.hand_in, by=chain.leasing_officer)

    assert desk(plan) == {first: [chain.leasing_officer], second: [chain.legal]}
    assert [plan.seat_label(seat) for seat in (first, "finance", "person-0", "north")] == [
        chain.leasing_officer.name,
        "财务",
        "person-0",
        "north",
    ]
    assert [move.name for move, _as in available(plan, Standing(chain.legal), second)] == ["put_name", "call_back"]
    with pytest.raises(NotYours):
        perform(plan.put_name, by=chain.legal, seat=first)
    assert perform(plan.put_name, by=chain.legal, seat=second).to_state == "signing"
    with pytest.raises(StepOutOfOrder):
        perform(plan.put_name, by=chain.legal, seat=second)
    assert perform(plan.put_name, by=chain.leasing_officer, seat=first).to_state == "closing"
    assert desk(plan) == {"": [chain.performance_office]}


def test_a_persons_seat_fits_the_columns_it_is_kept_in():
    longest = person_seat(Person(pk=2**53))

    assert len(longest) <= min(StepTask._meta.get_field("seat").max_length, 24)


def test_a_move_past_the_seats_is_the_outcome_of_none_of_them(plan, chain):
    perform(plan.hand_in, by=chain.legal)
    perform(plan.put_name, by=chain.legal, seat=seat_of(chain.legal))
    perform(plan.call_back, by=chain.legal)

    closed = StepTask.objects.exclude(closed_at=None).values_list("step", "seat", "outcome")
    assert set(closed) == {
        ("writing", "", "hand_in"),
        ("seat", seat_of(chain.leasing_officer), ""),
        ("seat", seat_of(chain.legal), "put_name"),
    }
    assert desk(plan) == {"": [chain.leasing_officer, chain.legal]}


def test_what_is_theirs_in_person_goes_to_a_colleague_of_the_matters_unit(plan, chain):
    colleague = chain.appoint(Role.CLERK, chain.group, "许岚")
    task = StepTask.objects.get(matter=plan.pk, closed_at=None)

    assert colleague in receivers(task, chain.legal)
    assert not {chain.planner, chain.other_region_manager, chain.legal} & set(receivers(task, chain.legal))
    transfer(task, to=colleague, by=chain.legal, note="请代为起草")

    assert desk(plan) == {"": [colleague]}
    assert perform(plan.hand_in, by=colleague).action == "hand_in"


# --- somebody leaves -------------------------------------------------------------------------------------


def test_the_successor_takes_the_leavers_place_among_those_named(plan, chain):
    leave(chain.leasing_officer, chain.nobody, by=chain.administrator, give_posts=False)

    assert Plan.objects.get().owners == [chain.nobody.pk, chain.legal.pk]
    assert set(desk(plan)[""]) == {chain.nobody, chain.legal}
    (told,) = plan.trail.filter(action="hand_over")
    assert told.changes == {"named": [chain.leasing_officer.name, chain.nobody.name]}
    assert perform(Plan.objects.get().hand_in, by=chain.nobody).to_state == "signing"


def test_a_seat_that_was_the_leavers_is_the_successors(plan, chain):
    perform(plan.hand_in, by=chain.legal)
    seat = seat_of(chain.leasing_officer)

    leave(chain.leasing_officer, chain.nobody, by=chain.administrator, give_posts=False)

    plan = Plan.objects.get()
    assert desk(plan) == {seat: [chain.nobody], seat_of(chain.legal): [chain.legal]}
    with pytest.raises(NotYours):
        perform(plan.put_name, by=chain.leasing_officer, seat=seat)
    assert perform(plan.put_name, by=chain.nobody, seat=seat).to_state == "signing"


def test_where_the_workflow_names_no_successor_a_mandate_does(plan, chain, monkeypatch):
    monkeypatch.setattr(Plan, "succeed", Matter.succeed)
    Plan.objects.update(owners=[chain.legal.pk])
    sweep.settle_all()

    leave(chain.legal, chain.nobody, by=chain.administrator, give_posts=False)

    plan = Plan.objects.get()
    assert desk(plan) == {"": [chain.nobody]}
    assert perform(plan.hand_in, by=chain.nobody).to_state == "signing"


def test_nobody_named_is_left_and_the_matter_says_who_takes_over(plan, chain, monkeypatch):
    Person.objects.filter(pk__in=plan.owners).update(is_active=False)
    monkeypatch.setattr(Plan, "fallback", lambda plan, role: (role and Matter.fallback(plan, role)) or Role.CLERK)

    sweep.settle_all()

    (fell,) = plan.trail.filter(action="fall_back")
    assert fell.rules == [{"key": "nobody_named", "values": {"fallback": "clerk"}}]
    assert str(Reason.load(fell.rules[0])) == f"事项所列人员均无法办理 → 转由{Role.CLERK.label}办理"
    assert desk(plan) == {"": [chain.clerk]}
    assert perform(plan.hand_in, by=chain.clerk).to_state == "signing"


def test_otherwise_the_administrator_does(plan, chain):
    Person.objects.filter(pk__in=plan.owners).update(is_active=False)

    sweep.settle_all()
    sweep.settle_all()

    assert desk(plan) == {"": [chain.administrator]}
    assert plan.trail.filter(action="fall_back").count() == 1
    assert all(in_line(task, plan) for task in StepTask.objects.filter(closed_at=None))


# --- ahead ----------------------------------------------------------------------------------------------


def test_the_path_speaks_of_states_and_seats_as_the_workflow_calls_them(plan, chain):
    path = rehearse(plan)

    assert path.stopped == ""
    assert [(step.step, step.seat, step.move, step.person) for step in path.steps] == [
        ("writing", "", "hand_in", chain.leasing_officer),
        *sorted(("signing", seat_of(who), "put_name", who) for who in (chain.leasing_officer, chain.legal)),
        ("closing", "", "close", chain.performance_office),
    ]


def test_what_is_only_begun_takes_no_time_on_the_path(plan, chain):
    plan.policy.deadlines.create(workflow="plan", step="writing", days=5)
    late = Plan(unit=chain.group, title="计划")
    begin(late, by=chain.performance_office, owners=[chain.legal])

    assert rehearse(late).reached < clock.now()
    assert StepTask.objects.get(matter=late.pk).due_at > clock.now()


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (Refused("还差附件"), "还差附件"),
        (NoPolicy("无人可签"), "无人可签"),
    ],
)
def test_what_refuses_stops_the_path_with_its_own_words(refusal, told, plan, monkeypatch, caplog):
    monkeypatch.setattr(Plan, "as_planned", raising(refusal))

    path = rehearse(plan)

    assert (path.steps, path.stopped) == ([], told)
    assert caplog.records == []


def test_a_fault_is_logged_and_nobody_reads_it_as_a_reason(plan, monkeypatch, caplog):
    monkeypatch.setattr(Plan, "as_planned", raising(KeyError("rent")))

    with caplog.at_level(logging.ERROR):
        path = rehearse(plan)

    assert (path.steps, path.stopped) == ([], "后续路径未能推算，系统已记录该故障")
    assert [record.exc_info[0] for record in caplog.records] == [KeyError]


def raising(error):
    def fail(*_args, **_answers):
        raise error

    return fail


# --- the clock, the act and the trail -------------------------------------------------------------------


def test_a_step_without_a_deadline_hides_no_alarm(plan, campaign):
    (due,) = StepTask.objects.filter(matter=campaign.pk, closed_at=None).values_list("remind_at", flat=True)
    assert StepTask.objects.filter(matter=plan.pk, remind_at=None, due_at=None).exists()

    assert sweep.next_alarm() == due


def test_nothing_to_do_no_alarm(plan):
    assert sweep.next_alarm() is None


def test_whoever_follows_an_act_reads_the_reasons_it_spoke(plan, chain, monkeypatch):
    heard = []
    monkeypatch.setattr(perform_module, "_followers", [lambda act: heard.append(list(act.reasons)), follow.follow])

    entry = perform(plan.hand_in, by=chain.legal)

    assert heard == [[Reason("always", {"role": "performance_office"})]]
    assert entry.rules == [{"key": "always", "values": {"role": "performance_office"}}]


def test_reasons_without_an_act_are_a_fault(plan):
    with pytest.raises(RuntimeError):
        plan.because(Reason("always", {}))


def test_a_matter_its_flow_has_lost_moves_no_further(plan, chain):
    StepTask.objects.update(closed_at=clock.now())

    with pytest.raises(follow.NoDesk, match=f"{plan.reference} waits at “writing”"):
        perform(plan.hand_in, by=chain.legal)

    assert (Plan.objects.get().state, plan.trail.count()) == ("writing", 1)


def test_a_matter_looked_at_again_is_what_its_row_says_and_nothing_else(plan, chain):
    stale = Plan.objects.annotate(half=models.F("turn")).prefetch_related("comments").get()
    stale.title, stale.note = "未保存的标题", "夹带"
    perform(plan.hand_in, by=chain.legal)

    stale.reload()

    assert (stale.title, stale.state, stale.turn, stale.unit) == ("下半年工作计划", "signing", 1, chain.group)
    assert not {"half", "note", "_prefetched_objects_cache"} & vars(stale).keys()
    with pytest.raises(AttributeError):
        stale.state = "done"  # still nobody's to write


def test_two_workflows_call_a_move_alike_and_each_keeps_its_words(plan, chain):
    entry = perform(plan.hand_in, by=chain.legal)
    old = Entry(matter_id=plan.pk, workflow="campaign", action="hand_in")

    assert (actions.label(entry), actions.label(old)) == ("handed the plan in", "提交总结")
    offered = actions.all_actions()
    assert "hand_in" not in offered
    assert {choice: words for choice, words in offered.items() if choice.endswith("/hand_in")} == {
        "campaign/hand_in": "提交总结 · 企划申报",
        "plan/hand_in": "handed the plan in · plan",
    }
    assert list(Entry.objects.filter(actions.asked_for("plan/hand_in"))) == [entry]
    assert not Entry.objects.filter(actions.asked_for("campaign/hand_in")).exists()


def test_an_act_of_the_house_and_a_row_keep_their_words(plan, chain):
    (opened,) = plan.trail.all()

    assert actions.label(opened) == actions.words_for("open") == "发起"
    assert actions.label(Entry(action="change")) == "修改"
    assert actions.label(Entry(action="change", matter_id=1, workflow="campaign")) == "申请变更"
    assert actions.label(Entry(action="change", matter_id=1, workflow="plan")) == "修改"


def test_no_second_workflow_takes_a_kind_that_is_taken(plans):
    class Other(PlanFlow):
        __module__ = PlanFlow.__module__
        process_title = "other"

    with pytest.raises(ImproperlyConfigured):
        flows.register(Other)
