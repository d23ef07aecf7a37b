"""The child's side of the press: `python -m documents.press <pid of the worker>` answers every job it is handed.

A line each way: the job's number and JSON one way, JSON with that number the other, followed by as
many bytes of a file as it says. The first line it writes says that it is ready, or why it will never
be; every answer carries the memory it holds. It knows no database, and once it is ready it opens
nothing else either: see sandbox.py.
"""

from __future__ import annotations

import gc
import json
import mimetypes
import os
import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import django
from django.conf import settings
from django.utils.translation import gettext_noop

from documents.looks import MOST_BYTES, Look
from documents.trouble import PressFailed, TooHeavy, Trouble, Unprintable

from . import sandbox

if TYPE_CHECKING:
    from .render import Printed

ROOM = Path(__file__).parents[1]
FLOORS = [ROOM.parent / floor for floor in ("documents", "project", "workflows")]  # what the press reads of the house

CPU_SECONDS = 30  # for one document; granted anew for each document of a print file


def main() -> None:
    # What a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sandbox.end_with(int(sys.argv[1]))
    sandbox.leave_network()
    sandbox.limit()
    try:
        memory, made_with = load()
    except Exception as error:
        say(answers, 0, {"broken": _named(error)})
        return
    say(answers, 0, {"made_with": made_with, "memory": memory()})
    work(sys.stdin, answers, memory)


def load() -> tuple[Callable[[], int], str]:
    """Everything the jobs will need, then the lock. Returns how to ask for the memory held, in bytes; and what prints."""
    configure()
    from . import render  # only now: the pages' libraries read the font configuration when they are loaded

    mimetypes.init()
    render.warm()
    memory, made_with = _meter(), render.made_with()
    gc.collect()
    gc.freeze()  # what is there now stays; the collector need not walk through it after every page
    gc.set_threshold(20_000, 10, 10)
    sandbox.lock([*FLOORS, Path(settings.FONTS_ROOT)])
    return memory, made_with


def configure() -> None:
    """Django as far as a page needs it, templates and translations: no models, no database, none of the office's secrets."""
    told = os.environ
    if not settings.configured:
        settings.configure(
            FONTS_ROOT=told["FONTS_ROOT"],
            LANGUAGE_CODE=told["LANGUAGE_CODE"],
            LOCALE_PATHS=told["LOCALE_PATHS"].split(os.pathsep),
            TIME_ZONE=told["TIME_ZONE"],
            USE_TZ=True,
            TEMPLATES=[
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "DIRS": [ROOM / "templates"],
                    "OPTIONS": {"libraries": {"paper": "documents.templatetags.paper"}},
                }
            ],
        )
    django.setup()


def work(jobs: IO[str], answers: IO[bytes], memory: Callable[[], int]) -> None:
    """Answer every line of `jobs` until there are no more, or until one has left the process in doubt."""
    for line in jobs:
        number, _, job = line.partition(" ")
        told = partial(say, answers, int(number))
        grant_time()
        trouble, pdf = None, b""
        try:
            printed = make(json.loads(job), told)
            answer, pdf = {"pages": printed.pages}, printed.pdf
        # FatalURLFetchingError, for one, is no Exception; whatever it was, the worker is owed an answer
        except BaseException as error:
            trouble = judged(error)
            answer = _told(trouble)
        told({**answer, "memory": memory()}, pdf)
        if not isinstance(trouble, Unprintable | None):
            return


def make(job: dict[str, Any], told: Callable[[dict[str, Any]], None]) -> Printed:
    """The file of one document, or of many together; of these it is told meanwhile how many are laid out."""
    from documents.templatetags.paper import hear

    from .render import render
    from .together import together

    hear(part.get("sentences", {}) for part in job.get("together", [job]))
    if "together" in job:

        def one_more(count: int) -> None:
            grant_time()
            told({"so_far": count})

        printed = together(job["title"], job["together"], one_more)
    else:
        printed = render(Look(**job["look"]), job["facts"])
    if len(printed.pdf) > MOST_BYTES:
        raise Unprintable(gettext_noop("The file would have %(size)s MB."), size=len(printed.pdf) >> 20)
    return printed


def judged(error: BaseException) -> Trouble:
    """What an error means for the document: the same facts meet the same arithmetic every time, but not the same machine."""
    from weasyprint.urls import FatalURLFetchingError

    if isinstance(error, Trouble):
        return error
    if isinstance(error, MemoryError):
        return TooHeavy(gettext_noop("The document needs more memory than the press may have."))
    if isinstance(error, FatalURLFetchingError | sandbox.OutOfBounds):
        return Unprintable(gettext_noop("The page refers to something outside itself: %(url)s"), url=error)
    if isinstance(error, RecursionError):
        return Unprintable(gettext_noop("The page is nested too deeply to be laid out."))
    if isinstance(error, UnicodeError):
        return Unprintable(gettext_noop("The text holds half a character, which nothing can print."))
    if isinstance(error, ArithmeticError):
        return Unprintable(gettext_noop("The page cannot be laid out: %(error)s"), error=_named(error))
    # A template being replaced just now, say: a later try may meet a newer worker.
    return PressFailed(gettext_noop("The press met an error: %(error)s"), error=_named(error))


def grant_time() -> None:
    """So much processor time from now on; the system ends a press that takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, resource.RLIM_INFINITY))


def say(answers: IO[bytes], number: int, answer: dict[str, Any], pdf: bytes = b"") -> None:
    """Answer the job with that number; 0: what started the press."""
    answers.write(json.dumps({"number": number, "size": len(pdf), **answer}).encode() + b"\n" + pdf)
    answers.flush()


def _told(trouble: Trouble) -> dict[str, Any]:
    return {"trouble": type(trouble).__name__, "sentence": trouble.sentence, "values": trouble.values}


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _meter() -> Callable[[], int]:
    """How to ask for the resident memory; opened before the lock, read after it."""
    try:
        status = os.open("/proc/self/statm", os.O_RDONLY)  # stays open as long as the process
    except OSError:  # no Linux: the peak will do
        return lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    page = resource.getpagesize()
    return lambda: int(os.pread(status, 100, 0).split()[1]) * page


if __name__ == "__main__":
    main()
