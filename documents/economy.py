"""What WeasyPrint 70 reckons anew for every document, and a warm press need not.

The outlines of a seal are read from SVG point by point, in Python; a group has one seal and
thousands of papers. And streams are packed at zlib's slowest level, which saves one byte in fifty
and takes a quarter of the time. Neither changes what a page shows; the same facts still give the
same bytes, in whatever order documents come (tests/documents/test_archive.py).
"""

from __future__ import annotations

import zlib
from types import SimpleNamespace
from typing import Any

import pydyf
from weasyprint.svg import TAGS

WRITTEN_FOR = "0.13."
LEVEL = 6  # zlib's own default
REMEMBERED = 2048  # outlines: a hundred seals

_outlines: dict[str, bytes] = {}
_draw_path = TAGS["path"]


def install() -> None:
    """Replace the two; more than once is once. Raises RuntimeError where pydyf is not the one this was written for."""
    if not pydyf.VERSION.startswith(WRITTEN_FOR):
        raise RuntimeError(f"pydyf {pydyf.VERSION} instead of {WRITTEN_FOR}*")
    TAGS["path"] = draw_path
    pydyf.zlib = SimpleNamespace(compress=zlib.compress, compressobj=lambda level: zlib.compressobj(LEVEL))


def draw_path(svg: Any, node: Any, font_size: float) -> None:
    """As WeasyPrint's `path`, remembering what was written for the same outline: it depends on nothing else."""
    outline = node.get("d", "")
    written: list[bytes] = svg.stream.stream
    if known := _outlines.get(outline):
        written.append(known)
        return
    before = len(written)
    _draw_path(svg, node, font_size)
    if len(_outlines) < REMEMBERED:
        _outlines[outline] = b"\n".join(pydyf._to_bytes(part) for part in written[before:])
