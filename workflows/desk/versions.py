"""The difference between two versions of a declaration: field by field, and lists line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from workflows.campaigns.declaration import Declaration
from workflows.campaigns.models import Campaign
from workflows.campaigns.wording import label, spoken
from workflows.trail.models import Entry

LONGEST = 300  # of a value shown folded on the trail, in characters


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


# --- the same for the trail, where a difference is stored as JSON -------------------------------------------


def field_label(name: str) -> str:
    """What a field in the difference of a trail entry is called."""
    plain = {
        "title": _("Title"),
        "amount": _("Amount (CNY)"),
        "language": _("Language of the documents"),
        "urgent": _("Urgent"),
        "version": _("Version"),
        "in_force": _("Version in force"),
        "report": _("Report"),
        "evaluation": _("Evaluation"),
        "desk": _("On the desk of"),
        "file": _("File"),
        "digest": _("SHA-256"),
        "due_on": _("To be acknowledged by"),
        "due_at": _("Due"),
        "remind_at": _("Reminder"),
    }
    return plain.get(name) or label(name.removeprefix("declaration."))


def in_short(value: Any) -> str:
    """A stored value in one line of at most 300 characters."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        words = _("; ").join(in_short(inner) for inner in value)
    elif isinstance(value, dict):
        words = " · ".join(part for part in map(in_short, value.values()) if part)
    else:
        words = str(value)
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def trail_changes(entry: Entry) -> list[tuple[str, str, str]]:
    """Field, before, after: the entry's own difference, spoken."""
    return [(field_label(name), in_short(before), in_short(after)) for name, (before, after) in entry.changes.items()]
