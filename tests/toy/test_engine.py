"""The engine serves a workflow that is in everything unlike a campaign: desks, clock, transfer, path, trail, pages, paper."""

import re
from datetime import timedelta

import pytest

from documents.models import IssuedDocument
from tests.toy.models import Plan
from workflows.desk import pages
from workflows.desk.inbox import inbox
from workflows.matters.errors import NotYours
from workflows.matters.models import Matter
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.organisation.offices import person_seat
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.steps.desks import receivers, transfer
from workflows.steps.flows import flow_for
from workflows.steps.machines import read
from workflows.steps.models import StepTask
from workflows.steps.rehearse import rehearse
from workflows.steps.sweep import next_alarm, sweep
from workflows.trail import actions


@pytest.fixture
def office(toy, chain):
    """The chain, founded with the workflow in the house: its first edition has rows for it."""
    return chain


@pytest.fixture
def plan(office):
    """Three are to sign within ten days: Shao Ping of the leasing office, Han Zheng of legal, Fang Min of finance."""
    plan = Plan(unit=office.group, title="下半年工作计划")
    owners = [office.leasing_officer, office.legal, office.finance]
    begin(plan, by=office.performance_office, owners=owners, sign_by=clock.today() + timedelta(days=10))
    return plan


@pytest.fixture
def look(client):
    """`look(person, address)`: what the person is answered, in English."""

    def looked(person, address, data=None):
        Person.objects.filter(pk=person.pk).update(language="en")
        client.force_login(Person.objects.get(pk=person.pk))
        return client.get(address) if data is None else client.post(address, data)

    return looked


def sign(plan, *people):
    for person in people:
        perform(plan.put_name, by=person, seat=person_seat(person))


def on_the_desks_of(office):
    """Name → what waits there, for everybody on whose desk something lies."""
    found = {name: inbox(Standing(person)) for name, person in office.people().items()}
    return {name: [task.matter.state for task in tasks] for name, tasks in found.items() if tasks}


def test_an_edition_gives_it_its_rows_and_nothing_is_missing(office):
    machine = read(flow_for("plan"), office.edition)

    assert (machine.faults, machine.warnings, pages.faults(Plan)) == ((), (), [])
    assert dict(office.edition.deadlines.filter(workflow="plan").values_list("step", "days")) == {
        "writing": 5,
        "closing": 2,
    }


def test_it_lies_where_the_machine_says_until_it_is_done(plan, office):
    desks = [on_the_desks_of(office)]
    perform(plan.hand_in, by=office.legal)
    desks.append(on_the_desks_of(office))
    sign(plan, office.legal, office.finance)
    desks.append(on_the_desks_of(office))
    sign(plan, office.leasing_officer)
    desks.append(on_the_desks_of(office))
    perform(plan.close, by=office.performance_office, result="全部完成")

    owners = ("leasing_officer", "legal", "finance")
    assert desks == [
        {name: ["writing"] for name in office.people() if name in owners},
        {name: ["signing"] for name in office.people() if name in owners},
        {"leasing_officer": ["signing"]},
        {"performance_office": ["closing"]},
    ]
    assert (on_the_desks_of(office), Plan.objects.get().is_closed) == ({}, True)


def test_the_clock_goes_on_without_whoever_has_not_signed(plan, office):
    perform(plan.hand_in, by=office.legal)
    sign(plan, office.legal)

    assert next_alarm() == plan.signing_ends_at
    with clock.at(plan.signing_ends_at - timedelta(seconds=1)):
        assert sweep()["moved"] == 0
    with clock.at(plan.signing_ends_at):
        assert [sweep()["moved"], sweep()["moved"]] == [1, 0]

    last = plan.trail.last()
    assert (last.action, last.actor.is_system, last.to_state) == ("go_on", True, "closing")
    assert on_the_desks_of(office) == {"performance_office": ["closing"]}


def test_its_steps_are_due_as_its_own_rows_say(plan, office):
    task = StepTask.objects.get(matter=plan.pk, closed_at=None)

    with clock.at(task.remind_at):
        assert [sweep()["reminded"], sweep()["reminded"]] == [1, 0]
    with clock.at(task.due_at + timedelta(minutes=1)):
        sweep()
        entry = perform(Plan.objects.get().hand_in, by=office.legal)

    assert entry.late
    assert list(plan.trail.values_list("action", flat=True).order_by("seq")) == ["open", "remind", "overdue", "hand_in"]


