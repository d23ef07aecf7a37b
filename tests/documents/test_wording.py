"""What papers say, read back from their files: made-up facts, in both languages."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pdfplumber
import pikepdf
import pytest
from django.utils.translation import override

from documents.frozen import in_print, who
from documents.kinds.office import Register, VoidNotice
from documents.press.process import Press
from documents.specimens import facts_of, kinds_made_up
from documents.templatetags.paper import day, instant
from tests.documents.reading import pages_of
from tests.examples import some
from workflows.campaigns.models import Paper
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, Unit
from workflows.organisation.roles import Role

pytestmark = pytest.mark.once

LANGUAGES = ["zh-hans", "en"]


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


@pytest.fixture
def words(press: Press) -> Callable[..., str]:
    """`words(kind, language, **facts)`: all a paper says, without spaces and line ends."""

    def read(kind: str, language: str, **own: Any) -> str:
        pdf, _pages = press.print(kind, language, {**facts_of(kind, language), **own})
        return together("".join(pages_of(pdf)))

    return read


def together(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Paper.APPROVAL, Paper.REJECTION, Paper.CHANGE, Paper.CANCELLATION])
def test_whatever_was_said_is_printed_once(words: Any, kind: str, language: str) -> None:
    facts = facts_of(kind, language)
    said = [*facts.get("opinions", ()), *(facts[name] for name in ("asked", "decision") if name in facts)]
    texts = {one["text"] for one in said if len(one["text"]) > 8}
    text = words(kind, language)

    assert {one: text.count(together(one)) for one in texts} == dict.fromkeys(texts, 1)
    assert texts


def test_brackets_are_as_wide_as_the_characters_around_them(words: Any) -> None:
    over = {language: words(Paper.REPORT, language) for language in LANGUAGES}

    assert "¥87,850（−¥4,949.50）" in over["zh-hans"]
    assert "¥87,850(−¥4,949.50)" in over["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_register_has_the_unit_on_a_line_of_its_own(press: Press, language: str) -> None:
    facts = facts_of(Register.kind, language)
    pdf, _pages = press.print(Register.kind, language, facts)
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        lines = facts["lines"]
        titles, units = (document.pages[0].search(lines[0][name][:10], regex=False) for name in ("title", "unit"))

    assert len(titles) == len(units) == len(lines)
    assert {round(found["x0"], 1) for found in units} == {round(found["x0"], 1) for found in titles}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("zh-hans", "二〇二六年下半年门店营销重点工作责任清单与完成时限"),
        ("en", "Who answers for what in the second half of 2026, and when it has to be done"),
    ],
)
def test_the_outline_of_a_file_has_titles_as_they_stand_however_many_lines_they_take(
    press: Press, language: str, title: str
) -> None:
    facts = facts_of("specimen.circular", language)
    annexed = [{**annex, "title": title} for annex in facts["annexed"]]
    pdf, _pages = press.print("specimen.circular", language, {**facts, "document_title": title, "annexed": annexed})
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_outline() as outline:
        (paper,) = outline.root

    assert (paper.title, paper.children[-1].title) == (title, title)


@pytest.mark.long
@pytest.mark.parametrize(("language", "date"), [("zh-hans", "2026年7月1日"), ("en", "1 July 2026")])
def test_no_line_ends_within_the_number_or_the_date_of_a_cited_paper(press: Press, language: str, date: str) -> None:
    """However long its title is."""
    facts = facts_of(Paper.CHANGE, language)
    base, found = facts["base"], set()
    for more in some(range(0, 26, 2), 5):
        own = {"base": {**base, "title": base["title"] + "n" * more}, "last_change": {}}
        pdf, _pages = press.print(Paper.CHANGE, language, {**facts, **own})
        text = pages_of(pdf)[0]
        found.add(
            (
                base["number"] in text,
                date in text,
                f"{base['number']}{'，' if language == 'zh-hans' else ', '}{date}" in text,
            )
        )

    assert found == {(True, True, True), (True, True, False)}  # a line does end between them


AUTOMATIC = {
    "zh-hans": (
        "制发方式由办公系统按规则自动制发（已到开始日期），无人签发。",
        "由办公系统自动制发，无人签发",
        "系统时钟",
    ),
    "en": (
        "Automaticallybytheoffice'ssystem,ontherule:thestartdatehascome.Nobodysignedit.",
        "Automaticallybytheoffice'ssystem;nobodysignedit",
        "Systemclock",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_the_clock_made_says_so_and_names_nobody(words: Any, language: str) -> None:
    by_rule, by_system, clock = AUTOMATIC[language]
    sheet = words(Paper.TASK, language)
    voided = words(VoidNotice.kind, language, automatic=True, signed_by=facts_of(Paper.TASK, language)["issuer"])

    assert (by_rule in sheet, by_system in voided) == (True, True)
    assert (clock in sheet, clock in voided) == (False, False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_task_sheet_that_a_person_started_names_them(words: Any, language: str) -> None:
    planner = facts_of(Paper.DECLARATION, language)["issuer"]
    label = {"zh-hans": "启动人", "en": "Startedby"}[language]
    sheet = words(Paper.TASK, language, by_clock=False, issuer=planner)

    assert together(f"{label}{planner['person']} · {planner['post']} · 2026-07-01 10:42") in sheet


def test_days_and_instants_are_written_in_one_way_each() -> None:
    stored = ["2026-07-01", "2026-07-01T00:00", "2026-07-01T10:42"]

    assert [instant(value) for value in stored] == ["2026-07-01", "2026-07-01", "2026-07-01 10:42"]
    for language, written in (("zh-hans", "2026年7月1日"), ("en", "1 July 2026")):
        with override(language):
            assert day(stored[0]) == written


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", kinds_made_up())
def test_no_paper_says_the_first_minute_of_a_day(words: Any, kind: str, language: str) -> None:
    """What the clock does as a day begins is of that day, not of its midnight."""
    facts = facts_of(kind, language)
    said = [{**one, "at": "2026-06-26T00:00"} for one in facts.get("opinions", ())]
    own = {"issued_at": "2026-07-01T00:00"} | ({"opinions": said} if said else {})

    assert "00:00" not in words(kind, language, **own)


def test_an_english_paper_is_english_but_for_the_numbers_of_papers(words: Any) -> None:
    """A number is what it is, in whatever language it is cited: 星企发〔2026〕18号; so is a sum in the capitals of a contract."""
    number = re.compile(
        r"人民币[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]+|(集发|集函|集纪|星企发|星租函|星联发|星联函)?(〔\d{4}〕)?(\d+号)?"
    )
    left = {kind: re.findall(r"[\u3400-\u9fff]+", number.sub("", words(kind, "en"))) for kind in kinds_made_up()}

    assert left == {kind: [] for kind in kinds_made_up()}


@pytest.mark.parametrize(
    ("language", "title", "title_en", "said"),
    [
        ("zh-hans", "分管副总裁", "Vice-president for sales", "星桥数码 · 分管副总裁"),
        ("zh-hans", "", "Vice-president for sales", "星桥数码 · 副总裁"),
        ("en", "分管副总裁", "Vice-president for sales", "Star Bridge Digital · Vice-president for sales"),
        ("en", "分管副总裁", "", "Star Bridge Digital · Vice-president"),
        ("en", "CTO", "", "Star Bridge Digital · CTO"),
        ("en", "", "", "Star Bridge Digital · Vice-president"),
    ],
)
def test_a_post_is_named_in_the_papers_language(language: str, title: str, title_en: str, said: str) -> None:
    group = Unit(kind=Unit.Kind.GROUP, name="星桥数码", name_en="Star Bridge Digital")
    person = Person(name="陶静文", name_en="Tao Jingwen")
    with override(language):
        post = Post(person=person, role=Role.VICE_PRESIDENT, unit=group, title=title, title_en=title_en)
        acted = who(person, post, None, clock.now())

    assert acted == {"person": {"zh-hans": "陶静文", "en": "Tao Jingwen"}[language], "post": said, "principal": ""}


def test_a_files_name_no_face_can_draw_stands_in_numbers() -> None:
    assert [in_print(name) for name in ("삼성_计划.pdf", "预算.xlsx")] == ["(U+C0BC)(U+C131)_计划.pdf", "预算.xlsx"]
