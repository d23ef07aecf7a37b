"""What the trail calls an act.

The acts of the house belong to every matter and every row: opening, commenting, passing on. A
workflow's moves have words of their own, kept by workflow and move: two workflows may call a move
alike and mean different things, and a move may bear the name of an act on a row ("change" may ask
for another version of a matter, and corrects a post). Which words are meant is told by the line
itself, so that no line ever has to be written differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .models import Entry

Words = str | Promise

_house: dict[str, Words] = {
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
    "pass_over": _("passed somebody over"),
    "reassign": _("laid on another desk"),
    "hand_over": _("handed over to a successor"),
    "leave": _("recorded that somebody leaves"),
    "copy": _("copied to a draft"),
    "export": _("exported the trail"),
    "reissue": _("asked for a document again"),
    "add": _("added"),
    "change": _("changed"),
    "delete": _("deleted"),
    "propose": _("proposed an appointment"),
    "confirm": _("confirmed an appointment"),
    "refuse": _("refused an appointment"),
    "publish": _("put in force"),
    "enter": _("entered"),
    "seal": _("put a seal in force"),
    "withdraw_seal": _("withdrew a seal"),
    "use_seal": _("used a seal"),
    "void": _("voided a document"),
    "print_register": _("printed the register"),
}

_workflows: dict[str, tuple[Words, Mapping[str, Words]]] = {}  # kind → its name, {move: words}

ROW = "row"  # stands for "no workflow" where the auditor's filter has to tell acts of one name apart


def register(action: str, words: Words) -> None:
    """Give an act of the house the words the trail shows for it."""
    _house[action] = words


def register_moves(kind: str, name: Words, moves: Mapping[str, Words]) -> None:
    """Give the moves of the workflow `kind`, called `name`, their words: {move: words}."""
    _workflows[kind] = name, moves


def words_for(action: str, workflow: str = "") -> str:
    """The words for `action`: the move of `workflow`, if it has one of that name, else the act of the house."""
    _name, moves = _workflows.get(workflow, ("", {}))
    return str(moves.get(action) or _house.get(action, action))


def label(entry: Entry) -> str:
    """What was done on this line of the trail, in the active language."""
    return words_for(entry.action, entry.workflow if entry.matter_id else "")


# --- the auditor's filter -------------------------------------------------------------------------------


def all_actions() -> dict[str, str]:
    """What the filter offers: choice → words in the active language.

    An act is offered once, by its name. Where one name has different words, the act of the house
    is offered apart from the moves, and the moves of several workflows apart from each other.
    """
    offered: dict[str, str] = {}
    for action in dict.fromkeys([*_house, *(move for _name, moves in _workflows.values() for move in moves)]):
        meant = _meanings(action)
        several = len(meant.keys() - {ROW}) > 1
        for where, words in meant.items():
            if _is_one(meant) or (where != ROW and not several):
                offered[action] = words
            elif where == ROW:
                offered[f"{ROW}/{action}"] = words
            else:
                offered[f"{where}/{action}"] = f"{words} · {_workflows[where][0]}"
    return offered


def asked_for(chosen: str) -> Q:
    """The lines the filter's choice looks for."""
    where, _slash, action = chosen.rpartition("/")
    if where == ROW:
        return Q(action=action, matter__isnull=True)
    if where:
        return Q(action=action, matter__isnull=False, workflow=where)
    meant = _meanings(action)
    return Q(action=action) if _is_one(meant) else Q(action=action, matter__isnull=False)


def is_known(action: str) -> bool:
    """Whether anything at all is called so."""
    return bool(_meanings(action))


def _meanings(action: str) -> dict[str, str]:
    """Workflow, or ROW for the house → its words for an act of that name."""
    house = {ROW: str(_house[action])} if action in _house else {}
    return house | {kind: str(moves[action]) for kind, (_name, moves) in _workflows.items() if action in moves}


def _is_one(meant: Mapping[str, str]) -> bool:
    return len(set(meant.values())) <= 1
