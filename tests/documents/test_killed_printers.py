"""kill -9 of the worker that prints, again and again: nothing is lost and no file is torn."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings

DOCUMENTS, KILLS = 8, 4

PREPARE = """
import json, sys, django; django.setup()
from datetime import date
from django.utils import timezone
from documents.models import IssuedDocument, Rendition, new_code
from workflows.campaigns.models import Campaign
from workflows.organisation.models import Person, Unit
from workflows.policies.defaults import first_edition
facts, count = json.load(open(sys.argv[1])), int(sys.argv[2])
person = Person.objects.create_user("linxiao", name="林晓")
unit = Unit.objects.create(kind="store", code="s", name="杭州城西店")
edition = first_edition(date(2020, 1, 1), timezone.now())
matter = Campaign(kind="campaign", reference="QH-1", title="t", unit=unit, initiator=person, policy=edition)
matter.opened_at = timezone.now(); matter.save()
for number in range(count):
    code = new_code()
    document = IssuedDocument.objects.create(
        matter=matter, kind="campaign.circular", title="t", language="zh-hans", code=code, issued_by=person,
        facts={**facts, "code": code, "number": f"第{number}号"},
    )
    Rendition.objects.create(document=document)
"""
WORK = """
import datetime, time, django; django.setup()
from documents import queue
queue.LEASE = datetime.timedelta(seconds=1)
while True:
    if queue.render_waiting(limit=1):
        print("one more", flush=True)
    time.sleep(.05)
"""
LOOK = """
import json, django; django.setup()
from documents import store
from documents.models import Rendition
rows = Rendition.objects.select_related("document")
print(json.dumps([[row.status, row.size, len(store.get(row.digest)) if row.digest else 0] for row in rows]))
"""


def test_a_printer_killed_again_and_again_loses_nothing(circular: Any, tmp_path: Any) -> None:
    office = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")}
    office |= {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "project.settings"}
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(circular.facts))
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=settings.BASE_DIR, env=office, check=True)
    process(office, PREPARE, str(facts), str(DOCUMENTS)).wait()

    moment = random.Random(7)
    for _ in range(KILLS):
        worker = process(office, WORK)
        worker.stdout.readline()  # it is at work now
        time.sleep(moment.uniform(0, 0.6))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker.stdout.close()

    worker, deadline = process(office, WORK), time.monotonic() + 240
    rows = look(office)
    while any(status == "queued" for status, *_ in rows) and time.monotonic() < deadline:
        time.sleep(1)
        rows = look(office)
    worker.kill()
    worker.wait()
    worker.stdout.close()

    assert [status for status, *_ in rows] == ["rendered"] * DOCUMENTS
    assert [size for _, size, _ in rows] == [kept for _, _, kept in rows]  # `get` has verified every hash
    stored = {file.name for file in (tmp_path / "documents").glob("??/*.pdf")}
    assert len(stored) == DOCUMENTS


def process(office: dict[str, str], code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=settings.BASE_DIR, env=office, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def look(office: dict[str, str]) -> list[Any]:
    answer = process(office, LOOK).communicate()[0]
    rows: list[Any] = json.loads(answer)
    return rows
