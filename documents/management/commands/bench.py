"""What it costs: processor time and memory, as ratios within one run. `manage.py bench documents`.

Processor time is read from the system for every process that took part, not from the clock, so that
a busy machine tells nearly the same as a quiet one. Nothing is written anywhere.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from documents.base import kind_of
from documents.looks import FAMILIES
from documents.models import CODE_ALPHABET
from documents.press.page import page
from documents.press.process import Press, environment
from documents.specimens import facts_of

KIND, LANGUAGE = "specimen.letter", "zh-hans"
WARM, MANY = 10, 200
ROUNDS, A_ROUND = 7, 20  # both print in turns, so that a neighbour on the machine disturbs both alike
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
STYLES = Path(__file__).parents[2] / "styles"
# Our base.css has no browser beneath it; and what stands in our lower margin, a browser takes to a page of its own.
RESET = "* { margin: 0; padding: 0; font-size: inherit; font-weight: normal } .second { top: 228mm !important }"
PAGE = re.compile(rb"/Type\s*/Page\b")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["documents"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        with browser() as chromium, fresh_press() as press:
            self.one_page(press, chromium)
        with fresh_press() as press:
            self.two_hundred(press)
        with fresh_press() as press:
            self.together(press)

    def one_page(self, press: Press, chromium: Browser | None) -> None:
        """A page of ours and the same out of the browser, in turns."""
        ours, theirs, sizes = list[float](), list[float](), list[int]()
        for _round in range(ROUNDS):
            before = spent_ms(child_of(press))
            for letter in letters(A_ROUND):
                sizes.append(len(press.print(*letter)[0]))
            ours.append((spent_ms(child_of(press)) - before) / A_ROUND)
            if chromium:
                before = spent_ms(chromium.pid)
                for _page in range(A_ROUND):
                    printed = chromium.print()
                theirs.append((spent_ms(chromium.pid) - before) / A_ROUND)
        self.row("one page, warm, PDF/A-3a, unsigned", ours, f"{max(sizes) / 1024:.0f} KiB")
        if chromium:
            if len(PAGE.findall(printed)) != 1:
                raise CommandError("Chromium did not print one page: that is no comparison.")
            self.row("the same HTML, warm headless Chromium", theirs, f"{len(printed) / 1024:.0f} KiB, tagged")
            self.stdout.write(
                f"Chromium takes {statistics.median(theirs) / statistics.median(ours):.1f} times as long."
            )
        else:
            self.stdout.write("Chromium: not measured; it takes the browser, and what requirements-dev.txt names.")

    def two_hundred(self, press: Press) -> None:
        held, before = [resident_mb(child_of(press))], spent_ms(child_of(press))
        for letter in letters(MANY):
            press.print(*letter)
            held.append(resident_mb(child_of(press)))
        self.row(
            f"{MANY} letters, each",
            [(spent_ms(child_of(press)) - before) / MANY],
            f"memory {held[0]:.0f} MB before, {held[MANY // 2]:.0f} halfway, {held[-1]:.0f} at the end",
        )

    def together(self, press: Press) -> None:
        before = spent_ms(child_of(press))
        pdf, pages = press.print_together("bench", list(letters(MANY)), lambda count: None)
        self.row(
            f"{MANY} letters as one print file, each",
            [(spent_ms(child_of(press)) - before) / MANY],
            f"{pages} pages, {len(pdf) / 1024:.0f} KiB, memory {resident_mb(child_of(press)):.0f} MB",
        )

    def row(self, what: str, milliseconds: list[float], more: str) -> None:
        least = f"least {min(milliseconds):.1f}, " if len(milliseconds) > 1 else ""
        self.stdout.write(f"{what:42} {statistics.median(milliseconds):7.1f} ms CPU   {least}{more}")


@contextmanager
def fresh_press() -> Iterator[Press]:
    """A press that has printed a few letters."""
    press = Press()
    try:
        for letter in letters(WARM):
            press.print(*letter)
        yield press
    finally:
        press.close()


@dataclass(frozen=True)
class Browser:
    """A warm Chromium that prints one page over and over; `pid` is its first process, from which all others descend."""

    pid: int
    print: Callable[[], bytes]


@contextmanager
def browser() -> Iterator[Browser | None]:
    """None where there is none."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        yield None
        return
    look = kind_of(KIND).look(LANGUAGE)
    with override(LANGUAGE):
        source = page(look, facts_of(KIND, LANGUAGE), digest="0" * 64)
    css = "".join((STYLES / f"{name}.css").read_text() for name in ("base", *FAMILIES[look.family]))
    whole = source.replace("</head>", f"<style>{RESET}{css}</style></head>")
    with TemporaryDirectory() as place, sync_playwright() as playwright:
        chromium = playwright.chromium.launch_persistent_context(
            place,
            executable_path=program,
            args=OPTIONS,
            env={**os.environ, "FONTCONFIG_FILE": environment()["FONTCONFIG_FILE"]},
        )
        tab = chromium.new_page()

        def print_page() -> bytes:
            tab.set_content(whole)
            pdf: bytes = tab.pdf(prefer_css_page_size=True, tagged=True, outline=True)
            return pdf

        for _page in range(WARM):
            print_page()
        yield Browser(first_process(place), print_page)
        chromium.close()


def first_process(profile: str) -> int:
    """Of the browser with this profile folder: the one that is no other's helper."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if f"--user-data-dir={profile}" in arguments and not any(word.startswith("--type=") for word in arguments):
            return int(entry.name)
    raise LookupError(profile)


def letters(count: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Letters of one page that differ in number, code and addressee, as those of a round do."""
    facts = facts_of(KIND, LANGUAGE)
    for number in range(count):
        code = "".join(CODE_ALPHABET[number * place % len(CODE_ALPHABET)] for place in range(1, 13))
        own = {"number": f"集函〔2026〕{number + 1}号", "code": code, "to": [f"第{number + 1}门店"]}
        yield KIND, LANGUAGE, {**facts, **own, "check_url": f"https://office.example/check/{code}/"}


def child_of(press: Press) -> int:
    assert press._child
    return press._child.pid


def spent_ms(root: int) -> float:
    """Processor time of a process and all that descend from it, those that have ended included."""
    tick = 1000 / os.sysconf("SC_CLK_TCK")
    parents, spent = dict[int, int](), dict[int, float]()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        parents[int(entry.name)] = int(fields[1])
        spent[int(entry.name)] = sum(map(int, fields[11:15])) * tick  # own and waited-for, user and system
    family, more = set[int](), {root}
    while more:
        family |= more
        more = {pid for pid, parent in parents.items() if parent in family} - family
    return sum(spent.get(pid, 0) for pid in family)


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
