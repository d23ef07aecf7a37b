"""Print every state machine as a table, and fail when one has a fault."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import override

from workflows.desk import pages
from workflows.policies.models import Edition, NoPolicy
from workflows.steps.flows import all_flows
from workflows.steps.machines import Machine, StateLine, read


class Command(BaseCommand):
    help = "Print every state machine: states, moves, holders, deadlines, documents. Fails on a fault, warns of a gap."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", nargs="*", help="only these workflows")
        parser.add_argument("--language", default="en")

    def handle(self, *args: Any, kind: list[str], language: str, **options: Any) -> None:
        faulty = 0
        with override(language):
            for name, flow in all_flows().items():
                if not kind or name in kind:
                    machine = read(flow, _edition())
                    faults = [*machine.faults, *pages.faults(flow.machine)]
                    self._print(machine, faults)
                    faulty += len(faults)
        if faulty:
            raise CommandError(f"{faulty} fault(s) in the machines")

    def _print(self, machine: Machine, faults: list[str]) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"{machine.kind} · {machine.name}"))
        for state in machine.states:
            self._print_state(state)
        for fault in faults:
            self.stdout.write(self.style.ERROR(f"  ✗ {fault}"))
        for warning in machine.warnings:
            self.stdout.write(self.style.WARNING(f"  ! {warning}"))

    def _print_state(self, state: StateLine) -> None:
        about = " · ".join(part for part in (state.desk, state.deadline, "end" if state.is_end else "") if part)
        self.stdout.write(
            self.style.MIGRATE_LABEL(f"  {state.state} ({state.label})") + (f"  [{about}]" if about else "")
        )
        for move in state.moves:
            self.stdout.write(f"    {move.name} → {', '.join(move.targets) or 'stays'}  by {move.who}")
            for words in move.refused_when:
                self.stdout.write(f"      not when: {words}")
            if move.needs_reason:
                self.stdout.write("      needs a reason")
            if move.papers:
                self.stdout.write(f"      issues: {', '.join(move.papers)}")


def _edition() -> Edition | None:
    """Today's policy edition for the days of the deadlines; the tables are printed without one, too."""
    try:
        return Edition.current()
    except (NoPolicy, DatabaseError):
        return None
