"""Who may, said once and used three times: as the permission of a move, as the desk its step lies on,
and as a row of the printed machine.

    region_manager = Office(Role.REGION_MANAGER, at=REGION)
    @move(..., by=region_manager & ~initiator)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import clock
from .models import Person, Post, Unit, in_force
from .roles import Level, Role
from .standing import Hat, Standing, holders
from .unchanged import while_unchanged

REGION = (Unit.Kind.REGION, Unit.Kind.EXPANSION)
GROUP = (Unit.Kind.GROUP,)
OWN_UNIT = tuple(Unit.Kind.values)  # the nearest unit of any kind is the matter's own
KINDS = {Level.UNIT: OWN_UNIT, Level.REGION: REGION, Level.GROUP: GROUP}
PERSON = "person-"  # begins the name of a seat that is one person's, and is followed by their key


class Case(Protocol):
    """What a rule needs to know of a matter; the matter itself is defined further up the house."""

    kind: str
    unit: Unit
    initiator: Person
    initiator_id: int
    submitter_id: int | None
    keeper_id: int | None  # who took the matter over from an initiator who has left
    state: str

    @property
    def interested(self) -> set[int]:
        """Whose own matter it is (primary keys): they decide it in nobody's chair."""


@dataclass(frozen=True)
class Place:
    """Where work lies: on the desk of a role in a unit, or of one person."""

    role: str = ""
    unit: Unit | None = None
    person: Person | None = None

    def __str__(self) -> str:
        return str(self.person) if self.person else f"{self.unit} · {Role(self.role).label}"


@dataclass(frozen=True)
class Capacity:
    """That a person may act, and as what. `ground` tells why: their office, or what replaced it."""

    person: Person
    post: Post | None = None
    on_behalf_of: Person | None = None
    ground: str = "office"

    @classmethod
    def wearing(cls, hat: Hat, person: Person, ground: str = "office") -> Capacity:
        return cls(person, hat.post, hat.principal, ground)


@dataclass(frozen=True)
class Rule:
    """A question about a matter and a person. Compose with `&`, `|` and `~`."""

    label: str | Promise

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        """Every capacity in which the person may act; none when they may not."""
        return ()

    def places(self, case: Case, seat: str = "") -> list[Place]:
        """On whose desk a step guarded by this rule lies."""
        return []

    def role_for(self, case: Case, seat: str = "") -> str:
        """The role whose office it is; empty for a rule about persons."""
        return ""

    def people(self, case: Case, seat: str = "") -> list[Person]:
        """Whom the matter itself names for this, in its order; empty for a rule about offices."""
        return []

    def seat_names(self) -> list[str]:
        """The seats there are for every matter; none where there are none, or the matter says who sits there."""
        return []

    def opening_posts(self, standing: Standing) -> list[Post]:
        """The person's own posts in which this rule lets them open a matter, as far as can be told without one.

        `matters.perform.begin` asks the rule itself, once there is a matter and its unit is known.
        """
        return []

    def may_open(self, standing: Standing) -> bool:
        """Whether the person may open a matter under this rule, somewhere: what offers "New …" to them."""
        return bool(self.opening_posts(standing))

    def excludes_initiator(self, case: Case, seat: str = "") -> bool:
        """Whether it bars those whose own matter it is, where the matter now lies and at that seat."""
        return False

    @property
    def passes_on(self) -> bool:
        """Whether a transfer, a fallback or an escalation may put somebody else in this place."""
        return False

    def covers(self, other: Rule, state: str) -> bool:
        """May whoever `other` names act under this rule, in that state? As far as the declarations tell."""
        return self == other or (isinstance(other, _Both) and self.covers(other.one, state))

    def alternatives(self) -> list[Rule]:
        """The rules of which any one suffices; itself, where it is not made of several."""
        return [self]

    def __str__(self) -> str:
        return str(self.label)

    def __and__(self, other: Rule) -> Rule:
        return _Both(_("%(this)s, %(that)s"), self, other)

    def __or__(self, other: Rule) -> Rule:
        return _Either(_("%(this)s or %(that)s"), self, other)

    def __invert__(self) -> Rule:
        return _Not(_("not the %(this)s"), self)


