"""Page → PDF: the same facts give the same bytes, in any process, on any day, with the same faces.

Runs in the press (see process.py), never in a web process: a page may eat memory and time. Nothing
is fetched from anywhere; styles come from the package, pictures as `data:` inside the page.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import deflate
import pydyf
import weasyprint
from cssselect2 import ElementWrapper
from django.utils import timezone
from django.utils.translation import gettext_noop, override
from weasyprint import CSS, HTML, Attachment
from weasyprint import Document as LaidOut
from weasyprint.text.ffi import ffi, harfbuzz, pango
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from documents.faces.fonts import faces, font_set, open_all, unprintable
from documents.looks import FAMILIES, MOST_CHARACTERS, Look, record_of, unbroken
from documents.trouble import Unprintable

from . import composition, continued, economy
from .measure import measure
from .page import page, quick_response

STYLES = Path(__file__).parents[1] / "styles"
# Above what any form allows (tests/documents/test_largest.py): eight seconds of a processor, 200 MB
MOST_PAGES = 160
MILLIMETRE = 96 / 25.4  # in the pixels WeasyPrint reckons with
HEAD_OF_PAGE = 37.0 * MILLIMETRE  # where the type area begins
CLEAR = 2.0 * MILLIMETRE  # between what a page ends with and the imprint at its foot

composition.install()
economy.install()


@dataclass(frozen=True)
class Printed:
    pdf: bytes
    pages: int


class Locked(URLFetcher):  # type: ignore[misc]  # the package has no annotations
    """Opens what the page itself carries, and nothing else."""

    def __init__(self) -> None:
        super().__init__(timeout=1, allowed_protocols={"data"}, allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith("data:"):
            raise FatalURLFetchingError(url[:200])
        return super().fetch(url, headers)


LOCKED = Locked()


class Page(HTML):  # type: ignore[misc]  # the package has no annotations
    """A page as our templates write it: well-formed, so that no parser need guess, and styled from nothing."""

    def __init__(self, source: str) -> None:
        root = ElementTree.fromstring(source)  # noqa: S314 - our own template; all it was given is escaped in it
        self.base_url, self.url_fetcher, self.media_type = None, LOCKED, "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_workshop()[1]["base"]]


@cache
def _workshop() -> tuple[FontConfiguration, dict[str, CSS]]:
    """What every page needs and none changes, made once a process: the style sheet of each family, and "base"."""
    fonts = FontConfiguration()
    texts = {path.stem: path.read_text() for path in STYLES.glob("*.css")}
    return fonts, {
        family: CSS(string="\n".join(texts[name] for name in names), font_config=fonts, url_fetcher=LOCKED)
        for family, names in {**FAMILIES, "base": ("base",)}.items()
    }


def warm() -> None:
    """Load what every page needs: styles, every face, what writes a file. Raises where something of it is missing."""
    open_all()
    fonts, styles = _workshop()
    lines = "".join(f'<p style="font-family: {family}">国 A 1</p>' for family in faces())
    page = Page(f"<html><body>{lines}</body></html>")
    page.render(font_config=fonts, stylesheets=[styles["sheet"]]).write_pdf()


def made_with() -> str:
    """The faces and the versions that the bytes of a paper hang on, in 200 characters at the most."""
    ffi.cdef("const char * hb_version_string (void);", override=True)
    number = pango.pango_version()
    pango_version = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    shaping = ffi.string(harfbuzz.hb_version_string()).decode()
    return (
        f"faces {font_set()}, WeasyPrint {weasyprint.VERSION}, pydyf {pydyf.VERSION},"
        f" Pango {pango_version}, HarfBuzz {shaping}, deflate {deflate.__version__}"
    )


def render(look: Look, facts: dict[str, Any]) -> Printed:
    """Print one document. Raises Unprintable with a reason for whoever looks after the office."""
    record = record_of(look.kind, look.language, facts)
    laid_out = lay_out(look, facts, record)
    pdf = laid_out.write_pdf(pdf_variant="pdf/a-3a", attachments=[attachment(record, facts["issued_at"])])
    return Printed(pdf, len(laid_out.pages))


def lay_out(look: Look, facts: dict[str, Any], record: bytes) -> LaidOut:
    """The pages of one document, not yet written. Raises Unprintable."""
    digest = hashlib.sha256(record).hexdigest()
    address, rows = quick_response(facts["check_url"])
    code = {address: economy.Dots(rows)}
    drawn = partial(page, look, facts, digest)
    with override(look.language):
        laid_out = _pages(look, drawn(), code)
        if division := facts.get(continued.DIVISION):
            drawn = partial(drawn, starts=continued.starts(division, measure(laid_out)))
            laid_out = _pages(look, drawn(), code)
        if _imprint_is_taller(laid_out):
            laid_out = _pages(look, drawn(imprint_flows=True), code)
            if len(laid_out.pages) % 2 and look.family != "letter":
                laid_out = _pages(look, drawn(1, imprint_flows=True), code)
        elif leaves := _leaves_to_turn(look.family, laid_out):
            laid_out = _pages(look, drawn(leaves), code)
    if len(laid_out.pages) > MOST_PAGES:
        raise Unprintable(gettext_noop("The document would have %(count)s pages."), count=len(laid_out.pages))
    return laid_out


def _pages(look: Look, source: str, pictures: dict[str, Any]) -> LaidOut:
    if len(source) > MOST_CHARACTERS:
        raise Unprintable(gettext_noop("The text is too long to be printed: %(count)s characters."), count=len(source))
    whole = Page(source)
    texts = list(whole.etree_element.itertext())
    if lost := unprintable("".join(texts)):
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in lost[:10])
        raise Unprintable(gettext_noop("No font can print: %(characters)s"), characters=named)
    for text in texts:
        if run := unbroken(text):
            raise Unprintable(
                gettext_noop("The text has %(count)s characters with no place to break the line."), count=len(run)
            )
    fonts, styles = _workshop()
    try:
        return whole.render(font_config=fonts, stylesheets=[styles[look.family]], cache=economy.Pictures(pictures))
    except FatalURLFetchingError as error:
        raise Unprintable(gettext_noop("The page refers to something outside itself: %(url)s"), url=error) from error


def _imprint_is_taller(laid_out: LaidOut) -> bool:
    """Whether the imprint, which stands at the foot of its page, reaches beyond the head of it."""
    places = laid_out.pages[-1].anchors
    return "imprint" in places and places["imprint"][1] < HEAD_OF_PAGE


def _leaves_to_turn(family: str, laid_out: LaidOut) -> int:
    """How many leaves the imprint needs before it, to stand at the foot of its page with nothing in its way.

    1: it has the next page to itself. 2: that would be an odd one; it stays blank, and neither is numbered.
    A letter's may stand on any page, that of other papers on an even one only.
    """
    places = laid_out.pages[-1].anchors  # name → left, top, right, bottom
    if "imprint" not in places:
        return 0
    ends = places["end"][1]
    if "seal" in places:  # it reaches below the date
        ends = max(ends, places["seal"][3])
    fits = ends + CLEAR <= places["imprint"][1]
    if family == "letter":
        return 0 if fits else 1
    if len(laid_out.pages) % 2:
        return 1
    return 0 if fits else 2


def attachment(record: bytes, issued_at: str) -> Attachment:
    """The facts as the file `record.json` inside the PDF, for programs; dated by the act, so that bytes repeat."""
    issued = timezone.make_aware(datetime.fromisoformat(issued_at)).astimezone(UTC)
    return Attachment(
        string=record,
        url_fetcher=LOCKED,
        name="record.json",
        description="The facts this document prints",
        relationship="Data",
        created=issued,
        modified=issued,
    )
