"""Numbers without gap or double, whoever signs at the same instant and whatever is taken back."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from documents.models import Counter, Series
from documents.registry.numbering import take_number, written

WRITERS, EACH = 6, 12


class TakenBack(Exception):
    pass


def test_a_number_is_written_as_the_standard_says() -> None:
    assert written("星企发", 2026, 7) == "星企发〔2026〕7号"


@pytest.mark.django_db
def test_each_series_and_year_counts_for_itself() -> None:
    one, other = (Series.objects.create(code=code, name=code) for code in ("甲", "乙"))
    with transaction.atomic():
        taken = [
            take_number(series, year)[1] for series, year in [(one, 2026), (one, 2026), (one, 2027), (other, 2026)]
        ]

    assert taken == ["甲〔2026〕1号", "甲〔2026〕2号", "甲〔2027〕1号", "乙〔2026〕1号"]


@pytest.mark.django_db(transaction=True)
def test_threads_that_sign_and_take_back_leave_no_gap() -> None:
    series = Series.objects.create(code="丙", name="丙")

    def sign(seed: int) -> list[int]:
        chance, kept = random.Random(seed), []
        try:
            for _ in range(EACH):
                try:
                    with transaction.atomic():
                        serial, _number = take_number(series, 2026)
                        if chance.random() < 0.3:
                            raise TakenBack
                        kept.append(serial)
                except TakenBack:
                    pass
        finally:
            connection.close()
        return kept

    with ThreadPoolExecutor(WRITERS) as pool:
        serials = sorted(serial for kept in pool.map(sign, range(WRITERS)) for serial in kept)

    assert serials == list(range(1, len(serials) + 1))
    assert Counter.objects.get(series=series).last == len(serials)


SIGN = """
import django, os, random, sys; django.setup()
from django.db import transaction
from documents.models import Series
from documents.registry.numbering import take_number
chance, series = random.Random(int(sys.argv[1])), Series.objects.get(code="丁")
for _ in range(int(sys.argv[2])):
    try:
        with transaction.atomic():
            serial, _number = take_number(series, 2026)
            if chance.random() < 0.3:
                raise KeyError
        print(serial)
    except KeyError:
        pass
"""


def test_processes_on_sqlite_that_sign_and_take_back_leave_no_gap(sqlite_office: dict[str, str]) -> None:
    run(sqlite_office, "from documents.models import Series; Series.objects.create(code='丁', name='丁')")

    workers = [
        subprocess.Popen(
            [sys.executable, "-c", SIGN, str(seed), str(EACH)],
            cwd=settings.BASE_DIR, env=sqlite_office, stdout=subprocess.PIPE, text=True,
        )
        for seed in range(3)
    ]  # fmt: skip
    serials = sorted(int(line) for worker in workers for line in worker.communicate()[0].split())

    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert serials == list(range(1, len(serials) + 1))
    assert len(serials) > EACH


def run(office: dict[str, str], code: str, *arguments: str) -> str:
    """Run `code` in a process of that office; what it printed."""
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()\n" + code, *arguments],
        cwd=settings.BASE_DIR, env=office, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


@pytest.fixture
def sqlite_office(tmp_path: Any) -> dict[str, str]:
    """The environment of an installation of its own, migrated, on SQLite."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")}
    environment |= {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "project.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=settings.BASE_DIR, env=environment, check=True)
    return environment
