"""Facts → the HTML of a page. What a style sheet cannot reckon is reckoned here: where a title breaks, where a seal sits.

Lengths are millimetres. The template sees facts, and what this module adds to them; never models.
"""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import segno
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.faces import fonts
from documents.looks import Look, in_groups
from documents.templatetags.paper import day

from . import continued, seals, titles

CHARACTER = 156 / 28  # the width of one character of the standard's grid
POINT = 25.4 / 72
TYPE_AREA = 156.0
HALF_LINE = 10.449 / 2
ABOVE_SIGNATURE = 20.898  # as the style sheet has it
DATE_FROM_RIGHT = 4 * CHARACTER  # a sealed paper's date ends four characters from the right edge
BESIDE_SEAL = 2.0
HEAD_WIDTH = 150.0

# What stands in the red head; size of its letters in points and how much they are squeezed at the least.
HEADS: dict[str, tuple[str | Promise, float, float]] = {
    "circular": (gettext_lazy("%(group)s Circular"), 48, 0.72),
    "letter": ("%(group)s", 36, 0.8),
    "minutes": (gettext_lazy("Minutes of %(meeting)s"), 48, 0.72),
}
ENGLISH_HEADS = {"circular": 34.0, "letter": 28.0, "minutes": 30.0}
# Squeezed further, letters are no longer those of a head: it is set in lines, in smaller letters, the smaller the more.
NARROWEST = {"zh-hans": 0.5, "en": 0.7}
HEAD_IN_LINES = ((2, 36.0), (3, 30.0), (5, 24.0))  # so many lines at the most, in letters of so many points
BETWEEN_HEADS = 2.0
COMPANIES = ("股份有限公司", "有限责任公司")  # what ends a firm's name is not parted
SIGNED_WIDE = 20 * CHARACTER  # a name wider than the type area is signed in lines of this width
# Family → points of the title, as its style sheet has them, and the width it may take; "annex": of an annex.
TITLES = {
    "zh-hans": {"notice": (20.0, 150.0), "contract": (24.0, 156.0), "annex": (22.0, 156.0), "": (22.0, 156.0)},
    "en": {"notice": (17.0, 150.0), "contract": (19.0, 150.0), "annex": (16.0, 150.0), "": (18.0, 150.0)},
}

# Control and format characters (bidi overrides, zero-width joiners). What this Python knows nothing of, being newer or
# for private use, is not among them: the fonts say that they cannot draw it.
_SILENT = {"Cc", "Cf"}


def page(
    look: Look,
    facts: dict[str, Any],
    digest: str,
    leaves: int = 0,
    *,
    imprint_flows: bool = False,
    starts: frozenset[int] | None = None,
) -> str:
    """The HTML of a document, in the active language.

    `digest`: of its record, hexadecimal; the paper shows the first sixteen characters.
    `leaves`: how many leaves are turned before the imprint of an official paper, so that it stands on an even page.
    `imprint_flows`: it is taller than a page, and goes over several.
    `starts`: the rows of a divided table that pages begin with; see continued.py.
    """
    shown = visible(facts)
    names = [shown.get(name, "") for name in look.whole]
    context = {
        **shown,
        "language": look.language,
        "family": look.family,
        "kind_title": look.title,
        "code_in_groups": in_groups(facts["code"]),
        "facts_digest": digest[:16],
        "check_picture": quick_response(facts["check_url"])[0],
        "title_lines": title_lines(shown["document_title"], look.family, look.language, names),
        "leaves": leaves,
        "imprint_flows": imprint_flows,
    }
    if annexed := shown.get("annexed"):
        context["annexed"] = [
            {**annex, "title_lines": title_lines(annex["title"], "annex", look.language, names)} for annex in annexed
        ]
    if division := shown.get(continued.DIVISION):
        context["groups"] = continued.groups(division, starts)
    if look.family in HEADS:
        context |= head(look.family, look.language, shown)
    if names := shown.get("annexes"):
        context |= annex_list(len(names), look.language)
    if "issued_on" in shown:
        context["sign"] = Signature.of(shown, look.language)
    if seal := shown.get("seal"):
        context["seal_picture"] = picture(seals.drawn(seal["name"], seal["below"]))
    return render_to_string(look.template, context)


def title_lines(title: str, family: str, language: str, names: list[str]) -> list[str]:
    """A title as the lines it is set in, none of which ends within one of the names; see titles.py."""
    size, room = TITLES[language].get(family, TITLES[language][""])
    return titles.broken(
        title,
        room,
        lambda text: fonts.width(text, "Biao") * size * POINT,
        chinese=language != "en",
        whole=names,
    )