def test_a_seat_is_passed_on_and_is_the_receivers_alone(plan, office):
    colleague = office.appoint(Role.CLERK, office.group, "许岚")
    perform(plan.hand_in, by=office.legal)
    seat = person_seat(office.legal)
    task = StepTask.objects.get(matter=plan.pk, seat=seat, closed_at=None)

    assert colleague in receivers(task, office.legal)
    transfer(task, to=colleague, by=office.legal, note="出差")

    with pytest.raises(NotYours):
        perform(plan.put_name, by=office.legal, seat=seat)
    assert perform(plan.put_name, by=colleague, seat=seat).actor == colleague


def test_the_path_shown_is_the_path_walked(plan, office):
    path = rehearse(plan)

    assert path.stopped == ""
    for step in path.steps:
        perform(getattr(plan, step.move), by=step.person, seat=step.seat, **plan.as_planned(step.move))
    assert Plan.objects.get().state == "done"
    assert [(line.action, line.actor) for line in plan.trail.exclude(action="open").order_by("seq")] == [
        (step.move, step.person) for step in path.steps
    ]


@pytest.mark.parametrize(("chosen", "enough"), [("all", 3), ("most", 2)])
def test_a_switch_of_its_own_decides_how_many_must_sign(chosen, enough, plan, office):
    rows = office.edition.conduct.filter(workflow="plan", name="signed_by")
    assert rows.update(chosen=chosen) == 1
    perform(plan.hand_in, by=office.legal)

    owners = [office.finance, office.legal, office.leasing_officer]
    sign(plan, *owners[: enough - 1])
    assert Plan.objects.get().state == "signing"
    sign(plan, owners[enough - 1])
    assert Plan.objects.get().state == "closing"


def test_only_whom_it_concerns_sees_its_page(plan, office, look):
    perform(plan.hand_in, by=office.legal)
    answered = {name: look(person, plan.get_absolute_url()).status_code for name, person in office.people().items()}
    seen = {name for name, person in office.people().items() if Matter.objects.visible_to(person).exists()}

    assert {name for name, status in answered.items() if status == 200} == seen
    assert {"leasing_officer", "legal", "finance", "performance_office"} <= seen
    assert not {"planner", "store_manager", "other_region_manager", "nobody"} & seen
    assert set(answered.values()) == {200, 404}


def test_its_form_is_asked_refused_and_answered_and_its_paper_frozen(plan, office, look):
    perform(plan.hand_in, by=office.legal)
    sign(plan, office.legal, office.finance, office.leasing_officer)
    act, shown = f"{plan.get_absolute_url()}act/close/", {"turn": plan.turn, "written": plan.written}

    beside = look(office.performance_office, plan.get_absolute_url()).content.decode()
    refused = look(office.performance_office, act, {**shown, "key": "k1", "result": "", "note": "年底再议"})
    assert re.search(r'<label for="[\w-]+">What came of it</label>', beside)
    assert (refused.status_code, "年底再议" in refused.content.decode()) == (422, True)
    assert look(office.legal, act).status_code == 403

    look(office.performance_office, act, {**shown, "key": "k2", "result": "全部完成", "note": ""})

    done, notice = Plan.objects.get(), IssuedDocument.objects.get(matter=plan.pk)
    assert (done.state, done.result, notice.kind) == ("done", "全部完成", "plan.notice")
    assert (notice.facts["blocks"], notice.facts["initiator"]) == (
        [{"style": "paragraph", "text": "全部完成"}],
        str(office.performance_office),
    )
    (line,) = plan.trail.filter(action="close")
    assert (line.changes, [paper["kind"] for paper in line.documents]) == (
        {"result": ["", "全部完成"]},
        ["plan.notice"],
    )


def test_the_trail_speaks_its_words(plan, office, look):
    perform(plan.hand_in, by=office.legal)
    perform(plan.call_back, by=office.finance)

    assert [actions.label(line) for line in plan.trail.order_by("seq")][1:] == ["handed the plan in", "called it back"]
    page = look(office.auditor, "/trail/?workflow=plan").content.decode()
    assert (page.count("handed the plan in"), page.count("called it back")) >= (1, 1)
