"""The checker of machines: the real ones pass, and a toy with one fault is refused for that fault."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.utils.translation import override
from viewflow import this

from workflows.matters.moves import Condition, move
from workflows.organisation.offices import Office, initiator, the_clock
from workflows.organisation.roles import Role
from workflows.policies import books
from workflows.policies.books import Due, RuleBook
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


class UnnamedDeadlineFlow(ToyFlow):
    draft = Step().HeldBy(clerk & ~initiator).Within("starting").Agreeing("start").Next(this.next_desk)


@pytest.mark.parametrize(
    ("flow", "found"),
    [
        (ToyFlow, []),
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
