"""What WeasyPrint 70 reckons anew for every document, and a warm press need not.

- The outlines of a seal are read from SVG point by point, in Python; a group has one seal and
  thousands of papers. They are remembered, and so is the picture they are read from.
- A face of many megabytes is copied whole before a few of its glyphs are cut out, twice over (see
  glyphs.py for how it is done here).
- The style of every element is reckoned anew, though the sheets are the same and so are the pages'
  elements: it is remembered by what it is reckoned from. Of its two hundred properties nearly all
  have their initial value or their parent's; that is now asked first.
- The lengths of every box are asked whether they are shares of something; nearly none is, and then
  they are the same for every box of a style.
- A page is searched for style sheets of its own; ours have none, and may have none.
- Pango is told about a text's language, face and features for every line of it.
- Every object of the file is put into bytes twice, once to be written and once for the file's
  identifier; and streams are packed at zlib's slowest level, which saves little and takes most of
  the time.

It relies on what our sheets and drawings keep to: every page of one size and no length that hangs on
it (vw, vh), nothing of the body's moved up to the page (overflow), no markers on paths
(tests/documents/test_render.py).

None of it changes what a page shows; the same facts still give the same bytes, in whatever order
documents come (tests/documents/test_archive.py). `manage.py bench documents` says what it is worth.
"""

from __future__ import annotations

import zlib
from copy import copy
from functools import cache
from types import SimpleNamespace
from typing import Any

import pydyf
import weasyprint.css
from cssselect2 import ElementWrapper
from weasyprint.css import AnonymousStyle, ComputedStyle, StyleFor
from weasyprint.css.computed_values import PHYSICAL_FUNCTIONS
from weasyprint.css.properties import INHERITED, INITIAL_NOT_COMPUTED, INITIAL_VALUES
from weasyprint.css.tokens import Dimension
from weasyprint.layout import absolute, block, column, grid, inline, page, percent, table
from weasyprint.layout import float as floats
from weasyprint.pdf import fonts
from weasyprint.svg import TAGS
from weasyprint.text.ffi import ffi, gobject, harfbuzz, pango
from weasyprint.text.line_break import Layout

from . import glyphs
from .fonts import faces

WRITTEN_FOR = "0.13."  # of pydyf; for WeasyPrint's own version see composition.py
LEVEL = 1
REMEMBERED = 2048  # outlines: a thousand seals
PICTURES = 128  # seals and the like, which many documents share
STYLES = 1500  # some 25 KiB each; all kinds there are, in both languages, have seven hundred

_compile, _resolve = ElementWrapper._compile, percent.resolve_percentages
_to_bytes, _write, _draw_path = pydyf._to_bytes, pydyf.PDF.write, TAGS["path"]
_set_style, _set_up = StyleFor.set_computed_styles, Layout.setup
_styled, _anonymous = ComputedStyle.__missing__, AnonymousStyle.__missing__
_outlines: dict[str, bytes] = {}


def install() -> None:
    """Replace what is slow; more than once is once. Raises RuntimeError where pydyf is not the one this was written for."""
    if not pydyf.VERSION.startswith(WRITTEN_FOR):
        raise RuntimeError(f"pydyf {pydyf.VERSION} instead of {WRITTEN_FOR}*")
    TAGS["path"] = draw_path
    pydyf.zlib = SimpleNamespace(compress=zlib.compress, compressobj=lambda level: zlib.compressobj(LEVEL))
    pydyf.PDF.write, pydyf._to_bytes = write, to_bytes
    for module in (absolute, block, column, floats, grid, inline, page, table):
        module.resolve_percentages = resolve_percentages
    weasyprint.css.find_stylesheets = lambda *_, **__: ()
    ElementWrapper._compile = staticmethod(cache(_compile))
    ffi.cdef("PangoLayout * pango_layout_copy (PangoLayout *src);", override=True)
    StyleFor.set_computed_styles, Layout.setup = set_style, set_up
    ComputedStyle.__missing__, AnonymousStyle.__missing__ = styled, anonymous
    fonts.get_hb_object_data = as_it_lies
    fonts.Font.subset = subset


