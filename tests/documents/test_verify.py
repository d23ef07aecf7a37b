"""A file is genuine to the last byte or it is not; and if not, it is said what happened to it."""

from __future__ import annotations

import io
import json
import random
import re
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from documents.models import IssuedDocument, Rendition, Voiding
from documents.proof import sign, verify
from documents.proof.keys import run_aside
from documents.proof.verify import Verdict, Wrong, codes_in, examine
from documents.registry import store
from tests.examples import examples
from workflows.organisation import clock


@pytest.fixture
def content(issued: Any) -> bytes:
    return store.get(issued.rendition.digest)


def found(finding: verify.Finding) -> tuple[str, list[tuple[str, int]]]:
    """Verdict, and what is wrong by how much."""
    return finding.verdict.value, [(fault.wrong.value, fault.count) for fault in finding.faults]


def replaced(document: IssuedDocument) -> IssuedDocument:
    return IssuedDocument.objects.create(
        matter=document.matter,
        kind=document.kind,
        title=document.title,
        language=document.language,
        facts=document.facts,
        number="星企发〔2026〕99号",
        replaces=document,
        issued_by=document.issued_by,
        issued_at=clock.now() + timedelta(days=1),
    )


# --- genuine ------------------------------------------------------------------------------------------------


def test_the_file_that_was_issued_is_genuine_until_it_is_replaced_or_void(
    issued: Any, content: bytes, chain: Any
) -> None:
    assert found(examine(content)) == ("current", [])

    successor = replaced(issued)
    finding = examine(content)
    assert (found(finding), finding.standing.successor, finding.document) == (("replaced", []), successor, issued)

    notice = replaced(issued)
    Voiding.objects.create(document=issued, notice=notice, reason="印错", by=chain.clerk)
    finding = examine(content)
    assert (found(finding), finding.standing.notice) == (("void", []), notice.number)
    assert finding.standing.voided_on == timezone.localdate()


def test_a_stored_file_is_no_proof_when_its_signature_is_not_the_one_recorded(issued: Any, content: bytes) -> None:
    Rendition.objects.filter(pk=issued.pk).update(signer="0" * 64)

    assert found(examine(content)) == ("altered", [("signature", 0)])


def test_a_file_from_before_papers_were_signed_is_genuine_by_its_hash(issued: Any, content: bytes) -> None:
    plain = content[: issued.rendition.unsigned_size]
    Rendition.objects.filter(pk=issued.pk).update(
        digest=store.put(plain), size=len(plain), unsigned_size=0, unsigned_digest="", signer=""
    )

    assert found(examine(plain)) == ("current", [])
    assert found(examine(plain + b"\n")) == ("altered", [("appended", 1)])


# --- not what was issued --------------------------------------------------------------------------------------


def test_whatever_is_done_to_a_file_is_said(issued: Any, content: bytes, forgeries: Any) -> None:
    said = {name: examine(forged) for name, forged in forgeries(content, issued.rendition.unsigned_size).items()}

    assert {name: found(finding) for name, finding in said.items()} == {
        "a byte flipped": ("altered", [("content", 0)]),
        "the signature damaged": ("altered", [("signature", 0)]),
        "bytes appended": ("altered", [("appended", 17)]),
        "the attachment swapped": ("altered", [("rewritten", 0), ("record", 0)]),
        "saved anew": ("altered", [("rewritten", 0)]),
        "the signature cut off": ("altered", [("signature_removed", 0)]),
        "saved without the signature": ("altered", [("rewritten", 0), ("signature_removed", 0)]),
        "cut short": ("altered", [("cut_short", 1000)]),
    }
    assert {(finding.document, finding.code, finding.standing.verdict) for finding in said.values()} == {
        (issued, issued.code, Verdict.CURRENT)
    }


