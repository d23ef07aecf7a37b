"""How the desk writes instants."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from workflows.desk.times import moment, stamp
from workflows.organisation import clock
from workflows.organisation.calendar import start_of

NOW = timezone.make_aware(datetime(2026, 11, 25, 10))
TODAY = start_of(NOW.date())
HOURS = {"as today began": 0, "today": 9, "days ago": -5 * 24 + 14, "as a day began": -5 * 24, "last year": -365 * 24}


@pytest.mark.parametrize(
    ("language", "moments"),
    [
        ("zh-hans", ["今天", "今天 09:00", "11月20日 14:00", "11月20日", "2025年11月25日"]),
        ("en", ["today", "today 09:00", "20 Nov 14:00", "20 Nov", "25 Nov 2025"]),
    ],
)
def test_the_beginning_of_a_day_is_the_day(language: str, moments: list[str]) -> None:
    at: list[Any] = [TODAY + timedelta(hours=hours) for hours in HOURS.values()]
    with clock.at(NOW), override(language):
        assert [moment(one) for one in at] == moments

    stamps = ["2026-11-25", "2026-11-25 09:00", "2026-11-20 14:00", "2026-11-20", "2025-11-25"]
    assert [stamp(one) for one in at] == stamps
