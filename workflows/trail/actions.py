"""What the trail calls an act. Moves of a workflow name themselves; the acts below belong to every matter."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_labels: dict[str, str | Promise] = {
    "open": _("opened"),
    "comment": _("commented"),
    "attach": _("attached a file"),
    "detach": _("withdrew a file"),
    "view_document": _("downloaded a document"),
    "send": _("sent a document"),
    "receive": _("signed for a document"),
    "read": _("read a document"),
    "acknowledge": _("acknowledged a document"),
    "urge": _("urged"),
    "take": _("took the task"),
    "release": _("gave the task back"),
    "transfer": _("passed the task on"),
    "remind": _("reminded"),
    "escalate": _("escalated"),
    "overdue": _("became overdue"),
    "fall_back": _("fell to the fallback"),
    "reassign": _("laid on another desk"),
    "hand_over": _("handed over to a successor"),
    "leave": _("recorded that somebody leaves"),
    "copy": _("copied to a draft"),
    "export": _("exported the trail"),
    "reissue": _("asked for a document again"),
    "add": _("added"),
    "change": _("changed"),
    "delete": _("deleted"),
    "publish": _("put in force"),
    "enter": _("entered"),
    "seal": _("put a seal in force"),
    "withdraw_seal": _("withdrew a seal"),
    "use_seal": _("used a seal"),
    "void": _("voided a document"),
    "print_register": _("printed the register"),
}


def register(action: str, label: str | Promise) -> None:
    """Give `action` the words the trail shows for it."""
    _labels[action] = label


def label(action: str) -> str:
    return str(_labels.get(action, action))


def all_actions() -> dict[str, str]:
    """Action → label in the active language, for the auditor's filter."""
    return {name: str(text) for name, text in _labels.items()}
