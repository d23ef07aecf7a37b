"""Two have written one text: what the other changed, field by field, and what whoever comes second chooses.

The text the second was shown is not kept anywhere; what it said follows from the lines of the trail since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from workflows.trail.models import Entry

MINE, THEIRS = "mine", "theirs"
FIELD, CHOICE = "clash", "choice-"  # names of what the form carries: a hidden field each, and what was chosen for it


@dataclass(frozen=True)
class Clash:
    """A field in which two texts differ: as it was shown, as it is now, as it was typed."""

    name: str
    shown: Any
    theirs: Any
    mine: Any
    chosen: str = ""  # MINE, THEIRS, or nothing yet

    @property
    def touched(self) -> bool:
        """Whether both have changed it: then nobody but the person can say which is to stand."""
        return bool(self.mine != self.shown)


def clashes(
    lines: Iterable[Entry],
    mine: Mapping[str, Any],
    *,
    prefix: str,
    read: Callable[[str, Any], Any],
    chosen: Mapping[str, str],
) -> list[Clash]:
    """What the lines changed and `mine` says otherwise. Where only they wrote, theirs is chosen beforehand.

    `prefix` stands before the names of the text's fields on the trail; `read` makes of what the trail keeps
    of a field a value that can be compared with those of `mine`.
    """
    shown: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    for line in lines:
        for name, (before, after) in line.changes.items():
            field = name.removeprefix(prefix)
            if name != field and field in mine:
                shown.setdefault(field, before)
                theirs[field] = after
    found = [Clash(n, read(n, shown[n]), read(n, theirs[n]), mine[n], chosen.get(n, "")) for n in theirs]
    return [
        clash if clash.chosen or clash.touched else replace(clash, chosen=THEIRS)
        for clash in found
        if clash.theirs not in (clash.mine, clash.shown)
    ]


def choices(data: QueryDict) -> dict[str, str]:
    """Field → what was chosen for it, empty where nothing was; for every field the form asked about."""
    asked = {name: data.get(CHOICE + name, "") for name in data.getlist(FIELD)}
    return {name: choice if choice in (MINE, THEIRS) else "" for name, choice in asked.items()}
