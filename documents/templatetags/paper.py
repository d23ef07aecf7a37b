"""How facts are written on paper: days, instants, money, reasons, in the document's language.

A day is 2026年11月26日 or 26 November 2026 in running text and among facts, 2026-11-26 in the column
of a table; an instant is 2026-11-26 10:42 everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from workflows.organisation import figures
from workflows.policies.reasons import Reason

register = template.Library()
INNER = str.maketrans("“”", "‘’")  # the quotation marks of a title that stands within quotation marks itself
LARGE = 11  # characters of a figure that the narrowest column of money holds: 123,456,789
UNBROKEN = 24  # characters that fit into the column of the facts, whichever they are
SHORT = 10  # lines of a table that is not broken over two pages: some 55 mm
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


@register.filter
def day(stored: str) -> str:
    """ "2026-11-26" → 2026年11月26日, 26 November 2026."""
    if not stored:
        return "—"
    value = date.fromisoformat(stored)
    if get_language() == "en":
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


@register.filter
def instant(stored: str) -> str:
    """ "2026-11-26T10:42" → 2026-11-26 10:42, as it was on the office's clock.

    The first minute of a day stands for the day: it is the clock's, which does what is due on a day when that begins.
    """
    day_, _t, time = stored.partition("T")
    return day_ if time in ("", "00:00") else f"{day_} {time}"


@register.filter
def money(stored: str) -> str:
    return figures.money(Decimal(stored)) if stored else "—"


@register.filter
def number(stored: str) -> str:
    return figures.figure(Decimal(stored)) if stored else "—"


@register.filter
def signed_money(stored: str) -> str:
    """A difference: +¥1,200, −¥300, ¥0."""
    amount = Decimal(stored)
    sign = "+" if amount > 0 else "−" if amount < 0 else ""
    return sign + figures.money(abs(amount))


_told: dict[str, str] = {}  # what `hear` heard


def sentences_of(facts: Mapping[str, Any], language: str) -> dict[str, str]:
    """Each of the paper's rules in words: what a press is sent along, which has none of the workflows' rule books."""
    with override(language):
        return {_written(rule): str(Reason.load(rule) or "") for rule in facts.get("rules", ())}


def hear(sentences: Iterable[Mapping[str, str]]) -> None:
    """In a press: from now on rules are said in these words."""
    _told.clear()
    for some in sentences:
        _told.update(some)


def _written(rule: dict[str, Any]) -> str:
    return json.dumps([get_language(), rule], ensure_ascii=False, sort_keys=True)


@register.filter
def reason(stored: dict[str, Any]) -> str:
    """A stored reason as a sentence."""
    return _told.get(_written(stored)) or str(Reason.load(stored) or "")


@register.filter
def enumerated(words: list[str]) -> str:
    """ "store review, region review"."""
    return _(", ").join(words)


@register.filter
def apart(words: str) -> SafeString:
    """A unit and a name: a line ends between them rather than within the name."""
    unit, space, name = words.rpartition(" ")
    return format_html("{}{}{}", unit, space, whole(name))


@register.filter
def named(who: dict[str, str]) -> str:
    """A person; a stand-in always with the one they stood in for."""
    if who["principal"]:
        return _("%(person)s for %(principal)s") % who
    return who["person"]


def whole(text: str) -> SafeString:
    """A text no line ends in, unless it might fill one."""
    return format_html('<span class="whole">{}</span>', text) if len(text) <= UNBROKEN else escape(text)


@register.filter
def cited(paper: dict[str, str]) -> str:
    """How a document names another one: title, number if it has one, date; no line ends within these two."""
    if not paper:
        return "—"
    title = paper["title"].translate(INNER) if get_language() == "en" else paper["title"]
    words = _("“%(title)s” (%(number)s, %(day)s)") if paper["number"] else _("“%(title)s” (%(day)s)")
    values = {"title": escape(title), "number": whole(paper["number"]), "day": whole(day(paper["on"]))}
    return SafeString(words % values)  # each escaped, and the words are ours


@register.filter
def short(rows: list[dict[str, Any]]) -> str:
    """What the class of a table says beside `lines`: " short" where all of it is to stand on one page."""
    count = sum(1 + len(row.get("lines", ())) for row in rows)
    return " short" if count <= SHORT else ""


@register.filter
def large(stored: str) -> str:
    """What the class of a table says beside `lines`: " large" where its largest figure is."""
    return " large" if len(number(stored)) > LARGE else ""


@register.filter
def size(stored: int) -> str:
    """Bytes → KB."""
    return f"{figures.figure(max(1, round(stored / 1024)))} KB"


@register.filter
def shared(shares: list[dict[str, str]]) -> str:
    """Who pays how much: "Store ¥34,152 (37.1%), Group ¥45,756 (49.7%)"."""
    words = _("%(payer)s %(amount)s (%(percent)s%%)")
    return _(", ").join(words % {**share, "amount": money(share["amount"])} for share in shares)


@register.filter
def aimed(targets: list[dict[str, str]]) -> str:
    """The targets that were set, in one line."""
    return _(", ").join(f"{target['name']} {number(target['planned'])}" for target in targets if target["planned"])
