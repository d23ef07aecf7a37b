"""What a worker does beside the clock and the papers: each a function that says how much it did."""

from __future__ import annotations

from collections.abc import Callable

_chores: dict[str, Callable[[], int]] = {}


def register_chore(what: str, act: Callable[[], int]) -> None:
    """Have the workers call `act` every round. Many may at once, and after any outage: that is its own business."""
    _chores[what] = act


def all_chores() -> dict[str, Callable[[], int]]:
    return dict(_chores)
