"""How pages of the desk write amounts, instants and deadlines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from workflows.desk import times
from workflows.organisation import figures
from workflows.organisation.calendar import WorkingCalendar

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """ "¥82,000"; nothing for no amount."""
    return "" if amount is None else figures.money(amount)


@register.filter
def figure(number: Decimal | int | None) -> str:
    """ "82,000"; nothing for no number."""
    return "" if number is None else figures.figure(number)


@register.filter
def enumerated(words: Iterable[str]) -> str:
    """ "store review, region review"."""
    return _(", ").join(words)


@register.filter
def moment(at: datetime | None) -> str:
    """ "today 09:12"; nothing for no instant."""
    return "" if at is None else times.moment(at)


@register.filter
def stamp(at: datetime) -> str:
    """ "2026-11-20 09:12"; "2026-11-20" for the very beginning of a day."""
    return times.stamp(at)


@register.simple_tag
def due(at: datetime | None) -> times.Due | None:
    """`{% due task.due_at as deadline %}`: words and tone. Loads the calendar: for single deadlines, not for lists."""
    return times.due(at, times.Horizon.here(), WorkingCalendar.load())
