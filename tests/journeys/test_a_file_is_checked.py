"""Somebody drops a file on the check page and sees what it is; the command line says the same."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from documents.models import IssuedDocument, Rendition
from documents.proof.verify import MOST_BYTES, Wrong
from documents.registry import queue, store

pytestmark = [pytest.mark.once, pytest.mark.journey, pytest.mark.django_db(transaction=True)]

DROP = """([name, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type: "application/pdf" }));
    document.getElementById("check-file").dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true }));
}"""


@pytest.fixture
def issued(open_campaign, walk):
    """A circular and its signed file."""
    campaign = walk(open_campaign(), to="approved")
    circular = IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")
    Rendition.objects.exclude(document=circular).update(status="failed")
    assert queue.render_waiting() == 1
    circular.refresh_from_db()
    return circular


@pytest.fixture
def dropped(tmp_path):
    """`dropped(page, name, content)`: the verdict on the page and what it says is wrong."""

    def drop(page, name, content):
        cache.clear()  # a person takes more than a minute for so many
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(content)
        page.set_input_files("#check-choose", path)
        page.wait_for_selector(f"#check-answer:not([aria-busy]) :text('{name}.pdf'), #check-answer .answer-current")
        page.wait_for_selector("#check-answer:not([aria-busy])")
        said = page.locator("#check-answer h2").first.inner_text()
        faults = page.locator("#check-answer [data-fault]")
        return said, {line.get_attribute("data-fault"): line.inner_text() for line in faults.all()}

    return drop


def on_the_command_line(path):
    """The words of the verdict's faults, by fault."""
    printed = io.StringIO()
    with contextlib.suppress(CommandError):
        call_command("verify", "--json", path, stdout=printed)
    (entry,) = json.loads(printed.getvalue())
    return entry["verdict"], {fault["wrong"]: fault["words"] for fault in entry["faults"]}


def test_whatever_was_done_to_a_file_is_seen_without_handing_it_over(issued, forgeries, dropped, open_page, tmp_path):
    content = store.get(issued.rendition.digest)
    page, sent = open_page(phone=True), []
    page.on("request", lambda request: sent.append((request.method, len(request.url), request.post_data)))
    page.goto(reverse("registry:check"))

    assert dropped(page, "genuine", content) == ("属实，现行有效。", {})
    assert issued.title in page.locator("#check-answer").inner_text()
    assert on_the_command_line(tmp_path / "genuine.pdf") == ("current", {})

    seen, told = {}, {}
    for name, forged in forgeries(content, issued.rendition.unsigned_size).items():
        said, seen[name] = dropped(page, name, forged)
        assert said == "与原发文件不符。"
        verdict, told[name] = on_the_command_line(tmp_path / f"{name}.pdf")
        assert verdict == "altered"
        shown = page.locator("#check-answer").inner_text()
        assert (issued.number in shown, "属实" in shown) == (True, False)

    for name in told:  # the browser knows no facts, so that only the command line can say which differ
        told[name] = {wrong: words.partition("不同之处")[0].strip() for wrong, words in told[name].items()}
    assert seen == told
    assert {name: set(faults) for name, faults in seen.items()} == {
        "a byte flipped": {"content"},
        "the signature damaged": {"signature"},
        "bytes appended": {"appended"},
        "the attachment swapped": {"rewritten", "record"},
        "saved anew": {"rewritten"},
        "the signature cut off": {"signature_removed"},
        "saved without the signature": {"rewritten", "signature_removed"},
        "cut short": {"cut_short"},
    }
    assert "17 字节" in seen["bytes appended"]["appended"]
    assert {(method, body) for method, _length, body in sent} == {("GET", None)}  # nothing was uploaded
    assert max(length for _method, length, _body in sent) < 200


