"""With a broker, a document is printed because a worker was told; without one that answers, nobody waits for it."""

from __future__ import annotations

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
from django.db import connection

from documents.models import Rendition
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
    if settings.BROKER_URL != NOWHERE:
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


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_holds_nobody_up(told_through, campaign, walk):
    told_through(NOWHERE)
    begun = time.monotonic()

    walk(campaign, to=State.STORE_REVIEW)

    assert time.monotonic() - begun < 10  # trying again, as Celery would by itself, takes far longer
    assert list(Rendition.objects.values_list("status", flat=True)) == ["queued"]
