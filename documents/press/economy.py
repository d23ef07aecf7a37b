"""What WeasyPrint 70 reckons anew for every document, and a warm press need not.

- Every rule of the sheets is tried on every element, though the sheets are the same and so are the
  pages' elements. Where each element of a document stands as one of an earlier document did, as far as
  our rules can tell, it has that one's style; likewise a page and its margins.
- The lengths of every box are asked whether they are shares of something; nearly none is, and then
  they are the same for every box of a style.
- A page is searched for style sheets of its own; ours have none, and may have none.
- Pango is told about a text's language, face and features for every line of it.
- A seal is read from SVG and drawn point by point, in Python; a group has one seal and thousands of
  papers. What was written of it is remembered. A QR code is a new one each time, but it need not become
  a PNG, be read, packed again and painted: it is drawn.
- A face of many megabytes is copied whole before a few of its glyphs are cut out, twice over (see
  faces/glyphs.py for how it is done here).
- Every object of the file is put into bytes twice, once to be written and once for the file's
  identifier; and streams are packed by zlib at its slowest level. libdeflate takes a fifth of that time
  for less bytes, which are the same whichever zlib a machine has.

It relies on what our sheets and drawings keep to: rules that ask for no more than TELLING and the
neighbours that `places` looks at, every page of one size and no length that hangs on it (vw, vh),
nothing of the body's moved up to the page (overflow), seals of outlines only
(tests/documents/test_economy.py).

None of it changes what a page shows; the same facts still give the same bytes, in whatever order
documents come (tests/documents/test_archive.py). `manage.py bench documents` says what it is worth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import copy
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import deflate
import pydyf
import weasyprint.css
from weasyprint.css import StyleFor
from weasyprint.css.tokens import Dimension
from weasyprint.layout import absolute, block, column, grid, inline, page, percent, table
from weasyprint.layout import float as floats
from weasyprint.pdf import fonts
from weasyprint.text.ffi import ffi, gobject, harfbuzz, pango
from weasyprint.text.line_break import Layout

from documents.faces import glyphs
from documents.faces.fonts import every_face

WRITTEN_FOR = "0.13."  # of pydyf; for WeasyPrint's own version see composition.py
LEVEL = 1  # of 12: what a higher one saves in bytes it takes in time
SEALS = 128
PLACES = 4000  # half of them have a style of their own, some 25 KiB; all kinds, in both languages, have 2 300
TELLING = ("class", "id", "lang", "style")  # the attributes our rules ask for
LAST = 3  # how many of the last elements in another are told from those before

_resolve = percent.resolve_percentages
_to_bytes, _write = pydyf._to_bytes, pydyf.PDF.write
_style_for, _style_page, _set_up = StyleFor.__init__, page.set_page_type_computed_styles, Layout.setup


def install() -> None:
    """Replace what is slow; more than once is once. Raises RuntimeError where pydyf is not the one this was written for."""
    if not pydyf.VERSION.startswith(WRITTEN_FOR):
        raise RuntimeError(f"pydyf {pydyf.VERSION} instead of {WRITTEN_FOR}*")
    pydyf.zlib = SimpleNamespace(compressobj=Packer)
    pydyf.PDF.write, pydyf._to_bytes = write, to_bytes
    for module in (absolute, block, column, floats, grid, inline, page, table):
        module.resolve_percentages = resolve_percentages
    weasyprint.css.find_stylesheets = lambda *_, **__: ()
    ffi.cdef("PangoLayout * pango_layout_copy (PangoLayout *src);", override=True)
    StyleFor.__init__, page.set_page_type_computed_styles, Layout.setup = style_for, style_page, set_up
    fonts.get_hb_object_data = as_it_lies
    fonts.Font.subset = subset


# --- styles ---------------------------------------------------------------------------------------------


class Place:
    """Where an element stands, as far as our rules can tell; with its style and those of its pseudo-elements."""

    def __init__(self) -> None:
        self.styles: dict[str | None, Any] = {}


_places: dict[tuple[Any, ...], Place] = {}


def place_of(*tells: Any) -> Place:
    return _places.get(tells) or _places.setdefault(tells, Place())


def places(root: Any, sheets: Any) -> Iterator[tuple[Any, Place]]:
    """Every element of a document and where it stands: in what, after what, and how far from the last one beside it."""

    def walk(element: Any, *around: Any) -> Iterator[tuple[Any, Place]]:
        place = place_of(*around, element.tag, *map(element.get, TELLING))
        yield element, place
        before, left = None, len(element)
        for child in element:
            left -= 1
            yield from walk(child, place, before, min(left, LAST))
            before = child.tag, child.get("class"), before is None

    return walk(root, *(id(sheet) for sheet, _origin, _weight in sheets))


def style_for(self: Any, html: Any, sheets: Any, hints: bool, font_config: Any, target_collector: Any) -> None:
    """As WeasyPrint's StyleFor(), which then tells the style of every element; one new place, and all are reckoned."""
    if len(_places) >= PLACES:
        _places.clear()
    found = dict(places(html.etree_element, sheets))
    self.root = found[html.etree_element]
    if not all(place.styles for place in found.values()):
        _style_for(self, html, sheets, hints, font_config, target_collector)
        for (element, part), style in self._computed_styles.items():
            found[element].styles.setdefault(part, style)
        return
    self._cascaded_styles, self._sheets, self.font_config = {}, sheets, font_config
    self.initial_page_sizes = {"box": None, "area": None}
    self._computed_styles = {
        (element, part): style for element, place in found.items() for part, style in place.styles.items()
    }
    for style in self._computed_styles.values():
        if target_collector and style["anchor"]:
            target_collector.collect_anchor(style["anchor"])