def test_what_is_no_paper_of_ours_is_unknown(issued, dropped, open_page):
    content = store.get(issued.rendition.digest)
    page = open_page()
    page.goto(reverse("registry:check"))

    strange = content.replace(b"/Type /ObjStm", b"/Type /ObjStn").replace(b"/EmbeddedFile/", b"/EmbeddedFilm/")
    strange = strange.replace(b"/Type /Metadata", b"/Type /Metadatum")
    words = {
        "picture": (b"\x89PNG" + bytes(99), Wrong.NOT_A_PDF),
        "mute": (strange, Wrong.NO_CODE),
        "invented": (b"%PDF-1.7 check ZZZZ2222YYYY\n", Wrong.NO_SUCH_CODE),
        "huge": (bytes(MOST_BYTES + 1), Wrong.TOO_LARGE),
    }
    for name, (bytes_, wrong) in words.items():
        said, faults = dropped(page, name, bytes_)
        with translation.override("zh-hans"):
            assert (said, faults) == ("查无此件：不是本系统签发的文件。", {wrong.value: str(wrong.label)})


def test_a_file_may_be_dropped_anywhere_on_the_page(issued, open_page):
    import base64

    page = open_page()
    page.goto(reverse("registry:check"))

    page.evaluate(DROP, ["批复.pdf", base64.b64encode(store.get(issued.rendition.digest)).decode()])

    page.wait_for_selector("#check-answer .answer-current")
    assert issued.number in page.locator("#check-answer").inner_text()


def test_on_the_page_of_a_code_a_converted_file_is_held_against_that_paper(issued, dropped, open_page):
    page = open_page()
    page.goto(reverse("registry:check_code", args=[issued.code]))

    said, faults = dropped(page, "printed again", b"%PDF-1.4\n1 0 obj <<>> endobj\nstartxref\n9\n%%EOF\n")

    assert (said, set(faults)) == ("与原发文件不符。", {"rewritten", "signature_removed", "record_missing"})


def test_without_cryptography_or_scripts_the_code_still_works(issued, open_page, new_context, live_server):
    page = open_page()
    page.add_init_script("Object.defineProperty(window.crypto, 'subtle', { value: undefined })")
    page.goto(reverse("registry:check"))
    assert page.locator("#check-insecure").is_visible()
    assert not page.locator("#check-file").is_visible()

    plain = new_context(base_url=live_server.url, java_script_enabled=False).new_page()
    plain.goto(reverse("registry:check"))
    assert not plain.locator("#check-file").is_visible()
    plain.fill("[name=code]", issued.code.lower())
    plain.click("form:has([name=code]) button")
    assert "属实，现行有效" in plain.content()


def test_too_many_checks_are_said_in_words(issued, open_page, tmp_path):
    page = open_page()
    page.goto(reverse("registry:check"))
    page.route("**/check/file/*", lambda route: route.fulfill(status=429, body=""))
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")

    page.set_input_files("#check-choose", tmp_path / "a.pdf")

    page.wait_for_selector("[data-trouble=slow]")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_the_answers(dark, issued, dropped, open_page):
    content = store.get(issued.rendition.digest)
    page = open_page(phone=True, dark=dark)
    page.goto(reverse("registry:check"))

    found = {}
    for name, file in {"genuine": content, "forged": content + b" ", "strange": b"GIF89a"}.items():
        dropped(page, name, file)
        violations = Axe().run(page).response["violations"]
        found |= {f"{name}: {v['id']}": [node["target"] for node in v["nodes"]] for v in violations}

    assert found == {}


def test_a_stranger_reads_the_answer_in_the_other_language_at_once(issued, open_page):
    """Also within the minute for which a browser keeps the answer."""
    page, read = open_page(phone=True), []
    page.goto(reverse("registry:check_code", args=[issued.code]))
    read.append(page.inner_text("#answer-words"))
    for language in ("en", "zh-Hans"):
        page.click(f".switch[hreflang={language}]")
        page.wait_for_selector(f"html[lang={language.lower()}]")
        read.append(page.inner_text("#answer-words"))

    assert read == ["属实，现行有效。", "Genuine and current.", "属实，现行有效。"]
    assert page.url.endswith(reverse("registry:check_code", args=[issued.code]))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
