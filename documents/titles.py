"""Where a long title is broken: between words, and so that its lines make a trapezium or a lozenge.

GB/T 9704-2012 wants a title of several lines centred, words whole, and lines of different length;
equal lines (a box) and a short one between long ones (an hour-glass) look like accidents.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.util import find_spec, module_from_spec
from itertools import combinations, pairwise
from typing import Any

OPENING, CLOSING = "“‘（《〈「『【〔(", "”’）》〉」』】〕)，。、；：！？,.;:!?%"
MOST_LINES = 5
_RJIEBA = find_spec("rjieba")
MOST_WORDS = 40  # beyond it, every place a line may end is no longer tried


def broken(
    title: str, measure: float, width: Callable[[str], float], *, chinese: bool, whole: Iterable[str] = ()
) -> list[str]:
    """The lines of a title, none wider than `measure` where words allow it.

    `width` tells how wide a text is, in the unit of `measure`; `whole` are names that stay in one
    piece: a unit's, a campaign's.
    """
    if width(title) <= measure:
        return [title]
    names = sorted({name for name in whole if name}, key=len, reverse=True)  # a name may begin with a shorter one
    words = list(_joined(_words(title, names))) if chinese else _english_words(title, names)
    widths = [width(word.rstrip()) if not chinese else width(word) for word in words]
    for count in range(2, MOST_LINES + 1):
        shapes = [lines for lines in _shares(words, count) if max(map(width, lines)) <= measure]
        if shapes:
            return min(shapes, key=lambda lines: _ugliness([width(line) for line in lines], measure))
    return _filled(words, widths, measure)


def _english_words(title: str, names: Iterable[str]) -> list[str]:
    """An English title in words, each with the space after it; each of `names` counts as one."""
    for name in names:
        title = title.replace(name, name.replace(" ", "\0"))
    return [f"{word} ".replace("\0", " ") for word in title.split(" ") if word]


@cache
def _dictionary() -> Any:
    """The words of Chinese. They take 33 MB: loaded with the first long title, from where they were found before.

    A locked press may load what it has found, but not go looking.
    """
    assert _RJIEBA
    assert _RJIEBA.loader
    module = sys.modules[_RJIEBA.name] = module_from_spec(_RJIEBA)
    _RJIEBA.loader.exec_module(module)
    return module


def _words(title: str, names: Iterable[str]) -> list[str]:
    """A Chinese title in words; each of `names`, and runs of letters and digits, count as one each."""
    words = _dictionary()
    kept = re.compile("|".join([*map(re.escape, names), r"[A-Za-z0-9.%〔〕/-]+"]))
    found: list[str] = []
    at = 0
    for match in kept.finditer(title):
        found += [*words.cut(title[at : match.start()], hmm=False), match.group()]
        at = match.end()
    return [word for word in [*found, *words.cut(title[at:], hmm=False)] if word]


def _joined(words: Sequence[str]) -> Iterable[str]:
    """Words with the marks that belong to them: an opening one with what follows, 的 and a closing one with what precedes."""
    held = ""
    for word in words:
        if held and not (word[0] in CLOSING or word in ("的", "等", "之") or held[-1] in OPENING):
            yield held
            held = ""
        held += word
    if held:
        yield held


def _shares(words: Sequence[str], count: int) -> Iterable[list[str]]:
    """Every way to put the words on `count` lines."""
    if len(words) > MOST_WORDS:
        return
    for cuts in combinations(range(1, len(words)), count - 1):
        edges = [0, *cuts, len(words)]
        yield ["".join(words[first:last]).strip() for first, last in pairwise(edges)]


def _ugliness(widths: Sequence[float], measure: float) -> float:
    """Smaller is better: lines of like but not equal length, shaped as a trapezium or a lozenge."""
    steps = [after - before for before, after in pairwise(widths)]
    near = 0.06 * measure
    flat = sum(1 for step in steps if abs(step) < near)
    waist = sum(1 for down, up in pairwise(steps) if down < -near and up > near)
    uneven = sum(abs(abs(step) - 0.2 * measure) for step in steps) / measure
    short = max(0.0, 0.3 - min(widths) / measure)
    return 2 * waist + flat + uneven + 4 * short


def _filled(words: Sequence[str], widths: Sequence[float], measure: float) -> list[str]:
    """Line after line as full as words allow: for what is longer than any title should be."""
    lines, used = [""], 0.0
    for word, wide in zip(words, widths, strict=True):
        if lines[-1] and used + wide > measure:
            lines.append("")
            used = 0.0
        lines[-1] += word
        used += wide
    return [line.strip() for line in lines]
