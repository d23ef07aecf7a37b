"""The working calendar from the command line: what is missing, and a schedule from a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.organisation import clock, schedule
from workflows.organisation.models import Person
from workflows.trail.schedule import DryRun, dry_run, load


class Command(BaseCommand):
    help = "Loads a schedule of holidays and make-up working days: CSV with day, working or rest, note."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        loading = acts.add_parser("load", help="load a schedule from a file")
        loading.add_argument("file", type=Path)
        loading.add_argument("--dry-run", action="store_true", help="say what would change, and write nothing")
        loading.add_argument(
            "--by", metavar="USERNAME", help="the administrator who loads it (default: the system clock)"
        )

    def handle(self, *, file: Path, dry_run: bool, by: str | None, **options: Any) -> None:
        person = self.person(by)
        try:
            text = schedule.decode(file.read_bytes())
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        found = schedule.read(text, clock.today())
        if found.faults:
            raise CommandError("\n".join([*map(str, found.faults), _("Nothing was written.")]))
        run = self.said(found.lines)
        if dry_run:
            self.stdout.write(_("Dry run: nothing was written."))
            return
        try:
            entry = load(found.lines, by=person, note=file.name, seen=run.seen)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(_("Loaded; the worker counts the deadlines anew.") if entry else _("Nothing to change."))

    def person(self, username: str | None) -> Person:
        if username is None:
            return Person.objects.system()
        person = Person.objects.filter(username=username).first()
        if person is None or not person.is_staff:
            raise CommandError(_("“%(name)s” is no administrator.") % {"name": username})
        return person

    def said(self, lines: list[schedule.Line]) -> DryRun:
        run = dry_run(lines)
        words = {True: _("working day"), False: _("rest day")}
        for change in run.differences:
            self.stdout.write(
                f"{change.day}  {words[change.counted]} → {words[change.is_working]}  {change.line.note}".rstrip()
            )
        moving = ngettext("%(n)s open deadline moves.", "%(n)s open deadlines move.", run.deadlines)
        self.stdout.write(moving % {"n": run.deadlines})
        for year in run.announced:
            self.stdout.write(_("The schedule of %(year)s is known from then on.") % {"year": year})
        for year, days in run.lacking.items():
            self.stdout.write(
                _("%(year)s still counts as not announced; the file does not name as rest days: %(days)s.")
                % {"year": year, "days": ", ".join(map(str, days))}
            )
        return run