@dataclass(frozen=True)
class Office(Rule):
    """A role in a unit that the matter names: `at` gives the kinds of unit, nearest from the matter upwards.

    Where the role is held in a department right below that unit, the office sits there.
    `role` may be a function of the matter, when a table decides who signs.
    """

    role: str | Callable[[Case], str] = ""
    at: tuple[str, ...] = GROUP

    def role_for(self, case: Case, seat: str = "") -> str:
        return self.role(case) if callable(self.role) else self.role

    def units(self, case: Case) -> list[Unit]:
        """Where the office sits; empty when the tree has no such place."""
        anchor = case.unit.above(self.at)
        return _seat_of(self.role_for(case), anchor, clock.today()) if anchor else []

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        role = self.role_for(case)
        if not any(hat.post and hat.post.role == role for hat in standing.hats()):
            return
        units = {unit.pk for unit in self.units(case)}
        for hat in standing.in_office(role, units, case.kind):
            yield Capacity.wearing(hat, standing.person)

    def places(self, case: Case, seat: str = "") -> list[Place]:
        return [Place(role=self.role_for(case), unit=unit) for unit in self.units(case)]

    def opening_posts(self, standing: Standing) -> list[Post]:
        return [] if callable(self.role) else [post for post in standing.posts if post.role == self.role]

    @property
    def passes_on(self) -> bool:
        return True


@dataclass(frozen=True)
class Author(Office):
    """Whoever holds the role in the unit; the work itself lies with the initiator while they are one of them.

    So nobody's leaving strands it, and nobody who was moved elsewhere keeps a say in the old place.
    """

    def places(self, case: Case, seat: str = "") -> list[Place]:
        still_there = case.initiator in holders(self.role_for(case), [unit.pk for unit in self.units(case)])
        return [Place(person=case.initiator)] if still_there else super().places(case, seat)


@dataclass(frozen=True)
class People(Rule):
    """The people a matter itself names, in its order: its lead owners, its assistants.

    `of` is a function of the matter and the seat. Any of them may act, the first one answers for
    it. Whom the matter should name when one of them leaves, its class says (`Matter.succeed`).
    `openers` tells who of them may open a matter, where nobody can be asked a matter yet.
    """

    of: Callable[[Any, str], Sequence[Person]] = field(default=lambda case, seat: ())
    openers: Callable[[Standing], list[Post]] = field(default=lambda standing: [])

    def people(self, case: Case, seat: str = "") -> list[Person]:
        return list(dict.fromkeys(self.of(case, seat)))

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        for person in self.people(case, seat):
            for hat in standing.as_person(person.pk, case.kind, case.unit.pk):
                yield Capacity.wearing(hat, standing.person)

    def places(self, case: Case, seat: str = "") -> list[Place]:
        return [Place(person=person) for person in self.people(case, seat)]

    def opening_posts(self, standing: Standing) -> list[Post]:
        return self.openers(standing)

    @property
    def passes_on(self) -> bool:
        return True


@dataclass(frozen=True)
class Seats(Rule):
    """Several rules side by side, one seat each: a countersign, where `seat` says which.

    `seats` may be a function of the matter, where the matter says who sits there: `one_each`.
    """

    seats: Mapping[str, Rule] | Callable[[Any], Mapping[str, Rule]] = field(default_factory=dict, hash=False)

    def seat_names(self) -> list[str]:
        return [] if callable(self.seats) else list(self.seats)

    def at(self, case: Case, seat: str) -> Rule:
        """The rule of `seat`; one under which nobody may, where the matter has no such seat."""
        seats = self.seats(case) if callable(self.seats) else self.seats
        return seats.get(seat) or Rule(self.label)

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        return self.at(case, seat).capacities(case, standing, seat)

    def places(self, case: Case, seat: str = "") -> list[Place]:
        return self.at(case, seat).places(case, seat)

    def role_for(self, case: Case, seat: str = "") -> str:
        return self.at(case, seat).role_for(case, seat)

    def people(self, case: Case, seat: str = "") -> list[Person]:
        return self.at(case, seat).people(case, seat)

    def excludes_initiator(self, case: Case, seat: str = "") -> bool:
        return self.at(case, seat).excludes_initiator(case, seat)

    @property
    def passes_on(self) -> bool:
        return True

    def __str__(self) -> str:
        return str(self.label) if callable(self.seats) else " · ".join(map(str, self.seats.values()))


