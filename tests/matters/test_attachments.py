"""What a file is, told by its content: what is taken, what is refused, and how it is kept."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from workflows.matters import attachments
from workflows.matters.attachments import CSV, DOCX, JPEG, MOST_NAME, PDF, PNG, PPTX, TEXT, WEBP, XLSX, attach, type_of
from workflows.matters.filenames import kept
from workflows.matters.models import Attachment
from workflows.organisation.offices import Capacity

PNG_1X1 = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
JPEG_START = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"\x00" * 32 + b"\xff\xd9"
WEBP_START = b"RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00" + b"\x00" * 24
PDF_SMALL = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def office(part: str, **more: bytes) -> bytes:
    """An office file with the parts it cannot be without, and `more`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", "<Relationships/>")
        archive.writestr(part, "<document/>")
        for name, content in more.items():
            archive.writestr(name, content)
    return target.getvalue()


WORD = office("word/document.xml")


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF_SMALL, PDF),
        ("a.PNG", PNG_1X1, PNG),
        ("a.jpg", JPEG_START, JPEG),
        ("a.jpeg", JPEG_START, JPEG),
        ("a.webp", WEBP_START, WEBP),
        ("a.docx", WORD, DOCX),
        ("a.xlsx", office("xl/workbook.xml"), XLSX),
        ("a.pptx", office("ppt/presentation.xml"), PPTX),
        ("a.txt", "预算说明".encode(), TEXT),
        ("a.txt", "预算说明".encode("gb18030"), TEXT),
        ("a.csv", "项目,金额\n舞台,30504\n".encode(), CSV),
    ],
)
def test_what_offices_write_is_taken(name, content, kind):
    assert type_of(io.BytesIO(content), name) == kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ\x90\x00"),
        ("a.svg", b"<svg onload='alert(1)'/>"),
        ("a.html", b"<!doctype html>"),
        ("a", PDF_SMALL),
        ("a.gif", b"GIF89a"),
        ("a.docm", office("word/document.xml")),
    ],
)
def test_other_types_are_refused_and_the_words_say_which_are_taken(name, content):
    with pytest.raises(ValidationError, match="PDF, PNG, JPEG, WebP, Word, Excel, PowerPoint, text or CSV"):
        type_of(io.BytesIO(content), name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.pdf", PNG_1X1, id="a picture called a PDF"),
        pytest.param("a.png", PDF_SMALL, id="a PDF called a picture"),
        pytest.param("a.xlsx", WORD, id="a text called a table"),
        pytest.param("a.pdf", b"GIF89a/*" + PDF_SMALL, id="a PDF that does not begin as one"),
        pytest.param("a.txt", b"<html><script>alert(1)</script>", id="a page called a text"),
        pytest.param("a.csv", b"  <?xml version='1.0'?><svg/>", id="a drawing called a table"),
        pytest.param("a.txt", b"MZ\x00\x00", id="a program called a text"),
        pytest.param("a.docx", b"PK\x03\x04 not really", id="no archive at all"),
        pytest.param("a.docx", b"GIF89a" + WORD, id="a picture before the archive"),
        pytest.param("a.docx", office("../../word/document.xml"), id="parts that climb out"),
        pytest.param("a.webp", b"RIFF\x24\x00\x00\x00AVI LIST" + b"\x00" * 24, id="a film called a picture"),
        pytest.param("a.jpg", b"", id="nothing"),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(name, content):
    with pytest.raises(ValidationError):
        type_of(io.BytesIO(content), name)


@pytest.mark.parametrize(("name", "start"), [("a.png", PNG_1X1), ("a.pdf", PDF_SMALL), ("a.jpg", JPEG_START)])
def test_two_files_in_one_are_refused(name, start):
    with pytest.raises(ValidationError, match="two things at once"):
        type_of(io.BytesIO(start + WORD), name)


def test_an_archive_that_would_burst_is_refused_without_unpacking_it():
    bomb = office("word/document.xml", **{"word/media/a.bin": b"\x00" * 40_000_000})
    assert len(bomb) < 100_000

    with pytest.raises(ValidationError, match="unreasonably large"):
        type_of(io.BytesIO(bomb), "a.docx")


def test_an_archive_of_thousands_of_parts_is_refused(monkeypatch):
    monkeypatch.setattr(attachments, "MOST_PARTS", 5)
    many = office("word/document.xml", **{f"word/{n}.xml": b"x" for n in range(5)})

    with pytest.raises(ValidationError, match="unreasonably large"):
        type_of(io.BytesIO(many), "a.docx")


def test_macros_are_refused():
    with pytest.raises(ValidationError, match="macros"):
        type_of(io.BytesIO(office("word/document.xml", **{"word/vbaProject.bin": b"x"})), "a.docx")


@pytest.mark.parametrize(
    "name",
    [
        "word/vbaProject.bin ",
        "word/VBAPROJECT.BIN",
        "word/vbaProject.bin.",
        "word/vbaProject.bin\u3000",
        "vbaProject.bin\x00x",
    ],
)
def test_macros_are_refused_however_their_name_is_written(name):
    with pytest.raises(ValidationError, match="macros"):
        type_of(io.BytesIO(office("word/document.xml", **{name: b"x"})), "a.docx")


@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.ms-office.vbaProject",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-excel.macrosheet+xml",
        "application/vnd.ms-office.&#118;ba&#80;roject",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_macros_are_refused_by_their_type_whatever_they_are_called(kind, encoding):
    listed = f'<?xml version="1.0" encoding="{encoding}"?><Types><Override PartName="/word/a.dat" ContentType="{kind}"/></Types>'
    file = _listing(listed.encode(encoding))

    with pytest.raises(ValidationError, match="macros"):
        type_of(file, "a.docx")


ELSEWHERE = b'<!DOCTYPE Types [<!ENTITY e SYSTEM "file:///etc/hostname">]><Types><Default ContentType="x"/>&e;</Types>'
SWELLING = (
    b"<!DOCTYPE Types [<!ENTITY a '"
    + b"x" * 1000
    + b"'>"
    + b"".join(b"<!ENTITY %c '%b'>" % (98 + n, b"&%c;" % (97 + n) * 100) for n in range(5))
    + b"]><Types><Default ContentType='&f;'/></Types>"
)


@pytest.mark.parametrize("listed", [ELSEWHERE, SWELLING, b"<Types", b"", b"<Types>" + b" " * 2_000_000 + b"</Types>"])
def test_a_list_of_types_that_cannot_be_read_is_no_office_file(listed):
    with pytest.raises(ValidationError):
        type_of(_listing(listed), "a.docx")


def _listing(listed: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", listed)
        archive.writestr("word/document.xml", "<document/>")
        archive.writestr("word/a.dat", b"x")
    return target


def lay(campaign, person, name="现场.png", content=PNG_1X1):
    upload = SimpleUploadedFile(name, content, content_type="text/html")  # what the browser says counts nothing
    return attach(campaign, upload, capacity=Capacity(person), purpose=Attachment.Purpose.TEXT)


def test_a_file_is_kept_under_its_hash_and_put_on_the_trail(campaign, chain):
    file = lay(campaign, chain.planner)

    digest = Attachment.digest_of(PNG_1X1)
    assert (file.name, file.content_type, file.size, file.digest) == ("现场.png", "image/png", len(PNG_1X1), digest)
    assert file.file.name == f"{digest[:2]}/{digest}"
    line = campaign.trail.last()
    assert (line.action, line.changes) == ("attach", {"file": [None, "现场.png"], "digest": [None, digest]})


def test_the_same_content_is_stored_once(campaign, chain):
    first, second = lay(campaign, chain.planner), lay(campaign, chain.planner, "另一张.png")

    assert first.file.name == second.file.name
    assert second.file.open("rb").read() == PNG_1X1


def test_a_name_is_only_a_name(campaign, chain):
    assert lay(campaign, chain.planner, "../../etc/现场 布置.png").name == "现场 布置.png"


@pytest.mark.parametrize(
    ("came", "stays"),
    [
        ("活动方案（终稿）.pdf", "活动方案（终稿）.pdf"),
        ("方案(1).pdf", "方案(1).pdf"),
        ("方案1.pdf", "方案1.pdf"),
        ("预算 2026.12.20 [v2] {定} & 附件、一，二.xlsx", "预算 2026.12.20 [v2] {定} & 附件、一，二.xlsx"),
        ("“数码生活节”——第１版　终.docx", "“数码生活节”——第１版　终.docx"),
        ("100% #1 + 50¥ 🎉.png", "100% #1 + 50¥ 🎉.png"),
        ("a\u202efdp.exe.png", "afdp.exe.png"),  # read as "aexe.fdp.png" turned round: the turn goes
        ("\u2066合同\u2069\u200b\x07\n\u2028.pdf", "合同.pdf"),
        ("C:\\fakepath\\方案.pdf", "方案.pdf"),
        ("/etc/../方案.pdf", "方案.pdf"),
        ("时间 10:30?.pdf", "时间 10：30？.pdf"),
        ('a<b>|"c"*.pdf', "a＜b＞｜＂c＂＊.pdf"),
        (" 方案.pdf. ", "方案.pdf"),
        ("con.pdf", "_con.pdf"),
        ("contract.pdf", "contract.pdf"),
        ("", "file"),
        ("长" * 300 + ".pdf", "长" * 156 + ".pdf"),
        ("长" * 300, "长" * 160),
    ],
)
def test_a_file_keeps_the_name_it_came_with(came, stays):
    assert kept(came, MOST_NAME) == stays
    assert kept(stays, MOST_NAME) == stays


NASTY = st.text(st.one_of(st.characters(), st.sampled_from('/\\:*?"<>|. \u202e\u2066\n\x00（）()')))


@given(NASTY)
def test_whatever_it_was_called_the_name_is_one_a_file_can_bear(name):
    plain = kept(name, MOST_NAME)

    assert 0 < len(plain) <= MOST_NAME
    assert not set('/\\:*?"<>|\n\x00\u202e\u2066') & set(plain)
    assert plain == plain.strip().rstrip(".")
    assert plain == kept(plain, MOST_NAME)


def test_two_names_stay_two_and_are_handed_out_as_they_came(campaign, chain, client):
    client.force_login(chain.planner)
    names = [
        "活动方案（终稿）.txt", "方案(1).txt", "方案1.txt", "活动　方案.txt", "活动方案.txt", "研发&amp;设计.txt", "a?b.txt",
    ]  # fmt: skip
    for name in names:
        upload = SimpleUploadedFile(name, "正文".encode())
        client.post(reverse("desk:attach", args=[campaign.reference]), {"file": upload})

    files = list(Attachment.objects.order_by("at"))
    assert [file.name for file in files] == [*names[:-1], "a？b.txt"]
    headers = [client.get(file.get_absolute_url())["Content-Disposition"] for file in files]
    assert headers == [
        f"attachment; filename*=utf-8''{quote(file.name)}" for file in files
    ]  # RFC 6266, the only way a header holds such a name
    page = client.get(campaign.get_absolute_url()).content.decode()
    assert [file.name for file in files if escape(file.name) not in page] == []


def test_too_large_or_empty_is_refused(campaign, chain):
    large = SimpleUploadedFile("a.txt", b"a")
    large.size = attachments.MOST_BYTES + 1

    with pytest.raises(ValidationError, match=r"20.0 MiB; 20 are allowed"):
        attach(campaign, large, capacity=Capacity(chain.planner), purpose="text")
    with pytest.raises(ValidationError, match="empty"):
        lay(campaign, chain.planner, content=b"")
    assert not Attachment.objects.exists()


def test_nothing_is_added_to_a_closed_matter(campaign, chain, walk):
    from workflows.matters.perform import perform

    perform(campaign.discard, by=chain.planner, note="不办了")

    with pytest.raises(ValidationError, match="closed"):
        lay(campaign, chain.planner)


# --- nothing torn ---------------------------------------------------------------------------------------

CHILD = """
import os, resource, sys, django
django.setup()
from pathlib import Path
from django.conf import settings
from workflows.matters import keeping
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
content = sys.stdin.buffer.read()
place = Path(settings.MEDIA_ROOT) / "aa" / keeping.digest_of(content)
try:
    keeping.put(Path(settings.MEDIA_ROOT), place, content)
except OSError as full:
    print(full.errno)
"""


def kept_files(root: Path) -> list[str]:
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())


@pytest.mark.once
def test_where_no_more_can_be_written_nothing_is_left_of_the_file(tmp_path):
    """The system itself ends the writing after a million bytes, as a full disk does."""
    office = os.environ | {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "project.settings"}
    told = subprocess.run(
        [sys.executable, "-c", CHILD], input=b"x" * 1_200_000, cwd=settings.BASE_DIR, env=office, capture_output=True,
        check=True,
    )  # fmt: skip

    assert int(told.stdout) == errno.EFBIG
    assert kept_files(tmp_path / "attachments") == []


@pytest.mark.parametrize("torn", [PNG_1X1[:20], b"x" * len(PNG_1X1)], ids=["cut off", "as long, and not the same"])
def test_what_was_torn_once_is_whole_when_it_is_sent_again(campaign, chain, torn):
    first = lay(campaign, chain.planner)
    Path(first.file.path).write_bytes(torn)

    second = lay(campaign, chain.planner, "再传.png")

    assert (second.file.name, Path(first.file.path).read_bytes()) == (first.file.name, PNG_1X1)


@pytest.mark.parametrize("harm", [lambda file: file.write_bytes(PNG_1X1[:20]), Path.unlink], ids=["torn", "missing"])
@pytest.mark.parametrize("name", ["现场.png", "说明.txt"])
def test_neither_a_torn_file_nor_a_missing_one_is_handed_out(campaign, chain, client, harm, name):
    client.force_login(chain.planner)
    file = lay(campaign, chain.planner, name, PNG_1X1 if name.endswith("png") else "正文".encode())
    harm(Path(file.file.path))
    before = campaign.trail.count()

    answer = client.get(file.get_absolute_url())

    assert (answer.status_code, "存档的文件缺失" in answer.content.decode()) == (500, True)
    assert campaign.trail.count() == before  # nobody took a copy