def style_page(page_type: Any, html: Any, style_for: Any) -> None:
    """As WeasyPrint's: the style of a page and of its margins."""
    first = page_type.index == 0
    styles = place_of(style_for.root, page_type.side, page_type.blank, page_type.name, first).styles
    if not styles:
        _style_page(page_type, html, style_for)
        styles.update({part: style for (of, part), style in style_for._computed_styles.items() if of == page_type})
    style_for._computed_styles.update({(page_type, part): style for part, style in styles.items()})


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


def pack(content: bytes) -> bytes:
    """In zlib's format."""
    return bytes(deflate.zlib_compress(content, LEVEL))


class Packer:
    """What pydyf asks zlib for: it hands a stream over in one piece, then wants the end of it."""

    def __init__(self, level: int) -> None:
        self.compress, self.flush = pack, bytes


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
    self.file_content = glyphs.cut(every_face()[self.family], to_unicode)


# --- pictures -------------------------------------------------------------------------------------------


class Pictures(dict[str, Any]):
    """Address of a picture → the picture, for one document: those given, the seals known, and what WeasyPrint reads itself."""

    def __init__(self, own: dict[str, Any]) -> None:
        super().__init__(_seals | own)

    def __setitem__(self, url: str, picture: Any) -> None:
        if url.startswith("data:image/svg+xml"):
            if len(_seals) >= SEALS:
                _seals.clear()
            picture = _seals[url] = Seal(picture)
        super().__setitem__(url, picture)


_seals: dict[str, Seal] = {}


class Seal:
    """A drawing of plain outlines as WeasyPrint reads it from SVG; what was written of it in one size is written again."""

    def __init__(self, picture: Any) -> None:
        self._picture = copy(picture)
        self._picture._context = None  # all that was laid out of the first page; only words in a drawing ask for it
        self._written: dict[tuple[float, float], tuple[bytes, dict[str, Any]]] = {}
        self.get_intrinsic_size = lru_cache(maxsize=4)(self._picture.get_intrinsic_size)

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        if (width, height) not in self._written:
            states: dict[str, Any] = {}  # of the pen, by names that say what they are
            alone = stream.clone(resources={"ExtGState": states})
            self._picture.draw(alone, width, height, style)
            self._written[width, height] = b"\n".join(map(to_bytes, alone.stream)), states
        written, states = self._written[width, height]
        stream._resources["ExtGState"].update(states)
        stream.stream.append(written)


class Dots:
    """A QR code given row by row, a byte of 0 or 1 for each square: as sharp as the printer is."""

    def __init__(self, rows: Sequence[bytes]) -> None:
        self._rows = rows

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[float, float, float]:
        return len(self._rows), len(self._rows), 1.0

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        stream.transform(width / len(self._rows), 0, 0, height / len(self._rows))
        stream.set_color_rgb(0, 0, 0)
        for below, row in enumerate(self._rows):
            runs = (run.span() for run in _DARK.finditer(row))
            stream.stream += [b"%d %d %d 1 re" % (start, below, end - start) for start, end in runs]
        stream.fill()


_DARK = re.compile(b"\1+")
