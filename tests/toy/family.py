"""A parent and its children: a year that calls for parts, waits until all are handed in, and may be called off."""

from django.db import models
from viewflow import this

from workflows.matters.models import Matter
from workflows.matters.moves import move
from workflows.organisation.calendar import DAY, start_of
from workflows.organisation.offices import Office, the_clock
from workflows.organisation.roles import Role
from workflows.policies import books
from workflows.policies.books import Due, RuleBook
from workflows.steps import flows
from workflows.steps.nodes import Await, ByState, End, MatterFlow, Opening, Step

office = Office("performance office", Role.PERFORMANCE_OFFICE)
legal = Office("legal", Role.LEGAL)


class YearState(models.TextChoices):
    CALLING = "calling", "calling"
    WAITING = "waiting", "waiting"
    READING = "reading", "reading"
    DONE = "done", "done"
    CANCELLED = "cancelled", "cancelled"


class Year(Matter):
    KIND = "year"
    PREFIX = "ND"
    FIRST = YearState.CALLING
    ENDS = frozenset({YearState.DONE, YearState.CANCELLED})
    CHILDREN = frozenset({"part"})
    OPENED_BY = office
    State = YearState

    class Meta:
        proxy = True
        verbose_name = "year"

    @property
    def waits_until(self):
        return start_of(self.opened_at.date() + 30 * DAY)

    @move(source=YearState.CALLING, target=YearState.WAITING, by=office, verb="Call", done="called for the parts")
    def call(self, *, by, note="", parts):
        """The office names the parts."""
        for number, title in enumerate(parts, 1):
            self.call_for(f"part-{number}", "part", title)

    @move(source=YearState.WAITING, by=office, verb="One more", done="called for one more part")
    def call_one_more(self, *, by, note="", part):
        """Another part, while the others are at work."""
        self.call_for(part, "part", part)

    @move(source=YearState.WAITING, target=YearState.READING, by=the_clock, verb="Read", done="has all parts")
    def all_in(self, *, by, note=""):
        """Every part has ended."""

    @move(
        source=YearState.WAITING, target=YearState.READING, by=the_clock, verb="Go on", done="went on without the rest"
    )
    def go_on(self, *, by, note=""):
        """The day is over, whoever is still at work."""

    @move(source=YearState.READING, target=YearState.DONE, by=office, verb="Close", done="closed the year")
    def close(self, *, by, note=""):
        """The office has read them."""

    @move(
        source=[YearState.CALLING, YearState.WAITING, YearState.READING],
        target=YearState.CANCELLED, by=office, verb="Cancel", done="cancelled the year",
    )  # fmt: skip
    def cancel(self, *, by, note=""):
        """No year after all."""

    def as_planned(self, move):
        return {"parts": []} if move == "call" else {}


class PartState(models.TextChoices):
    WRITING = "writing", "writing"
    HANDED_IN = "handed_in", "handed in"
    CALLED_OFF = "called_off", "called off"


class Part(Matter):
    KIND = "part"
    PREFIX = "BF"
    FIRST = PartState.WRITING
    ENDS = frozenset({PartState.HANDED_IN, PartState.CALLED_OFF})
    CALL_OFF = "drop"
    OPENED_BY = the_clock
    State = PartState

    class Meta:
        proxy = True
        verbose_name = "part"

    @move(source=PartState.WRITING, target=PartState.HANDED_IN, by=legal, verb="Hand in", done="handed the part in")
    def hand_in(self, *, by, note=""):
        """Written."""

    @move(source=PartState.WRITING, target=PartState.CALLED_OFF, by=the_clock, verb="Drop", done="was called off")
    def drop(self, *, by, note=""):
        """The year was called off."""


class YearFlow(MatterFlow):
    process_title = "year"
    machine = Year

    start = Opening().Next(this.next_desk)
    next_desk = ByState()
    calling = Step().HeldBy(office).Agreeing("call").Next(this.next_desk)
    waiting = Await("all_in").Until("waits_until", "go_on").Next(this.next_desk)
    reading = Step().HeldBy(office).Agreeing("close").Next(this.next_desk)
    done = End()
    cancelled = End()


class PartFlow(MatterFlow):
    process_title = "part"
    machine = Part

    start = Opening().Next(this.next_desk)
    next_desk = ByState()
    writing = Step().HeldBy(legal).Within("writing").Agreeing("hand_in").Next(this.next_desk)
    handed_in = End()
    called_off = End()


def install():
    """Both are workflows of the house, until the caller takes the registries back."""
    books.register(RuleBook(Year.KIND))
    books.register(RuleBook(Part.KIND, deadlines=(Due("writing", 5),)))
    flows.register(YearFlow)
    flows.register(PartFlow)
