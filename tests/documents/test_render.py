"""The press: the same bytes every time, nothing fetched, and a plain word for what cannot be printed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pdfplumber
import pikepdf
import pytest
from django.conf import settings

from documents import press as press_module
from documents.base import record_of
from documents.fonts import faces, unprintable
from documents.press import Press, PressFailed, Unprintable


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


def test_only_the_faces_of_the_foundry_are_used(facts: Any, fresh_press: Any) -> None:
    pdf, _ = fresh_press.print(KIND, "zh-hans", facts)

    with pdfplumber.open(io.BytesIO(pdf)) as document:
        used = {char["fontname"].partition("+")[2] for page in document.pages for char in page.chars}

    assert used == {"Fang", "Hei", "Song", "Biao"} <= set(faces())


@pytest.fixture
def listener() -> Any:
    """A server that only counts who comes."""
    visits: list[str] = []

    class Visited(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Visited)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", visits
    server.shutdown()
    server.server_close()


def test_hostile_text_is_printed_as_text_and_nothing_is_fetched(
    facts: Any, fresh_press: Any, listener: Any, text_of: Any, tmp_path: Any
) -> None:
    address, visits = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("not for paper")
    hostile = (
        f'<img src="{address}/a.png"><link rel=stylesheet href="{address}/b.css">'
        f'<link rel=attachment href="file://{secret}"><style>@import "{address}/c.css";</style>'
        f"<script>alert(1)</script>{{% include 'x' %}}{{{{ facts }}}} url({address}/d) &amp;"
    )
    facts["declared"]["venue"] = hostile
    facts["copies"] = [hostile]

    pdf, _ = fresh_press.print(KIND, "zh-hans", facts)

    text = "".join(text_of(pdf).split())
    assert "".join(hostile.split()) in text
    assert visits == []
    assert b"not for paper" not in pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        attached = document.attachments
        assert list(attached) == ["record.json"]
        assert attached["record.json"].get_file().read_bytes() == record_of(KIND, "zh-hans", facts)


def test_what_hides_or_turns_text_is_left_out(facts: Any, fresh_press: Any, text_of: Any) -> None:
    facts["declared"]["venue"] = "一\u202e层\u2066中\u200b庭\x00\x07\ufeff东\r\n侧"

    pdf, _ = fresh_press.print(KIND, "zh-hans", facts)

    assert "一层中庭东侧" in "".join(text_of(pdf).split())


def test_a_character_no_font_has_is_named(facts: Any, fresh_press: Any) -> None:
    facts["declared"]["venue"] = "一层中庭🎪与ཀ"

    with pytest.raises(Unprintable, match=r"🎪 \(U\+1F3AA\), ཀ \(U\+0F40\)"):
        fresh_press.print(KIND, "zh-hans", facts)

    assert unprintable("喆堃赟玥昉珺，〔2026〕→≥−🎪") == ["🎪"]


def test_a_hundred_thousand_characters_end_in_a_clear_word_or_a_document(facts: Any, fresh_press: Any) -> None:
    facts["declared"]["venue"] = "商" * 100_000
    with pytest.raises(Unprintable, match="页"):
        fresh_press.print(KIND, "zh-hans", facts)

    facts["declared"]["venue"] = "商" * 400_000
    with pytest.raises(Unprintable, match="文字过长"):
        fresh_press.print(KIND, "zh-hans", facts)


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
    with pytest.raises(PressFailed, match="out of time or memory"):
        fresh_press.print(KIND, "zh-hans", {**facts, "copies": ["商" * 30_000]})
    monkeypatch.undo()
    assert fresh_press.print(KIND, "zh-hans", facts) == good


def test_the_web_process_does_not_even_load_the_printer() -> None:
    """Importing all that serves pages leaves WeasyPrint unloaded."""
    code = (
        "import django, sys; django.setup(); import project.urls, documents.queue; "
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
