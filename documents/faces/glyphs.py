"""The few glyphs of a face that a document needs, as a face of their own to put into it.

The foundry's faces are plain: TrueType outlines, every glyph drawn by itself, no instructions. To
leave out the glyphs that are not used is then copying, and copying costs a seventh of the time, and
of the memory none, that HarfBuzz or fontTools take, who must be ready for any font there is; nor
does what comes out hang on which HarfBuzz a machine happens to have. Format: the OpenType
specification, tables head, hhea, hmtx, loca, glyf and maxp, which is what a PDF reader asks of a
TrueType CID font.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable
from functools import cache
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path

TABLES = ("glyf", "head", "hhea", "hmtx", "loca", "maxp")  # in the order of the directory
HEAD = TABLES.index("head")
WHOLE = 0xB1B0AFBA  # what all words of a font add up to


def cut(path: Path, glyphs: Iterable[int]) -> bytes:
    """A TrueType font of the glyphs with these numbers, each keeping its number; the rest are empty.

    Raises KeyError for a face without TrueType outlines, IndexError for a glyph it has not.
    """
    face = _opened(path)
    used = sorted({0, *glyphs})
    count = used[-1] + 1
    wide = min(face.wide, count)
    metrics = bytearray(4 * wide + 2 * (count - wide))
    metrics[4 * wide - 4 : 4 * wide] = face.hmtx[4 * wide - 4 : 4 * wide]  # the width of all that follow
    outlines, sum_of_outlines = list[bytes](), 0
    offsets, sum_of_offsets, reached = array("I"), 0, 0
    for glyph in used:
        run = glyph + 1 - len(offsets)  # those before it that are not used begin where it does
        offsets += array("I", [reached]) * run
        sum_of_offsets += reached * run
        outline, adds = face.glyph(glyph)
        outlines.append(outline)
        reached, sum_of_outlines = reached + len(outline), sum_of_outlines + adds
        place, size = (4 * glyph, 4) if glyph < wide else (2 * (glyph + wide), 2)
        metrics[place : place + size] = face.hmtx[place : place + size]
    offsets.append(reached)
    head, hhea, maxp = bytearray(face.head), bytearray(face.hhea), bytearray(face.maxp)
    struct.pack_into(">I", head, 8, 0)  # what makes up the sum of the whole, reckoned below
    struct.pack_into(">H", head, 50, 1)  # loca: offsets of four bytes
    struct.pack_into(">H", hhea, 34, wide)
    struct.pack_into(">H", maxp, 4, count)
    summed: dict[str, tuple[bytes | bytearray, int]] = {
        name: (table, sum(_words(_padded(table))))
        for name, table in {"head": head, "hhea": hhea, "hmtx": metrics, "maxp": maxp}.items()
    }
    summed["glyf"], summed["loca"] = (b"".join(outlines), sum_of_outlines), (_bytes(offsets), sum_of_offsets + reached)
    return _joined([summed[name] for name in TABLES])


class _Face:
    """A face as it lies in its file, so that only what is looked at is read into memory."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            whole = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
        (count,) = struct.unpack_from(">H", whole, 4)
        records = [struct.unpack_from(">4sIII", whole, 12 + 16 * number) for number in range(count)]
        tables = {tag.decode(): whole[start : start + length] for tag, _sum, start, length in records}
        self.glyf, self.head, self.hhea, self.hmtx, loca, self.maxp = (tables[name] for name in TABLES)
        if struct.unpack_from(">H", self.head, 50) != (1,):
            raise KeyError(f"{path}: offsets of two bytes")  # the foundry's faces are all too large for that
        (self.wide,) = struct.unpack_from(">H", self.hhea, 34)  # how many have a width of their own
        self._offsets = _words(loca)
        self._sums: dict[int, int] = {}

    def glyph(self, number: int) -> tuple[bytes, int]:
        """Its outline, padded to whole words, and what they add up to."""
        outline = _padded(self.glyf[self._offsets[number] : self._offsets[number + 1]])
        if number not in self._sums:
            self._sums[number] = sum(_words(outline))
        return outline, self._sums[number]


_opened = cache(_Face)


def _joined(tables: list[tuple[bytes | bytearray, int]]) -> bytes:
    """The tables, each with what its words add up to, as one file."""
    start, entry = 12 + 16 * len(TABLES), len(TABLES).bit_length() - 1
    directory = struct.pack(">IHHHH", 0x10000, len(TABLES), 16 << entry, entry, 16 * (len(TABLES) - (1 << entry)))
    for name, (table, total) in zip(TABLES, tables, strict=True):
        directory += struct.pack(">4sIII", name.encode(), total & 0xFFFFFFFF, start, len(table))
        start += len(table) + -len(table) % 4
    whole = sum(_words(directory)) + sum(total for _table, total in tables)
    struct.pack_into(">I", tables[HEAD][0], 8, (WHOLE - whole) & 0xFFFFFFFF)
    return b"".join(chain([directory], (_padded(table) for table, _total in tables)))


def _padded(content: bytes | bytearray | memoryview) -> bytes:
    return bytes(content) + b"\0" * (-len(content) % 4)


def _words(content: bytes | memoryview) -> array[int]:
    """Words of four bytes, the first byte the greatest."""
    words = array("I", bytes(content))
    if sys.byteorder == "little":
        words.byteswap()
    return words


def _bytes(words: array[int]) -> bytes:
    if sys.byteorder == "little":
        words.byteswap()
    return words.tobytes()
