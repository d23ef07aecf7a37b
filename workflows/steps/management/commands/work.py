"""The worker: sweeps the clock, prints documents, keeps desks occupied. One process is enough for one machine."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from documents.registry.distribution import reckon, remark_overdue
from documents.registry.queue import render_waiting
from workflows.steps.chores import all_chores
from workflows.steps.sweep import sweep
from workflows.steps.upkeep import settle_if_changed

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between two rounds that found nothing to do


class Command(BaseCommand):
    help = (
        "Does what waits for nobody: clock moves, reminders, escalations, documents, vacated desks, overdue receipts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, all of it, and end.")

    def handle(self, *, once: bool, **options: Any) -> None:
        self.ending = threading.Event()
        self.failing: set[str] = set()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.ending.set())
        while not self.ending.is_set():
            done = self.round()
            if once and not done:
                return
            if not done:
                self.ending.wait(PAUSE)

    def round(self) -> int:
        """Everything once. How much was done; nothing that fails keeps the rest from being tried."""
        if self.failing:
            close_old_connections()  # what failed may be the connection: the database was restarted, say
        done = self.attempt("moved by the clock", lambda: sum(sweep().values()))
        done += self.attempt("desks laid anew", settle_if_changed)
        done += self.attempt("receipts counted anew", reckon)
        done += self.attempt("receipts overdue", remark_overdue)
        for what, act in all_chores().items():
            done += self.attempt(what, act)
        # one document at a time, so that the end is never further away than one document
        while not self.ending.is_set() and self.attempt("documents printed", lambda: render_waiting(limit=1)):
            done += 1
        return done

    def attempt(self, what: str, act: Callable[[], int]) -> int:
        try:
            done = act()
        except Exception:
            # once in full; then silently, each round, until it works again
            if what not in self.failing:
                logger.exception("%s: failed, and will be tried again", what)
            self.failing.add(what)
            return 0
        if what in self.failing:
            self.failing.discard(what)
            logger.warning("%s: works again", what)
        if done:
            self.stdout.write(f"{what}: {done}")
            self.stdout.flush()
        return done
