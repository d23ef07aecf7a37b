"""The press: the same bytes every time, nothing fetched, and a plain word for what cannot be printed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from django.conf import settings
from django.utils.html import strip_tags
from django.utils.translation import override

import documents
from documents.faces.fonts import faces, unprintable
from documents.press import process as press_module
from documents.press.process import Press, PressFailed, TooHeavy, Unprintable
from documents.specimens import facts_of
from documents.templatetags.paper import cited
from tests.documents.reading import pages_of

pytestmark = pytest.mark.once

STYLES = Path(documents.__file__).parent / "styles"


@pytest.fixture
def facts(circular: Any) -> dict[str, Any]:
    return json.loads(json.dumps(circular.facts))


@pytest.fixture
def fresh_press() -> Any:
    made = Press()
    yield made
    made.close()


KIND = "campaign.circular"


def test_the_same_facts_give_the_same_bytes_in_one_process_and_in_two(facts: Any, fresh_press: Any) -> None:
    first, second = (fresh_press.print(KIND, "zh-hans", facts) for _ in range(2))
    other = Press()
    try:
        third = other.print(KIND, "zh-hans", facts)
    finally:
        other.close()

    assert first == second == third


@pytest.mark.parametrize(("language", "sentence"), [("zh-hans", "→ 财务会签"), ("en", "→ Finance")])
def test_the_press_says_the_rules_in_words_though_it_has_no_rule_book(
    fresh_press: Any, language: str, sentence: str
) -> None:
    pdf, _ = fresh_press.print("campaign.approval", language, facts_of("campaign.approval", language))

    text = "".join(pages_of(pdf))
    assert sentence in text
    assert "amount_above" not in text


def test_only_the_faces_of_the_foundry_are_used(facts: Any, fresh_press: Any) -> None:
    pdf, _ = fresh_press.print(KIND, "zh-hans", facts)

    with pdfplumber.open(io.BytesIO(pdf)) as document:
        used = {char["fontname"].partition("+")[2] for page in document.pages for char in page.chars}

    assert used == {"Fang", "Hei", "Song", "Biao"} <= set(faces())


def test_a_title_within_quotation_marks_has_single_ones() -> None:
    paper = {"title": "Approval of the campaign “Spring”", "number": "星企发〔2026〕18号", "on": "2026-07-01"}

    with override("en"):
        assert strip_tags(cited(paper)) == "“Approval of the campaign ‘Spring’” (星企发〔2026〕18号, 1 July 2026)"
    with override("zh-hans"):
        assert strip_tags(cited({**paper, "title": "关于同意举办“春”活动的批复"})) == (
            "《关于同意举办“春”活动的批复》（星企发〔2026〕18号，2026年7月1日）"
        )


@pytest.mark.parametrize("char", ["\U0002ebf0", "\ue815", "\U000f0000"])
def test_a_character_newer_than_this_python_or_for_private_use_is_named_too(fresh_press: Any, char: str) -> None:
    """And not left out of somebody's name."""
    facts = facts_of("specimen.score", "zh-hans")

    with pytest.raises(Unprintable, match=f"U\\+{ord(char):04X}"):
        fresh_press.print("specimen.score", "zh-hans", {**facts, "person": f"张{char}国"})


def test_a_cited_paper_has_its_number_and_date_in_one_piece_each_and_its_title_as_it_stands() -> None:
    paper = {"title": "A < B & C", "number": "星企发〔2026〕18号", "on": "2026-07-01"}
    number, date = '<span class="whole">星企发〔2026〕18号</span>', '<span class="whole">1 July 2026</span>'

    with override("en"):
        assert cited(paper) == f"“A &lt; B &amp; C” ({number}, {date})"
        assert cited({**paper, "number": ""}) == f"“A &lt; B &amp; C” ({date})"
        assert cited({**paper, "number": "<" * 25}) == f"“A &lt; B &amp; C” ({'&lt;' * 25}, {date})"


def test_a_character_no_font_has_is_named(facts: Any, fresh_press: Any) -> None:
    facts["declared"]["venue"] = "一层中庭🎪与ཀ"

    with pytest.raises(Unprintable, match=r"🎪 \(U\+1F3AA\), ཀ \(U\+0F40\)"):
        fresh_press.print(KIND, "zh-hans", facts)

    assert unprintable("喆堃赟玥昉珺，〔2026〕→≥−🎪") == ["🎪"]


def test_the_press_goes_on_after_one_it_refused(facts: Any, fresh_press: Any) -> None:
    good = fresh_press.print(KIND, "zh-hans", facts)
    with pytest.raises(Unprintable):
        fresh_press.print(KIND, "zh-hans", {**facts, "group": "🎪"})

    assert fresh_press.print(KIND, "zh-hans", facts) == good


def test_a_press_that_dies_or_hangs_is_replaced(facts: Any, fresh_press: Any, monkeypatch: Any) -> None:
    good = fresh_press.print(KIND, "zh-hans", facts)

    fresh_press._child.kill()
    fresh_press._child.wait()
    assert fresh_press.print(KIND, "zh-hans", facts) == good

    monkeypatch.setattr(press_module, "SECONDS", 0.01)
    with pytest.raises(TooHeavy, match="用时超过"):
        fresh_press.print(KIND, "zh-hans", {**facts, "copies": ["商" * 30_000]})
    monkeypatch.undo()
    assert fresh_press.print(KIND, "zh-hans", facts) == good


