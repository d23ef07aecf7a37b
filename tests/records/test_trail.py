"""The auditor's page: who may read it, what each filter shows, and the file it can be taken away as."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags

from documents.models import IssuedDocument, Rendition
from tests.memory import memory
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, StandIn
from workflows.records.subjects import Subject
from workflows.records.trail import COLUMNS, EXPORT, MOST_CELL, PAGE, Row, harmless
from workflows.steps.desks import transfer
from workflows.steps.models import StepTask
from workflows.trail.models import Entry
from workflows.trail.record import about, subject_of

TRAIL, FILE = "/trail/", "/trail.csv"


@pytest.fixture
def audit(client, chain):
    """`audit(**filter)`: (who, what) of every line the auditor is shown, newest first."""
    client.force_login(chain.auditor)

    def ask(**asked):
        rows = client.get(TRAIL, asked).context["rows"]
        return [(row.entry.actor_name, row.entry.action) for row in rows]

    ask.client = client
    return ask


@pytest.fixture
def story(chain, campaign, walk):
    """Opened and submitted by the planner, vouched for, passed on, endorsed by a stand-in of the receiver, too late."""
    campaign.__dict__ = memory.of(("trail", "story"), lambda: vars(_lived(chain, campaign, walk)))
    return campaign


def _lived(chain, campaign, walk):
    walk(campaign, to="region_review")
    task = StepTask.objects.get(closed_at=None)
    transfer(task, to=chain.other_region_manager, by=chain.region_manager, note="=1+1 出差")
    today = clock.today()
    StandIn.objects.create(
        deputy=chain.nobody, principal=chain.other_region_manager, starts_on=today, ends_on=today + timedelta(days=30)
    )
    with clock.at(task.due_at + timedelta(hours=1)):
        StandIn.objects.update(ends_on=clock.today())
        perform(campaign.endorse, by=chain.nobody)
    return campaign


OPEN, SUBMIT, VOUCH = ("林晓", "open"), ("林晓", "submit"), ("周启明", "vouch")
TRANSFER, ENDORSE = ("沈若兰", "transfer"), ("吴间", "endorse")
ALL = [ENDORSE, TRANSFER, VOUCH, SUBMIT, OPEN]


@pytest.mark.parametrize("address", [TRAIL, FILE])
def test_only_auditors_read_the_whole_trail(client, chain, address):
    allowed = set()
    for name, person in chain.people().items():
        client.force_login(person)
        answer = client.get(address)
        assert answer.status_code in (200, 403)
        allowed |= {name} if answer.status_code == 200 else set()

    assert allowed == {"auditor"}


def test_a_stand_in_of_the_auditor_is_no_auditor(client, chain):
    today = clock.today()
    StandIn.objects.create(deputy=chain.nobody, principal=chain.auditor, starts_on=today, ends_on=today)
    client.force_login(chain.nobody)

    assert client.get(TRAIL).status_code == 403


def test_the_rail_names_the_page_to_auditors_alone(client, chain):
    client.force_login(chain.auditor)
    assert f'href="{TRAIL}"' in client.get(TRAIL).content.decode()

    client.force_login(chain.president)
    assert f'href="{TRAIL}"' not in client.get(reverse("records:machines")).content.decode()


def test_everything_newest_first(audit, story):
    assert audit() == ALL


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"person": "林晓"}, [SUBMIT, OPEN]),
        ({"person": "linxiao"}, [SUBMIT, OPEN]),
        ({"person": "梁国栋"}, [ENDORSE]),  # for whom somebody else acted
        ({"person": "没有这个人"}, []),
        ({"workflow": "campaign"}, ALL),
        ({"action": "vouch"}, [VOUCH]),
        ({"stand_in": "on"}, [ENDORSE]),
        ({"late": "on"}, [ENDORSE]),
        ({"override": "on"}, [TRANSFER]),
        ({"text": "出差"}, [TRANSFER]),
        ({"text": "＝1＋1　出差"}, [TRANSFER]),
        ({"text": "ｑｈ－２０２６－"}, ALL),
        ({"text": "QH-"}, ALL),
        ({"text": "QH-1999"}, []),
        ({"person": "林晓", "action": "open"}, [OPEN]),
    ],
)
def test_each_filter(audit, story, asked, shown):
    assert audit(**asked) == shown


def test_a_change_asked_for_and_a_row_changed_are_two_things(audit, story, chain, walk):
    approved = walk(story, to="approved")
    about("organisation.post/1", by=chain.administrator, action="change", changes={"title": ["", "高级企划"]})
    perform(approved.change, by=chain.planner, note="场地换了", declaration=approved.declared)
    offered = dict(audit.client.get(TRAIL).context["question"].fields["action"].choices)
    shown = audit.client.get(TRAIL).context["rows"]

    asked, corrected = ("林晓", "change"), ("贺小川", "change")
    assert {(row.entry.actor_name, row.action) for row in shown if row.entry.action == "change"} == {
        ("林晓", "申请变更"), ("贺小川", "修改"),
    }  # fmt: skip
    assert (offered["change"], offered["row/change"]) == ("申请变更", "修改")
    assert (audit(action="change"), audit(action="row/change")) == ([asked], [corrected])


def test_a_unit_with_everything_below_it(audit, story, chain):
    assert audit(unit=chain.region.pk) == ALL
    assert audit(unit=chain.store.pk) == ALL
    assert audit(unit=chain.other_region.pk) == []


def test_a_period_includes_both_its_days(audit, story):
    today = clock.today()
    late = timezone.localdate(story.trail.last().at)

    assert audit(since=today, until=today) == [TRANSFER, VOUCH, SUBMIT, OPEN]
    assert audit(since=late, until=late) == [ENDORSE]
    assert audit(until=today - timedelta(days=1)) == []


def test_a_period_the_wrong_way_round_is_told_beside_the_field(audit, story):
    answer = audit.client.get(TRAIL, {"since": "2026-03-02", "until": "2026-03-01", "person": "林晓"})

    assert answer.status_code == 422
    assert answer.context["question"].errors == {"until": ["结束早于开始。"]}
    assert 'value="林晓"' in answer.content.decode()


@pytest.mark.parametrize(
    "asked", [{"unit": "999999"}, {"workflow": "no"}, {"since": "gestern"}, {"action": "x' OR 1=1"}]
)
def test_nonsense_is_refused_and_shows_no_line(audit, story, asked):
    answer = audit.client.get(TRAIL, asked)

    assert (answer.status_code, answer.context["rows"]) == (422, [])


def test_pages_follow_one_another_without_gap_or_double(audit, chain):
    for n in range(PAGE * 2 + 3):
        about("clock/1", by=chain.auditor, action="change", changes={"n": [n, n + 1]})
    seen, before = [], None
    while True:
        answer = audit.client.get(TRAIL, {"before": before} if before else {})
        seen += [row.entry.seq for row in answer.context["rows"]]
        before = answer.context["older"]
        if before is None:
            break

    assert seen == list(range(PAGE * 2 + 3, 0, -1))


def subjects_of(answer):
    return {row.entry.subject: row.about for row in answer.context["rows"] if row.entry.subject}


def test_what_a_line_is_about_is_named_in_words(audit, story, chain):
    post = chain.clerk.posts.get()
    paper = IssuedDocument.objects.first()
    names = [f"organisation.post/{post.pk}", f"organisation.post/{post.pk + 99}", subject_of(paper), "clock/1"]
    for name in [*names, "organisation.post/none", EXPORT]:
        about(name, by=chain.administrator, action="change", changes={})
    answer = audit.client.get(TRAIL)
    page = answer.content.decode()

    assert subjects_of(answer) == {
        names[0]: Subject("岗位", "行政部 · 文书"),
        names[1]: Subject("岗位", gone=True),
        names[2]: Subject("已发文件", str(paper)),
        "clock/1": None,
        "organisation.post/none": Subject("岗位"),
        EXPORT: Subject("留痕"),
    }
    assert [words in page for words in ("行政部 · 文书", "已不存在", str(paper), "<code>clock/1</code>")] == [True] * 4
    assert [name for name in names[:3] if name in page] == []


@pytest.mark.parametrize("lines", [1, 12])
def test_naming_them_costs_one_query_for_each_kind(audit, story, chain, lines, django_assert_num_queries):
    today = clock.today()
    for n in range(lines):
        StandIn.objects.create(deputy=chain.nobody, principal=chain.clerk, starts_on=today, ends_on=today, reason=n)
    rows = [*StandIn.objects.order_by("-pk")[:lines], *Post.objects.all()[:lines]]
    for row in [*rows, *Rendition.objects.all()[:lines], *IssuedDocument.objects.all()[:lines]]:
        about(subject_of(row), by=chain.administrator, action="change", changes={})
    audit()  # whatever is loaded once

    with django_assert_num_queries(10 + 4):
        audit()


def test_an_overdue_line_says_so_once(audit, story, chain):
    line = about("clock/1", by=chain.administrator, action="overdue", changes={}, late=True)

    shown = audit.client.get(TRAIL, {"action": "overdue"})

    assert [row.entry for row in shown.context["rows"]] == [line]
    cell = shown.content.decode().split('class="trail-what">')[1].split("</td>")[0]
    assert strip_tags(cell).split() == ["逾期"]


@pytest.mark.parametrize("lines", [1, 40])
def test_the_page_costs_the_same_for_one_line_and_for_many(audit, story, lines, django_assert_num_queries):
    for n in range(lines):
        about("clock/1", by=story.initiator, action="change", changes={"n": [n, n + 1]})
    audit()  # whatever is loaded once

    with django_assert_num_queries(10):  # the calendar among them
        audit()


def test_a_line_expands_to_reason_rules_difference_and_documents(audit, story):
    shown = audit.client.get(TRAIL).content.decode()

    assert "=1+1 出差" in shown
    assert "预算 82,000 ≥ 30,000" in shown
    submitted = story.trail.get(action="submit").documents[0]["id"]
    assert reverse("registry:document", args=[submitted]) in shown


# --- the file ---------------------------------------------------------------------------------------------


def rows_of(answer):
    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(StringIO(content.removeprefix("\ufeff"))))


def test_the_file_holds_exactly_what_the_filter_shows(audit, story):
    answer = audit.client.get(FILE, {"person": "林晓"})
    headings, *_rows = rows_of(answer)
    rows = table_of(audit.client.get(FILE, {"person": "林晓", "action": "submit"}))
    rows += table_of(audit.client.get(FILE, {"person": "林晓", "action": "open"}))

    assert len(headings) == len(COLUMNS) == len(set(headings))
    assert [(row["事项"], row["序号"], row["经办人"], row["动作"]) for row in rows] == [
        (story.reference, "2", "林晓", "提交"),
        (story.reference, "1", "林晓", "发起"),
    ]
    assert "attachment" in answer.headers["Content-Disposition"]


def table_of(answer):
    """The file's lines as {heading: cell}."""
    headings, *rows = rows_of(answer)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_the_file_speaks_in_words_with_the_codes_beside_them(audit, story):
    (endorsed,) = table_of(audit.client.get(FILE, {"action": "endorse"}))
    (submitted,) = table_of(audit.client.get(FILE, {"action": "submit"}))
    (passed_on,) = table_of(audit.client.get(FILE, {"action": "transfer"}))
    declaration = IssuedDocument.objects.get(kind="campaign.declaration")

    assert {name: endorsed[name] for name in ("动作", "动作代码", "流程代码", "经办人", "用户名", "代理对象", "逾期")} == {
        "动作": "大区同意", "动作代码": "endorse", "流程代码": "campaign", "经办人": "吴间",
        "用户名": "wujian", "代理对象": "梁国栋", "逾期": "是",
    }  # fmt: skip
    assert (endorsed["原状态"], endorsed["状态代码"]) == ("大区审核", "region_review → group_review")
    assert (submitted["标题"], submitted["事项"], submitted["事项代码"]) == (
        story.title, story.reference, story.reference,
    )  # fmt: skip
    assert (submitted["依据规则"], submitted["规则代码"]) == (
        "预算 82,000 ≥ 30,000 → 须店总先附议",
        "endorsement_from",
    )
    assert (submitted["文件"], submitted["文件代码"]) == (str(declaration.title).split("：")[0], declaration.kind)
    assert (passed_on["变更内容"], json.loads(passed_on["变更内容代码"])) == (
        "办理人：由“沈若兰”改为“梁国栋”", {"desk": ["沈若兰", "梁国栋"]},
    )  # fmt: skip


