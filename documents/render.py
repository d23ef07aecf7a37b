"""Facts → page → PDF: the same facts give the same bytes, in any process, on any day.

Runs in the press (see press.py), never in a web process: a page may eat memory and time. Nothing
is fetched from anywhere; styles come from the package, pictures as `data:` inside the page.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from .base import kind_of, record_of
from .fonts import unprintable
from .press import Unprintable

STYLES = Path(__file__).parent / "styles"
MOST_PAGES = 60
MOST_CHARACTERS = 300_000  # of the page's source; beyond it, laying out takes minutes

# Cc and Cf: control and format characters (bidi overrides, zero-width joiners); Cs, Co, Cn: no text at all
_SILENT = {"Cc", "Cf", "Cs", "Co", "Cn"}


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


def render(kind: str, language: str, facts: dict[str, Any]) -> Printed:
    """Print one document. Raises Unprintable with a reason for whoever looks after the office."""
    document = kind_of(kind)
    with override(language):
        source = page(kind, language, facts)
        if len(source) > MOST_CHARACTERS:
            raise Unprintable(_("The text is too long to be printed: %(count)s characters.") % {"count": len(source)})
        if lost := unprintable(source):
            named = ", ".join(f"{char} (U+{ord(char):04X})" for char in lost[:10])
            raise Unprintable(_("No font can print: %(characters)s") % {"characters": named})
        fonts, styles = _workshop()
        try:
            laid_out = HTML(string=source, url_fetcher=Locked()).render(
                font_config=fonts, stylesheets=[styles["family"], styles[document.style]], pdf_tags=True
            )
        except FatalURLFetchingError as error:
            raise Unprintable(_("The page refers to something outside itself: %(url)s") % {"url": error}) from error
        if len(laid_out.pages) > MOST_PAGES:
            raise Unprintable(_("The document would have %(count)s pages.") % {"count": len(laid_out.pages)})
        pdf = laid_out.write_pdf(pdf_variant="pdf/a-3a", attachments=[record(kind, language, facts)])
        return Printed(pdf, len(laid_out.pages))


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


def page(kind: str, language: str, facts: dict[str, Any]) -> str:
    """The HTML of a document, in the active language; the template sees facts and nothing else."""
    quick_response = segno.make(facts["check_url"], error="m", micro=False)
    context = {
        **_visible(facts),
        "language": language,
        "kind_title": str(kind_of(kind).title),
        "code_in_groups": " ".join(facts["code"][start : start + 4] for start in range(0, 12, 4)),
        "check_picture": quick_response.svg_data_uri(border=0, xmldecl=False, nl=False),
    }
    return render_to_string(kind_of(kind).template, context)


def _visible(value: Any) -> Any:
    """`value` without what prints as nothing or turns text around: a paper shows all it says."""
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in _SILENT)
    if isinstance(value, dict):
        return {name: _visible(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_visible(inner) for inner in value]
    return value
