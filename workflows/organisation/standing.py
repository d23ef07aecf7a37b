"""In which capacities a person may act today: their own posts, and those of whoever they stand in for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from . import clock
from .models import Person, Post, StandIn, Unit, in_force
from .roles import Level, Role
from .unchanged import while_unchanged


@dataclass(frozen=True)
class Hat:
    """One capacity: a post (None: just being that person), one's own or a principal's."""

    post: Post | None
    principal: Person | None = None
    workflow: str = ""  # a stand-in may be limited to one workflow; empty is all

    def fits(self, workflow: str) -> bool:
        return not self.workflow or self.workflow == workflow

    def units_below(self) -> list[int]:
        """Primary keys of the units the post sees down to: its own and what lies below; none without a post.

        A role of the group that sits in a department sees what lies below the department's parent.
        """
        if self.post is None:
            return []
        root: Unit | int | None = self.post.unit
        if Role(self.post.role).sits_in is Level.GROUP and self.post.unit.kind == Unit.Kind.DEPARTMENT:
            root = self.post.unit.parent_id
        return list(Unit.objects.descendants(root, include_self=True).values_list("pk", flat=True)) if root else []


class Standing:
    """All hats of one person on one day. Two queries at most, however many tasks are then asked about."""

    def __init__(self, person: Person, on: date | None = None) -> None:
        self.person, self.on = person, on or clock.today()
        self.posts: list[Post] = []
        self.stand_ins: list[StandIn] = []
        if not (person.pk and person.is_active) or person.is_system:
            return
        posts, stand_ins = _held(person.pk)
        self.posts = [post for post in posts if post.is_in_force(self.on)]
        self.stand_ins = [row for row in stand_ins if row.is_in_force(self.on)]

    @property
    def own(self) -> list[Hat]:
        return [Hat(post) for post in self.posts]

    def borrowed(self, stand_in: StandIn) -> list[Hat]:
        """The hats `stand_in` lends: the principal's posts that are in force today."""
        return [
            Hat(post, stand_in.principal, stand_in.workflow)
            for post in stand_in.principal.posts.all()
            if post.is_in_force(self.on)
        ]

    def hats(self) -> Iterator[Hat]:
        """Own posts first: nobody acts for another where they may act themselves."""
        yield from self.own
        for stand_in in self.stand_ins:
            yield from self.borrowed(stand_in)

    def in_office(self, role: str, units: Collection[int], workflow: str) -> Iterator[Hat]:
        """Every hat with the post `role` in one of `units` (primary keys)."""
        for hat in self.hats():
            if hat.post and hat.post.role == role and hat.post.unit_id in units and hat.fits(workflow):
                yield hat

    def as_person(self, person_id: int | None, workflow: str, unit_id: int | None = None) -> Iterator[Hat]:
        """The hat of being `person_id`, or of standing in for them; with their post in `unit_id`, if they have one."""
        if person_id == self.person.pk and self.person.is_active:
            yield Hat(_post_in(unit_id, self.posts))
        for stand_in in self.stand_ins:
            posts = [hat.post for hat in self.borrowed(stand_in) if hat.post]
            hat = Hat(_post_in(unit_id, posts), stand_in.principal, stand_in.workflow)
            if stand_in.principal_id == person_id and hat.fits(workflow):
                yield hat


# What is kept for long is asked for all days at once: a rehearsal looks at a day for each step, an office at the next.


@while_unchanged
def _held(person: int) -> tuple[list[Post], list[StandIn]]:
    """The posts somebody holds, held or will hold, and for whom they stand in."""
    posts = Post.objects.filter(person=person).select_related("person", "unit__parent")
    stand_ins = StandIn.objects.filter(deputy=person, principal__is_active=True)
    return list(posts), list(stand_ins.select_related("principal").prefetch_related("principal__posts__unit"))


@dataclass(frozen=True)
class Circle:
    """Among whom a piece of work may be passed on: the holders of a role, in a unit or anywhere.

    A unit's own work stays in the unit and the departments right below it. Without a role: whoever
    holds any post there; without either: everybody.
    """

    role: str = ""
    unit: int | None = None  # primary key

    @classmethod
    def around(cls, role: str, unit: int) -> Circle:
        """The circle for work of `role` about a matter of `unit`: where the role sits decides how far it may go."""
        stays = not role or Role(role).sits_in is Level.UNIT
        return cls(role, unit if stays else None)

    def posts(self) -> Q:
        """Which posts belong to it."""
        found = Q(role=self.role) if self.role else Q()
        if self.unit:
            found &= Q(unit=self.unit) | Q(unit__parent=self.unit, unit__kind=Unit.Kind.DEPARTMENT)
        return found

    def includes(self, post: Post) -> bool:
        """The same, asked of one post; no query where its unit is at hand."""
        here = post.unit_id == self.unit or (
            post.unit.parent_id == self.unit and post.unit.kind == Unit.Kind.DEPARTMENT
        )
        return self.role in ("", post.role) and (self.unit is None or here)

    def holds(self, person_id: int) -> bool:
        """Whether that person belongs to it today, in their own right. One query."""
        return _belongs(self, person_id, clock.today())

    def hats(self, standing: Standing, person_id: int, workflow: str) -> Iterator[Hat]:
        """The hats of being `person_id` as one of this circle, or of standing in for them as such."""
        if not self.role and not self.unit:
            yield from standing.as_person(person_id, workflow)
            return
        for hat in standing.hats():
            wearer = hat.principal.pk if hat.principal else standing.person.pk
            if wearer == person_id and hat.post and self.includes(hat.post) and hat.fits(workflow):
                yield hat


@while_unchanged
def _belongs(circle: Circle, person_id: int, on: date) -> bool:
    if not Person.objects.filter(pk=person_id, is_active=True, is_system=False).exists():
        return False
    if not circle.role and not circle.unit:
        return True
    return Post.objects.filter(circle.posts(), in_force(on), person=person_id).exists()


def _post_in(unit_id: int | None, posts: list[Post]) -> Post | None:
    return next((post for post in posts if post.unit_id == unit_id), posts[0] if posts else None)


def holders(role: str, units: Collection[int], on: date | None = None) -> list[Person]:
    """Who holds `role` in one of `units` (primary keys) on the date, longest-serving first. One query."""
    day = on or clock.today()
    return list(dict.fromkeys(post.person for post in _posts(role, tuple(units)) if post.is_in_force(day)))


@while_unchanged
def _posts(role: str, units: tuple[int, ...]) -> list[Post]:
    posts = Post.objects.filter(role=role, unit__in=units, person__is_active=True)
    return list(posts.select_related("person").order_by("starts_on", "pk"))
