"""What time it is, for everything this product decides or records.

One place, so that the clock can be moved: a rehearsal looks ahead, and the demonstration chain
lives through a year in a minute. Nothing else in the house may ask Django or Python for "now".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

_moved: ContextVar[datetime | None] = ContextVar("moved_clock", default=None)


def now() -> datetime:
    """The current instant, aware, or the instant the clock was moved to."""
    return _moved.get() or timezone.now()


def today() -> date:
    """The current date in the office's own time zone."""
    return timezone.localdate(now())


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Move the clock to `moment` (aware) for the code inside."""
    token = _moved.set(moment)
    try:
        yield
    finally:
        _moved.reset(token)