@dataclass(frozen=True)
class Holder(Rule):
    """Whoever holds the step the matter lies on: state → the rule that guards it."""

    steps: Mapping[str, Rule] = field(default_factory=dict, hash=False)

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        return self.steps[case.state].capacities(case, standing, seat) if case.state in self.steps else ()

    def places(self, case: Case, seat: str = "") -> list[Place]:
        return self.steps[case.state].places(case, seat) if case.state in self.steps else []

    def role_for(self, case: Case, seat: str = "") -> str:
        return self.steps[case.state].role_for(case, seat) if case.state in self.steps else ""

    def people(self, case: Case, seat: str = "") -> list[Person]:
        return self.steps[case.state].people(case, seat) if case.state in self.steps else []

    def covers(self, other: Rule, state: str) -> bool:
        return super().covers(other, state) or (state in self.steps and self.steps[state].covers(other, state))

    def excludes_initiator(self, case: Case, seat: str = "") -> bool:
        return case.state in self.steps and self.steps[case.state].excludes_initiator(case, seat)

    @property
    def passes_on(self) -> bool:
        return True


@dataclass(frozen=True)
class _Initiator(Rule):
    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        for hat in standing.as_person(case.initiator_id, case.kind, case.unit.pk):
            yield Capacity.wearing(hat, standing.person)

    def places(self, case: Case, seat: str = "") -> list[Place]:
        return [Place(person=case.initiator)]


@dataclass(frozen=True)
class InCharge(Rule):
    """Who answers for a matter on its author's side, and may take back what was asked in its name.

    The initiator and the submitter while they hold the author's office; whoever took the matter over
    when its initiator left, unless they held that office and have given it up. Where none of them is
    left, whoever holds the office: nothing is stranded by people leaving or moving away.
    """

    author: Office = field(default_factory=lambda: Office(""))

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        named = self.people(case)
        for person in named:
            for hat in standing.as_person(person.pk, case.kind, case.unit.pk):
                yield Capacity.wearing(hat, standing.person)
        if not named:
            yield from self.author.capacities(case, standing, seat)

    def people(self, case: Case, seat: str = "") -> list[Person]:
        """Who of those the matter remembers answers for it today."""
        role, units = self.author.role_for(case), [unit.pk for unit in self.author.units(case)]
        remembered = {case.initiator_id, case.submitter_id}
        here = [person for person in holders(role, units) if person.pk in remembered]
        keeper = _still_keeping(case.keeper_id, role, tuple(units), clock.today()) if case.keeper_id else None
        return list(dict.fromkeys([*here, *([keeper] if keeper else [])]))

    def places(self, case: Case, seat: str = "") -> list[Place]:
        return [Place(person=person) for person in self.people(case)] or self.author.places(case, seat)

    def role_for(self, case: Case, seat: str = "") -> str:
        return self.author.role_for(case, seat)


@while_unchanged
def _still_keeping(keeper: int, role: str, units: tuple[int, ...], on: date) -> Person | None:
    """The keeper, unless they left, or held the author's office and hold it no more."""
    person = Person.objects.filter(pk=keeper, is_active=True).first()
    office = Post.objects.filter(person=keeper, role=role, unit__in=units, starts_on__lte=on)
    return person if not office.exists() or office.filter(in_force(on)).exists() else None


@dataclass(frozen=True)
class _Clock(Rule):
    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        if standing.person.is_system and not standing.person.is_outsider:
            yield Capacity(standing.person, ground="clock")

    def may_open(self, standing: Standing) -> bool:
        return standing.person.is_system and not standing.person.is_outsider


@dataclass(frozen=True)
class _Outsider(Rule):
    """The other party, who has no account: on nobody's desk, and never in anybody's stead."""

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        if standing.person.is_outsider:
            yield Capacity(standing.person, ground="link")


@dataclass(frozen=True)
class _Both(Rule):
    one: Rule
    other: Rule

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        for capacity in self.one.capacities(case, standing, seat):
            if self.other_agrees(case, standing, capacity, seat):
                yield capacity

    def other_agrees(self, case: Case, standing: Standing, capacity: Capacity, seat: str) -> bool:
        if isinstance(self.other, _Not) and isinstance(self.other.rule, _Initiator):
            # Neither one's own matter (begun or submitted), nor one's own through somebody else's
            # chair, nor a principal's matter through the deputy's.
            behalf = capacity.on_behalf_of
            return case.interested.isdisjoint({standing.person.pk, behalf.pk if behalf else None})
        return any(True for _ in self.other.capacities(case, standing, seat))

    def places(self, case: Case, seat: str = "") -> list[Place]:
        return self.one.places(case, seat)

    def role_for(self, case: Case, seat: str = "") -> str:
        return self.one.role_for(case, seat)

    def people(self, case: Case, seat: str = "") -> list[Person]:
        return self.one.people(case, seat)

    def seat_names(self) -> list[str]:
        return self.one.seat_names()

    def opening_posts(self, standing: Standing) -> list[Post]:
        return self.one.opening_posts(standing)

    def may_open(self, standing: Standing) -> bool:
        return self.one.may_open(standing)

    def excludes_initiator(self, case: Case, seat: str = "") -> bool:
        bars = isinstance(self.other, _Not) and isinstance(self.other.rule, _Initiator)
        return bars or self.one.excludes_initiator(case, seat)

    @property
    def passes_on(self) -> bool:
        return self.one.passes_on

    def __str__(self) -> str:
        return str(self.label) % {"this": self.one, "that": self.other}


