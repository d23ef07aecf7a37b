"""Every kind of document, printed with made-up facts, and a sheet of small pictures to look at them all."""

from __future__ import annotations

import shutil
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from documents.base import kind_of
from documents.press.process import press
from documents.specimens import facts_of, kinds_made_up

PICTURE_WIDTH = 360  # pixels
ROW = 5  # pictures beside each other


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.VAR_DIR / "specimens")
        parser.add_argument("--kind", action="append", help="only this kind; may be given several times")

    def handle(self, *args: Any, folder: Path, kind: list[str] | None, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for language, _name in settings.LANGUAGES:
            for name in kind or kinds_made_up():
                pdf, pages = press.print(name, language, facts_of(name, language))
                path = folder / f"{name}.{language}.pdf"
                path.write_bytes(pdf)
                self.stdout.write(f"{path.name:40} {pages:3} pages {len(pdf) / 1024:6.0f} KiB  {kind_of(name).family}")
        self.contact_sheet(folder)

    def contact_sheet(self, folder: Path) -> None:
        """All first pages side by side, as one page for a browser, where there is a program to make pictures."""
        if not shutil.which("pdftoppm"):
            self.stdout.write("No pictures: pdftoppm is not there (Debian: poppler-utils).")
            return
        figures = []
        for path in sorted(folder.glob("*.pdf")):
            command = [
                "pdftoppm",
                "-png",
                "-scale-to-x",
                str(2 * PICTURE_WIDTH),
                "-scale-to-y",
                "-1",
                str(path),
                str(path.with_suffix("")),
            ]
            subprocess.run(command, check=True)  # noqa: S603
            pictures = sorted(folder.glob(f"{path.stem}-*.png"))
            images = "".join(f'<img src="{picture.name}" width="{PICTURE_WIDTH}">' for picture in pictures)
            figures.append(f'<figure><figcaption><a href="{path.name}">{path.stem}</a></figcaption>{images}</figure>')
        sheet = folder / "index.html"
        style = "body{font:14px sans-serif;background:#ddd}figure{margin:16px}img{margin:0 8px 8px 0;box-shadow:0 1px 4px #888}"
        sheet.write_text(
            f"<!doctype html><meta charset=utf-8><title>Specimens</title><style>{style}</style>{''.join(figures)}"
        )
        self.stdout.write(f"Look at {sheet}")
