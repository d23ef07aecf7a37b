"""What an act changed, spoken: the difference a line of the trail carries, in the words of the workflow."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from workflows.matters.errors import TextChanged
from workflows.matters.models import Matter
from workflows.steps.flows import all_flows
from workflows.trail import naming
from workflows.trail.models import Entry

from .pages import pages_of
from .times import moment

LONGEST = 300  # of a value shown folded on the trail, in characters


def trail_changes(entry: Entry, longest: int = LONGEST) -> list[tuple[str, str, str]]:
    """Field, before, after: the entry's own difference, spoken, each value in at most `longest` characters."""
    kind = entry.workflow
    return [
        (field_label(kind, name), spoken(kind, name, before, longest), spoken(kind, name, after, longest))
        for name, (before, after) in entry.changes.items()
    ]


def field_label(kind: str, name: str) -> str:
    """What a field is called: by the workflow, by the house, by the model, and at the last by its own name."""
    return pages_of(kind).label(name) or _house_word(name) or _model_word(kind, name) or name


def spoken(kind: str, name: str, value: Any, longest: int = LONGEST, *, in_a_list: bool = False) -> str:
    """A stored value of the field in one line: as the workflow says it, or else the house.

    Of a line of a table one sees what each part is; of a whole report one does not, so its parts are named.
    """
    words = pages_of(kind).spoken(name, value)
    if words is not None:
        return in_short(words, longest)
    if isinstance(value, list):
        return in_short(_("; ").join(spoken(kind, name, inner, longest, in_a_list=True) for inner in value), longest)
    if isinstance(value, dict):
        parts = [(key, spoken(kind, key, inner, longest)) for key, inner in value.items()]
        named = (part if in_a_list else f"{field_label(kind, key)} {part}" for key, part in parts if part)
        return in_short(" · ".join(named), longest)
    return in_short(_house_value(name, value), longest)


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
        "due_at": _("Due"),
        "remind_at": _("Reminder"),
        "file": _("File"),
        "digest": _("SHA-256"),
        "words": _("Words"),
        "due_on": _("To be acknowledged by"),
        "seal": _("Seal"),
        "document": _("Document"),
        "documents": _("Documents"),
        "post": _("Post"),
        "name": _("Name"),
        "units": _("Units"),
        "register": _("Register"),
        "policy": _("policy edition"),
        "successor": _("Successor"),
        "stand_in": _("stand-in"),
        "password": _("Password"),
        "second_factor": _("second factor"),
        "recovery_codes": _("recovery codes"),
        "sessions": _("sessions"),
    }
    return words.get(name, "")


def _house_value(name: str, value: Any) -> Any:
    """What stands on the trail as a code, in words."""
    words: dict[str, dict[Any, str]] = {
        "language": {code: str(called) for code, called in settings.LANGUAGES},
        "second_factor": {"totp": _("app"), "webauthn": _("passkey")},
        "sessions": {"open": _("open"), "ended": _("ended")},
    }
    return words.get(name, {}).get(value, value)


def _model_word(kind: str, name: str) -> str:
    flow = all_flows().get(kind)
    try:
        found: Any = flow.machine._meta.get_field(name) if flow else None
    except FieldDoesNotExist:
        return ""
    return str(found.verbose_name) if found else ""


def rewritten(change: TextChanged) -> dict[str, str]:
    """Who wrote since somebody read the matter, when last, and which fields: what fills a sentence about it."""
    who = dict.fromkeys(naming.actor(entry) for entry in change.lines)
    labels = dict.fromkeys(label for entry in change.lines for label, _before, _after in trail_changes(entry))
    return {
        "person": _(", ").join(who) or _("somebody"),
        "when": moment(change.by.at) if change.by else "",
        "fields": _(", ").join(labels) or _("not known"),
    }


def reread(change: TextChanged) -> str:
    """Said beside an act that was refused because the text is another one than the person had read."""
    if change.unshown:
        return _(
            "It could not be told which text you were shown when you pressed, so nothing was done. Here is the text "
            "as it is now: please read it and press again; what you typed is still here."
        )
    return _(
        "%(person)s has changed the text %(when)s, after you had opened this page. What is different: %(fields)s. "
        "Please read it before you press again; what you typed is still here."
    ) % rewritten(change)


def in_short(value: Any, longest: int = LONGEST) -> str:
    """A plain value in one line of at most `longest` characters."""
    if value in (None, "", [], {}):
        return ""
    words = (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)
    return words if len(words) <= longest else words[: longest - 1] + "…"