@dataclass(frozen=True)
class _Either(Rule):
    one: Rule
    other: Rule

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        yield from self.one.capacities(case, standing, seat)
        yield from self.other.capacities(case, standing, seat)

    def places(self, case: Case, seat: str = "") -> list[Place]:
        return [*self.one.places(case, seat), *self.other.places(case, seat)]

    def role_for(self, case: Case, seat: str = "") -> str:
        return self.one.role_for(case, seat) or self.other.role_for(case, seat)

    def people(self, case: Case, seat: str = "") -> list[Person]:
        return [*self.one.people(case, seat), *self.other.people(case, seat)]

    def seat_names(self) -> list[str]:
        return [*self.one.seat_names(), *self.other.seat_names()]

    def opening_posts(self, standing: Standing) -> list[Post]:
        return list(dict.fromkeys([*self.one.opening_posts(standing), *self.other.opening_posts(standing)]))

    def may_open(self, standing: Standing) -> bool:
        return self.one.may_open(standing) or self.other.may_open(standing)

    def covers(self, other: Rule, state: str) -> bool:
        return super().covers(other, state) or self.one.covers(other, state) or self.other.covers(other, state)

    def alternatives(self) -> list[Rule]:
        return [*self.one.alternatives(), *self.other.alternatives()]

    def excludes_initiator(self, case: Case, seat: str = "") -> bool:
        return self.one.excludes_initiator(case, seat) and self.other.excludes_initiator(case, seat)

    @property
    def passes_on(self) -> bool:
        return self.one.passes_on or self.other.passes_on

    def __str__(self) -> str:
        return str(self.label) % {"this": self.one, "that": self.other}


@dataclass(frozen=True)
class _Not(Rule):
    rule: Rule

    def capacities(self, case: Case, standing: Standing, seat: str = "") -> Iterable[Capacity]:
        if not any(True for _ in self.rule.capacities(case, standing, seat)):
            yield Capacity(standing.person)

    def __str__(self) -> str:
        return str(self.label) % {"this": self.rule}


def _seat_of(role: str, anchor: Unit, on: date) -> list[Unit]:
    """`anchor` and the departments right below it where `role` is held that day.

    Held nowhere: the departments where it was last, if any, else `anchor`; an empty office still
    has its place, where whoever is appointed next will find the work.
    """
    near, posts = _near(role, anchor)
    held = {post.unit_id for post in posts if post.is_in_force(on) and post.person.is_active}
    once = {post.unit_id for post in posts} - {anchor.pk}
    return [unit for unit in near if unit.pk in held] or [unit for unit in near if unit.pk in once] or [anchor]


@while_unchanged
def _near(role: str, anchor: Unit) -> tuple[list[Unit], list[Post]]:
    """`anchor` and the open departments right below it, by their code, and the posts of `role` there, whenever held."""
    near = Unit.objects.filter(Q(pk=anchor.pk) | Q(parent=anchor, kind=Unit.Kind.DEPARTMENT, closed_on=None))
    posts = Post.objects.filter(role=role, unit__in=near.values("pk")).select_related("person")
    return list(near.order_by("code")), list(posts)


def usual_office(role: str) -> Office:
    """Where a role sits when nothing more particular is said: what fallback and escalation look for."""
    return Office(Role(role).label, role, KINDS[Role(role).sits_in])


def person_seat(person: Person) -> str:
    """The name of the seat that is `person`'s alone; it fits every column a seat is kept in."""
    return f"{PERSON}{person.pk}"


def one_each(of: Callable[[Any], Iterable[Person]], label: str | Promise = "") -> Callable[[Any], dict[str, Rule]]:
    """A seat for each of the people the matter names, for `Seats(label, one_each(…))`."""

    def seats(case: Any) -> dict[str, Rule]:
        return {person_seat(person): People(label or str(person), lambda *_, who=person: [who]) for person in of(case)}

    return seats


initiator: Rule = _Initiator(_("initiator"))
the_clock: Rule = _Clock(_("the clock"))
the_outsider: Rule = _Outsider(_("the other party by link and code"))
