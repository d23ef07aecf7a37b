"""Who has agreed on the way up, to which version, and what has changed under their agreement since.

A way up begins with a submission, and goes on through one that goes straight back to where the
matter was returned from: what was agreed before still carries it. Whoever agreed stands behind one
version; what a later one says differently, they have not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .models import Matter, Opinion

Spot = tuple[str, str]  # the step and, where several decide side by side, the seat


def spot(opinion: Opinion) -> Spot:
    return opinion.step, opinion.seat


def behind(opinion: Opinion) -> set[int]:
    """Whose decision it is (primary keys): of the hand that wrote it, and of the one it was written for."""
    return {person for person in (opinion.person_id, opinion.on_behalf_of_id) if person}


class WayUp:
    """The agreements that carry the matter, while its opinions are gone through in their order."""

    def __init__(self) -> None:
        self.agreed: list[Opinion] = []  # the latest of each step and seat

    def elsewhere(self, here: Spot) -> list[Opinion]:
        """What was agreed at other steps and seats; who decides one step twice is no news."""
        return [opinion for opinion in self.agreed if spot(opinion) != here]

    def goes_on(self, opinion: Opinion) -> None:
        if opinion.verdict == Opinion.Verdict.SUBMIT:
            self.agreed = self.agreed if opinion.resumed else []
        elif opinion.verdict == Opinion.Verdict.AGREE:
            self.agreed = [*self.elsewhere(spot(opinion)), opinion]


def agreed_elsewhere(matter: Matter, step: str, seat: str = "") -> list[Opinion]:
    """The agreements of the current way up that were given at another step or seat. One query."""
    way = WayUp()
    for opinion in matter.opinions.select_related("person", "on_behalf_of").order_by("pk"):
        way.goes_on(opinion)
    return way.elsewhere((step, seat))


def by_the_same(opinions: Iterable[Opinion]) -> dict[int, list[Opinion]]:
    """Opinion (primary key) → the earlier agreements of its way up by the same hand or in the same chair.

    `opinions` are all those of one matter, in their order; only those with such agreements are named.
    """
    found: dict[int, list[Opinion]] = {}
    way = WayUp()
    for opinion in opinions:
        if opinion.verdict != Opinion.Verdict.SUBMIT:
            same = [before for before in way.elsewhere(spot(opinion)) if behind(before) & behind(opinion)]
            if same:
                found[opinion.pk] = same
        way.goes_on(opinion)
    return found


# --- what has changed since -------------------------------------------------------------------------------


def changed_fields(matter: Matter, older: int, newer: int) -> list[str]:
    """The fields of the content in which the two versions differ, in the order of the content."""
    before, after = matter.content_of(older), matter.content_of(newer)
    return [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]


def brings_a_version(opinions: Iterable[Opinion]) -> bool:
    """Whether what was handed in last is a version; a report or a request may be about one handed in before."""
    handed_in = [opinion.version for opinion in opinions if opinion.verdict == Opinion.Verdict.SUBMIT]
    return bool(handed_in) and handed_in[-1] not in handed_in[:-1]


@dataclass(frozen=True)
class Since:
    """Those who agreed to one earlier version and to none later, and the fields that are different now."""

    version: int
    opinions: tuple[Opinion, ...]
    fields: tuple[str, ...]


def since_agreed(matter: Matter, opinions: Sequence[Opinion]) -> list[Since]:
    """What has changed under each agreement to an earlier version, by version; the oldest first.

    `opinions` are all those of the matter, in their order. Of a step decided again the latest counts.
    """
    latest = {spot(opinion): opinion for opinion in opinions if opinion.verdict == Opinion.Verdict.AGREE}
    by_version: dict[int, list[Opinion]] = {}
    for opinion in latest.values():
        if opinion.version < matter.version:
            by_version.setdefault(opinion.version, []).append(opinion)
    return [
        Since(version, tuple(given), tuple(changed_fields(matter, version, matter.version)))
        for version, given in sorted(by_version.items())
    ]
