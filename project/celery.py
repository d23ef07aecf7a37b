"""Workers behind a broker, when BROKER_URL names one: the very functions `manage.py work` calls.

    celery -A project worker      prints and sweeps when told to
    celery -A project beat        tells them in time, whether or not anybody else did

The broker only wakes workers. What there is to do stands in the database, so a message that is
lost, doubled or late changes nothing; a broker that is down makes documents a minute late.
"""

from __future__ import annotations

import os
from datetime import timedelta

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("project")
app.conf.update(
    broker_url=os.environ.get("BROKER_URL"),
    task_default_queue=os.environ.get("BROKER_QUEUE", "approvals"),
    broker_connection_retry_on_startup=True,
    # Whoever approves must not wait for a broker that is down: one short try, the sweep does the rest.
    broker_connection_timeout=1,
    broker_transport_options={"visibility_timeout": 600, "socket_connect_timeout": 1, "socket_timeout": 5},
    task_publish_retry=False,
    task_ignore_result=True,
    # A worker that dies gives its message back, and takes no more than it can do.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_soft_time_limit=240,
    task_time_limit=300,
    timezone=os.environ.get("TIME_ZONE", "Asia/Shanghai"),
    beat_schedule={
        "sweep": {"task": "steps.sweep", "schedule": timedelta(seconds=5)},
        "documents": {"task": "documents.render_waiting", "schedule": timedelta(seconds=30)},
        "chores": {"task": "steps.chores", "schedule": timedelta(seconds=10)},
        "desks": {"task": "desk.settle_if_changed", "schedule": timedelta(seconds=30)},
        "receipts": {"task": "documents.remark_overdue", "schedule": timedelta(minutes=5)},
        "desks, every night": {"task": "steps.settle_all", "schedule": crontab(hour=0, minute=5)},
    },
)


@app.task(name="steps.sweep")
def sweep() -> dict[str, int]:
    from workflows.steps.sweep import sweep

    return sweep()


@app.task(name="steps.chores")
def chores() -> int:
    from workflows.steps.chores import all_chores

    return sum(act() for act in all_chores().values())


@app.task(name="steps.settle_all")
def settle_all() -> int:
    from workflows.steps.sweep import settle_all

    return settle_all()


@app.task(name="desk.settle_if_changed")
def settle_if_changed() -> int:
    from workflows.steps.upkeep import settle_if_changed

    return settle_if_changed()


@app.task(name="documents.remark_overdue")
def remark_overdue() -> int:
    from documents.registry.distribution import reckon, remark_overdue

    reckon()
    return remark_overdue()


@app.task(name="documents.render_waiting")
def render_waiting() -> int:
    from documents.registry.queue import render_waiting

    return render_waiting()