# --- styles ---------------------------------------------------------------------------------------------

_styles: dict[Any, Any] = {}


def set_style(
    self: Any,
    element: Any,
    parent: Any,
    root: Any = None,
    pseudo_type: str | None = None,
    base_url: str | None = None,
    target_collector: Any = None,
) -> None:
    """As WeasyPrint's, but an element that differs in nothing from an earlier one's, of whatever document, has its style.

    What a style is reckoned from it keeps alive, so that an address in the key cannot come to mean something else.
    """
    above = None if pseudo_type is None and element is root else self._computed_styles.get((parent, None))
    known_above = above is None or getattr(above, "known", False)
    if not known_above or not hasattr(element, "get") or element.get("style"):
        return _set_style(self, element, parent, root, pseudo_type, base_url, target_collector)
    cascaded = self._cascaded_styles.get((element, pseudo_type), {})
    key = (
        id(above),
        pseudo_type,
        *((name, value if name in ("anchor", "lang") else id(value)) for name, (value, _weight) in cascaded.items()),
    )
    if style := _styles.get(key):
        self._computed_styles[element, pseudo_type] = style
        if target_collector and style["anchor"]:
            target_collector.collect_anchor(style["anchor"])
        return None
    _set_style(self, element, parent, root, pseudo_type, base_url, target_collector)
    if len(_styles) >= STYLES:
        _styles.clear()
    style = _styles[key] = self._computed_styles[element, pseudo_type]
    style.known = True
    return None


# properties whose rules look at other values
_OF_THEIR_OWN = {"display", "float", "page", "position", "text_decoration_line"}
_INITIAL = {
    name: value
    for name, value in INITIAL_VALUES.items()
    if name not in INHERITED | INITIAL_NOT_COMPUTED | _OF_THEIR_OWN and not name.startswith("text_decoration_")
}
_HANDED_DOWN = INHERITED - _OF_THEIR_OWN
# names like margin_inline_start, which a style sheet may use instead of margin_left
_LOGICAL = {logical(block="ttb", inline=way) for logical in PHYSICAL_FUNCTIONS.values() for way in ("ltr", "rtl")}


def styled(self: Any, name: str) -> Any:
    """As WeasyPrint's: a property of an element that nobody has asked for yet."""
    if name not in self.cascaded:
        if name in _INITIAL and (name not in PHYSICAL_FUNCTIONS or _LOGICAL.isdisjoint(self.cascaded)):
            value = self[name] = _INITIAL[name]
            return value
        if name in _HANDED_DOWN and self.parent_style is not None:
            value = self[name] = self.parent_style[name]
            return value
    return _styled(self, name)


def anonymous(self: Any, name: str) -> Any:
    """The same of a box that has no element."""
    if name in _INITIAL:
        value = self[name] = _INITIAL[name]
        return value
    return _anonymous(self, name)


def set_up(self: Any, style: Any) -> None:
    """As WeasyPrint's, asking Pango once for each style for what does not hang on the text."""
    if style["text_decoration_line"] != "none":
        return _set_up(self, style)
    if not (ready := getattr(style, "ready", None)):
        _set_up(self, style)
        ready = style.ready = self.layout, self.language
    self.style, self.first_line_direction = style, 0
    self.ascent = self.underline_position = self.strikethrough_position = None
    empty, self.language = ready
    self.layout = ffi.gc(pango.pango_layout_copy(empty), gobject.g_object_unref)
    return None


_LENGTHS = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in ("left", "right", "top", "bottom")),
    *(f"{bound}{side}" for bound in ("", "min_", "max_") for side in ("width", "height")),
)
_BORDERS = [f"border_{side}_width" for side in ("top", "right", "bottom", "left")]


