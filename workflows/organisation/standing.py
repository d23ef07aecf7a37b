"""In which capacities a person may act today: their own posts, and those of whoever they stand in for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from . import clock
from .glance import asked_once
from .models import Person, Post, StandIn, in_force


@dataclass(frozen=True)
class Hat:
    """One capacity: a post (None: just being that person), one's own or a principal's."""

    post: Post | None
    principal: Person | None = None
    workflow: str = ""  # a stand-in may be limited to one workflow; empty is all

    def fits(self, workflow: str) -> bool:
        return not self.workflow or self.workflow == workflow


class Standing:
    """All hats of one person on one day. Two queries, however many tasks are then asked about."""

    def __init__(self, person: Person, on: date | None = None) -> None:
        self.person, self.on = person, on or clock.today()
        self.posts: list[Post] = []
        self.stand_ins: list[StandIn] = []
        if not (person.pk and person.is_active) or person.is_system:
            return
        self.posts = list(person.posts.filter(in_force(self.on)).select_related("unit__parent"))
        self.stand_ins = list(
            StandIn.objects.filter(in_force(self.on), deputy=person, principal__is_active=True)
            .select_related("principal")
            .prefetch_related("principal__posts__unit")
        )

    @property
    def own(self) -> list[Hat]:
        return [Hat(post) for post in self.posts]

    def borrowed(self, stand_in: StandIn) -> list[Hat]:
        """The hats `stand_in` lends: the principal's posts that are in force today."""
        return [
            Hat(post, stand_in.principal, stand_in.workflow)
            for post in stand_in.principal.posts.all()
            if post.starts_on <= self.on and (post.ends_on is None or post.ends_on >= self.on)
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


def _post_in(unit_id: int | None, posts: list[Post]) -> Post | None:
    return next((post for post in posts if post.unit_id == unit_id), posts[0] if posts else None)


def holders(role: str, units: Collection[int], on: date | None = None) -> list[Person]:
    """Who holds `role` in one of `units` (primary keys) on the date, longest-serving first. One query."""
    return list(_holders(role, tuple(units), on or clock.today()))


@asked_once
def _holders(role: str, units: tuple[int, ...], on: date) -> list[Person]:
    posts = (
        Post.objects.filter(in_force(on), role=role, unit__in=units, person__is_active=True)
        .select_related("person")
        .order_by("starts_on", "pk")
    )
    return list(dict.fromkeys(post.person for post in posts))
