"""Say of PDF files what they are: genuine and current, replaced, void, or not what was issued, and why not."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import override

from documents.base import kind_of
from documents.models import IssuedDocument
from documents.proof.verify import MOST_BYTES, Finding, Verdict, examine

NOT_GENUINE, UNREADABLE, SUPERSEDED = 1, 2, 3


class Command(BaseCommand):
    help = (
        "Say of PDF files what they are and what is wrong with them. Ends with 0 when all are genuine and current, "
        "1 when one is not genuine, 2 when one cannot be read, 3 when all are genuine but one is replaced or void."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="for programs: a list with one entry a file")
        parser.add_argument(
            "--language",
            default=settings.LANGUAGE_CODE,
            choices=dict(settings.LANGUAGES),
            help="of all that is said (default: %(default)s, the office's)",
        )

    def handle(self, *args: Any, files: list[Path], language: str, **options: Any) -> None:
        findings: list[tuple[Path, Finding]] = []
        unreadable: list[str] = []
        with override(language):
            for path in files:
                try:
                    with path.open("rb") as file:
                        findings.append((path, examine(file.read(MOST_BYTES + 1))))
                except FileNotFoundError:
                    unreadable.append(_("There is no file %(path)s.") % {"path": path})
                except OSError:
                    unreadable.append(_("The file %(path)s cannot be read.") % {"path": path})
            if options["json"]:
                entries = [entry(path, finding) for path, finding in findings]
                self.stdout.write(json.dumps(entries, ensure_ascii=False, indent=1))
            else:
                for path, finding in findings:
                    self._print(path, finding)
            if unreadable:
                raise CommandError("\n".join(unreadable), returncode=UNREADABLE)
            if not all(finding.genuine for _path, finding in findings):
                raise CommandError(_("Not every file is genuine."), returncode=NOT_GENUINE)
            if any(finding.verdict != Verdict.CURRENT for _path, finding in findings):
                raise CommandError(_("Every file is genuine, but not every one still counts."), returncode=SUPERSEDED)

    def _print(self, path: Path, finding: Finding) -> None:
        style = self.style.SUCCESS if finding.verdict == Verdict.CURRENT else self.style.ERROR
        self.stdout.write(self.style.MIGRATE_HEADING(str(path)))
        self.stdout.write("  " + style(str(finding.verdict.label)))
        for fault in finding.faults:
            self.stdout.write(f"  · {fault}")
        if paper := finding.document:
            said = kind_of(paper.kind).title, paper.number, paper.title, _day(paper), paper.code
            self.stdout.write("  " + " · ".join(str(part) for part in said if part))
            for line in _standing(finding):
                self.stdout.write("  " + line)
            if made_with := paper.rendition.made_with:
                self.stdout.write("  " + _("Printed with %(what)s") % {"what": made_with})
        if finding.digest:
            self.stdout.write(f"  SHA-256 {finding.digest}")


def _standing(finding: Finding) -> list[str]:
    """How the document stands that the file is, or claims to be."""
    standing = finding.standing
    assert standing
    lines = [] if finding.genuine else [_("That document: %(words)s") % {"words": standing.verdict.label}]
    if standing.voided_on:
        lines.append(_("Void since %(day)s.") % {"day": standing.voided_on})
    if standing.notice:
        lines.append(_("The void notice is %(number)s.") % {"number": standing.notice})
    if new := standing.successor:
        lines.append(
            _("In its place stands %(number)s of %(day)s.") % {"number": new.number or new.title, "day": _day(new)}
        )
    return lines


def entry(path: Path, finding: Finding) -> dict[str, Any]:
    """A finding as JSON holds it."""
    paper, standing = finding.document, finding.standing
    return {
        "file": str(path),
        "verdict": finding.verdict.value,
        "faults": [
            {"wrong": fault.wrong.value, "bytes": fault.count, "facts": list(fault.names), "words": str(fault)}
            for fault in finding.faults
        ],
        "sha256": finding.digest,
        "code": finding.code,
        "document": paper and {
            "kind": paper.kind,
            "number": paper.number,
            "title": paper.title,
            "issued_on": _day(paper),
            "standing": standing and standing.verdict.value,
            "voided_on": str((standing and standing.voided_on) or ""),
            "void_notice": standing.notice if standing else "",
            "made_with": paper.rendition.made_with,
            "replaced_by": (standing and standing.successor and standing.successor.number) or "",
        },
    }  # fmt: skip


def _day(paper: IssuedDocument) -> str:
    """The day printed on it, wherever the office's clocks stand today."""
    return paper.dated
