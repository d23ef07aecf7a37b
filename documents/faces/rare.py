"""Rare ideographs, for people's names: faces that hold only what Song has not, copied from fonts in packages.

| family | copied from                                                                         |
|--------|-------------------------------------------------------------------------------------|
| RareA  | Hanazono Mincho A 花园明朝, of Debian's fonts-hanazono (free for any use)           |
| RareB  | Hanazono Mincho B, of the same: nearly all of the extensions B to F                 |
| RareC  | BabelStone Han, of Debian's fonts-babelstone-han (Arphic Public License): G and H   |

No style sheet names them: a character that no other face has is looked for in them, one by one. They
share no character with Song or with each other, so that it makes no difference which is asked first.
Sixty thousand glyphs are not drawn anew, which would take a minute, but copied as they lie; only the
heights are those of the other faces, so that one rare character does not move its line.

Standard library and fontTools only, as the foundry.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rare:
    family: str
    file: str  # of the font it is copied from
    package: str  # of Debian
    folder: str  # where the package puts it


RARE = (
    Rare("RareA", "HanaMinA.ttf", "fonts-hanazono", "usr/share/fonts/truetype/hanazono"),
    Rare("RareB", "HanaMinB.ttf", "fonts-hanazono", "usr/share/fonts/truetype/hanazono"),
    Rare("RareC", "BabelStoneHan.ttf", "fonts-babelstone-han", "usr/share/fonts/truetype/babelstone"),
)

# Unicode 15.1: every block of ideographs, and what a table of what is drawn calls it.
BLOCKS = (
    ("CJK Unified Ideographs", 0x4E00, 0x9FFF),
    ("Extension A", 0x3400, 0x4DBF),
    ("Extension B", 0x20000, 0x2A6DF),
    ("Extension C", 0x2A700, 0x2B739),
    ("Extension D", 0x2B740, 0x2B81D),
    ("Extension E", 0x2B820, 0x2CEA1),
    ("Extension F", 0x2CEB0, 0x2EBE0),
    ("Extension I", 0x2EBF0, 0x2EE5D),
    ("Extension G", 0x30000, 0x3134A),
    ("Extension H", 0x31350, 0x323AF),
    ("Compatibility Ideographs", 0xF900, 0xFAD9),
    ("Compatibility Supplement", 0x2F800, 0x2FA1D),
)


def ideographs() -> Iterable[int]:
    return (code for _name, first, last in BLOCKS for code in range(first, last + 1))


def copied(
    source: Path, family: str, taken: Container[int], *, above: int, below: int, created: int
) -> tuple[Any, list[int]]:
    """A font of the ideographs `source` draws beyond `taken`, and which these are.

    `above` and `below` are the heights of the other faces in thousandths of a square. Raises ValueError
    for a font whose glyphs are made of other glyphs: they could not be copied one by one.
    """
    from fontTools.fontBuilder import FontBuilder
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    font = TTFont(source, lazy=True)
    names, em = font.getBestCmap(), font["head"].unitsPerEm
    offsets, outlines, advances = font["loca"].locations, font.reader["glyf"], font["hmtx"].metrics
    codes = [code for code in ideographs() if code in names and code not in taken]
    order, parts, metrics, places, reached = [".notdef"], [b""], [struct.pack(">Hh", em, 0)], [0, 0], 0
    for code in codes:
        number = font.getGlyphID(names[code])
        outline = outlines[offsets[number] : offsets[number + 1]]
        if outline and outline[0] & 0x80:
            raise ValueError(f"{source}: U+{code:04X} is made of other glyphs")
        outline += b"\0" * (-len(outline) % 4)
        order.append(f"u{code:04X}")
        parts.append(outline)
        metrics.append(struct.pack(">Hh", *advances[names[code]]))
        reached += len(outline)
        places.append(reached)

    build = FontBuilder(em, isTTF=True)
    build.setupGlyphOrder(order)
    build.setupCharacterMap({code: f"u{code:04X}" for code in codes})
    build.setupHorizontalHeader(ascent=above * em // 1000, descent=-(-below * em // 1000), lineGap=0)
    build.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family, "version": "1.0"})
    build.setupOS2(
        version=4,
        sTypoAscender=above * em // 1000, sTypoDescender=-(-below * em // 1000), sTypoLineGap=0,
        usWinAscent=above * em // 1000, usWinDescent=-below * em // 1000,
        fsSelection=0x40 | 0x80, fsType=0, usWeightClass=400, xAvgCharWidth=em,
    )  # fmt: skip
    build.setupPost(keepGlyphNames=False, underlinePosition=-em // 10, underlineThickness=em // 20)
    build.setupHead(unitsPerEm=em, created=created, modified=created, indexToLocFormat=1)
    made = build.font
    made.recalcTimestamp = made.recalcBBoxes = False
    for name in ("xMin", "yMin", "xMax", "yMax"):
        setattr(made["head"], name, getattr(font["head"], name))
    made["maxp"] = font["maxp"]
    made["hhea"].numberOfHMetrics = len(order)
    words = array("I", places)
    if sys.byteorder == "little":
        words.byteswap()
    for tag, content in (("glyf", b"".join(parts)), ("loca", words.tobytes()), ("hmtx", b"".join(metrics))):
        made[tag] = table = DefaultTable(tag)
        table.data = content
    return made, codes
