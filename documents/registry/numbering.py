"""Gapless numbers: taken at signing, inside the transaction that signs, from a locked row."""

from __future__ import annotations

import re
import unicodedata

from documents.models import Counter, Series

_TYPED = re.compile(r"(.+?)[〔\[(【{<《〈「](\d{4})[〕\])】}>》〉」]第?0*(\d+)号?")


def take_number(series: Series, year: int) -> tuple[int, str]:
    """The next serial of the series in that year, and how it is written: `集发〔2026〕7号`.

    Holds the counter row until the transaction ends; a rolled-back act gives its number back.
    """
    Counter.objects.get_or_create(series=series, year=year)
    counter = Counter.objects.select_for_update().get(series=series, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last, written(series.code, year, counter.last)


def written(code: str, year: int, serial: int) -> str:
    """Full year, six-cornered brackets, no leading zeros."""
    return f"{code}〔{year}〕{serial}号"


def as_written(typed: str) -> str:
    """A number somebody typed, the way `written` gives it: whichever brackets, full width or half, with or without 号."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed))
    found = _TYPED.fullmatch(plain)
    return written(found[1], int(found[2]), int(found[3])) if found else plain
