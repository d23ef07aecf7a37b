"""A year's schedule comes from a file: read as people write it, shown before it is written, one line for all of it."""

from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from workflows.campaigns.models import State
from workflows.organisation import clock, schedule
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import DayCorrection, Person
from workflows.steps.models import StepTask
from workflows.steps.sweep import reckon_all
from workflows.trail.models import Entry
from workflows.trail.schedule import SUBJECT

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 27)
PAGE = "/admin/organisation/daycorrection/load/"

# What an arrangement for 2027 could look like; every holiday of the law stands in it.
WHOLE_YEAR = """日期,上班/休息,备注
2027-01-01,休,元旦
2027年1月2日,休息,元旦
2027/1/3,放假,元旦
2027.2.5,休,除夕
20270206,休,春节
２０２７－０２－０７,休,春节
2027-02-08（周一）,休,春节
2027-02-09,休,春节
2027-02-14,班,春节调休
2027-04-05,休,清明
2027-05-01,off,Labour Day
2027-05-02,REST,
2027-05-03,rest day,
2027-06-09,假,端午
2027-09-15,休,中秋
2027-10-01,休,国庆
2027-10-02,休,国庆
2027-10-03,休,国庆
2027-10-09,补班,"国庆调休，全天"
"""


@pytest.fixture(autouse=True)
def _late_in_november():
    with clock.at(timezone.make_aware(datetime(2026, 11, 27, 10))):
        yield


def corrections():
    return dict(DayCorrection.objects.values_list("day", "is_working"))


# --- how it is written --------------------------------------------------------------------------------------


def test_it_is_read_as_people_write_it(db):
    read = schedule.read(WHOLE_YEAR, TODAY)

    assert read.faults == []
    days = {line.day: line.is_working for line in read.lines}
    assert (len(days), [day for day, works in days.items() if works]) == (19, [date(2027, 2, 14), date(2027, 10, 9)])
    assert [(line.number, line.note) for line in read.lines][-1] == (20, "国庆调休，全天")


