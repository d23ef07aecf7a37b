"""A unit's round seal, drawn: ring, star, the name along the upper arc.

The words are outlines taken from the font, not text: nothing can be copied out of a seal, and it
looks the same wherever it is shown. All measures are those of a seal 42 mm across; the numbers in
the drawing are hundredths of a millimetre, which is a quarter of a dot at 600 dpi.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, exp, radians, sin
from typing import Any

from django.utils.translation import gettext_noop

from documents.faces import fonts
from documents.trouble import Unprintable

FACE = "Song"
ACROSS = 42  # mm
RED = "#e60012"
RING = 1.0  # the stroke; its outer edge touches the edge of the drawing
STAR = 6.6  # from the middle to a point
NAME_REACHES = 18.9  # from the middle to the upper edge of the name
LETTERING = 0.08  # a stroke round the outlines: ink spreads, and the font's thin lines would break
FULL_TURN, TURN_ABOVE_WORDS = 250, 228  # degrees the longest name covers, without and with words beneath
BENEATH_AT, BENEATH_HIGH, BENEATH_WIDE = 11.6, 4.2, 20  # middle, height and greatest width of the words beneath
DESCENT = 0.12  # how far the square of a character reaches below its baseline, in heights


@lru_cache(maxsize=256)
def drawn(name: str, below: str = "") -> str:
    """The seal as SVG, 42 mm × 42 mm: `name` of 2 to 24 characters round the star, `below` in one line beneath it.

    The same words give the same bytes. Raises Unprintable.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {ACROSS} {ACROSS}"'
        f' width="{ACROSS}mm" height="{ACROSS}mm">'
        f'<g transform="translate({ACROSS / 2:g} {ACROSS / 2:g}) scale(.01)" fill="{RED}">'
        f'<circle r="{_hundredths(ACROSS / 2 - RING / 2)}" fill="none" stroke="{RED}"'
        f' stroke-width="{_hundredths(RING)}"/>'
        f'<path d="{_star()}"/>'
        f'<g stroke="{RED}" stroke-width="{_hundredths(LETTERING)}" stroke-linejoin="round">'
        f'<path d="{_round_the_star(name, bool(below))}{_beneath_the_star(below)}"/></g></g></svg>'
    )


def lacking(words: str) -> list[str]:
    """The characters of `words` no seal can bear, because the font has no outline for them."""
    return [char for char in dict.fromkeys(words) if fonts.outline(char, FACE) is None]


def _star() -> str:
    """Five points, one of them straight up."""
    inner = STAR * sin(radians(18)) / cos(radians(36))  # where the lines between the points cross
    corners = [(STAR if corner % 2 == 0 else inner, radians(36 * corner)) for corner in range(10)]
    places = [(_hundredths(reach * sin(turn)), _hundredths(-reach * cos(turn))) for reach, turn in corners]
    return f"M{'L'.join(_joined(place) for place in places)}z"


def _round_the_star(name: str, has_words_beneath: bool) -> str:
    """Each character upright to the middle. A longer name takes more of the arc, then grows lower and narrower."""
    widths = [_outline(char)[0] for char in name]
    whole = sum(widths)  # in characters: a Chinese one is 1, a Latin one about a half
    between = whole - (widths[0] + widths[-1]) / 2  # from the middle of the first to the middle of the last
    turn = (TURN_ABOVE_WORDS if has_words_beneath else FULL_TURN) * (1 - exp(-between / 5))
    high = 7.2 - 0.12 * max(0, whole - 2)
    foot = NAME_REACHES - high
    room = radians(turn / between) * foot  # what the arc leaves to one character where it is narrowest
    across = min(high, 0.95 * room)
    drawings, passed = [], -widths[0] / 2
    for char, width in zip(name, widths, strict=True):
        at = (passed + width / 2) / between * turn - turn / 2
        passed += width
        drawings.append(
            _placed(char, left=-width * across / 2, baseline=-foot - DESCENT * high, across=across, high=high, turn=at)
        )
    return "".join(drawings)


def _beneath_the_star(words: str) -> str:
    widths = [_outline(char)[0] for char in words]
    whole = sum(widths) or 1
    across = min(BENEATH_HIGH, BENEATH_WIDE / whole)
    high = min(BENEATH_HIGH, across * 1.6)
    left, drawings = -whole * across / 2, []
    for char, width in zip(words, widths, strict=True):
        drawings.append(
            _placed(char, left=left, baseline=BENEATH_AT + (0.5 - DESCENT) * high, across=across, high=high)
        )
        left += width * across
    return "".join(drawings)


# --- outlines ---------------------------------------------------------------------------------------


def _outline(char: str) -> tuple[float, tuple[fonts.Stroke, ...]]:
    """The character's advance and how it is drawn, in heights of a character. Raises Unprintable."""
    found = fonts.outline(char, FACE)
    if found is None:
        raise Unprintable(gettext_noop("The seal's lettering has no “%(character)s”."), character=char)
    return found


def _placed(char: str, *, left: float, baseline: float, across: float, high: float, turn: float = 0) -> str:
    """The outline as path data, drawn `across` wide and `high` high with its origin at `left`, `baseline` (mm);
    then turned about the middle of the seal by `turn` degrees, clockwise.

    Steps are relative, from rounded place to rounded place, so that no error adds up.
    """
    said, here = list[str](), (0, 0)
    ahead, aside = cos(radians(turn)), sin(radians(turn))
    for letter, points in _outline(char)[1]:
        if letter == "M" and said:
            said.append("z")
        upright = [(left + x * across, baseline - y * high) for x, y in points]
        places = [(_hundredths(x * ahead - y * aside), _hundredths(x * aside + y * ahead)) for x, y in upright]
        origin = (0, 0) if letter == "M" else here
        said.append(
            letter + _joined([along - start for place in places for along, start in zip(place, origin, strict=True)])
        )
        here = places[-1]
    return "".join(said) + ("z" if said else "")


def _joined(numbers: Any) -> str:
    """As short as path data allows: a minus sign parts as well as a space does."""
    return " ".join(map(str, numbers)).replace(" -", "-")


def _hundredths(millimetres: float) -> int:
    return round(millimetres * 100)
