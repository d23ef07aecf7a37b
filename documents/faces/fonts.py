"""The letters a document is printed with: the faces the foundry made, and nothing this machine happens to have.

A private fontconfig file names their folder only. The process that renders is started with
`FONTCONFIG_FILE` pointing at it, so that the same facts give the same bytes on every machine that
has the same faces; which those are, `font_set` says in sixteen characters.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

import freetype
from django.conf import settings

from . import foundry

GENERIC = {"sans-serif": "Hei", "serif": "Song", "monospace": "Hei"}
FALLBACK = "Song"  # stands in for a face that could not be made, and for a character that only it has

_ALIAS = "  <alias binding='{strength}'><family>{asked}</family><{how}><family>{face}</family></{how}></alias>"


class NoFonts(Exception):
    """The faces have not been made on this machine."""


def folder() -> Path:
    return Path(settings.FONTS_ROOT)


@cache
def _made() -> dict[str, Any]:
    whole = foundry.manifest(folder())
    if whole is None:
        raise NoFonts(f"There are no fonts in {folder()}: run `python -m documents.faces.foundry {folder()}`.")
    return whole


@cache
def faces() -> Mapping[str, Path]:
    """Family → file of every face a page asks for. Raises NoFonts."""
    return MappingProxyType({family: folder() / face["file"] for family, face in _made()["faces"].items()})


@cache
def every_face() -> Mapping[str, Path]:
    """The same, and after them those that hold rare ideographs alone. Raises NoFonts."""
    return MappingProxyType({family: folder() / face["file"] for family, face in foundry.every(_made()).items()})


def stand_ins() -> list[str]:
    """The families Song stands in for on this machine. Raises NoFonts."""
    return foundry.stand_ins(_made())


def font_set() -> str:
    """Sixteen characters that differ when any face does. Raises NoFonts."""
    hashes = sorted((family, face["sha256"]) for family, face in foundry.every(_made()).items())
    return hashlib.sha256(repr(hashes).encode()).hexdigest()[:16]


def open_all() -> None:
    """Open every face, so that one made anew meanwhile is no longer met. Raises NoFonts where one is not as it was made."""
    _opened()
    if families := foundry.changed(folder(), _made()):
        raise NoFonts(
            f"Not the faces that were made: {', '.join(families)}. They are being made anew, or were changed."
        )


def prepare() -> Path:
    """Write the private configuration where it is missing or different, and say where it stands. Raises NoFonts."""
    place = folder()
    homes = sorted({path.parent for path in every_face().values()})
    lines = [
        "<?xml version='1.0'?>",
        "<!DOCTYPE fontconfig SYSTEM 'urn:fontconfig:fonts.dtd'>",
        "<fontconfig>",
        *(f"  <dir>{escape(str(home))}</dir>" for home in homes),
        f"  <cachedir>{escape(str(place / 'cache'))}</cachedir>",
        *(_ALIAS.format(strength="strong", how="prefer", asked=name, face=face) for name, face in GENERIC.items()),
        *(_ALIAS.format(strength="same", how="accept", asked=name, face=FALLBACK) for name in stand_ins()),
        "</fontconfig>",
    ]
    wanted, path = "\n".join(lines) + "\n", place / "fonts.conf"
    if not path.exists() or path.read_text() != wanted:
        draft = place / f"fonts.conf.{os.getpid()}"
        draft.write_text(wanted)
        draft.replace(path)  # two workers may start at once; neither reads half a file
    return path


_reading = Lock()  # FreeType reads a face for one thread at a time


@cache
def _opened() -> dict[str, freetype.Face]:
    """Family → its face, read from the file glyph by glyph: no table of thirty thousand characters in memory."""
    return {family: freetype.Face(str(path)) for family, path in every_face().items()}


@lru_cache(maxsize=8192)
def _advance(char: str, family: str) -> float | None:
    """Of one character in one face, in widths of a square; None where the face has no glyph."""
    face = _opened().get(family)
    with _reading:
        glyph = face.get_char_index(char) if face else 0
        return face.get_advance(glyph, freetype.FT_LOAD_NO_SCALE) / face.units_per_EM if face and glyph else None


def width(text: str, family: str) -> float:
    """How wide a text is in one face, in widths of a square; where the face has no glyph, as Song is. Raises NoFonts."""
    return sum(_advance(char, family) or _advance(char, FALLBACK) or 1.0 for char in text)


@lru_cache(maxsize=16384)
def _is_printable(char: str) -> bool:
    return char in "\n\t" or any(_advance(char, family) is not None for family in (FALLBACK, *every_face()))


def unprintable(text: str) -> list[str]:
    """The characters of `text` that no face can draw, each once, in the order they appear. Raises NoFonts."""
    return [char for char in dict.fromkeys(text) if not _is_printable(char)]


Stroke = tuple[str, tuple[tuple[float, float], ...]]


@lru_cache(maxsize=512)
def outline(char: str, family: str) -> tuple[float, tuple[Stroke, ...]] | None:
    """A character's advance and how it is drawn, in widths of a square: M, l, q, c and their points, as in SVG.

    A contour ends where the next one begins. A rare ideograph is drawn by the face that has it; None where none has.
    Raises NoFonts.
    """
    found = next((name for name in (family, *_made().get("rare", ())) if _advance(char, name) is not None), None)
    if found is None:
        return None
    advance, face, strokes = _advance(char, found) or 0.0, _opened()[found], list[Stroke]()
    with _reading:
        face.load_char(char, freetype.FT_LOAD_NO_SCALE)
        em = face.units_per_EM

        def note(letter: str) -> Callable[..., None]:
            return lambda *given: strokes.append((letter, tuple((at.x / em, at.y / em) for at in given[:-1])))

        face.glyph.outline.decompose(None, note("M"), note("l"), note("q"), note("c"))
    return advance, tuple(strokes)