def test_only_the_answer_to_its_own_job_counts(facts: Any, fresh_press: Any) -> None:
    """Somebody left an answer unheard, or was handed another document under the right number."""
    good, other = (
        fresh_press.print(KIND, "zh-hans", facts),
        press_module._job(KIND, "zh-hans", {**facts, "note": "另一份"}),
    )

    fresh_press._say(fresh_press._child, f"{fresh_press._number} {other}\n")
    with pytest.raises(PressFailed, match="与所要求的不符"):
        fresh_press.print(KIND, "zh-hans", facts)
    assert fresh_press.print(KIND, "zh-hans", facts) == good

    fresh_press._say(fresh_press._child, f"{fresh_press._number + 1} {other}\n")
    with pytest.raises(PressFailed, match="与所要求的不符"):
        fresh_press.print(KIND, "zh-hans", facts)
    assert fresh_press.print(KIND, "zh-hans", facts) == good


GARBLED = [
    b"not JSON\n",
    b'"half\xff"\n',
    b"[]\n",
    b"[" * 50_000 + b"\n",
    b'{"size": 0}\n',
    b'{"number": 1, "size": "7", "memory": 1, "pages": 1}\nabcdefg',
    b'{"number": 1, "size": -5, "memory": 1, "pages": 1}\nabcdefg',
    b'{"number": 1, "size": 1e9, "memory": 1, "pages": 1}\nabcdefg',
    b'{"number": 1, "size": 99999999999, "memory": 1, "pages": 1}\nabcdefg',
    b'{"number": 1, "size": 3}\nabc',
    b'{"number": 1, "size": 0, "memory": 1, "trouble": "Nobody knows"}\n',
    b'{"number": 1, "size": 0, "memory": 1}\n',
    b'{"number": 1, "size": 0, "so_far": 1}\n' * 100,
]


def test_an_answer_nobody_can_make_sense_of_is_the_presss_fault(facts: Any, fresh_press: Any, monkeypatch: Any) -> None:
    ready = b'{"number": 0, "size": 0, "memory": 1, "made_with": "a stranger"}\n'
    for number, garbled in enumerate(GARBLED, 1):
        answer = garbled.replace(b'"number": 1', b'"number": %d' % number)
        talk = f"import sys; say = sys.stdout.buffer.raw.write; say({ready!r}); input(); say({answer!r}); input()"
        with monkeypatch.context() as now:
            now.setattr(press_module, "COMMAND", ["-c", talk])
            with pytest.raises(PressFailed, match="无法识别"):
                fresh_press.print(KIND, "zh-hans", facts)

    assert fresh_press.print(KIND, "zh-hans", facts)[0].startswith(b"%PDF")  # by a press that makes sense


def test_a_press_outlives_the_thread_that_asked_for_it_first(facts: Any, fresh_press: Any) -> None:
    with ThreadPoolExecutor(1) as threads:
        good = threads.submit(fresh_press.print, KIND, "zh-hans", facts).result()
    child = fresh_press._child.pid

    assert fresh_press.print(KIND, "zh-hans", facts) == good
    assert fresh_press._child.pid == child


def test_a_forked_worker_prints_with_a_press_of_its_own(facts: Any, fresh_press: Any) -> None:
    """Even where a thread was printing at the moment of the fork, and nobody in the new process will ever let go."""
    good = fresh_press.print(KIND, "zh-hans", facts)
    with fresh_press._lock:
        pid = os.fork()
        if not pid:
            outcome = 1
            try:
                outcome = int(fresh_press.print(KIND, "zh-hans", facts) != good)
                fresh_press.close()
            finally:
                os._exit(outcome)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        assert fresh_press.print(KIND, "zh-hans", facts) == good


def test_a_press_that_starts_too_slowly_is_no_fault_of_the_document(
    facts: Any, fresh_press: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(press_module, "START_SECONDS", 0.01)
    with pytest.raises(PressFailed, match="用时超过"):
        fresh_press.print(KIND, "zh-hans", facts)

    monkeypatch.undo()
    assert fresh_press.print(KIND, "zh-hans", facts)


def test_the_web_process_does_not_even_load_the_printer() -> None:
    """Importing all that serves pages leaves WeasyPrint unloaded."""
    code = (
        "import django, sys; django.setup(); import project.urls, documents.registry.queue; "
        "sys.exit('weasyprint' in sys.modules)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "project.settings", "PATH": ""}
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (outcome.returncode, outcome.stderr) == (0, "")


class Interrupted(BaseException):
    """As a worker's time limit raises it: in the middle of anything."""


@pytest.mark.parametrize("where", ["while it is printed", "between the parts of a print file"])
def test_a_job_that_was_interrupted_leaves_nothing_for_the_next(fresh_press: Any, monkeypatch: Any, where: str) -> None:
    letter, minutes = ((kind, "zh-hans", facts_of(kind, "zh-hans")) for kind in ("specimen.letter", "specimen.minutes"))
    wanted = fresh_press.print(*minutes)

    def interrupt(*_: Any) -> None:
        raise Interrupted

    with monkeypatch.context() as now:
        if where == "while it is printed":
            now.setattr(fresh_press, "_hear", interrupt)
            job = partial(fresh_press.print, *letter)
        else:
            job = partial(fresh_press.print_together, "batch", [letter, letter], interrupt)
        with pytest.raises(Interrupted):
            job()

    assert fresh_press.print(*minutes) == wanted
