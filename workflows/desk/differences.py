"""What an act changed, spoken: the difference a line of the trail carries, in the words of the workflow."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from workflows.matters.errors import TextChanged
from workflows.matters.models import Matter
from workflows.steps.flows import all_flows
from workflows.trail.models import Entry

from .pages import pages_of
from .times import moment

LONGEST = 300  # of a value shown folded on the trail, in characters


def trail_changes(entry: Entry) -> list[tuple[str, str, str]]:
    """Field, before, after: the entry's own difference, spoken."""
    kind = entry.workflow
    return [
        (field_label(kind, name), spoken(kind, name, before), spoken(kind, name, after))
        for name, (before, after) in entry.changes.items()
    ]


def field_label(kind: str, name: str) -> str:
    """What a field is called: by the workflow, by the house, by the model, and at the last by its own name."""
    return pages_of(kind).label(name) or _house_word(name) or _model_word(kind, name) or name


def spoken(kind: str, name: str, value: Any) -> str:
    """A stored value of the field in one line."""
    words = pages_of(kind).spoken(name, value)
    return in_short(value) if words is None else words


def fields_of(matter: Matter) -> list[tuple[str, str]]:
    """Everything the trail watches of a matter, label and value, without what is empty and what its head says."""
    watched = ((name, value) for name, value in matter.snapshot().items() if name not in ("title", "amount", "urgent"))
    found = [(field_label(matter.kind, name), spoken(matter.kind, name, value)) for name, value in watched]
    return [(label, words) for label, words in found if words]


def _house_word(name: str) -> str:
    words = {
        "title": _("Title"),
        "amount": _("Amount (CNY)"),
        "language": _("Language of the documents"),
        "urgent": _("Urgent"),
        "version": _("Version"),
        "desk": _("On the desk of"),
        "file": _("File"),
        "digest": _("SHA-256"),
        "due_on": _("To be acknowledged by"),
    }
    return words.get(name, "")


def _model_word(kind: str, name: str) -> str:
    flow = all_flows().get(kind)
    try:
        found: Any = flow.machine._meta.get_field(name) if flow else None
    except FieldDoesNotExist:
        return ""
    return str(found.verbose_name) if found else ""


def rewritten(change: TextChanged) -> dict[str, str]:
    """Who wrote since somebody read the matter, when last, and which fields: what fills a sentence about it."""
    who = dict.fromkeys(entry.actor_name for entry in change.lines)
    labels = dict.fromkeys(label for entry in change.lines for label, _before, _after in trail_changes(entry))
    return {
        "person": _(", ").join(who) or _("somebody"),
        "when": moment(change.by.at) if change.by else "",
        "fields": _(", ").join(labels) or _("not known"),
    }


def reread(change: TextChanged) -> str:
    """Said beside an act that was refused because the text is another one than the person had read."""
    return _(
        "%(person)s has changed the text %(when)s, after you had opened this page. What is different: %(fields)s. "
        "Please read it before you press again; what you typed is still here."
    ) % rewritten(change)


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
