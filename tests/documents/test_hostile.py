"""Whatever somebody types into a field ends as text on a paper, or in a plain word why not; and the next paper comes.

Everything here goes through a real press. Somebody listens on a port meanwhile, and a file lies
about that nobody may read.
"""

from __future__ import annotations

import io
import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pdfplumber
import pikepdf
import pytest

from documents.looks import record_of
from documents.press import process as press_module
from documents.press.process import Press, Trouble

pytestmark = pytest.mark.once

CIRCULAR = "campaign.circular"
HAN = re.compile("[\u4e00-\u9fff]")
AT_MOST = press_module.SECONDS + 5  # wall clock for any one job; on an idle machine the slowest takes a third of it


@pytest.fixture(scope="module")
def own_press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def bait(listener: socket.socket, tmp_path: Any) -> Iterator[dict[str, str]]:
    """Addresses that must stay unvisited, and a file that must stay unread: afterwards nobody has come."""
    secret = tmp_path / "secret.txt"
    secret.write_text("not for paper")
    yield {"host": f"127.0.0.1:{listener.getsockname()[1]}", "file": str(secret)}
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.fixture
def facts(circular: Any) -> dict[str, Any]:
    return json.loads(json.dumps(circular.facts))


TRICKS = [
    '<img src="http://{host}/a.png" onerror="alert(1)"><script src="//{host}/b.js"></script>',
    '<link rel=stylesheet href="ftp://{host}/c.css"><link rel=attachment href="file://{file}">',
    '<style>@import "http://{host}/d.css"; @font-face{{font-family:x;src:url(http://{host}/e)}} *{{display:none}}</style>',
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{file}"/><use href="http://{host}/f#g"/></svg>',
    '<!DOCTYPE x [<!ENTITY y SYSTEM "file://{file}">]><x>&y;</x>',
    '<iframe src="javascript:alert(1)"></iframe><object data="data:text/html,<b>x</b>"></object>',
    "</td></table></body></html><base href=http://{host}/>&amp;&lt;&#60;<!-- ",
    "{{{{ facts }}}}{{% include 'x' %}}{{% load i18n %}}{{# gone #}}${{7*7}}",
    '" style="background:url(http://{host}/h)" x=\'url(file://{file})\'; content: url(data:image/png;base64,AAAA)',
    "\\66 ile: url\\28http://{host}/i\\29 /* */ ]]>",
]


def poisoned(value: Any, trick: str) -> Any:
    """`value` with the trick behind every text somebody may have typed."""
    if isinstance(value, str):
        return value + trick if HAN.search(value) else value
    if isinstance(value, dict):
        return {name: poisoned(inner, trick) for name, inner in value.items()}
    return [poisoned(inner, trick) for inner in value] if isinstance(value, list) else value


