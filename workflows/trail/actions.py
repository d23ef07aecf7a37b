"""What the trail calls an act. Moves of a workflow name themselves; the acts below belong to every matter and row.

A move may bear the name of an act on a row: "change" asks for another version of a campaign, and corrects a post.
The words are told apart by what the line is about, so that no line ever has to be written differently.
"""

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
    "reckon": _("counted the deadline anew"),
    "load": _("loaded a schedule"),
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


_moves: dict[str, str | Promise] = {}

ROW = "row/"  # how the auditor's filter asks for an act on a row where a move of a matter has the same name


def register(action: str, label: str | Promise) -> None:
    """Give `action` the words the trail shows for it."""
    _moves[action] = label


def label(action: str, *, of_row: bool = False) -> str:
    """The words for `action`, done to a matter or, `of_row`, to something that is none."""
    words = _moves | _labels if of_row else _labels | _moves
    return str(words.get(action, action))


def all_actions() -> dict[str, str]:
    """Action → label in the active language, for the auditor's filter."""
    twice = {ROW + name: text for name, text in _labels.items() if name in _moves}
    return {name: str(text) for name, text in {**_labels, **_moves, **twice}.items()}


def asked_for(chosen: str) -> tuple[str, bool | None]:
    """What the filter's choice looks for: the action, and whether on rows only, on matters only, or wherever."""
    action = chosen.removeprefix(ROW)
    named_twice = action in _labels and action in _moves
    return action, chosen != action if named_twice else None
