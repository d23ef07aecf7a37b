"""Fit for the archive, as far as can be checked here: every specimen in both languages.

No validator of PDF/A-3a is to be had as a package; what these tests look at is what the product claims.
"""

from __future__ import annotations

import io
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from zxingcpp import read_barcodes

from documents.base import kinds
from documents.looks import record_of
from documents.press.process import Press
from documents.specimens import facts_of, kinds_made_up

pytestmark = pytest.mark.once

SPECIMENS = [(kind, language) for kind in kinds_made_up() for language in ("zh-hans", "en")]
_press = Press()


@pytest.fixture(scope="module", autouse=True)
def _close_the_press() -> Any:
    yield
    _press.close()


@cache
def printed(kind: str, language: str) -> bytes:
    return _press.print(kind, language, facts_of(kind, language))[0]


@pytest.fixture(params=SPECIMENS, ids="-".join)
def specimen(request: Any) -> tuple[str, str, bytes]:
    kind, language = request.param
    return kind, language, printed(kind, language)


def test_every_kind_has_a_specimen() -> None:
    assert set(kinds_made_up()) == set(kinds())


def test_qpdf_finds_nothing_wrong(specimen: Any, tmp_path: Path) -> None:
    file = tmp_path / "specimen.pdf"
    file.write_bytes(specimen[2])

    answer = subprocess.run(["qpdf", "--check", file], capture_output=True, text=True, check=False)

    assert (answer.returncode, answer.stderr) == (0, "")


def test_it_says_what_it_is(specimen: Any) -> None:
    """Version, language, title to be shown, tags, colours, and the XMP marks of PDF/A-3a."""
    kind, language, pdf = specimen
    facts = facts_of(kind, language)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        said = {
            "version": document.pdf_version,
            "lang": str(root.Lang),
            "tagged": bool(root.MarkInfo.Marked),
            "shows its title": bool(root.ViewerPreferences.DisplayDocTitle),
            "colours": [str(intent.S) for intent in root.OutputIntents],
            "title": str(document.docinfo.Title),
            "created": str(document.docinfo.CreationDate),
            "check code": str(document.docinfo.Keywords),
            "encrypted": document.is_encrypted,
        }
        with document.open_metadata() as xmp:
            marks = {name: xmp.get(f"pdfaid:{name}") for name in ("part", "conformance")}
            title, created = xmp["dc:title"], xmp["xmp:CreateDate"]

    assert said == {
        "version": "1.7",
        "lang": language,
        "tagged": True,
        "shows its title": True,
        "colours": ["/GTS_PDFA1"],
        "title": facts["document_title"],
        "created": "D:20260701",
        "check code": f"check {facts['code']}",
        "encrypted": False,
    }
    assert (marks, title, created[:10]) == ({"part": "3", "conformance": "A"}, facts["document_title"], "2026-07-01")


def test_every_font_is_embedded_and_can_be_read_back(specimen: Any) -> None:
    with pikepdf.open(io.BytesIO(specimen[2])) as document:
        fonts = [
            thing
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"
        ]
        composite = [font for font in fonts if font.Subtype == "/Type0"]
        assert composite
        assert {str(font.Subtype) for font in fonts} == {"/Type0", "/CIDFontType2"}
        for font in composite:
            inner = font.DescendantFonts[0]
            assert "/ToUnicode" in font
            assert len(inner.FontDescriptor.FontFile2.read_bytes()) > 500
            assert str(font.BaseFont)[1:7].isupper()  # a subset says so
            assert str(font.BaseFont)[7] == "+"


def test_nothing_acts_or_reaches_out(specimen: Any) -> None:
    """No script, no form, no file but the record, no address but that of the check page."""
    kind, language, pdf = specimen
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for name in ("/OpenAction", "/AA", "/AcroForm", "/JavaScript"):
            assert name not in document.Root
        targets = {
            str(thing.URI)
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == "/URI"
        }
        assert targets <= {facts_of(kind, language)["check_url"]}
        assert list(document.attachments) == ["record.json"]


def test_the_code_on_it_leads_to_the_check_page(specimen: Any, tmp_path: Path) -> None:
    """Read off every page, printed as coarsely as an office's fax does."""
    kind, language, pdf = specimen
    file = tmp_path / "specimen.pdf"
    file.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", file, tmp_path / "page"], check=True)

    read = [[code.text for code in read_barcodes(Image.open(page))] for page in sorted(tmp_path.glob("page*.png"))]

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert read == [[facts_of(kind, language)["check_url"]]] * len(document.pages)


def test_the_frozen_facts_are_in_it(specimen: Any) -> None:
    kind, language, pdf = specimen
    facts = facts_of(kind, language)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        spec = document.attachments["record.json"]
        content = spec.get_file().read_bytes()
        assert spec.relationship == pikepdf.Name.Data
        assert str(document.Root.AF[0].AFRelationship) == "/Data"
        assert str(spec.get_file().obj.Subtype) == "/application/json"

    assert content == record_of(kind, language, facts)
    assert json.loads(content) == {"kind": kind, "language": language, "facts": json.loads(json.dumps(facts))}


READING_ORDER = {
    "specimen.circular": ["星桥数码文件", "集发〔2026〕7号", "关于印发", "各大区、各门店", "为贯彻落实", "四、有关要求", "附件：", "2026年7月1日", "附件专题任务分工表", "完成时限", "抄送："],
    "specimen.letter": ["星桥数码", "集函〔2026〕12号", "关于征求", "华东大区", "专此函达", "2026年7月1日"],
    "specimen.minutes": ["营销工作会议纪要", "集纪〔2026〕3号", "六月二十九日", "出席", "顾维桢"],
    "specimen.contract": ["铺位续约合同", "甲方", "乙方", "第一条", "第五条", "签署人"],
    "campaign.declaration": ["企划申报表", "城西店数码生活节", "申报事由", "进度安排", "预算", "风险与安全预案"],
}  # fmt: skip


@pytest.mark.parametrize("kind", READING_ORDER)
def test_the_structure_tree_reads_in_order(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "specimen.pdf"
    file.write_bytes(printed(kind, "zh-hans"))

    tree = subprocess.run(["pdfinfo", "-struct-text", file], capture_output=True, text=True, check=True).stdout

    text = "".join(line.strip().strip('"') for line in tree.splitlines() if line.strip().startswith('"'))
    at = -1
    for words in READING_ORDER[kind]:
        found = text.find(words, at + 1)
        assert found > at, f"{words} after {text[max(0, at) : at + 40]}"
        at = found
    assert "H1" in tree
    sealed = facts_of(kind, "zh-hans")["seal"]
    assert ("Figure" in tree) == bool(sealed)  # the foot repeats on every page and is no part of the text
    if sealed:
        with pikepdf.open(file) as document:
            said = [
                str(thing.Alt)
                for thing in document.objects
                if isinstance(thing, pikepdf.Dictionary) and "/Alt" in thing
            ]
        assert "星桥数码集团有限公司印章" in said


def test_what_was_printed_before_makes_no_difference() -> None:
    """A press remembers much from paper to paper; another, which prints them the other way round, makes the same bytes."""
    other = Press()
    try:
        again = {pair: other.print(*pair, facts_of(*pair))[0] for pair in reversed(SPECIMENS)}
    finally:
        other.close()

    assert [pair for pair in SPECIMENS if again[pair] != printed(*pair)] == []


def test_a_paper_of_one_page_is_light() -> None:
    sizes = {kind: len(printed(kind, "zh-hans")) for kind in ("specimen.letter", "specimen.notice", "specimen.score")}

    assert {kind: size for kind, size in sizes.items() if size > 100 * 1024} == {}
