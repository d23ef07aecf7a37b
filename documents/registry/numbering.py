"""Gapless numbers: taken at signing, inside the transaction that signs, from a locked row."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from operator import and_

from django.db.models import Q

from documents.models import Counter, Series
from workflows.organisation.width import plain

_OPEN, _CLOSE = r"[〔\[(【{<《〈「]", r"[〕\])】}>》〉」]"
_TYPED = re.compile(rf"(.+?){_OPEN}(\d{{4}}){_CLOSE}第?0*(\d+)号?")
_AMONG_WORDS = re.compile(
    rf"(?<!\S)([^\s〔\[(【{{<《〈「]*)\s*{_OPEN}\s*(\d{{4}})\s*{_CLOSE}\s*第?\s*0*(\d{{1,8}})(?:\s*号)?(?!\S)"
)
_SERIAL = re.compile(r"第?0*(\d{1,8})号?")


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
    bare = re.sub(r"\s", "", plain(typed))
    found = _TYPED.fullmatch(bare)
    return written(found[1], int(found[2]), int(found[3])) if found else bare


def part_as_written(typed: str) -> str:
    """A number or any part of one, the way `written` gives it: "(2026)3" is 〔2026〕3, "] 第3号" is 〕3号."""
    whole = as_written(typed)
    opened = re.sub(rf"{_OPEN}(?=\d)", "〔", whole)
    return re.sub(rf"{_CLOSE}(?:第?0*(?=\d)|\Z)", "〕", opened)


def serial_in(typed: str) -> int | None:
    """A bare number of a register: 7, ７, 第7号, 007. None for anything else."""
    found = _SERIAL.fullmatch(re.sub(r"\s", "", plain(typed)))
    return int(found[1]) if found else None


def sought(text: str, word: Callable[[str], Q], number: Callable[[str], Q]) -> Q:
    """What somebody looks for who typed `text`: every word of it; or the numbers in it and every other word.

    `word` says where a word is looked for, `number` where a whole document number is.
    """
    words = reduce(and_, map(word, text.split()), Q())
    numbers = [written(code, int(year), int(serial)) for code, year, serial in _AMONG_WORDS.findall(plain(text))]
    if not numbers:
        return words
    others = _AMONG_WORDS.sub(" ", plain(text)).split()
    return words | reduce(and_, [*map(number, numbers), *map(word, others)])
