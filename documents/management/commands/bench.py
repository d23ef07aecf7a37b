"""What it costs: processor time and memory, as ratios within one run. `manage.py bench documents`.

Processor time is read from the system for every process that took part, not from the clock, so that
a busy machine tells nearly the same as a quiet one. Nothing is written anywhere.
"""

from __future__ import annotations

import os
import shutil
import statistics
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import override

from documents.base import FAMILIES, kind_of
from documents.models import CODE_ALPHABET
from documents.page import page
from documents.press import Press, environment
from documents.specimens import facts_of

KIND, LANGUAGE = "specimen.letter", "zh-hans"
WARM, TIMED, MANY, BROWSED = 5, 40, 200, 12
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STYLES = Path(__file__).parents[2] / "styles"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["documents"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        ours = self.press()
        theirs = self.chromium()
        if theirs:
            self.stdout.write(f"a page: Chromium takes {theirs / ours:.1f} times the processor time")

    def press(self) -> float:
        """One page warm, then two hundred letters, then one print file of them. CPU ms of the one page (median)."""
        press = Press()
        try:
            for letter in letters(WARM):
                press.print(*letter)
            child = press._child
            assert child
            spent, sizes = [], []
            for letter in letters(TIMED):
                before = cpu_ms(child.pid)
                sizes.append(len(press.print(*letter)[0]))
                spent.append(cpu_ms(child.pid) - before)
            one = statistics.median(spent)
            self.row(
                "one page, warm, PDF/A-3a, unsigned", one, f"least {min(spent):.0f} ms, {max(sizes) / 1024:.0f} KiB"
            )

            held, before = [], cpu_ms(child.pid)
            for letter in letters(MANY):
                press.print(*letter)
                held.append(resident_mb(child.pid))
            self.row(
                f"{MANY} letters, each",
                (cpu_ms(child.pid) - before) / MANY,
                f"memory {held[0]:.0f} MB after the first, {held[MANY // 2]:.0f} halfway, {held[-1]:.0f} at the end",
            )

            before = cpu_ms(child.pid)
            pdf, pages = press.print_together("bench", list(letters(MANY)), lambda count: None)
            self.row(
                f"{MANY} letters as one print file, each",
                (cpu_ms(child.pid) - before) / MANY,
                f"{pages} pages, {len(pdf) / 1024:.0f} KiB, memory {resident_mb(child.pid):.0f} MB",
            )
            return one
        finally:
            press.close()

    def chromium(self) -> float:
        """The same page out of one warm Chromium, every process of it counted; 0 where there is none."""
        program = next(filter(None, map(shutil.which, CHROMIUM)), None)
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            program = None
        if program is None:
            self.stdout.write("Chromium: not measured; it takes the browser, and what requirements-dev.txt names.")
            return 0
        with override(LANGUAGE):
            _kind, _language, facts = next(letters(1))
            source = page(KIND, LANGUAGE, facts)
        css = "".join((STYLES / f"{name}.css").read_text() for name in ("family", *FAMILIES[kind_of(KIND).family]))
        whole = source.replace("</head>", f"<style>{css}</style></head>")
        with TemporaryDirectory() as place, sync_playwright() as playwright:
            browser = playwright.chromium.launch_persistent_context(
                place,
                executable_path=program,
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
                env={**os.environ, "FONTCONFIG_FILE": environment()["FONTCONFIG_FILE"]},
            )
            tab = browser.new_page()
            spent = []
            for count in range(BROWSED + 3):
                before = tree_cpu_ms(os.getpid())
                tab.set_content(whole)
                pdf = tab.pdf(prefer_css_page_size=True)
                if count >= 3:
                    spent.append(tree_cpu_ms(os.getpid()) - before)
            browser.close()
        one = statistics.median(spent)
        self.row("the same HTML, warm headless Chromium", one, f"least {min(spent):.0f} ms, {len(pdf) / 1024:.0f} KiB")
        return one

    def row(self, what: str, milliseconds: float, more: str) -> None:
        self.stdout.write(f"{what:42} {milliseconds:7.1f} ms CPU   {more}")


def letters(count: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Letters of one page that differ in number, code and addressee, as those of a round do."""
    facts = facts_of(KIND, LANGUAGE)
    for number in range(count):
        code = "".join(CODE_ALPHABET[number * place % len(CODE_ALPHABET)] for place in range(1, 13))
        own = {"number": f"集函〔2026〕{number + 1}号", "code": code, "to": [f"第{number + 1}门店"]}
        yield KIND, LANGUAGE, {**facts, **own, "check_url": f"https://office.example/check/{code}/"}


def cpu_ms(pid: int) -> float:
    """What all threads of a process have spent on a processor so far."""
    read: Callable[[Path], str] = Path.read_text
    return sum(int(read(thread / "schedstat").split()[0]) for thread in Path(f"/proc/{pid}/task").iterdir()) / 1e6


def tree_cpu_ms(root: int) -> float:
    """The same for a process and all that descend from it, those that have ended included."""
    ticks = os.sysconf("SC_CLK_TCK") / 1000
    parents, spent = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
        spent[int(entry.name)] = sum(map(int, fields[11:15])) / ticks  # own and waited-for, user and system
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(spent.get(pid, 0) for pid in family)


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
