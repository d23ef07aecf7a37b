"""Word goes round when the organisation changes, so that no task is left on a desk nobody sits at.

Whoever keeps something that depends on units, people, posts or stand-ins registers here when the
project starts; this module knows none of them. The models announce their own changes. A bulk
`update()` goes past them: whoever writes one calls `announce` after it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import local

from django.db import transaction

from . import unchanged

Listener = Callable[[], object]


class _Voice(local):
    """How many changes this thread has announced, and up to which one the listeners have been told."""

    announced = told = 0


_voice = _Voice()
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Have `listener` called after every commit that changed the organisation."""
    if listener not in _listeners:
        _listeners.append(listener)


def announce() -> None:
    """The organisation has changed: tell the listeners once, when the transaction has committed."""
    unchanged.forget()
    _voice.announced += 1
    transaction.on_commit(partial(_tell, _voice.announced), robust=True)


def _tell(number: int) -> None:
    """The first of a transaction's announcements to arrive speaks for all of them."""
    if number > _voice.told:
        _voice.told = _voice.announced
        for listener in _listeners:
            listener()
