"""The checker of machines: the real ones pass, and a toy with one fault is refused for that fault."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.utils.translation import override
from viewflow import this

from forms import declared
from forms.decisions import DecisionForm
from workflows.matters.moves import Condition, move
from workflows.organisation.offices import Office, Seats, initiator, the_clock
from workflows.organisation.roles import Role
from workflows.policies import books
from workflows.policies.books import Due, RuleBook
from workflows.policies.models import Edition
from workflows.steps import flows
from workflows.steps.machines import faults, read
from workflows.steps.nodes import ByState, End, MatterFlow, Opening, Standby, Step

clerk = Office("clerk", Role.CLERK)
finance = Office("finance", Role.FINANCE)


class State(models.TextChoices):
    DRAFT = "draft", "draft"
    RUNNING = "running", "running"
    DONE = "done", "done"


class Toy:
    """A machine without a fault: somebody starts it, the clock ends it."""

    KIND = "toy"
    PREFIX = "TOY"
    FIRST = "draft"
    ENDS = frozenset({State.DONE})
    State = State

    class _meta:  # noqa: N801 - as a model calls it
        verbose_name = "toy"

    @move(source=State.DRAFT, target=State.RUNNING, by=clerk & ~initiator, verb="Start", done="started")
    def start(self, *, by, note=""): ...

    @move(source=State.RUNNING, target=State.DONE, by=the_clock, verb="End", done="ended")
    def end(self, *, by, note=""): ...


class ToyFlow(MatterFlow):
    process_title = "toy"
    machine = Toy
    begin = Opening().Next(this.next_desk)
    next_desk = ByState()
    draft = Step().HeldBy(clerk & ~initiator).Agreeing("start").Next(this.next_desk)
    running = Standby().Until("ends_at", "end").Next(this.next_desk)
    done = End()


class Lost(models.TextChoices):
    DRAFT = "draft", "draft"
    RUNNING = "running", "running"
    DONE = "done", "done"
    LOST = "lost", "lost"


class WithLostState(Toy):
    ENDS = frozenset({"done", "lost"})
    State = Lost


class LostStateFlow(ToyFlow):
    machine = WithLostState
    lost = End()


class WithoutAnEnd(Toy):
    ENDS = frozenset()


class DeadEndFlow(ToyFlow):
    machine = WithoutAnEnd


class WithALeakyEnd(Toy):
    @move(source=State.DONE, target=State.DRAFT, by=clerk, verb="Again", done="begun again")
    def again(self, *, by, note=""): ...


class LeakyEndFlow(ToyFlow):
    machine = WithALeakyEnd


class NobodyHoldsFlow(ToyFlow):
    draft = Step().Next(this.next_desk)


class WithAPlaceForNobody(Toy):
    ENDS = frozenset({"done", "lost"})
    State = Lost

    @move(source="running", target="lost", by=clerk, verb="Lose", done="lost")
    def lose(self, *, by, note=""): ...


class NoNodeFlow(ToyFlow):
    machine = WithAPlaceForNobody


class WithAnUnknownPaper(Toy):
    @move(source="draft", target="running", by=clerk, verb="Print", done="printed", issues=["toy.leaflet"])
    def print_out(self, *, by, note=""): ...


class UnknownPaperFlow(ToyFlow):
    machine = WithAnUnknownPaper


class WrongHolderFlow(ToyFlow):
    draft = Step().HeldBy(finance).Agreeing("start").Next(this.next_desk)


class HolderWiderThanTheMoveFlow(ToyFlow):
    draft = Step().HeldBy(clerk).Agreeing("start").Next(this.next_desk)


class WrongAgreementFlow(ToyFlow):
    draft = Step().HeldBy(clerk & ~initiator).Agreeing("end").Next(this.next_desk)


class ClockWithoutAMoveFlow(ToyFlow):
    running = Standby().Until("ends_at", "start").Next(this.next_desk)


class WithTwins(Toy):
    @move(source="draft", target="running", by=finance, verb="Start", done="started, too")
    def start_too(self, *, by, note=""): ...


class TwinsFlow(ToyFlow):
    machine = WithTwins


first, second = (Condition(lambda toy: True, words, hides=True) for words in ("is not the first", "is no second"))


class WithBrothers(Toy):
    """Two buttons of one name, of which only one is ever shown."""

    @move(source="draft", target="running", by=finance, verb="Go", done="went", when=[first])
    def go(self, *, by, note=""): ...

    @move(source="draft", target="running", by=finance, verb="Go", done="went again", when=[second])
    def go_again(self, *, by, note=""): ...


class BrothersFlow(ToyFlow):
    machine = WithBrothers


class WithoutABeginning(Toy):
    FIRST = "open"


class NoBeginningFlow(ToyFlow):
    machine = WithoutABeginning


class BeginsElsewhere(Toy):
    FIRST = "running"


class BeginsElsewhereFlow(ToyFlow):
    machine = BeginsElsewhere


class Endless(models.TextChoices):
    DRAFT = "draft", "draft"
    RUNNING = "running", "running"
    DONE = "a_state_of_twenty_six_let", "done"


class WithALongState(Toy):
    ENDS = frozenset({Endless.DONE})
    State = Endless

    @move(source="running", target=Endless.DONE, by=the_clock, verb="End", done="ended")
    def end(self, *, by, note=""): ...


class LongStateFlow(ToyFlow):
    machine = WithALongState
    done = None
    a_state_of_twenty_six_let = End()


class WithLongNames(Toy):
    KIND = "a_workflow_of_letters_25x"

    @move(source="draft", target="running", by=clerk, verb="Go", done="went")
    def a_move_that_is_called_by_a_whole_sentence(self, *, by, note=""): ...


class LongNamesFlow(ToyFlow):
    machine = WithLongNames


board = Seats("seats", {"the_seat_of_the_whole_board": clerk})


class WithALongSeat(Toy):
    @move(source="draft", target="running", by=board, verb="Start", done="started")
    def start(self, *, by, note="", seat): ...


class LongSeatFlow(ToyFlow):
    machine = WithALongSeat
    draft = Step().HeldBy(board).Agreeing("start").Next(this.next_desk)


class WithACampaignsPrefix(Toy):
    PREFIX = "QH"


class SamePrefixFlow(ToyFlow):
    machine = WithACampaignsPrefix


class WithALowPrefix(Toy):
    PREFIX = "q1"


class LowPrefixFlow(ToyFlow):
    machine = WithALowPrefix


class TimelessFlow(ToyFlow):
    draft = Step().HeldBy(clerk & ~initiator).Within("draft").Agreeing("start").Next(this.next_desk)


class UnnamedDeadlineFlow(ToyFlow):
    draft = Step().HeldBy(clerk & ~initiator).Within("starting").Agreeing("start").Next(this.next_desk)


@pytest.mark.parametrize(
    ("flow", "found"),
    [
        (ToyFlow, []),
        (TimelessFlow, []),
        (
            NoBeginningFlow,
            [
                "It begins at “open”, which is none of its states.",
                "No way leads to the state draft.",
                "No way leads to the state running.",
                "No way leads to the state done.",
            ],
        ),
        (BeginsElsewhereFlow, ["No way leads to the state draft."]),
        (
            LongStateFlow,
            ["The name a_state_of_twenty_six_let is longer than the 24 letters that are kept of it."],
        ),
        (
            LongNamesFlow,
            [
                "The name a_workflow_of_letters_25x is longer than the 24 letters that are kept of it.",
                "The name a_move_that_is_called_by_a_whole_sentence is longer than the 40 letters that are kept of it.",
            ],
        ),
        (
            LongSeatFlow,
            ["The name the_seat_of_the_whole_board is longer than the 24 letters that are kept of it."],
        ),
        (SamePrefixFlow, ["The prefix QH is also that of the workflow campaign."]),
        (LowPrefixFlow, ["The prefix “q1” is not two to eight capital letters."]),
        (BrothersFlow, []),
        (LostStateFlow, ["No way leads to the state lost."]),
        (DeadEndFlow, ["No move leaves the state done, and it is no end."]),
        (LeakyEndFlow, ["The state done is an end, and yet a move leaves it."]),
        (NobodyHoldsFlow, ["Nobody holds the step draft."]),
        (NoNodeFlow, ["The flow has no node for the state lost."]),
        (UnknownPaperFlow, ["The move print_out issues toy.leaflet, a document nobody declared."]),
        (WrongHolderFlow, ["Whoever holds the step draft can make no move that ends it."]),
        (HolderWiderThanTheMoveFlow, ["Whoever holds the step draft can make no move that ends it."]),
        (WrongAgreementFlow, ["The step draft agrees by the move end, which does not start there."]),
        (ClockWithoutAMoveFlow, ["The clock cannot end the step running."]),
        (TwinsFlow, ["Several moves of the state draft are called “Start” and nothing tells them apart."]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_fault_is_found_and_nothing_else(flow, found):
    with override("en"):
        assert faults(flow) == found


class WithAQuestion(Toy):
    @move(source="draft", target="running", by=clerk, verb="Count", done="counted")
    def count(self, *, by, note="", hours, minutes=0): ...


class QuestionFlow(ToyFlow):
    machine = WithAQuestion


class HoursForm(DecisionForm):
    ANSWERS = ("hours",)


class WholeForm(DecisionForm):
    ANSWERS = ("hours", "minutes")


@pytest.mark.parametrize(
    ("declares", "found"),
    [
        ({}, ["The move count asks for hours, minutes, and no form is declared that does."]),
        ({"count": WholeForm}, []),
        ({"count": HoursForm}, ["The form of the move count answers hours; the move asks for hours, minutes."]),
        (
            {"count": WholeForm, "start": HoursForm},
            ["The form of the move start answers hours; the move asks for nothing."],
        ),
        ({"count": WholeForm, "dream": HoursForm}, ["A form is declared for the move dream, which does not exist."]),
    ],
)
def test_what_a_move_asks_and_what_its_form_answers_must_be_the_same(declares, found, monkeypatch):
    monkeypatch.setitem(declared._declared, "toy", declares)
    with override("en"):
        assert faults(QuestionFlow) == found


def test_a_deadline_the_rule_book_does_not_name_is_found(monkeypatch):
    fault = "The step draft asks for the deadline starting, which the rule book does not name."
    for deadlines, found in (((), [fault]), ((Due("starting", 2),), [])):
        monkeypatch.setattr(books, "_books", {"toy": RuleBook("toy", deadlines=deadlines)})
        with override("en"):
            assert faults(UnnamedDeadlineFlow) == found


def test_the_machines_of_the_product_have_no_fault():
    assert {kind: faults(flow) for kind, flow in flows.all_flows().items()} == {kind: [] for kind in flows.all_flows()}


def test_the_command_prints_states_moves_holders_deadlines_and_papers(chain):
    out = StringIO()

    call_command("machines", stdout=out, no_color=True)

    printed = out.getvalue().splitlines()
    assert "  signature (signature)  [signer by the limits table, not the initiator · 2 working days]" in printed
    assert "    submit → store review, region review, group review, signature  by planner" in printed
    assert "      not when: An earlier campaign of the unit still lacks its report." in printed
    assert "  closed (closed)  [end]" in printed


def test_the_command_fails_on_a_fault(chain, monkeypatch):
    monkeypatch.setitem(flows._flows, "toy", TwinsFlow)
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("machines", "toy", stdout=out, no_color=True)

    assert "  ✗ Several moves of the state draft are called “Start” and nothing tells them apart." in out.getvalue()


def test_a_step_the_edition_in_force_gives_no_time_is_a_warning_and_no_fault(chain, monkeypatch):
    monkeypatch.setitem(flows._flows, "toy", TimelessFlow)
    out = StringIO()

    call_command("machines", "toy", stdout=out, no_color=True)

    gap = "The edition in force gives no deadline “draft”: the step is never due, nobody is reminded."
    assert f"  ! {gap}" in out.getvalue().splitlines()
    chain.edition.deadlines.create(workflow="toy", step="draft", days=3)
    assert (read(TimelessFlow, Edition.current()).warnings, read(TimelessFlow).warnings) == ((), ())


def test_the_product_has_a_deadline_for_every_step(chain):
    with override("en"):
        tables = [read(flow, Edition.current()) for flow in flows.all_flows().values()]

    assert [machine.warnings for machine in tables] == [()] * len(tables)


def test_only_the_workflow_asked_for_is_printed(chain, monkeypatch):
    monkeypatch.setitem(flows._flows, "toy", TwinsFlow)
    out = StringIO()

    call_command("machines", "campaign", stdout=out, no_color=True)

    assert "toy" not in out.getvalue()


def test_the_table_without_a_policy_names_the_deadline():
    (draft, *_others) = read(flows.flow_for("campaign")).states

    assert draft.deadline == "draft"


def test_the_page_shows_the_table_to_anybody_who_may_enter(client, chain):
    client.force_login(chain.nobody)

    page = client.get("/machines/")

    assert page.status_code == 200
    assert page.content.decode().count("<svg") >= 1
    assert client.post("/machines/").status_code == 405


def test_the_page_is_not_for_strangers(client, db):
    assert client.get("/machines/").status_code == 302