def test_a_swapped_record_is_compared_fact_by_fact(issued: Any, content: bytes) -> None:
    facts = json.loads(json.dumps(issued.facts))
    facts["declared"]["total"], facts["declared"]["venue"] = "999999.00", "顶楼"
    facts["declared"]["budget"][0]["amount"] = "1"
    record = json.dumps({"kind": issued.kind, "language": issued.language, "facts": facts}).encode()
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.attachments["record.json"] = pikepdf.AttachedFileSpec(document, record, filename="record.json")
        document.save(written)

    fault = examine(written.getvalue()).faults[1]

    assert (fault.wrong, fault.names) == (
        Wrong.RECORD,
        ("facts.declared.budget.0.amount", "facts.declared.total", "facts.declared.venue"),
    )
    with translation.override("en"):
        assert str(fault) == (
            "The attached record is not the one that was issued. "
            "It differs in: facts.declared.budget.0.amount, facts.declared.total, facts.declared.venue."
        )


def test_a_file_without_its_record_or_with_all_its_objects_packed_is_still_recognised(
    issued: Any, content: bytes
) -> None:
    packed, bare = io.BytesIO(), io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=True)
        del document.attachments["record.json"]
        document.save(bare, object_stream_mode=pikepdf.ObjectStreamMode.disable)

    assert found(examine(packed.getvalue())) == ("altered", [("rewritten", 0)])
    assert found(examine(bare.getvalue())) == ("altered", [("rewritten", 0), ("record_missing", 0)])


def test_a_later_revision_that_readers_would_call_intact_is_bytes_appended(issued: Any, content: bytes) -> None:
    writer, written = IncrementalPdfFileWriter(io.BytesIO(content)), io.BytesIO()
    writer.set_custom_trailer_entry("/Approved", writer.root["/Lang"])
    writer.update_root()
    writer.write(written)
    forged = written.getvalue()

    (signature,) = PdfFileReader(io.BytesIO(forged)).embedded_signatures
    trusted = ValidationContext(trust_roots=[signature.signer_cert])
    assert run_aside(async_validate_pdf_signature(signature, trusted)).intact
    assert found(examine(forged)) == ("altered", [("appended", len(forged) - len(content))])


def test_a_paper_signed_anew_by_somebody_else_is_not_ours(issued: Any, content: bytes, office_key: Any) -> None:
    plain = content[: issued.rendition.unsigned_size]
    office_key("forger")
    signed_anew = sign.sign(plain, "zh-hans").content
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain)) as document:
        document.save(saved)

    assert found(examine(signed_anew)) == ("altered", [("signature", 0), ("signed_by_another", 0)])
    assert found(examine(sign.sign(saved.getvalue(), "en").content)) == (
        "altered",
        [("rewritten", 0), ("signed_by_another", 0)],
    )


def test_what_is_ours_but_not_in_the_books_is_told_from_what_is_not_ours(issued: Any, printed: Any) -> None:
    """A copy of the database from before the paper was issued has come back."""
    facts = json.loads(json.dumps(issued.facts).replace(issued.code, "ZZZZ2222YYYY"))
    lost = printed(IssuedDocument(kind=issued.kind, language=issued.language, facts=facts))

    assert found(examine(sign.sign(lost, "zh-hans").content)) == ("unknown", [("ours_but_unknown", 0)])
    assert (found(examine(lost)), examine(lost).code) == (("unknown", [("no_such_code", 0)]), "ZZZZ2222YYYY")


@pytest.fixture
def office_key(settings: Any, tmp_path: Path) -> Any:
    """`office_key("forger")`: from here on another key signs."""

    def other(name: str) -> None:
        settings.SIGNING_ROOT = tmp_path / name

    return other


def test_a_document_whose_file_is_not_made_yet_has_no_file(circular: Any, printed: Any) -> None:
    assert found(examine(printed(circular))) == ("altered", [("not_made", 0)])


# --- any byte ----------------------------------------------------------------------------------------------------


