"""Which form asks what a move wants to know beyond who and why: declared per workflow, never guessed.

    declare(Lease.KIND, send_back=ReturnForm, propose=ProposalForm)

A form derived from `DecisionForm` is shown wherever the move is offered. Any other has a page of
its own, which the workflow brings. A move nobody declares takes an opinion and nothing else;
`manage.py machines` finds one that asks for more.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from workflows.matters.moves import Move

from .base import ActForm
from .decisions import DecisionForm

_declared: dict[str, dict[str, type[ActForm]]] = {}


def declare(kind: str, **forms: type[ActForm]) -> None:
    """Say which form asks what each of these moves of `kind` wants to know."""
    _declared[kind] = forms


def declared_for(kind: str) -> dict[str, type[ActForm]]:
    """Move → the form declared for it."""
    return dict(_declared.get(kind, {}))


def form_of(kind: str, move: str) -> type[ActForm]:
    """The form of a move; the plain decision where none was declared."""
    return _declared.get(kind, {}).get(move, DecisionForm)


def fits(kind: str, move: Move) -> bool:
    """Whether the move's form answers exactly what the move asks."""
    return set(form_of(kind, move.name).ANSWERS) == set(move.asks)


def decision_of(kind: str, move: Move) -> type[DecisionForm] | None:
    """The form with which the move can be made anywhere it is offered; None where it takes a page of its own."""
    form = form_of(kind, move.name)
    return form if issubclass(form, DecisionForm) and fits(kind, move) else None


def autodiscover() -> None:
    """Load `forms/<label>.py` of every installed app that has one."""
    for app in apps.get_app_configs():
        name = f"{__package__}.{app.label}"
        if find_spec(name):
            import_module(name)