def resolve_percentages(box: Any, containing_block: Any) -> None:
    """As WeasyPrint's, reckoning once for each style what does not hang on the box around."""
    style = box.style
    try:
        lengths = style.lengths
    except AttributeError:
        lengths = style.lengths = _lengths_of(style)
    if lengths is None:
        _resolve(box, containing_block)
    else:
        box.__dict__.update(lengths)


def _lengths_of(style: Any) -> dict[str, Any] | None:
    """The attributes of every box of this style; None where they hang on the box around, or on its neighbours."""
    if style["border_collapse"] == "collapse" or style["box_sizing"] != "content-box":
        return None
    lengths = {name: style[name] for name in _BORDERS}
    for name in _LENGTHS:
        value = style[name]
        if value == "auto":
            lengths[name] = 0 if name.startswith("min_") else "auto"
        elif type(value) is Dimension and value.unit == "px":
            lengths[name] = value.value
        else:
            return None
    return lengths


# --- the file -------------------------------------------------------------------------------------------


def to_bytes(item: Any) -> bytes:
    """As pydyf's, the commonest first."""
    kind = type(item)
    if kind is bytes:
        return item
    if kind is str:
        return item.encode("ascii")
    if kind is int:
        return b"%d" % item
    return _to_bytes(item)


class Written(pydyf.Object):  # type: ignore[misc]  # the package has no annotations
    """An object that will not change any more."""

    data, compressible = b"", False  # in pydyf's they are reckoned at every look

    def __init__(self, original: Any) -> None:
        super().__init__()
        self.number, self.generation, self.free = original.number, original.generation, original.free
        self.data, self.compressible = original.data, original.compressible


def write(self: Any, output: Any, *options: Any, **more: Any) -> None:
    """As pydyf's, putting every object into bytes once."""
    self.objects[1:] = [Written(each) for each in self.objects[1:]]
    _write(self, output, *options, **more)


# --- the faces ------------------------------------------------------------------------------------------


def as_it_lies(face: Any) -> Any:
    """The bytes of a face where they are, without a copy: WeasyPrint looks at the first four, and then asks for a cut."""
    blob, length = harfbuzz.hb_face_reference_blob(face), ffi.new("unsigned int *")
    data = harfbuzz.hb_blob_get_data(blob, length)
    return ffi.buffer(ffi.gc(data, lambda _: harfbuzz.hb_blob_destroy(blob)), length[0])


def subset(self: Any, to_unicode: dict[int, str], hinting: bool) -> None:
    """As WeasyPrint's, for the faces there are: only the glyphs that are used, each keeping its number."""
    self.file_content = glyphs.cut(faces()[self.family], to_unicode)


# --- pictures -------------------------------------------------------------------------------------------


class Pictures(dict[str, Any]):
    """What WeasyPrint has read of pictures: drawings stay for the documents to come, the rest for one document."""

    def __init__(self) -> None:
        super().__init__(_drawings)

    def __setitem__(self, url: str, picture: Any) -> None:
        super().__setitem__(url, picture)
        if url.startswith("data:image/svg+xml"):
            if len(_drawings) >= PICTURES:
                _drawings.clear()
            kept = _drawings[url] = copy(picture)
            kept._context = None  # all that was laid out of the first page; only words in a drawing ask for it


_drawings: dict[str, Any] = {}


def draw_path(svg: Any, node: Any, font_size: float) -> None:
    """As WeasyPrint's `path`, remembering what was written for the same outline: it depends on nothing else."""
    outline = node.get("d", "")
    written: list[bytes] = svg.stream.stream
    if known := _outlines.get(outline):
        written.append(known)
        return
    before = len(written)
    _draw_path(svg, node, font_size)
    if len(_outlines) >= REMEMBERED:
        _outlines.clear()
    _outlines[outline] = b"\n".join(pydyf._to_bytes(part) for part in written[before:])
