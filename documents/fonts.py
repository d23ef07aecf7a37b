"""The letters a document is printed with: two families from a package, and nothing this machine happens to have.

A private fontconfig file names the package's folder only. The process that renders is started with
`FONTCONFIG_FILE` pointing at it, so that the same facts give the same bytes on every machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from xml.sax.saxutils import escape

import pylopdf_fonts_zh_cn
from django.conf import settings
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FACES: Mapping[str, Path] = MappingProxyType(
    {
        "Noto Sans SC": pylopdf_fonts_zh_cn.sans_path(),
        "Noto Serif SC": pylopdf_fonts_zh_cn.serif_path(),
    }
)
GENERIC = {"sans-serif": "Noto Sans SC", "serif": "Noto Serif SC", "monospace": "Noto Sans SC"}

_ALIAS = "  <alias binding='strong'><family>{generic}</family><prefer><family>{face}</family></prefer></alias>"


def prepare() -> Path:
    """Write the private configuration where it is missing or different, and say where it stands."""
    folder = settings.VAR_DIR / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "<?xml version='1.0'?>",
        "<!DOCTYPE fontconfig SYSTEM 'urn:fontconfig:fonts.dtd'>",
        "<fontconfig>",
        *(f"  <dir>{escape(str(home))}</dir>" for home in sorted({path.parent for path in FACES.values()})),
        f"  <cachedir>{escape(str(folder / 'cache'))}</cachedir>",
        *(_ALIAS.format(generic=generic, face=face) for generic, face in GENERIC.items()),
        "</fontconfig>",
    ]
    wanted, path = "\n".join(lines) + "\n", folder / "fonts.conf"
    if not path.exists() or path.read_text() != wanted:
        draft = folder / f"fonts.conf.{os.getpid()}"
        draft.write_text(wanted)
        draft.replace(path)  # two workers may start at once; neither reads half a file
    return path


@cache
def _covered() -> frozenset[int]:
    """Every code point one of the faces can draw."""
    covered: set[int] = set()
    for path in FACES.values():
        with TTFont(path, lazy=True) as font:
            covered.update(font.getBestCmap())
    return frozenset(covered)


def unprintable(text: str) -> list[str]:
    """The characters of `text` that no face can draw, each once, in the order they appear."""
    covered = _covered()
    return [char for char in dict.fromkeys(text) if ord(char) not in covered and char not in "\n\t"]
