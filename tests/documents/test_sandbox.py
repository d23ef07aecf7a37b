"""The walls round the press, each tried from within: what it may not reach, and what it must."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from documents.press import process as press_module
from documents.press.process import Press, PressFailed, environment

pytestmark = pytest.mark.once

INSIDE = """
import json, sys
from documents.press import sandbox
from documents.press.__main__ import load
fence, outcomes = sandbox.fence, {}
sandbox.fence = lambda readable: outcomes.update(fenced=fence(readable))
sandbox.limit()
load()
attempts, given = json.loads(sys.stdin.read())
for name, code in attempts.items():
    try:
        exec(code, dict(given))
        outcomes[name] = "done"
    except BaseException as error:
        outcomes[name] = type(error).__name__
print(json.dumps(outcomes))
"""

REFUSED = {
    "a socket": "import socket; socket.socket()",
    "a name": "import socket; socket.getaddrinfo('example.org', 80)",
    "a page": "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{port}/')",
    "a page for the printer": "import weasyprint; weasyprint.HTML(string=f'<img src=http://127.0.0.1:{port}/>').write_pdf()",
    "a file by address": "import urllib.request; urllib.request.urlopen('file:///etc/passwd')",
    "another program": "import subprocess; subprocess.run(['true'])",
    "a shell": "import os; os.system('true')",
    "a copy of itself": "import os; os.fork()",
    "becoming a program": "import os; os.execv('/bin/true', ['true'])",
    "a program, the other way": "import os; os.posix_spawn('/bin/true', ['true'], {})",
    "a signal to its worker": "import os; os.kill(os.getppid(), 0)",
    "a file of the system": "open('/etc/passwd')",
    "a file of the system by number": "import os; os.open('/etc/passwd', os.O_RDONLY)",
    "another folder to be in": "import os; os.chdir('/etc')",
    "another folder to be in, by number": "import os; os.fchdir(os.open(f'{var}/fonts', os.O_RDONLY))",
    "a signal to its worker's group": "import os; os.killpg(os.getpgid(os.getppid()), 0)",
    "the office's secret": "open(f'{var}/{secret}')",
    "the office's secret, roundabout": "open(f'{var}/fonts/../{secret}')",
    "the environment of its worker": "import os; open(f'/proc/{os.getppid()}/environ')",
    "a list of files": "import os; os.listdir(var)",
    "a database": "import sqlite3; sqlite3.connect(':memory:')",
    "a library": "import ctypes; ctypes.CDLL(None).socket(2, 1, 0)",
    "writing": "open(f'{var}/fonts/new', 'w')",
    "writing by number": "import os; os.open(f'{var}/fonts/new', os.O_CREAT | os.O_WRONLY)",
    "writing through what is open": "import os; os.write(descriptor, b'x')",
    "a temporary file": "import tempfile; tempfile.TemporaryFile()",
    "a folder": "import os; os.mkdir(f'{var}/fonts/new')",
    "taking away": "import os; os.remove(f'{var}/fonts/fonts.conf')",
    "more memory": "bytearray(2 << 30)",
    "more files": "import os; [os.open(os.path.realpath(os.__file__), os.O_RDONLY) for _ in range(200)]",
}  # fmt: skip
OTHERWISE = {
    "a page for the printer": "done",  # the picture is left out; that nobody came is what counts
    "writing through what is open": "OSError",
    "more memory": "MemoryError",
    "more files": "OSError",
}  # fmt: skip
# What Python's own watch does not see. The kernel's fence does, where there is one.
LIBRARY = """
import cffi
ffi = cffi.FFI()
ffi.cdef("void * fopen (const char *, const char *); int system (const char *);")
libc = ffi.dlopen(None)
if not (%s):
    raise PermissionError
