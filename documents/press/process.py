"""The press: a child process that prints, with a limit on time, on memory and on what it can reach.

The worker keeps one press warm and hands it one job after the other, a line each: its number and
JSON. What comes back is a line of JSON too, and after it the file. A job that hangs or eats too much
kills the press, never the worker; the next job gets a fresh one. An answer counts only under its
job's number, and a file only with its job's facts inside. What the child may do is decided in
sandbox.py; here is what it is given, and how long one waits for it.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from io import BufferedReader
from threading import Lock, Timer
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from documents.base import kind_of
from documents.faces.fonts import NoFonts, prepare
from documents.looks import MOST_BYTES, record_of
from documents.proof.verify import holds_record
from documents.templatetags.paper import sentences_of
from documents.trouble import PressFailed, TooHeavy, Trouble, Unprintable

__all__ = ["Press", "PressFailed", "TooHeavy", "Trouble", "Unprintable", "press"]

COMMAND = ["-m", "documents.press"]
START_SECONDS = 60  # wall clock until a cold press is ready
SECONDS = 60  # for one document, or for one more document of a print file
CLOSING_SECONDS = 120  # for writing a print file down once its last document is laid out
JOBS = 300  # then a fresh press: whatever a library leaks goes with the old one
MEMORY_BYTES = 400 << 20  # resident after a job; a press that holds more is replaced
MOST_FACTS = 2 << 20  # characters of one document's facts; more is not even handed over
MOST_ANSWER = 1 << 20  # bytes of the line that says what came of it

# What a child needs to know of the world. Keys, passwords and addresses of databases are not among it.
PASSED_ON = (
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONPATH",
)

CANNOT_START = gettext_noop("The press cannot start: %(error)s")
ANOTHER = gettext_noop("The press answered with another document than it was asked for.")
GARBLED = gettext_noop("The press answered something nobody can make sense of.")
STOPPED = gettext_noop("The press was stopped from outside (exit code %(code)s).")
TOO_LONG = gettext_noop("The document took more time than the press may spend on it.")
UNKNOWN = gettext_noop("This release knows no documents of the kind “%(kind)s”.")
KINDS: dict[str, type[Trouble]] = {kind.__name__: kind for kind in (Unprintable, TooHeavy, PressFailed)}


class Press:
    """One child process, started when first needed. One job at a time, whichever thread asks."""

    def __init__(self) -> None:
        self.made_with = ""  # the faces and the versions the last file was made with
        self._number = 0  # of the last job
        self._begin()
        os.register_at_fork(after_in_child=self._begin)  # no worker talks through its parent's pipe

    def _begin(self) -> None:
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._answers: BufferedReader | None = None
        self._jobs = 0
        # The system ends a child with the *thread* that started it: this one lasts as long as the process.
        self._starter = ThreadPoolExecutor(1, "press")

    def print(self, kind: str, language: str, facts: dict[str, Any]) -> tuple[bytes, int]:
        """The PDF and its number of pages. Raises Trouble, which says how many tries it is worth."""
        pdf, pages = self._do(_job(kind, language, facts))
        if not holds_record(pdf, record_of(kind, language, facts)):
            with self._lock:
                self.close()
            raise PressFailed(ANOTHER)
        return pdf, pages

    def print_together(
        self, title: str, parts: list[tuple[str, str, dict[str, Any]]], one_more: Callable[[int], None]
    ) -> tuple[bytes, int]:
        """One plain PDF of many documents (kind, language, facts); `one_more` is told how many are laid out so far."""
        jobs = [_job(*part) for part in parts]
        return self._do(f'{{"title": {json.dumps(title)}, "together": [{", ".join(jobs)}]}}', one_more, len(jobs))

    def close(self) -> None:
        """Stop the child, if this process started one."""
        child, self._child = self._child, None
        if child:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    pipe.close()

    def _do(self, job: str, one_more: Callable[[int], None] | None = None, parts: int = 0) -> tuple[bytes, int]:
        with self._lock:
            try:
                answer, pdf = self._ask(job, one_more, parts)
            except BaseException:  # an answer nobody heard would wait for the next job
                self.close()
                raise
            whole = bool(pdf) and "pages" in answer
            if answer.get("memory", MEMORY_BYTES) >= MEMORY_BYTES or not (
                whole or answer.get("trouble") == "Unprintable"
            ):
                self.close()
        if whole:
            return pdf, answer["pages"]
        if answer.get("trouble") in KINDS:
            raise KINDS[answer["trouble"]](answer.get("sentence", GARBLED), **answer.get("values", {}))
        raise PressFailed(GARBLED)

    def _ask(self, job: str, one_more: Callable[[int], None] | None, parts: int) -> tuple[dict[str, Any], bytes]:
        child = self._ready()
        self._number += 1
        self._say(child, f"{self._number} {job}\n")
        answer, pdf = self._hear(child, SECONDS, self._number)
        for so_far in range(1, parts + 1):  # each is told once: a child that only talks on holds nobody
            if answer.get("so_far") != so_far:
                break
            if one_more:
                one_more(so_far)
            answer, pdf = self._hear(child, CLOSING_SECONDS if so_far == parts else SECONDS, self._number)
        return answer, pdf

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None or self._jobs >= JOBS:
            self.close()
            child = self._child = self._starter.submit(_start).result()
            assert child.stdout
            self._answers, self._jobs = os.fdopen(child.stdout.fileno(), "rb", closefd=False), 0
            try:
                answer, _nothing = self._hear(child, START_SECONDS, 0)
            except TooHeavy as error:  # a busy machine; that is not the document's fault
                raise PressFailed(CANNOT_START, error=error) from error
            if "broken" in answer:
                raise PressFailed(CANNOT_START, error=answer["broken"])
            self.made_with = answer["made_with"]
        self._jobs += 1
        return self._child

    def _say(self, child: subprocess.Popen[bytes], line: str) -> None:
        assert child.stdin
        left = memoryview(line.encode())
        try:
            with _patience(child, SECONDS):
                while left:
                    left = left[child.stdin.write(left) :]
        except OSError:
            pass  # it is gone; what is not heard next says how

    def _hear(self, child: subprocess.Popen[bytes], seconds: float, number: int) -> tuple[dict[str, Any], bytes]:
        """The next answer and the file that comes with it, if one does; an answer to that job, or 0: to being started."""
        assert self._answers
        with _patience(child, seconds) as ran_out:
            line = self._answers.readline(MOST_ANSWER)
            if whole := line.endswith(b"\n"):
                answer = _understood(line)
                if answer["number"] != number:
                    raise PressFailed(ANOTHER)
                pdf = self._answers.read(answer["size"])
                whole = len(pdf) == answer["size"]
        if whole:
            return answer, pdf
        self.close()
        if ran_out() or child.returncode == -signal.SIGXCPU:
            raise TooHeavy(TOO_LONG)
        raise PressFailed(STOPPED, code=child.returncode)


def _understood(line: bytes) -> dict[str, Any]:
    """An answer of the press, if it is one."""
    try:
        answer: dict[str, Any] = json.loads(line)
        if {type(answer["number"]), type(answer["size"])} == {int} and 0 <= answer["size"] <= MOST_BYTES:
            return answer
    except (ValueError, LookupError, TypeError, RecursionError):
        pass
    raise PressFailed(GARBLED)


@contextmanager
def _patience(child: subprocess.Popen[bytes], seconds: float) -> Iterator[Callable[[], bool]]:
    """Kill the child if what is done inside takes longer; tells whether it did."""
    over: list[bool] = []

    def end() -> None:
        over.append(True)
        child.kill()

    watchdog = Timer(seconds, end)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield lambda: bool(over)
    finally:
        watchdog.cancel()


def _job(kind: str, language: str, facts: dict[str, Any]) -> str:
    try:
        look = kind_of(kind).look(language)
    except KeyError as error:  # while releases change, a later try may meet a newer worker
        raise PressFailed(UNKNOWN, kind=kind) from error
    written = json.dumps({"look": asdict(look), "facts": facts, "sentences": sentences_of(facts, language)})
    if len(written) > MOST_FACTS:
        raise Unprintable(gettext_noop("The text is too long to be printed: %(count)s characters."), count=len(written))
    return written


def environment() -> dict[str, str]:
    """All a press is told."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
        "FONTS_ROOT": str(settings.FONTS_ROOT),
        "FONTCONFIG_FILE": str(prepare()),
        "LANGUAGE_CODE": settings.LANGUAGE_CODE,
        "LOCALE_PATHS": os.pathsep.join(map(str, settings.LOCALE_PATHS)),
        "TIME_ZONE": settings.TIME_ZONE,
        "PYTHONIOENCODING": "utf-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _start() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, *COMMAND, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            env=environment(),
            bufsize=0,  # a forked worker must find nothing half written that it might write again
        )
    except (NoFonts, OSError) as error:
        raise PressFailed(CANNOT_START, error=error) from error


press = Press()
atexit.register(press.close)