def test_the_file_tells_what_was_changed_in_the_words_of_the_form(audit, story, chain, campaign):
    subject = subject_of(chain.planner.posts.get())
    changes = {"role": ["planner", "store_manager"], "ends_on": [None, "2026-12-31"], "title": ["企划", ""]}
    about(subject, by=chain.administrator, action="change", changes=changes)
    row, *_others = table_of(audit.client.get(FILE, {"person": chain.administrator.name}))

    assert (row["事项"], row["事项代码"]) == (f"岗位 {chain.planner.posts.get()}", subject)
    told = {"角色：由“企划专员”改为“店总”", "至：填为“2026-12-31”", "职务名称：删去“企划”"}
    assert set(row["变更内容"].split("；")) == told
    assert json.loads(row["变更内容代码"]) == changes
    Person.objects.filter(pk=chain.auditor.pk).update(language="en")
    english, *_others = table_of(audit.client.get(FILE, {"person": chain.administrator.name}))
    assert (english["Action"], english["Action code"]) == ("changed", "change")
    assert set(english["Difference"].split("; ")) == {
        "role: from “Planner” to “Store manager”", "until: “2026-12-31”", "post title: “企划” taken out",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "changes", "told"),
    [
        ("documents.seal/1", {"withdrawn_at": [None, "2026-11-26T02:42:00+00:00"]}, "停用时间：填为“2026-11-26 10:42”"),
        ("documents.distributionlist/1", {"units": [[], ["财务部", "品牌部"]]}, "单位：填为“财务部；品牌部”"),
        ("organisation.person/0", {"successor": [None, "林晓 #3"]}, "接任人：填为“林晓 #3”"),
        ("organisation.daycorrection/1", {"is_working": [True, False]}, "工作日：由“是”改为“否”"),
        ("gone.kind/1", {"size": ["1", "2"]}, "size：由“1”改为“2”"),
        (EXPORT, {"person": [None, "林晓"]}, "人员：填为“林晓”"),
    ],
)
def test_a_change_of_any_row_is_a_sentence(subject, changes, told, chain):
    entry = about(subject, by=chain.administrator, action="change", changes=changes)

    with translation.override("zh-hans"):
        assert [str(change) for change in Row(entry).changes] == [told]


