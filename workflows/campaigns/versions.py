"""The difference between two versions of a declaration: field by field, and lists line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from .declaration import Declaration
from .models import Campaign
from .wording import label, spoken


@dataclass(frozen=True)
class Line:
    """One line of a list: kept, gone or new. Where one was rewritten, it is gone and new."""

    mark: str
    words: str


@dataclass(frozen=True)
class Change:
    """A field that differs: its two values, or for a list its lines."""

    label: str
    before: str
    after: str
    lines: tuple[Line, ...] = ()


def difference(before: Declaration, after: Declaration) -> list[Change]:
    """What `after` changed, in the order of the form; empty when both say the same."""
    changes = []
    for item in fields(Declaration):
        old, new = getattr(before, item.name), getattr(after, item.name)
        if old == new:
            continue
        if isinstance(old, tuple) and item.name != "channels":
            changes.append(Change(label(item.name), "", "", tuple(lines_between(item.name, old, new))))
        else:
            changes.append(Change(label(item.name), spoken(item.name, old), spoken(item.name, new)))
    if before.total != after.total:
        changes.append(Change(_("Budget in all"), spoken("total", before.total), spoken("total", after.total)))
    return changes


def lines_between(name: str, before: Sequence[Any], after: Sequence[Any]) -> list[Line]:
    """Every line of both lists, in order, with its mark."""
    old, new = [spoken(name, line) for line in before], [spoken(name, line) for line in after]
    found = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Line("kept", words) for words in old[old_from:old_to]]
        else:
            found += [Line("gone", words) for words in old[old_from:old_to]]
            found += [Line("new", words) for words in new[new_from:new_to]]
    return found


@dataclass(frozen=True)
class Comparison:
    """Two of a campaign's versions, chosen among all, and what lies between them."""

    numbers: tuple[int, ...]
    older: int
    newer: int
    changes: tuple[Change, ...]
    in_force: int


def compare(campaign: Campaign, older: str, newer: str) -> Comparison:
    """The comparison asked for; the last two versions where the question makes no sense."""
    numbers = tuple(campaign.versions.values_list("number", flat=True))
    asked = [int(word) if word.isdecimal() and int(word) in numbers else None for word in (older, newer)]
    last = numbers[-1]
    second = asked[1] or last
    first = asked[0] or next((number for number in reversed(numbers) if number < second), second)
    first, second = sorted((first, second))
    found = difference(campaign.declaration_of(first), campaign.declaration_of(second)) if first != second else []
    return Comparison(numbers, first, second, tuple(found), campaign.in_force)


def field_label(name: str) -> str:
    """What a field in the difference of a line of the trail is called; empty for what every matter has."""
    plain = {
        "in_force": _("Version in force"),
        "report": _("Report"),
        "evaluation": _("Evaluation"),
    }
    declared = name.removeprefix("declaration.")
    return plain.get(name, "") if declared == name else label(declared)
