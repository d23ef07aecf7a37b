"""Build the demonstration chain: an invented group and a year of its work."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from workflows.demonstration.build import build
from workflows.organisation.models import Person


class Command(BaseCommand):
    help = "Build the demonstration chain. Does nothing where people exist; needs DEMONSTRATION=1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", type=int, default=150, help="how much happens; 150 is a full year")

    def handle(self, *args: Any, size: int, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("Set DEMONSTRATION=1: whoever opens a demonstration may enter without a password.")
        if Person.objects.filter(is_system=False).exists():
            self.stdout.write("People exist already; the demonstration is left as it is.")
            return
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %")
        with Progress(*columns, TimeElapsedColumn()) as bar:
            year = bar.add_task("A year of work", total=None)
            for progress in build(size):
                bar.update(
                    year, completed=progress.done, total=progress.planned, description=f"{progress.day:%Y-%m-%d}"
                )
        self.stdout.write(self.style.SUCCESS("The demonstration chain is ready."))
