"""Gapless numbers: taken at signing, inside the transaction that signs, from a locked row."""

from __future__ import annotations

from .models import Counter, Series


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
