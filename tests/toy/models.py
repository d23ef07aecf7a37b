"""The machine of the toy workflow."""

from django.db import models

from workflows.matters.models import Matter
from workflows.matters.moves import move
from workflows.organisation.calendar import DAY, start_of
from workflows.organisation.models import Person
from workflows.organisation.offices import Office, People, Seats, one_each, person_seat, the_clock
from workflows.organisation.roles import Role
from workflows.policies.reasons import Reason


class State(models.TextChoices):
    WRITING = "writing", "writing"
    SIGNING = "signing", "signing"
    CLOSING = "closing", "closing"
    DONE = "done", "done"


def owners_of(plan):
    people = Person.objects.in_bulk(plan.owners)
    return [people[key] for key in plan.owners]


office = Office("performance office", Role.PERFORMANCE_OFFICE)
owner = People("owner", lambda plan, seat: owners_of(plan))
signatory = Seats("each owner", one_each(owners_of))


class Plan(Matter):
    KIND = "plan"
    PREFIX = "JH"
    FIRST = State.WRITING
    ENDS = frozenset({State.DONE})
    OPENED_BY = the_clock | office
    State = State

    owners = models.JSONField(default=list)
    sign_by = models.DateField(null=True)
    result = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = "plan"

    @classmethod
    def naming(cls, person):
        return models.Q(pk__in=[plan.pk for plan in cls.objects.all() if person.pk in plan.owners])

    def succeed(self, leaver, successor):
        named = leaver.pk in self.owners
        self.owners = [successor.pk if key == leaver.pk else key for key in self.owners]
        return named

    def opened(self, *, owners, sign_by=None):
        self.owners, self.sign_by = [person.pk for person in owners], sign_by

    def snapshot(self):
        return {**super().snapshot(), "result": self.result}

    def as_planned(self, move):
        return {"result": "as planned"} if move == "close" else {}

    @property
    def signing_ends_at(self):
        return start_of(self.sign_by + DAY) if self.sign_by else None

    def _when_enough_have_signed(self, **answers):
        signed = len(self.seats) - len(self.open_seats())
        most = self.policy.practice(self.KIND, "signed_by") == "most" and 2 * signed > len(self.seats)
        return State.CLOSING if most or not self.open_seats() else State.SIGNING

    @move(source=State.WRITING, target=State.SIGNING, by=owner, verb="Hand in", done="handed the plan in")
    def hand_in(self, *, by, note=""):
        """Every owner is asked for a signature."""
        self.because(Reason("always", {"role": "performance_office"}))
        self.seats = {person_seat(person): {"reason": None, "agreed": False} for person in owners_of(self)}

    @move(
        source=State.SIGNING,
        target=[State.SIGNING, State.CLOSING],
        where=_when_enough_have_signed,
        by=signatory,
        verb="Sign",
        done="put a name to it",
    )
    def put_name(self, *, by, note="", seat):
        """One owner signs."""
        self.seats = {**self.seats, seat: {**self.seats[seat], "agreed": True}}

    @move(source=State.SIGNING, target=State.WRITING, by=owner, verb="Call back", done="called it back")
    def call_back(self, *, by, note=""):
        """Past the seats: whoever wrote it takes it back."""
        self.seats = {}

    @move(source=State.SIGNING, target=State.CLOSING, by=the_clock, verb="Go on", done="went on without the others")
    def go_on(self, *, by, note=""):
        """The day to sign by is over."""

    @move(
        source=State.CLOSING,
        target=State.DONE,
        by=office,
        verb="Close",
        done="closed the plan",
        issues=["plan.notice"],
        verdict="agree",
    )
    def close(self, *, by, note="", result):
        """The office closes it, and says what came of it."""
        self.result = result


from .family import Part, Year  # noqa: E402, F401 - models of this app as well