def test_a_draft_written_anew_is_told_field_by_field(audit, chain, campaign):
    declared = campaign.declared.with_(kind="exposure", group_mark=True, budget=campaign.declared.budget[:1])
    perform(campaign.save_draft, by=chain.planner, declaration=declared)
    (row,) = table_of(audit.client.get(FILE, {"action": "save_draft"}))

    assert "活动类型：由“单店活动”改为“" in row["变更内容"]
    assert [code for code in ("declaration.", "single", "venue ", "group_mark", '{"') if code in row["变更内容"]] == []
    assert "declaration.kind" in row["变更内容代码"]


def test_lines_are_found_by_a_papers_number_in_whatever_writing(audit, open_campaign, walk, story):
    signed = walk(open_campaign(title="另一场"), to="approved")
    number = IssuedDocument.objects.get(matter=signed.pk, kind="campaign.circular").number
    code, _bracket, rest = number.partition("〔")
    all_of_it = [(entry.actor_name, entry.action) for entry in signed.trail.order_by("-at", "-pk")]

    for typed in (number, f"{code}[2026]第１号", f"{code}（2026）001", f" {code} ［２０２６］ １"):
        assert audit(text=typed) == all_of_it, typed
    assert (rest, audit(text=f"{code}(2026)9")) == ("2026〕1号", [])


