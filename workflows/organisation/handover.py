"""Somebody leaves: whoever keeps what a person holds in person registers here, and is told to whom it goes."""

from __future__ import annotations

from typing import Protocol

from .models import Person
from .offices import Capacity


class Handover(Protocol):
    """Gives what `leaver` holds in person to `successor`, in the name of `by`."""

    def __call__(self, leaver: Person, successor: Person, by: Capacity) -> None: ...


_handovers: list[Handover] = []


def register(handover: Handover) -> None:
    """Have `handover` called inside the transaction in which somebody leaves."""
    if handover not in _handovers:
        _handovers.append(handover)


def hand_over(leaver: Person, successor: Person, by: Capacity) -> None:
    for handover in _handovers:
        handover(leaver, successor, by)