def head(family: str, language: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The lines of the red head; see `HeadLine`. One, unless its letters would be squeezed beyond recognition."""
    words, size, squeeze = HEADS[family]
    if language == "en":
        size, squeeze = ENGLISH_HEADS[family], 1.0
    org = str(words) % facts
    narrowest = NARROWEST[language]
    if HEAD_WIDTH / _head_wide(org, size) >= narrowest:
        return {"head_lines": [HeadLine.of(org, size, squeeze)]}
    names = [facts["group"], facts.get("meeting", ""), *COMPANIES]
    for most, points in HEAD_IN_LINES:
        wide = partial(_head_wide, points=points)
        lines = titles.broken(org, HEAD_WIDTH / max(narrowest, 0.6), wide, chinese=language != "en", whole=names)
        if len(lines) <= most:
            break
    squeeze = min(squeeze, *(HEAD_WIDTH / _head_wide(line, points) for line in lines))
    return {"head_lines": [HeadLine.of(line, points, squeeze, place) for place, line in enumerate(lines)]}


def _head_wide(words: str, points: float) -> float:
    return fonts.width(words, "Biao") * points * POINT


@dataclass(frozen=True)
class HeadLine:
    """A line of the red head: its words, their size in points, how far they must be squeezed to stay within the type
    area, and how far their box reaches beyond it on either side: unsqueezed, they must fit, or they would not be in its
    middle. Of a head in several lines also their height, and of all but the first their distance from the one above."""

    words: str
    size: str
    squeeze: str
    beyond: str
    height: str = ""
    below: str = ""

    @classmethod
    def of(cls, words: str, size: float, squeeze: float, place: int | None = None) -> HeadLine:
        natural = _head_wide(words, size)
        drawn = f"{size:g}", f"{min(squeeze, HEAD_WIDTH / natural):.4f}", f"{natural / 2:.3f}"
        if place is None:
            return cls(words, *drawn)
        return cls(words, *drawn, f"{size * POINT:.3f}", f"{BETWEEN_HEADS:g}" if place else "")


def annex_list(count: int, language: str) -> dict[str, str]:
    """What stands before the list of annexes, how wide that is, and how wide the widest number: the names hang beside
    both. A single annex has no number; in Chinese there is no space after one."""
    label, gap = (_("Annex: "), "") if count == 1 else (_("Annexes: "), " " if language == "en" else "")
    numbers = [f"{number}.{gap}" for number in range(1, count + 1)] if count > 1 else [""]
    before, wide = _in_text(label, language), max(_in_text(number, language) for number in numbers)
    return {
        "annex_label": label,
        "label_wide": f"{before:.3f}",
        "number_wide": f"{wide:.3f}",
        "annex_hangs": f"{before + wide:.3f}",
    }


def _in_text(words: str, language: str) -> float:
    """How wide words are in the running text of an official paper."""
    face, points, spacing = ("Song", 12, 0.0) if language == "en" else ("Fang", 16, -0.21)
    return (fonts.width(words, face) * points + len(words) * spacing) * POINT


@dataclass(frozen=True)
class Signature:
    """Where name and date of the issuer stand. Sealed: both in a box `width` wide, `right` from the right edge,
    the seal `seal_left` within it; it reaches below the date, so what stands there ends `remark_right` from the right
    edge. Without a seal: `name_right` and `date_right` from the right edge."""

    width: str
    right: str
    seal_left: str
    remark_right: str
    name_right: str
    date_right: str
    # A name too wide for one line is set in several, each with its place from the right edge; the seal stays as near
    # to the text as it is, and the lines go up behind it by half of what they are more: `higher`, with `above` them.
    lines: tuple[tuple[str, str], ...]
    higher: str
    above: str

    @classmethod
    def of(cls, facts: dict[str, Any], language: str) -> Signature:
        unit = CHARACTER if language != "en" else 12 * POINT
        face = "Fang" if language != "en" else "Song"
        group, date = facts["group"], fonts.width(day(facts["issued_on"]), face) * unit
        lines = [group]
        if fonts.width(group, face) * unit + 2 * CHARACTER > TYPE_AREA:
            lines = titles.broken(
                group,
                SIGNED_WIDE,
                lambda text: fonts.width(text, face) * unit,
                chinese=language != "en",
                whole=COMPANIES,
            )
        widths = [fonts.width(line, face) * unit for line in lines]
        name = max(widths)
        wide = max(name, date) + 0.2
        # the date's first character is two to the right of the name's, and neither comes nearer than two to the edge
        name_right, date_right = 2 * CHARACTER, name - date
        if date_right < 2 * CHARACTER:
            date_right = 2 * CHARACTER
            name_right = max(name_right, date_right + date + 2 * CHARACTER - name)
        right, seal_left = max(0.0, DATE_FROM_RIGHT - (wide - date) / 2), (wide - seals.ACROSS) / 2
        beside = right + wide - seal_left + BESIDE_SEAL
        at = tuple((line, f"{name_right + (name - wide) / 2:.3f}") for line, wide in zip(lines, widths, strict=True))
        higher = (len(lines) - 1) * HALF_LINE
        raised = (f"{higher:.3f}", f"{ABOVE_SIGNATURE - higher:.3f}") if higher else ("", "")
        return cls(
            f"{wide:.3f}", f"{right:.3f}", f"{seal_left:.3f}", f"{beside:.3f}", f"{name_right:.3f}", f"{date_right:.3f}",
            at, *raised,
        )  # fmt: skip


@lru_cache(maxsize=4)
def quick_response(address: str) -> tuple[str, tuple[bytes, ...]]:
    """The QR code of an address: as a picture for a page, one dot a module; and its rows, a byte of 0 or 1 for each."""
    code = segno.make(address, error="m", mask=4, micro=False)  # any mask can be read; trying all takes time
    return code.png_data_uri(border=0), tuple(map(bytes, code.matrix))


def picture(svg: str) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def visible(value: Any) -> Any:
    """`value` without what prints as nothing or turns text around: a paper shows all it says."""
    if isinstance(value, str):
        if value.isprintable():  # nearly every one is
            return value
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        return "".join(char for char in text if char in "\n\t" or not _prints_as_nothing(char))
    if isinstance(value, dict):
        return {name: visible(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [visible(inner) for inner in value]
    return value


def _prints_as_nothing(char: str) -> bool:
    code = ord(char)
    noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return noncharacter or unicodedata.category(char) in _SILENT
