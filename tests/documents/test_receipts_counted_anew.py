"""A day becomes a rest day, and papers are to be acknowledged on another one: counted anew, with a line for each paper."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.utils import timezone

from documents.models import IssuedDocument, Receipt
from documents.registry import distribution
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import DayCorrection
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Standing

pytestmark = pytest.mark.django_db
THURSDAY, FRIDAY = date(2026, 3, 12), date(2026, 3, 13)


@pytest.fixture
def circular(monday: datetime, open_campaign: Any, walk: Any) -> Any:
    """Signed on a Monday, 2026-03-09, and sent to four units: due on Thursday."""
    distribution.reckon()
    campaign = walk(open_campaign(), to="approved")
    return IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")


def on(day: int) -> Any:
    return clock.at(timezone.make_aware(datetime(2026, 3, day, 10)))


def rest(day: date) -> Any:
    return DayCorrection.objects.create(day=day, is_working=False, note="台风停工")


def days(paper: Any) -> set[date]:
    return set(paper.receipts.values_list("due_on", flat=True))


def lines(paper: Any) -> list[tuple[Any, Any, list[str]]]:
    rows = [row for row in paper.matter.trail.filter(action="reckon") if row.documents]
    return [(row.documents[0]["to"], row.changes, [rule["key"] for rule in row.rules]) for row in rows]


def test_the_day_moves_with_one_line_for_the_paper(circular: Any) -> None:
    rest(date(2026, 3, 11))

    assert [distribution.reckon(), distribution.reckon()] == [4, 0]

    assert days(circular) == {FRIDAY}
    assert lines(circular) == [
        (["杭州城西店", "华东大区", "企划部", "财务部"], {"due_on": ["2026-03-12", "2026-03-13"]}, ["days_rest"])
    ]


def test_a_day_that_a_clerk_chose_stays(circular: Any, chain: Any) -> None:
    clerk = Capacity(chain.clerk, chain.clerk.posts.get())
    chosen = distribution.send(circular, [chain.other_store], "copy", by=clerk, due_on=date(2026, 3, 11))
    taken = distribution.send(circular, [chain.brand_department], "copy", by=clerk, due_on=THURSDAY)  # as proposed
    rest(date(2026, 3, 10))
    distribution.reckon()

    due = {row.pk: row.due_on for row in Receipt.objects.filter(pk__in=[chosen[0].pk, taken[0].pk])}
    assert due == {chosen[0].pk: date(2026, 3, 11), taken[0].pk: FRIDAY}


def test_what_is_acknowledged_is_done(circular: Any, chain: Any) -> None:
    mine = Receipt.objects.filter(document=circular, unit=chain.store)
    distribution.acknowledge(mine, by=Standing(chain.store_manager))
    rest(date(2026, 3, 11))

    assert distribution.reckon() == 3
    assert mine.get().due_on == THURSDAY


def test_in_time_by_the_calendar_as_it_stands_before_the_worker_came(circular: Any, chain: Any) -> None:
    rest(THURSDAY)

    with on(13):
        mine = Receipt.objects.filter(document=circular, unit=chain.store)
        distribution.acknowledge(mine, by=Standing(chain.store_manager))

    assert mine.get().due_on == FRIDAY
    assert [line.late for line in circular.matter.trail.filter(action="acknowledge")] == [False]


def test_nothing_is_remarked_by_the_calendar_of_yesterday(circular: Any) -> None:
    rest(THURSDAY)

    with on(13):
        assert distribution.remark_overdue() == 0
    with on(16):
        assert distribution.remark_overdue() == 4


def test_a_remark_stays_and_the_line_says_so(circular: Any) -> None:
    with on(13):
        assert distribution.remark_overdue() == 4
        rest(THURSDAY)
        assert distribution.reckon() == 4

    assert [rules for _to, _changes, rules in lines(circular)] == [["days_rest", "overdue_stays"]]


def test_nobody_is_made_late_by_a_correction(circular: Any) -> None:
    correction = rest(date(2026, 3, 11))
    distribution.reckon()
    with on(13):
        correction.delete()  # by the plain count it was due yesterday
        distribution.reckon()

    assert days(circular) == {FRIDAY}


def test_how_many_would_move_is_said_before(circular: Any) -> None:
    corrections = {date(2026, 3, 11): False}

    assert distribution.moved_receipts(WorkingCalendar(corrections)) == 4
    assert distribution.moved_receipts(WorkingCalendar({})) == 0


def test_it_reads_as_the_desk_says_it(circular: Any, chain: Any, client: Any) -> None:
    rest(date(2026, 3, 11))
    distribution.reckon()
    client.force_login(chain.planner)

    page = client.get(circular.matter.get_absolute_url(), {"tab": "trail"}).content.decode()

    assert "重新计算期限" in page
    assert "改为休息日：2026-03-11" in page
    assert ("<del>2026-03-12</del>" in page, "<ins>2026-03-13</ins>" in page) == (True, True)
