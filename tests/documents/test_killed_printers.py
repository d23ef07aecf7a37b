"""kill -9 of workers and of their presses, again and again under load: nothing is lost, torn or made twice.

Four workers print what is being issued meanwhile; at random moments one of them is killed, or the
press it keeps. Another takes its place at once, as a supervisor would see to.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from tests.examples import few_or

KILLS, WORKERS, AT_FIRST = few_or(40, 400), 3, few_or(12, 60)

# Loads the office and the press once, and turns out a worker for every line it reads; says its process number.
# Workers fork their presses from what is loaded instead of starting an interpreter: on two cores nothing
# would be printed between two kills otherwise. From `main` on it is the press as it always is.
SUPERVISOR = """
import datetime, os, signal, sys, time
import django; django.setup()
from documents.press import __main__ as child
from documents.press import process as press
from documents.registry import queue
os.environ |= press.environment()
from documents.press import render
from documents.press import together
render.warm()
queue.LEASE = datetime.timedelta(seconds=3)
queue.WAITS = [datetime.timedelta(seconds=.2)] * 100
queue.TRIES = press.PressFailed.tries = 101

class Forked:
    def __init__(self):
        self.returncode, (jobs, say), (hear, answers) = None, os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.dup2(jobs, 0)
            os.dup2(answers, 1)
            os.closerange(3, 256)
            sys.stdin, sys.argv = open(0, encoding="utf-8"), ["documents", str(os.getppid())]
            try:
                child.main()
            finally:
                os._exit(1)
        os.close(jobs)
        os.close(answers)
        self.stdin, self.stdout = os.fdopen(say, "wb", 0), os.fdopen(hear, "rb", 0)

    def poll(self, options=os.WNOHANG):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self):
        return self.poll(0)

    def kill(self):
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

class AtOnce:
    def __init__(self, *_):
        pass

    def submit(self, start):
        self.result = start
        return self

press._start = Forked
press.ThreadPoolExecutor = AtOnce  # forked from a thread, a process would clear away what the others held
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in sys.stdin:
    worker = os.fork()
    if worker:
        print(worker, flush=True)
        continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    while True:
        if not queue.render_waiting(limit=1):
            time.sleep(.05)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Ready to turn out workers of this test's database and of a store of its own."""
    database = connection.settings_dict
    where = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    )
    office = os.environ | {
        "DATABASE_URL": where,
        "VAR_DIR": str(tmp_path),
        "FONTS_ROOT": str(settings.FONTS_ROOT),
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "LOG_LEVEL": "CRITICAL",
    }
    office.pop("BROKER_URL", None)
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR], cwd=settings.BASE_DIR, env=office,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process, override_settings(DOCUMENTS_ROOT=tmp_path / "documents"):  # fmt: skip
        yield process
        process.kill()


def another(supervisor: subprocess.Popen[str]) -> int:
    assert supervisor.stdin
    assert supervisor.stdout
    print(file=supervisor.stdin, flush=True)
    return int(supervisor.stdout.readline())


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def end(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_kills_lose_nothing_tear_nothing_and_make_nothing_twice(
    circular: Any, supervisor: subprocess.Popen[str]
) -> None:
    from documents.base import kind_of
    from documents.models import IssuedDocument, Rendition
    from documents.registry import store
    from documents.registry.handing_out import hand_out
    from workflows.organisation import clock

    def issue() -> None:
        with transaction.atomic():
            hand_out(
                kind_of(circular.kind), {**circular.facts, "issued_at": f"{clock.now():%Y-%m-%dT%H:%M:%S.%f}"},
                title=circular.title, language="zh-hans", matter=circular.matter, by=circular.issued_by, at=clock.now(),
            )  # fmt: skip

    chance, kills, presses = random.Random(7), {"worker": 0, "press": 0}, set()
    workers, begun = [another(supervisor)], time.monotonic()
    while Rendition.objects.filter(status="queued").exists():
        assert time.monotonic() < begun + 120, list(Rendition.objects.values_list("last_error"))
        time.sleep(0.02)
    one = (time.monotonic() - begun) / Rendition.objects.count()  # seconds for one document, here and today

    for _ in range(AT_FIRST):
        issue()
    storm = clock.now()
    workers += [another(supervisor) for _ in range(WORKERS - 1)]
    while sum(kills.values()) < KILLS:
        time.sleep(chance.uniform(0, 3) * min(one, 0.6) / WORKERS)  # a worker lives for about one document and a half
        place = chance.randrange(WORKERS)
        mine = children(workers[place])
        presses.update(mine)
        if mine and chance.random() < 0.6:
            kills["press"] += end(mine[0])
        else:
            kills["worker"] += end(workers[place])
            workers[place] = another(supervisor)
        if sum(kills.values()) % 10 == 0:
            issue()
    made = Rendition.objects.filter(status="rendered", rendered_at__gt=storm).count()

    until = time.monotonic() + 120
    while Rendition.objects.filter(status="queued").exists() and time.monotonic() < until:
        assert_nothing_torn(store)
        time.sleep(1)
    for worker in workers:
        presses.update(children(worker))
        end(worker)
    time.sleep(0.5)

    serials = list(
        IssuedDocument.objects.filter(kind=circular.kind).order_by("serial").values_list("serial", flat=True)
    )
    assert serials == list(range(1, len(serials) + 1))
    rows = Rendition.objects.all()
    assert {row.status for row in rows} == {"rendered"}
    assert rows.count() == IssuedDocument.objects.count()
    kept = {row.digest: len(store.get(row.digest)) for row in rows}  # `get` verifies every hash
    assert sum(kept.values()) == sum(row.size for row in rows)
    assert {file.stem for file in Path(settings.DOCUMENTS_ROOT).glob("??/*.pdf")} == set(kept)
    assert len(kept) == rows.count()
    assert (made > 0, min(kills.values()) > KILLS / 8) == (True, True), json.dumps({**kills, "made": made})
    assert [press for press in presses if alive(press)] == []  # none outlived its worker


def assert_nothing_torn(store: Any) -> None:
    for file in Path(settings.DOCUMENTS_ROOT).glob("??/*.pdf"):
        assert store.get(file.stem)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
