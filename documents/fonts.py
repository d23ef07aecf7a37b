"""The letters a document is printed with: the faces the foundry made, and nothing this machine happens to have.

A private fontconfig file names their folder only. The process that renders is started with
`FONTCONFIG_FILE` pointing at it, so that the same facts give the same bytes on every machine that
has the same faces; which those are, `font_set` says in sixteen characters.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from fontTools.ttLib import TTFont

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
        raise NoFonts(f"There are no fonts in {folder()}: run `python -m documents.foundry {folder()}`.")
    return whole


def faces() -> dict[str, Path]:
    """Family → file of every face there is. Raises NoFonts."""
    return {family: folder() / face["file"] for family, face in _made()["faces"].items()}


def stand_ins() -> list[str]:
    """The families Song stands in for on this machine. Raises NoFonts."""
    return foundry.stand_ins(_made())


def font_set() -> str:
    """Sixteen characters that differ when any face does. Raises NoFonts."""
    hashes = sorted((family, face["sha256"]) for family, face in _made()["faces"].items())
    return hashlib.sha256(repr(hashes).encode()).hexdigest()[:16]


def prepare() -> Path:
    """Write the private configuration where it is missing or different, and say where it stands. Raises NoFonts."""
    place = folder()
    homes = sorted({path.parent for path in faces().values()})
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


@cache
def _widths(family: str) -> dict[int, float]:
    """Code point → advance, in widths of a square, of one face."""
    with TTFont(faces()[family], lazy=True) as font:
        advances, em = font["hmtx"], font["head"].unitsPerEm
        return {code: advances[name][0] / em for code, name in font.getBestCmap().items()}


def width(text: str, family: str) -> float:
    """How wide a text is in one face, in widths of a square; where the face has no glyph, as Song is. Raises NoFonts."""
    own = _widths(family) if family in faces() else {}
    return sum(own.get(ord(char)) or _widths(FALLBACK).get(ord(char), 1.0) for char in text)


@cache
def _covered() -> frozenset[int]:
    """Every code point one of the faces can draw."""
    covered: set[int] = set()
    for path in faces().values():
        with TTFont(path, lazy=True) as font:
            covered.update(font.getBestCmap())
    return frozenset(covered)


def unprintable(text: str) -> list[str]:
    """The characters of `text` that no face can draw, each once, in the order they appear. Raises NoFonts."""
    covered = _covered()
    return [char for char in dict.fromkeys(text) if ord(char) not in covered and char not in "\n\t"]