def running_text(pdf: bytes) -> str:
    """What stands in the type area: a field that runs over a page has no foot in its middle."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        pages = [page.crop((0, 0, page.width, 262.5 * 72 / 25.4)) for page in document.pages]
        return "\n".join(page.extract_text() for page in pages)


def together(text: str) -> str:
    return "".join(text.split())


def test_in_every_field_of_every_kind_it_is_text(papers: Any, own_press: Press, bait: Any, text_of: Any) -> None:
    tricks = [trick.format(**bait) for trick in TRICKS]
    for number, (kind, paper) in enumerate(papers().items()):
        trick = tricks[number % len(tricks)]
        facts = poisoned(paper.facts, trick)

        pdf, _pages = own_press.print(kind, paper.language, facts)

        assert together(trick) in together(text_of(pdf)), kind
        assert b"not for paper" not in pdf


@pytest.mark.parametrize("trick", TRICKS)
def test_markup_is_printed_as_it_was_typed(facts: Any, own_press: Press, bait: Any, trick: str) -> None:
    hostile = trick.format(**bait)
    facts["declared"]["venue"] = facts["note"] = hostile
    facts["copies"] = [hostile]

    pdf, pages = own_press.print(CIRCULAR, "zh-hans", facts)

    assert together(running_text(pdf)).count(together(hostile)) >= 2
    assert b"not for paper" not in pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        attached = document.attachments
        assert list(attached) == ["record.json"]
        assert attached["record.json"].get_file().read_bytes() == record_of(CIRCULAR, "zh-hans", facts)
        assert pages == len(document.pages)
        assert links(document) == {facts["check_url"]}  # the only address on the paper is our own


def links(document: pikepdf.Pdf) -> set[str]:
    return {
        str(mark.A.URI)
        for page in document.pages
        for mark in page.get("/Annots", [])
        if "/A" in mark and "/URI" in mark.A
    }


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("一\u202e层\u2066中\u200b庭\u2069\u202c东侧", "一层中庭东侧"),
        ("一层\x00中庭\x07\x1b[31m东侧\x7f\x85", "一层中庭[31m东侧"),
        ("\ufeff一层\u00ad中庭\u2060\U000e0041东侧\r\n北门", "一层中庭东侧北门"),
    ],
)
def test_what_hides_or_turns_text_is_left_out(
    facts: Any, own_press: Press, text_of: Any, typed: str, shown: str
) -> None:
    facts["declared"]["venue"] = typed

    pdf, _pages = own_press.print(CIRCULAR, "zh-hans", facts)

    assert shown in together(text_of(pdf))


OUTSIZE: dict[str, tuple[Any, str]] = {
    "100 000 characters": ("商" * 100_000, "页，超过上限"),
    "400 000 characters": ("商" * 400_000, "文字过长"),
    "9 900 letters without a gap": ("x" * 9_900, "printed"),
    "11 000 letters without a gap": ("x" * 11_000, r"文字中有 110\d\d 个字符连续不断，无法换行"),
    "200 000 stops without a gap": ("。" * 200_000, r"文字中有 2000\d\d 个字符连续不断，无法换行"),
    "90 000 line ends": ("行\n" * 90_000, "页，超过上限"),
    "20 000 marks on one letter": ("e" + "\u0301" * 20_000, r"U\+0301|printed"),
    "10 MB": ("商场" * 1_700_000, "文字过长"),
    "no font has it": ("一层中庭🎪与ཀ", r"🎪 \(U\+1F3AA\), ཀ \(U\+0F40\)"),
    "half a character": ("一层\ud83c中庭", "不完整的字符"),
    "a number": (10**4000, "printed"),
}


@pytest.mark.parametrize("what", OUTSIZE)
def test_too_much_in_one_field_ends_in_a_word_or_a_paper(facts: Any, own_press: Press, what: str) -> None:
    good = own_press.print(CIRCULAR, "zh-hans", facts)
    typed, reason = OUTSIZE[what]

    begun = time.monotonic()
    said = outcome(own_press, CIRCULAR, {**facts, "declared": {**facts["declared"], "venue": typed}})

    assert re.search(reason, said), said
    assert time.monotonic() - begun < AT_MOST
    assert own_press.print(CIRCULAR, "zh-hans", facts) == good


@pytest.mark.parametrize(("lines", "reason"), [(5_000, "文字过长"), (1_000, "printed|页，超过上限")])
def test_a_huge_table_ends_in_a_word_or_a_paper(papers: Any, own_press: Press, lines: int, reason: str) -> None:
    sheet = papers()["campaign.declaration"]
    facts = json.loads(json.dumps(sheet.facts))
    facts["declared"]["budget"] = facts["declared"]["budget"][:1] * lines

    begun = time.monotonic()
    said = outcome(own_press, sheet.kind, facts)

    assert re.search(reason, said), said
    assert time.monotonic() - begun < AT_MOST
    assert outcome(own_press, sheet.kind, sheet.facts) == "printed"


def outcome(own_press: Press, kind: str, facts: dict[str, Any]) -> str:
    try:
        pdf, pages = own_press.print(kind, "zh-hans", facts)
    except Trouble as trouble:
        return str(trouble)
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == pages
    return "printed"


BUSY = """
from documents.press import __main__ as child

def load(was=child.load):
    memory, made_with = was()
    from documents.press import render

    def lay_out(look, facts, record):
        exec(facts["code"], {})

    render.lay_out = lay_out
    return memory, made_with

child.load, child.CPU_SECONDS = load, 2
child.main()
"""

LOOPS = {
    "while True: pass": "用时超过上限",
    "bytearray(2 << 30)": "所需内存超过上限",
    "def deeper(): deeper()\ndeeper()": "嵌套过深",
    "1 / 0": "无法排版：ZeroDivisionError",
    "float(10**400)": "无法排版：OverflowError",
    "from weasyprint.urls import FatalURLFetchingError; raise FatalURLFetchingError('http://x')": "外部内容：http://x",
    "open('/etc/passwd')": "外部内容：open",
    "import os; os.kill(os.getpid(), 9)": "外部内容：os.kill",
    "import os; os._exit(3)": "退出码 3",
    "raise SystemExit": "出错：SystemExit",
    "raise KeyError('no such template')": "出错：KeyError",
}


@pytest.fixture(scope="module")
def busy_press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


@pytest.mark.parametrize("code", LOOPS)
def test_a_page_that_runs_away_is_stopped(busy_press: Press, monkeypatch: Any, code: str) -> None:
    """What a layout might do, put in its place: no text that anybody types does these today. Each comes after another."""
    monkeypatch.setattr(press_module, "COMMAND", ["-c", BUSY])
    with pytest.raises(Trouble) as caught:
        busy_press.print(CIRCULAR, "zh-hans", {"code": code})
    assert re.search(LOOPS[code], str(caught.value))


def test_after_a_page_that_ran_away_a_press_prints(facts: Any, monkeypatch: Any) -> None:
    own = Press()
    try:
        with monkeypatch.context() as now:
            now.setattr(press_module, "COMMAND", ["-c", BUSY])
            with pytest.raises(Trouble):
                own.print(CIRCULAR, "zh-hans", {"code": "import os; os._exit(3)"})
        assert own.print(CIRCULAR, "zh-hans", facts)[1] > 1
    finally:
        own.close()
