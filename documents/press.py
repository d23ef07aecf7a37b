"""The press: a child process that prints, with a limit on time, on memory and on what it can reach.

The worker keeps one press warm and hands it one job after the other as lines of JSON. A job that
hangs or eats too much kills the press, never the worker; the next job gets a fresh one.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import subprocess
import sys
from threading import Lock, Timer
from typing import Any

from django.conf import settings

from .fonts import prepare

SECONDS = 60  # wall clock for one document, the start of a cold press included
JOBS = 300  # then a fresh press: whatever a library leaks goes with the old one


class PressFailed(Exception):
    """The press died or gave up; another try may succeed."""


class Unprintable(Exception):
    """The document cannot be printed and trying again would not help; says why, in words."""


class Press:
    """One child process, started when first needed. Safe to use from threads, one job at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: subprocess.Popen[str] | None = None
        self._owner = 0
        self._jobs = 0

    def print(self, kind: str, language: str, facts: dict[str, Any]) -> tuple[bytes, int]:
        """The PDF and its number of pages. Raises PressFailed, or Unprintable where no try will help."""
        with self._lock:
            child = self._ready()
            answer = self._ask(child, {"kind": kind, "language": language, "facts": facts})
        if "pdf" in answer:
            return base64.b64decode(answer["pdf"]), answer["pages"]
        raise (Unprintable if answer["final"] else PressFailed)(answer["error"])

    def close(self) -> None:
        """Stop the child, if this process started one."""
        child, self._child = self._child, None
        if child and self._owner == os.getpid():
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    pipe.close()

    def _ready(self) -> subprocess.Popen[str]:
        if self._owner != os.getpid():  # a forked worker must not talk through its parent's pipe
            self._child = None
        if self._child is None or self._child.poll() is not None or self._jobs >= JOBS:
            self.close()
            self._child, self._owner, self._jobs = _start(), os.getpid(), 0
        self._jobs += 1
        return self._child

    def _ask(self, child: subprocess.Popen[str], job: dict[str, Any]) -> dict[str, Any]:
        assert child.stdin
        assert child.stdout
        watchdog = Timer(SECONDS, child.kill)
        watchdog.start()
        try:
            child.stdin.write(json.dumps(job) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except OSError:
            line = ""
        finally:
            watchdog.cancel()
        if not line.endswith("\n"):
            self.close()
            raise PressFailed(f"The press stopped (exit code {child.returncode}): out of time or memory.")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _start() -> subprocess.Popen[str]:
    environment = {
        # nothing that opens the signing key goes where pages are laid out
        **{name: value for name, value in os.environ.items() if not name.startswith("SIGNING_")},
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "project.settings"),
        "FONTCONFIG_FILE": str(prepare()),
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "documents"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        env=environment,
        encoding="utf-8",
    )


press = Press()
atexit.register(press.close)
