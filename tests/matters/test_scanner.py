"""A virus scanner the house may have: a small one that speaks as clamd does is asked over a real connection."""

from __future__ import annotations

import socketserver
import struct
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import strip_tags

from workflows.matters.models import Attachment

VIRUS = b"this is what a virus looks like here"


class Clamd(socketserver.StreamRequestHandler):
    """Reads a stream as clamd does, and finds one virus."""

    def handle(self):
        self.server.asked.append(self.rfile.read(len(b"zINSTREAM\0")))
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.server.read.append(len(content))
        said = self.server.says or (b"stream: Test-Virus FOUND" if VIRUS in content else b"stream: OK")
        self.wfile.write(said + b"\0")


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@pytest.fixture(params=["tcp", "unix"])
def clamd(request, settings, tmp_path):
    """A scanner that listens, at the address of the settings; `says` makes it say something else."""
    server = _Tcp(("127.0.0.1", 0), Clamd) if request.param == "tcp" else _Unix(str(tmp_path / "clamd"), Clamd)
    server.asked, server.read, server.says = [], [], b""
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    where = f"tcp://127.0.0.1:{server.server_address[1]}" if request.param == "tcp" else f"unix://{tmp_path}/clamd"
    settings.SCANNER = where
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def lay(campaign, chain, client):
    """`lay(content)`: the planner lays a text beside the campaign; the status, and the words where it was refused."""
    client.force_login(chain.planner)

    def sent(content, name="说明.txt"):
        file = SimpleUploadedFile(name, content)
        answer = client.post(reverse("desk:attach", args=[campaign.reference]), {"file": file})
        return answer.status_code, " ".join(strip_tags(answer.content.decode()).split())

    return sent


def test_a_clean_file_is_taken_and_read_whole_and_once(clamd, lay):
    content = ("预算说明" * 20_000).encode()

    assert lay(content)[0] == 302
    assert (clamd.asked, clamd.read) == ([b"zINSTREAM\0"], [len(content)])
    assert Attachment.objects.get().file.read() == content


def test_a_virus_is_named_and_nothing_is_kept(clamd, lay):
    status, words = lay(b"a text, and in it: " + VIRUS)

    assert (status, "发现病毒（Test-Virus）" in words) == (422, True)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "says", [b"INSTREAM size limit exceeded. ERROR", b"stream: ERROR", b"", b"OK stream", b"x" * 5000]
)
def test_what_is_no_clear_answer_lets_nothing_in(says, clamd, lay):
    clamd.says = says or b"\0"

    status, words = lay(b"a text")

    assert (status, "暂时无法连接" in words, Attachment.objects.exists()) == (422, True, False)


def test_where_nobody_answers_the_file_waits_and_the_sender_is_told(lay, settings):
    settings.SCANNER = "tcp://127.0.0.1:9"

    status, words = lay(b"a text")

    assert (status, "请过几分钟再提交" in words, Attachment.objects.exists()) == (422, True, False)


def test_without_one_nobody_is_asked(lay, settings):
    assert (settings.SCANNER, lay(b"a text, and in it: " + VIRUS)[0]) == ("", 302)


def test_a_draft_is_kept_and_only_its_file_is_not(chain, campaign, settings):
    from workflows.campaigns.submitting import save_and_submit

    settings.SCANNER = "tcp://127.0.0.1:9"
    declared = campaign.declared

    done = save_and_submit(
        declared, campaign, by=chain.planner, files=[SimpleUploadedFile("a.txt", b"x")], submit=False
    )

    assert (done.saved, [str(words)[:7] for words in done.complaints["attachments"]]) == (True, ["病毒扫描服务暂"])
