"""One look at organisation and policies: while it lasts, each question about them reaches the database once.

An act asks where an office sits a dozen times, a rehearsal two hundred times, a settling of all
desks thousands of times. A change made meanwhile by somebody else is not seen by this look; that
change announces itself and causes a look of its own. A look inside a look is the same look.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers_of_one_look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Answers given inside are remembered until the outermost look ends."""
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def answers() -> dict[Hashable, Any] | None:
    """What this look has found out so far; None where nobody is looking."""
    return _answers.get()


def asked_once(question: Callable[P, R]) -> Callable[P, R]:
    """Remember the answers of `question` (hashable arguments) while a look lasts, and only then."""

    @wraps(question)
    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        look = _answers.get()
        if look is None:
            return question(*args, **kwargs)
        key = (question, args, tuple(sorted(kwargs.items())))
        if key not in look:
            look[key] = question(*args, **kwargs)
        found: R = look[key]
        return found

    return ask
