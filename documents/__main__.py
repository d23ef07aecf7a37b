"""The child's side of the press: `python -m documents` answers every job it is handed, a line of JSON each.

Limits are its own: memory for the process, processor time for each job. It opens no database.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
from typing import IO

import django

CPU_SECONDS = 45  # for one document
MEMORY_BYTES = 1 << 30


def work(jobs: IO[str], answers: IO[str]) -> None:
    """Answer every line of `jobs` until there are no more: the worker has gone, or wants no more."""
    # Only now: the pages' libraries read the font configuration when they are loaded.
    from .press import Unprintable
    from .render import render

    for line in jobs:
        grant_time()
        job = json.loads(line)
        answer: dict[str, object]
        try:
            printed = render(job["kind"], job["language"], job["facts"])
            answer = {"pdf": base64.b64encode(printed.pdf).decode(), "pages": printed.pages}
        except Unprintable as error:
            answer = {"error": str(error), "final": True}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:2000], "final": False}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def grant_time() -> None:
    """A job gets so much processor time from now on; the system ends a press that takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, resource.RLIM_INFINITY))


def main() -> None:
    # What a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    django.setup()
    work(sys.stdin, answers)


if __name__ == "__main__":
    main()
