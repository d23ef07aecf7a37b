"""With a broker, a document is printed because a worker was told; without one that answers, nobody waits for it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import Celery
from django.conf import settings as office
from django.db import connection, transaction

from documents.models import Rendition
from documents.registry import queue
from project.celery import app as celery_app
from workflows.campaigns.models import State

BROKERS = [
    os.environ.get("TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672"),
    os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/9"),
]
NOWHERE = "redis://127.0.0.1:1/0"
PATIENCE = 60  # seconds, for a worker that has to start on a busy machine


def answers(url: str) -> bool:
    place = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((place.hostname, place.port)) == 0


@pytest.fixture
def told_through(settings) -> Iterator[callable]:
    """`told_through(url)`: this process sends its messages there, to a queue of this test alone."""
    before = {name: celery_app.conf[name] for name in ("broker_url", "task_default_queue")}
    queue = f"test-{uuid.uuid4().hex[:12]}"

    def connect(url: str) -> Celery:
        settings.BROKER_URL = url
        celery_app.conf.update(broker_url=url, task_default_queue=queue)
        celery_app.set_default()
        celery_app.amqp._producer_pool = None
        return celery_app

    yield connect
    if settings.BROKER_URL in BROKERS:
        with celery_app.connection_for_write() as channel:
            channel.default_channel.queue_delete(queue)
    celery_app.close()
    celery_app.conf.update(before)


def database_url() -> str:
    """The test database, for a process that is not the test."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)


@pytest.fixture
def worker(told_through, tmp_path: Path) -> Iterator[callable]:
    """`worker(url)`: a worker process of the broker at `url`. Nothing sweeps beside it: there is no beat."""
    started: list[subprocess.Popen] = []

    def start(url: str) -> None:
        app = told_through(url)
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "VAR_DIR": str(tmp_path),
            "FONTS_ROOT": str(office.FONTS_ROOT),
            "BROKER_URL": url,
            "BROKER_QUEUE": app.conf.task_default_queue,
        }
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "project",
            "worker",
            "--concurrency",
            "1",
            "--loglevel",
            "INFO",
        ]
        with (tmp_path / "worker.log").open("w") as log:
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT))

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.parametrize("url", BROKERS, ids=["RabbitMQ", "Redis"])
@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_through_the_broker_and_prints(url, worker, campaign, walk, tmp_path):
    if not answers(url):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"NOT RUN: nothing answers at {urlsplit(url).netloc}")
    worker(url)

    walk(campaign, to=State.STORE_REVIEW)

    rendition = Rendition.objects.get()
    until = time.monotonic() + PATIENCE
    while rendition.status == Rendition.Status.QUEUED and time.monotonic() < until:
        time.sleep(0.2)
        rendition.refresh_from_db()
    assert rendition.status == Rendition.Status.RENDERED, (tmp_path / "worker.log").read_text()
    assert [file.stem for file in (tmp_path / "documents").rglob("*.pdf")] == [rendition.digest]


@pytest.fixture
def mute() -> Iterator[str]:
    """Where a socket listens and nobody ever answers: host and port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        yield "{}:{}".format(*listening.getsockname())


@pytest.fixture
def asked(told_through, caplog) -> callable:
    """`asked(url)`: from now on the broker is said to be there; how often it was asked in vain is `asked.vain()`."""

    def connect(url: str) -> None:
        told_through(url)
        queue.quiet["until"] = 0.0

    connect.vain = lambda: sum("could not be told" in line.message for line in caplog.records)
    yield connect
    queue.quiet["until"] = 0.0


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
@pytest.mark.parametrize("there", [False, True], ids=["a closed port", "a socket that never answers"])
@pytest.mark.django_db
def test_a_broker_that_does_not_answer_is_waited_for_a_second_and_left_alone_for_a_minute(asked, mute, scheme, there):
    asked(f"{scheme}://{mute if there else '127.0.0.1:1'}/")

    took = []
    for _ in range(3):
        begun = time.monotonic()
        queue.wake()
        took.append(time.monotonic() - begun)

    assert took[0] < queue.PATIENCE + 0.5
    assert max(took[1:]) < 0.1
    assert asked.vain() == 1


@pytest.mark.django_db
def test_a_broker_that_is_back_is_told_after_the_minute(asked):
    asked(NOWHERE)
    queue.wake()
    queue.quiet["until"] = time.monotonic()  # the minute is over
    queue.wake()

    assert asked.vain() == 2


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_holds_nobody_up(asked, campaign, walk):
    asked(NOWHERE)

    walk(campaign, to=State.STORE_REVIEW)

    assert list(Rendition.objects.values_list("status", flat=True)) == ["queued"]
    assert asked.vain() == 1


@pytest.mark.django_db
def test_the_papers_of_one_decision_wake_the_worker_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as kept, transaction.atomic():
        queue.wake_after_commit()
        queue.wake_after_commit()
        with transaction.atomic():
            queue.wake_after_commit()
    assert kept == [queue.wake]


@pytest.mark.django_db
def test_a_paper_that_is_taken_back_takes_no_other_s_wake_along(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as kept, transaction.atomic():
        with contextlib.suppress(ValueError), transaction.atomic():
            queue.wake_after_commit()
            raise ValueError  # this paper is not issued after all
        queue.wake_after_commit()
    assert kept == [queue.wake]
