"""Many documents as one print file: their pages one after the other, for the printer and for nobody's archive.

Each document keeps its own page numbers and feet, and begins on the front of a leaf. A page is
painted as soon as its document is laid out, and the layout forgotten, so that memory stays flat
however many there are; the fonts are embedded once. Painting early leans on how WeasyPrint 70
paints: tests/documents/test_batches.py compares every page with the one printed alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import pydyf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override
from weasyprint.document import DocumentMetadata
from weasyprint.pdf.stream import Stream

from documents.looks import MOST_DOCUMENTS, MOST_PAGES, Look, record_of
from documents.trouble import Unprintable

from .economy import pack
from .render import Printed, lay_out

_SCALE = 0.75  # points per CSS pixel
_SHARED = ("ExtGState", "XObject", "Pattern", "Shading")


def together(title: str, jobs: list[dict[str, Any]], one_more: Callable[[int], None]) -> Printed:
    """Print `jobs` (look, facts) as one plain PDF; `one_more` is told how many are laid out so far."""
    if len(jobs) > MOST_DOCUMENTS:
        raise Unprintable(
            gettext_noop("A print file takes at most %(most)s documents; this one has %(count)s."),
            most=MOST_DOCUMENTS,
            count=len(jobs),
        )
    bench, pages = Bench(), list[Painted]()
    for count, job in enumerate(jobs, start=1):
        look = Look(**job["look"])
        laid_out = lay_out(look, job["facts"], record_of(look.kind, look.language, job["facts"]))
        if len(pages) % 2:
            pages.append(Painted(bench, pages[-1], blank=True))
        pages += [Painted(bench, page) for page in laid_out.pages]
        if len(pages) > MOST_PAGES:
            raise Unprintable(
                gettext_noop("A print file takes at most %(most)s pages; please put fewer documents into it."),
                most=MOST_PAGES,
            )
        one_more(count)
    whole = laid_out.copy(pages)
    language = jobs[0]["look"]["language"]
    with override(language):
        whole.metadata = DocumentMetadata(
            title=title,
            description=_("Print file, for the printer only: not signed, and not the copy that is kept."),
            lang=language,
        )
    return Printed(whole.write_pdf(), len(pages))


class Bench:
    """What all pages of one print file share: fonts, pictures, states of the pen."""

    def __init__(self) -> None:
        # The first object of the file will be the colour space, as it is here: so its reference is known already.
        pdf, color_space = pydyf.PDF(), pydyf.Dictionary()
        pdf.add_object(color_space)
        self.fonts: dict[Any, Any] = {}
        self.images: dict[str, Any] = {}
        self.resources = pydyf.Dictionary({name: pydyf.Dictionary() for name in _SHARED})
        self.resources["ColorSpace"] = color_space.reference

    def hand_over(self, stream: Stream) -> None:
        """Give the file that is being written everything its pages were painted with."""
        assert stream._resources["ColorSpace"] == self.resources["ColorSpace"]
        for name in _SHARED:
            stream._resources[name].update(self.resources[name])
        stream._images.update(self.images)
        stream._fonts.update(self.fonts)


class Painted:
    """A page as WeasyPrint wants it, painted already: its layout is not needed any more. Links are of no use on paper."""

    def __init__(self, bench: Bench, page: Any, *, blank: bool = False) -> None:
        self.width, self.height, self.bleed = page.width, page.height, page.bleed
        self.bookmarks = [] if blank else page.bookmarks
        self.links: list[Any] = []
        self.anchors: dict[str, Any] = {}
        self.forms: dict[Any, list[Any]] = {None: []}
        self._bench = bench
        self._content = Content(b"" if blank else self._strokes(page))

    def _strokes(self, page: Any) -> bytes:
        whole = (0, 0, self.width, self.height)
        stream = Stream(self._bench.fonts, whole, self._bench.resources, self._bench.images, None, {}, None)
        stream.transform(d=-1, f=self.height * _SCALE)
        stream.stream.clear()  # the file's own stream begins with this; here only what follows is kept
        page.paint(stream, _SCALE)
        return b"\n".join(pydyf._to_bytes(stroke) for stroke in stream.stream)

    def paint(self, stream: Stream, scale: float) -> None:
        assert scale == _SCALE
        self._bench.hand_over(stream)
        stream.stream.append(self._content)


class Content(pydyf.Object):  # type: ignore[misc]
    """The strokes of one page, small until the moment they are written."""

    def __init__(self, strokes: bytes) -> None:
        super().__init__()
        self._packed = pack(strokes)

    @property
    def data(self) -> bytes:
        return zlib.decompress(self._packed)
