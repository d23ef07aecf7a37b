"""The whole office on one machine and in one terminal: prepares the data, then keeps web server and worker going.

Called by `make run` once the environment stands. Ctrl-C ends both, and so does any signal that ends `make`; when one
of them dies, the other is ended too and the reason is shown.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import django
from rich.console import Console
from rich.panel import Panel

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 10  # seconds a server gets to end by itself
console = Console(highlight=False)


class Stopped(Exception):
    """Somebody asked for the end: Ctrl-C, a closed terminal, a signal."""


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    if "MAKELEVEL" in os.environ:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    port = int(os.environ.get("PORT", "8000"))
    if _taken(port):
        console.print(f"Port {port} is in use. Choose another one: [bold]PORT={port + 10} make run[/]")
        return 1
    try:
        settle_environment(port)
        django.setup()
        prepare()
        return serve(port)
    except Stopped:
        return 0


def settle_environment(port: int) -> None:
    """What one machine needs and a person should not have to say."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    os.environ.setdefault("DEMONSTRATION", "1")
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    var = Path(os.environ.get("VAR_DIR", ROOT / "var"))
    var.mkdir(parents=True, exist_ok=True)
    if "SECRET_KEY" not in os.environ:
        os.environ["SECRET_KEY"] = own_secret(var / "secret")


def own_secret(place: Path) -> str:
    """This installation's own key: made once, readable by its owner only, never shipped."""
    if not place.exists():
        with open(place, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(64))
    return place.read_text()


def _end_with(make: int) -> None:
    """Stop once `make` is gone or on its way: but for SIGTERM it tells its children nothing, and then waits for them.

    A make that was asked to end catches that signal no more, which Linux lets anybody see.
    """
    caught = _caught_by(make)
    while os.getppid() == make and _caught_by(make) & caught == caught:
        time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGTERM)


def _caught_by(process: int) -> int:
    """The signals it has handlers for, a bit each; none where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt:")), 0)


# --- the data -------------------------------------------------------------------------------------


def prepare() -> None:
    from django.core.management import call_command
    from django.db import connections

    from workflows.organisation.models import Person

    _step("database", lambda: call_command("migrate", interactive=False, verbosity=0))
    _step("static files", collect_static_files)
    if not Person.objects.filter(is_system=False).exists():
        console.print("[bold]·[/] demonstration: a chain with people and a year of their work")
        call_command("demo")
    connections.close_all()


def collect_static_files() -> None:
    """Copy, name by content and compress them, unless nothing has changed since the last time.

    Looked at are the project's own files and those of every room and library.
    """
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    from project.apps import OurStaticFiles

    stamp = Path(settings.STATIC_ROOT) / ".collected"
    listed = (finder.list(OurStaticFiles.ignore_patterns) for finder in get_finders())
    sources = sorted(Path(place.path(name)) for files in listed for name, place in files)
    seen = [
        f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in [*sources, ROOT / "requirements.lock"]
    ]
    digest = hashlib.sha256("\n".join(seen).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest)


def _step(words: str, act: Callable[[], object]) -> None:
    begun = time.monotonic()
    with console.status(words):
        act()
    console.print(f"[green]✓[/] {words} [dim]{time.monotonic() - begun:.1f} s[/]")


# --- the servers ----------------------------------------------------------------------------------


def serve(port: int) -> int:
    """Keep both going until somebody stops them (0) or one of them dies (1)."""
    servers = {
        "web": [
            sys.executable, "-m", "gunicorn", "project.wsgi", "--bind", f"127.0.0.1:{port}",
            "--workers", "2", "--threads", "4", "--graceful-timeout", "2", "--log-level", "warning", "--no-control-socket",
        ],
        "worker": [sys.executable, "manage.py", "work"],
    }  # fmt: skip
    running: dict[str, subprocess.Popen[str]] = {}
    try:
        for name, command in servers.items():
            running[name] = _start(name, command)
        with console.status("web server and worker"):
            while not _taken(port) and not _dead(running):
                time.sleep(0.1)
        if not _dead(running):
            address = f"http://127.0.0.1:{port}/"
            console.print(Panel(f"[bold]{address}[/]\nCtrl-C ends it.", title="签批 · Approvals", expand=False))
        while not (dead := _dead(running)):
            time.sleep(0.2)
        for name in dead:
            console.print(f"[red]The {name} ended by itself[/] (exit code {running[name].returncode}); see above.")
        return 1
    finally:
        _end(running)


def _start(name: str, command: list[str]) -> subprocess.Popen[str]:
    """A server in a session of its own, so that Ctrl-C reaches it through us alone, in good order."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    threading.Thread(target=_repeat, args=(name, process), daemon=True).start()
    return process


def _repeat(name: str, process: subprocess.Popen[str]) -> None:
    assert process.stdout
    for line in process.stdout:
        console.print(f"{name:>6} │ {line.rstrip()}", markup=False, soft_wrap=True)


def _dead(running: dict[str, subprocess.Popen[str]]) -> list[str]:
    return [name for name, process in running.items() if process.poll() is not None]


def _end(running: dict[str, subprocess.Popen[str]]) -> None:
    """Ask all to end, wait a little, insist; a second Ctrl-C insists at once."""
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    try:
        with console.status("ending web server and worker"):
            limit = time.monotonic() + PATIENCE
            while len(_dead(running)) < len(running) and time.monotonic() < limit:
                time.sleep(0.05)
    except Stopped:
        pass
    for process in running.values():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    console.print("Ended.")


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
