"""What `make run` prepares by itself."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from project import launch

ROOT = Path(__file__).parents[2]


def test_every_installation_makes_its_own_key_once(tmp_path):
    first = launch.own_secret(tmp_path / "secret")
    again = launch.own_secret(tmp_path / "secret")
    elsewhere = launch.own_secret(tmp_path / "other")

    assert again == first
    assert elsewhere != first
    assert len(first) > 80
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_what_a_person_says_outweighs_what_is_assumed(monkeypatch, tmp_path):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("DEMONSTRATION", "0")
    monkeypatch.setenv("SECRET_KEY", "said")
    monkeypatch.delenv("SITE_URL", raising=False)

    launch.settle_environment(8123)

    assert {name: os.environ[name] for name in ("DEMONSTRATION", "SECRET_KEY", "SITE_URL")} == {
        "DEMONSTRATION": "0",
        "SECRET_KEY": "said",
        "SITE_URL": "http://127.0.0.1:8123",
    }
    assert not (tmp_path / "secret").exists()


def test_files_of_a_room_are_collected_anew_when_they_change(monkeypatch, tmp_path, settings):
    """A room brings its own styles and scripts; whoever takes a newer version over is shown the newer ones."""
    room = tmp_path / "annexe"
    style = room / "static" / "annexe" / "annexe.css"
    style.parent.mkdir(parents=True)
    (room / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    settings.INSTALLED_APPS = ["annexe", "django.contrib.staticfiles"]
    settings.STATICFILES_DIRS = []
    settings.STATIC_ROOT = tmp_path / "collected"  # said last: the finders are made anew when this changes
    shown = []

    for version, words in enumerate(("a { color: red }", "a { color: red }", "a { color: blue }")):
        style.write_text(words)
        os.utime(style, (1_000_000_000, 1_000_000_000 + (words.endswith("blue }"))))
        launch.collect_static_files()
        collected = tmp_path / "collected" / "annexe" / "annexe.css"
        shown.append(collected.read_text())
        collected.write_text(f"left alone since {version}")  # so that it shows whether it is copied again
    assert shown == ["a { color: red }", "left alone since 0", "a { color: blue }"]


# --- how it ends -------------------------------------------------------------------------------------------

LAUNCHED = """
import os, signal, sys
from project import launch
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("ended", flush=True)))
print("runs", flush=True)
launch._end_with(os.getppid())
signal.pause()
"""


@pytest.mark.skipif(not shutil.which("make") or sys.platform != "linux", reason="NOT RUN: no make, or no /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_that_ends_make_ends_what_it_runs(number, tmp_path):
    (tmp_path / "launched.py").write_text(LAUNCHED)
    (tmp_path / "Makefile").write_text(f"run:\n\t@{sys.executable} launched.py\n")
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # no part of `make test`
    make = subprocess.Popen(
        ["make", "run"], cwd=tmp_path, env=alone | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, restore_signals=True, start_new_session=True,
    )  # fmt: skip
    assert make.stdout
    assert make.stdout.readline() == "runs\n"
    time.sleep(0.5)  # it has looked at its parent

    make.send_signal(number)

    assert make.stdout.readline() == "ended\n"  # or nothing ever: the suite's own time-out
    make.wait(10)


# --- what the server says of itself ---------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path):
    """`server(**environment)`: the port of a gunicorn as operators start it."""
    started = []

    def start(**environment):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "project.wsgi",
            "--bind",
            f"127.0.0.1:{port}",
            "--no-control-socket",
        ]
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        kept |= {"VAR_DIR": str(tmp_path), "DEBUG": "1", **environment}
        started.append(
            subprocess.Popen(command, cwd=ROOT, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        for _n in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.1)
        raise AssertionError("it does not listen")

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(request)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer.partition(b"\r\n\r\n")[0].decode("latin-1")


def test_no_answer_says_which_server_it_is_and_cookies_are_this_hosts_own(server):
    port = server(HTTPS="1", TRUST_PROXY="1", SECRET_KEY="q7Zr2-vX9mTfK4wLpB8sYhN3cJdG6aUeRnWbQxMzVtC5yHkPqJ2s")
    asks = "GET {} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
    answers = [ask(port, asks.format(path).encode()) for path in ("/", "/enter/", "/static/css/app.css")]
    answers.append(ask(port, b"nonsense\r\n\r\n"))
    headers = [line.partition(":")[0].lower() for answer in answers for line in answer.splitlines()]
    cookies = [line.partition(": ")[2] for line in answers[1].splitlines() if line.lower().startswith("set-cookie")]

    safe = [line for answer in answers[:3] for line in answer.splitlines() if line.startswith("Strict-Transport")]
    assert len(safe) >= 2
    assert set(safe) == {"Strict-Transport-Security: max-age=31536000; includeSubDomains; preload"}
    assert [answer.split()[1] for answer in answers] == ["302", "200", "200", "400"]
    assert "server" not in headers
    assert cookies
    assert all(each.startswith("__Host-") and "Secure" in each and "Path=/" in each for each in cookies)
    assert not any("Domain=" in each for each in cookies)