def test_no_byte_can_be_flipped(issued: Any, content: bytes) -> None:
    size, unsigned = len(content), issued.rendition.unsigned_size
    places = random.Random(20260309).sample(range(size), 250)
    places += random.Random(7).sample(range(unsigned, size), 100)  # the signature's part is small
    places += [0, 1, unsigned - 1, unsigned, size - 1]

    for place in places:
        bit = 1 << place % 8
        finding = examine(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
        expected = {("content", 0)} if place < unsigned else {("signature", 0)}
        verdict, faults = found(finding)
        if place >= 5:  # without its first bytes it is no PDF any more
            assert (verdict, expected <= set(faults)) == ("altered", True), (place, finding)
        assert not finding.genuine


@pytest.mark.hypothesis
def test_nothing_cut_out_put_in_or_turned_round_passes(issued: Any, content: bytes) -> None:
    @settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
    @given(
        st.integers(0, len(content)), st.integers(0, len(content)), st.binary(max_size=40), st.booleans()
    )  # fmt: skip
    def tampered(start: int, end: int, put_in: bytes, backwards: bool) -> None:
        start, end = sorted((start, end))
        middle = content[start:end][::-1] if backwards else b""
        changed = content[:start] + put_in + middle + content[end:]
        assert examine(changed).genuine == (changed == content)

    tampered()


HOSTILE = {
    "nothing": b"",
    "not a PDF": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "only a head": b"%PDF-1.7",
    "a loop of tables": b"%PDF-1.7\n1 0 obj\n<</Type /XRef /Prev 9 /Size 99999999>>\nstream\n"
    + b"startxref\n9\n%%EOF" * 99,
    "a table beyond the end": b"%PDF-1.7\nstartxref\n9999999999\n%%EOF",
    "a bomb": b"%PDF-1.7\n1 0 obj\n<</Type /ObjStm /Filter /FlateDecode>>\nstream\n"
    + zlib.compress(bytes(200_000_000), 9)
    + b"\nendstream",
    "many small bombs": (b"%PDF-1.7\n" + b"1 0 obj <</Type /EmbeddedFile /Filter /FlateDecode>> stream\n") * 50_000,
    "deep JSON": b"%PDF-1.7\n1 0 obj <</Type /EmbeddedFile>> stream\n" + b"[" * 500_000 + b"\nendstream",
    "a range beyond the end": b"%PDF-1.7 /ByteRange [0 10 9999999999 9999999999]",
    "a signature of nonsense": b"%PDF-1.7 /ByteRange [0000000000 0000000052 0000000060 0000000000]<zzzzzz>",
    "half a number": b"%PDF-1.7 /ByteRange [0 " + b"9" * 100_000,
    "spaces": b"%PDF-1.7 /Type" + b" " * 3_000_000,
    "too large": bytes(verify.MOST_BYTES + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_get_an_answer_soon(name: str, db: None) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF)
    finding = examine(HOSTILE[name])
    after = resource.getrusage(resource.RUSAGE_SELF)

    assert (finding.verdict, len(finding.faults)) == (Verdict.UNKNOWN, 1)
    assert after.ru_utime - before.ru_utime < 3
    assert after.ru_maxrss - before.ru_maxrss < 200 << 10  # KiB


def test_hostile_records_of_a_known_paper_are_just_foreign(issued: Any) -> None:
    start = b"%PDF-1.7\n% check " + issued.code.encode() + b"\n1 0 obj <</Type /EmbeddedFile"
    deep = start + b">> stream\n" + b"[" * 500_000 + b"\nendstream"
    bomb = start + b" /Filter /FlateDecode>> stream\n" + zlib.compress(bytes(50_000_000)) + b"\nendstream"
    strange = start + b" /Filter /LZWDecode>> stream\nxyz\nendstream"

    assert [found(examine(content))[1][-1] for content in (deep, bomb, strange)] == [("record", 0)] * 3


def test_what_a_foreign_record_says_is_neither_believed_nor_carried_out(issued: Any) -> None:
    """Names that would wipe what a terminal shows, that are half a character, and a million long ones."""
    start = b"%PDF-1.7\n% check " + issued.code.encode() + b"\n1 0 obj <</Type /EmbeddedFile"
    wiping, half = '{"\\u001b[2K\\nGenuine": 1}', '{"\\ud83c": 1}'
    many = json.dumps({"a" * 100_000: [0] * 1_000_000})
    said = [
        examine(start + b" /Filter /FlateDecode>> stream\n" + zlib.compress(record.encode()) + b"\nendstream")
        for record in (wiping, half, many)
    ]

    names = [set(finding.faults[-1].names) - {"facts", "kind", "language"} for finding in said]
    assert names == [{"\ufffd[2K\ufffdGenuine"}, {"\ufffd"}, {"a" * 60}]


def test_a_title_that_names_another_paper_does_not_lead_there(issued: Any, content: bytes) -> None:
    elsewhere = [f"check {'23456789ABCD'[shift:]}{'23456789ABCD'[:shift]}" for shift in range(6)]
    file = (
        b"%PDF-1.7\n<</Title (" + " ".join(elsewhere).encode() + b")/Keywords (check " + issued.code.encode() + b")>>"
    )

    assert codes_in(file)[0] == issued.code
    assert examine(file).document == issued


# --- the command line ----------------------------------------------------------------------------------------------


def run(*arguments: Any) -> tuple[int, str]:
    """The exit code and what was printed."""
    printed = io.StringIO()
    try:
        call_command("verify", *map(str, arguments), "--no-color", stdout=printed)
    except CommandError as error:
        return error.returncode, printed.getvalue()
    return 0, printed.getvalue()


def test_the_command_line_says_what_each_file_is(issued: Any, content: bytes, forgeries: Any, tmp_path: Path) -> None:
    genuine, forged = tmp_path / "批复.pdf", tmp_path / "appended.pdf"
    genuine.write_bytes(content)
    forged.write_bytes(forgeries(content, issued.rendition.unsigned_size)["bytes appended"])

    assert run(genuine) == (
        0,
        f"{genuine}\n  属实，现行有效。\n"
        f"  批复 · {issued.number} · {issued.title} · {timezone.localdate(issued.issued_at)} · {issued.code}\n"
        f"  排印环境：{issued.rendition.made_with}\n"
        f"  SHA-256 {issued.rendition.digest}\n",
    )
    code, said = run(genuine, forged)
    assert (code, "与原发文件不符。\n  · 签名之后被追加了 17 字节" in said) == (1, True)
    code, said = run(forged, "--language", "en")
    assert (code, "That document: Genuine and current." in said) == (1, True)

    replaced(issued)
    code, said = run(genuine)
    assert (code, "已被新文件替代" in said, "星企发〔2026〕99号" in said) == (3, True, True)
    assert run(tmp_path / "nowhere.pdf", genuine)[0] == 2


def test_the_command_line_speaks_to_programs_too(issued: Any, content: bytes, tmp_path: Path, forgeries: Any) -> None:
    forged = tmp_path / "swapped.pdf"
    forged.write_bytes(forgeries(content, issued.rendition.unsigned_size)["the attachment swapped"])

    code, said = run("--json", "--language", "en", forged)

    (entry,) = json.loads(said)
    assert (code, [fault["wrong"] for fault in entry["faults"]]) == (1, ["rewritten", "record"])
    assert entry["faults"][1]["facts"][:3] == ["facts.annexes", "facts.campaign", "facts.check_url"]
    assert re.fullmatch(r"[0-9a-f]{64}", entry["sha256"])
    assert entry["document"] == {
        "kind": "campaign.circular",
        "number": issued.number,
        "title": issued.title,
        "issued_on": str(timezone.localdate(issued.issued_at)),
        "standing": "current",
        "voided_on": "",
        "void_notice": "",
        "made_with": issued.rendition.made_with,
        "replaced_by": "",
    }