def test_taking_it_away_is_a_line_that_the_file_does_not_hold(audit, story, chain):
    rows = rows_of(audit.client.get(FILE, {"override": "on"}))
    assert len(rows) == 2

    line = Entry.objects.get(action="export")
    assert (line.actor, line.post_title, line.changes) == (
        chain.auditor, "审计室 · 审计", {"override": [None, "True"]},
    )  # fmt: skip
    assert len(rows_of(audit.client.get(FILE))) == 1 + len(ALL) + 1
    assert ("石坚", "export") in audit()


def test_a_refused_question_gives_no_file_and_no_line(audit, story):
    assert audit.client.get(FILE, {"since": "gestern"}).status_code == 422
    assert not Entry.objects.filter(action="export").exists()


def test_what_a_spreadsheet_would_run_is_made_harmless(audit, story):
    (row,) = rows_of(audit.client.get(FILE, {"override": "on"}))[1:]

    assert "'=1+1 出差" in row


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=A1", "'=A1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(1)", "'@SUM(1)"), ("\tx", "'\tx"), ("\rx", "'\rx"),
     ("＝A1", "'＝A1"), ("＠SUM(1)", "'＠SUM(1)"), ("\n=1", "'\n=1"),
     ("同意", "同意"), ("", ""), ("a=1", "a=1"), ("长" * 40_000, "长" * (MOST_CELL - 1) + "…")],
)  # fmt: skip
def test_harmless(cell, shown):
    assert harmless(cell) == shown


def test_a_regions_auditor_reads_that_region(chain, open_campaign, client):
    here = open_campaign()
    there = open_campaign(by=chain.other_planner, unit=chain.other_store, title="深圳湾店新机节")
    auditor = chain.appoint("auditor", chain.region, "卫明", "weiming")
    client.force_login(auditor)

    page = client.get("/trail/").content.decode()
    file = b"".join(client.get("/trail.csv").streaming_content).decode()

    assert here.reference in page
    assert here.reference in file
    assert there.reference not in page
    assert there.reference not in file