"""
ROUND_THE_WATCH = {
    "a file through a library": LIBRARY % "libc.fopen(b'/etc/passwd', b'r') != ffi.NULL",
    "a program through a library": LIBRARY % "libc.system(b'true') == 0",
    "a pipe with a name": "import os; os.mkfifo(f'{var}/pipe-{os.getpid()}')",
    "a signal through a descriptor": "import os, signal; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)",
}  # fmt: skip
ALLOWED = {
    "a template": "from django.template.loader import get_template; get_template('documents/sheet.html')",
    "a module": "import colorsys",
    "a time zone": "import zoneinfo; zoneinfo.ZoneInfo('Asia/Urumqi')",
    "the font configuration": "open(f'{var}/fonts/fonts.conf').read()",
    "a thread of a library": "import threading; threading.Thread(target=int).start()",
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    """What came of every attempt, all made in one press."""
    secret = Path(settings.VAR_DIR) / f"secret-{os.getpid()}"
    secret.write_text("only for the office")
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryFile() as file:
        os.set_inheritable(file.fileno(), True)
        given = {
            "port": server.getsockname()[1],
            "var": str(settings.VAR_DIR),
            "secret": secret.name,
            "descriptor": file.fileno(),
        }
        done = subprocess.run(
            [sys.executable, "-c", INSIDE],
            input=json.dumps([ALLOWED | ROUND_THE_WATCH | REFUSED, given]),
            env=environment(),
            cwd=settings.BASE_DIR,
            pass_fds=[file.fileno()],
            capture_output=True,
            text=True,
            check=True,
        )
        server.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody came
            server.accept()
        file.seek(0)
        assert file.read() == b""
    secret.unlink()
    for pipe in Path(settings.VAR_DIR).glob("pipe-*"):  # where there is no fence
        pipe.unlink()
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("what", REFUSED)
def test_out_of_reach(outcomes: dict[str, Any], what: str) -> None:
    assert outcomes[what] == OTHERWISE.get(what, "OutOfBounds")


@pytest.mark.parametrize("what", ROUND_THE_WATCH)
def test_where_the_kernel_has_a_fence_there_is_no_way_round_the_watch(outcomes: dict[str, Any], what: str) -> None:
    assert outcomes[what] == ("PermissionError" if outcomes["fenced"] else "done")


@pytest.mark.parametrize("what", ALLOWED)
def test_within_reach(outcomes: dict[str, Any], what: str) -> None:
    assert outcomes[what] == "done"


def test_where_the_system_lets_it_the_press_has_a_network_with_nothing_in_it() -> None:
    code = (
        "import socket, sys; from documents.press import sandbox; left = sandbox.leave_network()\n"
        "reached = socket.socket().connect_ex(('127.0.0.1', int(sys.argv[1]))) == 0\n"
        "print(left, reached)"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = subprocess.run(
            [sys.executable, "-c", code, str(server.getsockname()[1])],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()

    assert said in (["True", "False"], ["False", "True"])


@pytest.fixture
def own_press() -> Any:
    made = Press()
    yield made
    made.close()


def started(own: Press) -> int:
    with own._lock:
        return own._ready().pid


def test_no_secret_is_in_its_environment(own_press: Press, monkeypatch: Any) -> None:
    for name in ("SECRET_KEY", "SIGNING_KEY", "SIGNING_PIN", "BROKER_URL", "CACHE_URL", "ANYTHING_ELSE"):
        monkeypatch.setenv(name, "not-for-the-press")
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:not-for-the-press@db/office")

    told = Path(f"/proc/{started(own_press)}/environ").read_text()

    assert ("DATABASE_URL" in told, "DJANGO_SETTINGS_MODULE" in told, "not-for-the-press" in told) == (False,) * 3


def test_it_knows_pages_and_nothing_of_the_office(as_a_press: Any) -> None:
    code = "import sys; from documents.press import __main__ as child; child.load(); print(*sys.modules)"
    answer = as_a_press(code)
    answer.check_returncode()
    said = answer.stdout.split()

    assert {name for name in said if name.startswith(("project", "workflows.", "viewflow", "celery"))} == {
        "workflows.organisation",
        "workflows.organisation.figures",
        "workflows.organisation.roles",
        "workflows.policies",
        "workflows.policies.reasons",
    }


def test_a_press_that_cannot_start_says_why(own_press: Press, monkeypatch: Any) -> None:
    told = {name: value for name, value in environment().items() if name != "TIME_ZONE"}
    monkeypatch.setattr(press_module, "environment", lambda: told)

    with pytest.raises(PressFailed, match=r"无法启动：KeyError: 'TIME_ZONE'"):
        own_press.print("campaign.circular", "zh-hans", {})

    monkeypatch.undo()
    assert started(own_press)


def test_a_press_is_replaced_after_so_many_jobs_or_when_it_has_grown(own_press: Press, monkeypatch: Any) -> None:
    monkeypatch.setattr(press_module, "JOBS", 2)
    first, again, second = (started(own_press) for _ in range(3))
    assert (first == again, first == second) == (True, False)

    monkeypatch.setattr(press_module, "JOBS", 300)
    monkeypatch.setattr(press_module, "MEMORY_BYTES", 1)
    with pytest.raises(PressFailed):
        own_press.print("campaign.circular", "zh-hans", {})
    assert started(own_press) != second


def test_a_kind_that_only_a_newer_release_knows_is_left_to_that(own_press: Press) -> None:
    with pytest.raises(PressFailed, match=r"本版本不认识文书种类“lease\.notice”"):
        own_press.print("lease.notice", "zh-hans", {})


def test_a_press_ends_with_its_worker() -> None:
    code = (
        "import django, time; django.setup()\n"
        "from documents.press.process import press\n"
        "with press._lock: print(press._ready().pid, flush=True)\n"
        "time.sleep(60)"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "project.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout
    child = int(worker.stdout.readline())
    assert alive(child)

    worker.kill()
    worker.wait()
    worker.stdout.close()

    until = time.monotonic() + 5
    while alive(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(child)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