@pytest.mark.parametrize("separator", [",", ";", "；", "，", "\t"])
def test_whatever_stands_between_the_columns(separator, db):
    read = schedule.read(separator.join(["2027-02-09", "休", "春节"]), TODAY)

    assert [(line.day, line.is_working, line.note) for line in read.lines] == [(date(2027, 2, 9), False, "春节")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_in_whatever_a_spreadsheet_saved_it(encoding):
    assert schedule.decode("2027-02-09,休,春节\r\n".encode(encoding)).strip() == "2027-02-09,休,春节"


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00\x00", b"\x89PNG\r\n\x1a\n\x00\x00", b"," * 300_000])
def test_a_file_that_is_no_table_is_told(content):
    with pytest.raises(ValueError, match=r"CSV|KB"):
        schedule.decode(content)


FAULTS = [
    ("明天,休", "第 1 行：“明天”不是日期，请写成 2027-02-09 或 2027年2月9日。"),
    ("2027-02-29,休", "第 1 行：“2027-02-29”这一天不存在。"),
    ("3027-02-09,休", "第 1 行：年份应在 2004 至 2036 之间。"),
    ("2027-02-09,也许", "第 1 行：“也许”看不出是上班还是休息，请写“班”或“休”。"),
    ("2027-02-09", "第 1 行：至少需要两列：日期，以及上班或休息。"),
    ("2027-02-09,休,春节,初四", "第 1 行：超过三列；备注中如有逗号，请用引号括起。"),
    (f"2027-02-09,休,{'长' * 121}", "第 1 行：备注超过 120 个字符。"),
    ("2027-02-09,休\n2027年2月9日,班", "第 2 行：2027-02-09 在第 1 行已出现过。"),
    ("\n\n日期,班休\n", "文件中没有任何日期。"),
    ("", "文件中没有任何日期。"),
]


@pytest.mark.parametrize(("text", "words"), FAULTS)
def test_a_line_at_fault_is_named_with_its_reason(text, words, db):
    assert [str(fault) for fault in schedule.read(text, TODAY).faults] == [words]


def test_a_day_that_is_over_is_not_said_otherwise(db):
    DayCorrection.objects.create(day=date(2026, 11, 20), is_working=False)

    read = schedule.read("2026-11-20,班\n2026-11-19,休", TODAY)

    assert [str(fault) for fault in read.faults] == ["第 1 行：2026-11-20 已过且此前已调整，不再更改。"]


# --- the page of the administration --------------------------------------------------------------------------


@pytest.fixture
def office(client, chain):
    client.force_login(chain.administrator)
    return client


def upload(office, text, **more):
    return office.post(PAGE, {"file": SimpleUploadedFile("2027.csv", text.encode()), **more})


def agreed(office, answer):
    """Press the button under what was shown."""
    form = answer.context["form"]
    return office.post(PAGE, {name: form[name].value() for name in ("text", "name", "seen")} | {"load": "1"})


def test_it_shows_first_and_writes_when_agreed_to(office, chain, open_campaign, walk):
    DayCorrection.objects.create(day=date(2027, 1, 2), is_working=False, note="元旦")
    with clock.at(timezone.make_aware(datetime(2026, 12, 31, 10))):
        campaign = walk(open_campaign(), to=State.REGION_REVIEW)  # due on 5 January
        reckon_all()
        looked = upload(office, "2027-01-04,休,元旦\n2027-01-02,休,元旦\n")

        run = looked.context["run"]
        assert [(d.day, d.counted, d.is_working) for d in run.differences] == [(date(2027, 1, 4), True, False)]
        assert (run.deadlines, run.announced) == (1, [])
        assert (corrections(), Entry.objects.filter(action="load").count()) == ({date(2027, 1, 2): False}, 0)

        assert agreed(office, looked).headers["Location"] == reverse("admin:organisation_daycorrection_changelist")

        assert corrections() == {date(2027, 1, 2): False, date(2027, 1, 4): False}
        (line,) = Entry.objects.filter(action="load")
        told = {"2027-01-04": [None, False], "2027-01-04/note": [None, "元旦"]}
        assert (line.subject, line.actor, line.note, line.changes) == (
            SUBJECT,
            chain.administrator,
            "2027.csv",
            told,
        )
        task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
        before = task.due_at
        reckon_all()
        task.refresh_from_db()
    assert [timezone.localdate(day) for day in (before, task.due_at)] == [date(2027, 1, 5), date(2027, 1, 6)]


def test_the_whole_year_ends_the_warnings(office):
    assert "2027 年放假安排尚未公布" in office.get("/admin/").content.decode()

    looked = upload(office, WHOLE_YEAR)
    assert looked.context["run"].announced == [2027]
    agreed(office, looked)

    assert WorkingCalendar.load().missing(TODAY) == []
    assert "放假安排尚未公布" not in office.get("/admin/").content.decode()


def test_half_a_year_says_what_is_lacking(office):
    looked = upload(office, "2027-01-01,休,元旦")

    assert looked.context["run"].lacking[2027] == [
        date(2027, 2, 5),
        date(2027, 2, 8),
        date(2027, 4, 5),
        date(2027, 6, 9),
        date(2027, 9, 15),
        date(2027, 10, 1),
    ]
    assert "2027 年仍视为未公布" in looked.content.decode()


def test_one_line_at_fault_and_nothing_is_written_nor_lost(office):
    answer = upload(office, "2027-01-04,休,元旦\n2027-13-01,休,元旦\n2027-01-05,或许\n")

    page = answer.content.decode()
    assert (answer.status_code, corrections()) == (422, {})
    assert "第 2 行：“2027-13-01”这一天不存在。" in page
    assert "第 3 行：“或许”看不出是上班还是休息" in page
    assert "2027-01-04,休,元旦" in answer.context["form"]["text"].value()  # to be put right in the page


def test_what_was_shown_is_what_is_agreed_to(office):
    looked = upload(office, "2027-01-04,休")
    DayCorrection.objects.create(day=date(2027, 1, 4), is_working=True)

    answer = agreed(office, looked)

    assert (answer.status_code, corrections()) == (422, {date(2027, 1, 4): True})
    assert "日历又有变动" in answer.content.decode()


def test_nobody_else_loads_a_schedule(client, chain):
    answers = {}
    for name, person in chain.people().items():
        client.force_login(person)
        answers[name] = client.post(PAGE, {"text": "2027-01-04,休"}).status_code

    assert {name for name, status in answers.items() if status == 200} == {"administrator"}
    assert corrections() == {}


# --- the command --------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "2027.csv"
    file.write_text(WHOLE_YEAR, encoding="gb18030")
    return file


def test_a_dry_run_of_the_command_writes_nothing(table, chain, capsys):
    call_command("calendar", "load", str(table), "--dry-run")

    said = capsys.readouterr().out
    assert "2027-02-14  休息日 → 工作日  春节调休" in said
    assert "将有 0 个未办结的期限变动。" in said
    assert "2027 年放假安排自此视为已公布。" in said
    assert (corrections(), Entry.objects.filter(action="load").count()) == ({}, 0)


def test_the_command_loads_once(table, chain, capsys):
    call_command("calendar", "load", str(table), "--by", chain.administrator.username)
    call_command("calendar", "load", str(table))

    assert len(corrections()) == 19
    assert [entry.actor for entry in Entry.objects.filter(action="load")] == [chain.administrator]
    assert "没有需要更改的内容。" in capsys.readouterr().out


def test_the_command_refuses_the_whole_file_for_one_line(tmp_path, chain):
    file = tmp_path / "2027.csv"
    file.write_text("2027-01-01,休\n2027-02-30,休\n")

    with pytest.raises(CommandError, match="第 2 行"):
        call_command("calendar", "load", str(file))
    with pytest.raises(CommandError, match="不是管理员"):
        call_command("calendar", "load", str(file), "--by", chain.planner.username)
    assert corrections() == {}


def test_without_a_name_it_was_the_system(table, chain):
    call_command("calendar", "load", str(table))

    assert Entry.objects.get(action="load").actor == Person.objects.system()
