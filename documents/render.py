"""Page → PDF: the same facts give the same bytes, in any process, on any day, with the same faces.

Runs in the press (see press.py), never in a web process: a page may eat memory and time. Nothing
is fetched from anywhere; styles come from the package, pictures as `data:` inside the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop, override
from weasyprint import CSS, HTML, Attachment
from weasyprint import Document as LaidOut
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from . import composition, economy
from .base import FAMILIES, kind_of, record_of
from .fonts import unprintable
from .page import page
from .trouble import Unprintable

STYLES = Path(__file__).parent / "styles"
MOST_PAGES = 60
MOST_CHARACTERS = 300_000  # of the page's source; beyond it, laying out takes minutes
IMPRINT_TOP = 241.0  # mm from the top of the paper: text below it would run into an imprint of three lines

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


@cache
def _workshop() -> tuple[FontConfiguration, dict[str, CSS]]:
    """What every page needs and none changes: made once a process. Style sheets by name."""
    fonts = FontConfiguration()
    return fonts, {
        path.stem: CSS(string=path.read_text(), font_config=fonts, url_fetcher=Locked())
        for path in sorted(STYLES.glob("*.css"))
    }


def warm() -> None:
    """Load what every page needs. Raises where something of it is missing."""
    unprintable("国 A 1")
    fonts, styles = _workshop()
    page = HTML(string="国 A 1 <b>国 A 1</b>", url_fetcher=Locked())
    page.render(font_config=fonts, stylesheets=[styles["family"]]).write_pdf()


def render(kind: str, language: str, facts: dict[str, Any]) -> Printed:
    """Print one document. Raises Unprintable with a reason for whoever looks after the office."""
    laid_out = lay_out(kind, language, facts)
    pdf = laid_out.write_pdf(pdf_variant="pdf/a-3a", attachments=[record(kind, language, facts)])
    return Printed(pdf, len(laid_out.pages))


def lay_out(kind: str, language: str, facts: dict[str, Any]) -> LaidOut:
    """The pages of one document, not yet written. Raises Unprintable."""
    with override(language):
        laid_out = _pages(kind, language, facts, leaves=0)
        if kind_of(kind).family == "circular" and (leaves := _leaves_to_turn(laid_out)):
            laid_out = _pages(kind, language, facts, leaves)
    if len(laid_out.pages) > MOST_PAGES:
        raise Unprintable(gettext_noop("The document would have %(count)s pages."), count=len(laid_out.pages))
    return laid_out


def _pages(kind: str, language: str, facts: dict[str, Any], leaves: int) -> LaidOut:
    source = page(kind, language, facts, leaves)
    if len(source) > MOST_CHARACTERS:
        raise Unprintable(gettext_noop("The text is too long to be printed: %(count)s characters."), count=len(source))
    if lost := unprintable(source):
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in lost[:10])
        raise Unprintable(gettext_noop("No font can print: %(characters)s"), characters=named)
    fonts, styles = _workshop()
    sheets = [styles[name] for name in ("family", *FAMILIES[kind_of(kind).family])]
    try:
        return HTML(string=source, url_fetcher=Locked()).render(font_config=fonts, stylesheets=sheets)
    except FatalURLFetchingError as error:
        raise Unprintable(gettext_noop("The page refers to something outside itself: %(url)s"), url=error) from error


def _leaves_to_turn(laid_out: LaidOut) -> int:
    """How many leaves the imprint needs before it, to stand at the foot of an even page with nothing in its way.

    1: it has the next page to itself. 2: that would be an odd one; it stays blank, and neither is numbered.
    """
    count = len(laid_out.pages)
    if count % 2:
        return 1
    text_ends = laid_out.pages[-1].anchors["end"][1]
    return 2 if text_ends * 25.4 / 96 > IMPRINT_TOP else 0


def record(kind: str, language: str, facts: dict[str, Any]) -> Attachment:
    """The facts as the file `record.json` inside the PDF, for programs; dated by the act, so that bytes repeat."""
    issued = timezone.make_aware(datetime.fromisoformat(facts["issued_at"])).astimezone(UTC)
    return Attachment(
        string=record_of(kind, language, facts),
        name="record.json",
        description="The facts this document prints",
        relationship="Data",
        created=issued,
        modified=issued,
    )
