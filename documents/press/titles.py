"""Where a long title is broken: between words, and so that its lines make a trapezium or a lozenge.

GB/T 9704-2012 wants a title of several lines centred, words whole, and lines of different length;
equal lines (a box) and a short one between long ones (an hour-glass) look like accidents.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec, module_from_spec
from itertools import accumulate, combinations, pairwise
from typing import Any

OPENING, CLOSING = "“‘（《〈「『【〔(", "”’）》〉」』】〕)，。、；：！？,.;:!?%"
MOST_LINES = 5
_RJIEBA = find_spec("rjieba")
MOST_WORDS = 40  # beyond it, every place a line may end is no longer tried
MOST_SEARCHED = 400  # words; beyond it, no name or date is looked for

# Whatever its dictionary, a word does not end within these, where one fits into so much of a line: the surer ones first.
_FIGURES = "第?[0-9０-９〇零一二三四五六七八九十百千万亿两][0-9０-９〇零一二三四五六七八九十百千万亿两,.%]*"
_COUNTED = (
    "(?:年度|年版|年|月份|月|日|号|时|分|周|天|届|次|期|批|轮|代|版|个|家|名|人|位|台|件|款|项|条|元|米|层|楼|岁)"
)
_DATE = f"{_FIGURES}{_COUNTED}(?:{_FIGURES}{_COUNTED})*"
_RUN = "[A-Za-z0-9.%〔〕/+&-]+"
_WHOLE = (
    (re.compile(r"——|……|\w{0,3}〔[0-9]{4}〕[0-9]+号"), 1.0),  # the number of a paper
    (re.compile(_DATE), 1.0),
    (re.compile(f"{_FIGURES}(?:{_COUNTED}{_FIGURES})*{_COUNTED}?(?:——|[—–～~至-]){_DATE}"), 1.0),  # from … to …
    (re.compile(f"{_RUN}(?: {_RUN})+"), 0.6),  # a product: HUAWEI Mate 80 RS
    (re.compile(r".（[^（）]{1,8}）"), 1.0),  # the noun takes （试行） along
    (re.compile(r"（[^（）]+）|《[^《》]+》"), 0.75),
)
# They join what follows them: no line ends on one.
_LEADING = {
    "及", "以及", "和", "与", "同", "或", "或者", "并", "并且", "而", "对", "对于", "关于", "有关", "在", "于", "向",
    "往", "从", "自", "由", "按", "按照", "根据", "为", "为了", "因", "以", "将", "把", "被", "给", "至", "到",
}  # fmt: skip
# They join what precedes them: no line begins with one.
_FOLLOWING = {"的", "等", "之", "同志", *"店城部局处科室区市县省州镇村路街站馆院队组员者版费率"}

Width = Callable[[str], float]
Span = tuple[int, int]


def broken(title: str, measure: float, width: Width, *, chinese: bool, whole: Iterable[str] = ()) -> list[str]:
    """The lines of a title, none wider than `measure`.

    `width` tells how wide a text is, in the unit of `measure`; `whole` are names that stay in one
    piece where they fit into a line: a unit's, a matter's.
    """
    if width(title) <= measure:
        return [title]
    names = sorted({name for name in whole if name}, key=len, reverse=True)  # a name may begin with a shorter one
    words = _words(title, names) if chinese else re.findall(r"\S+\s*|\s+", title)
    pieces = _pieces(title, words, names, measure, width, chinese=chinese)
    for count in range(2, MOST_LINES + 1):
        shapes = [lines for lines in _shares(pieces, count) if max(map(width, lines)) <= measure]
        if shapes:
            return min(shapes, key=lambda lines: _ugliness([width(line) for line in lines], measure))
    return _filled(pieces, measure, width)


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
    """A Chinese title in words: none reaches over an end of one of `names`, and runs of letters and digits count as one."""
    kept = "|".join([*map(re.escape, names), _RUN])
    found: list[str] = []
    for part in filter(None, re.split(f"({kept})", title)):
        found += [part] if re.fullmatch(_RUN, part) else _dictionary().cut(part, hmm=False)
    return found


def _pieces(
    title: str, words: Sequence[str], names: Iterable[str], measure: float, width: Width, *, chinese: bool
) -> list[str]:
    """What a line is made of: words, put together where no line may end between them and one line can hold them."""
    ends = _ends(words)
    if len(words) > MOST_SEARCHED:
        return [part for word in words for part in _cut(word, measure, width)]
    for (first, last), share in _spans(title, words, names, chinese=chinese):
        before = max(end for end in ends if end <= first)
        after = min(end for end in ends if end >= last)
        if width(title[before:after].strip()) <= share * measure:
            ends = [end for end in ends if not first < end < last]
    return [part for first, last in pairwise(ends) for part in _cut(title[first:last], measure, width)]


def _ends(words: Iterable[str]) -> list[int]:
    return [0, *accumulate(map(len, words))]


def _spans(title: str, words: Sequence[str], names: Iterable[str], *, chinese: bool) -> Iterator[tuple[Span, float]]:
    """From where to where no line should end, and how much of a line that may fill; the surest first."""
    if chinese:
        yield from ((span, 1.0) for span in _marked(words))
    for name in names:
        yield from ((match.span(), 1.0) for match in re.finditer(re.escape(name), title))
    if chinese:
        yield from ((span, 1.0) for span in _dotted(words))
        for pattern, share in _WHOLE:
            yield from ((match.span(), share) for match in pattern.finditer(title))
        yield from ((span, 0.6) for span in pairwise(_ends(_dictionary().cut(title, hmm=True))))  # what may be a name
        yield from (((end - 1, end + 1), 1.0) for word, end in _ended(words) if word in _LEADING)


def _ended(words: Sequence[str]) -> Iterator[tuple[str, int]]:
    return zip(words, _ends(words)[1:], strict=True)


def _marked(words: Sequence[str]) -> Iterator[Span]:
    """Words with the marks that belong to them: an opening one with what follows, 的 and a closing one with what precedes."""
    for (word, end), following in zip(_ended(words), words[1:], strict=False):
        if word[-1] in OPENING or following[0] in f"{CLOSING} " or following in _FOLLOWING:
            yield end - 1, end + 1


def _dotted(words: Sequence[str]) -> Iterator[Span]:
    """Names with a · between their parts. No dictionary has them: a part may be in it as single characters."""
    ends = _ends(words)
    dots = [at for at, word in enumerate(words) if word == "·" and 0 < at < len(words) - 1]
    yield from ((ends[at - 1], ends[at + 2]) for at in dots)
    for dot in dots:
        first, last = dot - 1, dot + 1
        while first > 0 and _goes_on(words[first - 1], ends[dot] - ends[first], words[first]):
            first -= 1
        while last < len(words) - 1 and _goes_on(words[last + 1], ends[last + 1] - ends[dot + 1], words[last]):
            last += 1
        yield ends[first], ends[last + 1]


def _goes_on(word: str, length: int, beside: str) -> bool:
    """Whether a word may belong to a part of a name, of which so many characters up to `beside` are known."""
    named = word.isalpha() and word not in _LEADING and word not in _FOLLOWING
    return named and (len(beside) == 1 or length + len(word) <= 4)


def _cut(piece: str, measure: float, width: Width) -> list[str]:
    """A piece that no line can hold, in parts that one can."""
    parts, wide = [""], 0.0
    for char in piece if width(piece.strip()) > measure else [piece]:
        wide += width(char)
        if parts[-1] and wide > measure:
            parts.append("")
            wide = width(char)
        parts[-1] += char
    return parts


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


def _filled(pieces: Sequence[str], measure: float, width: Width) -> list[str]:
    """Line after line as full as words allow: for what is longer than any title should be."""
    lines, used = [""], 0.0
    for piece in pieces:
        if lines[-1] and used + width(piece.rstrip()) > measure:
            lines.append("")
            used = 0.0
        lines[-1] += piece
        used += width(piece)
    return [line.strip() for line in lines]
