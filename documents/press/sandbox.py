"""What the press cannot reach: the network, other programs, and every file but the few it needs to read.

Five walls, where the system has them: an empty environment (see process.py), a network of its own with
nothing in it, the limits of the process, the kernel's fence round the file system (Landlock), and an
audit hook that refuses what Python is asked to do. The hook names what was tried, and is there on
every system; Python code written to get round it can, through libraries in C for one. The fence
holds whoever asks (ADR 13). The last two are put up when fonts and styles are loaded; the network
goes first, before a library may start a thread.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import sysconfig
import zoneinfo
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

MEMORY_BYTES = 1 << 30
OPEN_FILES = 64

LIBRARIES = [Path(place) for place in ("/lib", "/lib64", "/usr/lib")]  # of the system; the kernel loads from there

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_READING = ("open", "os.listdir", "os.scandir")
_REFUSED_KINDS = ("socket", "subprocess", "ctypes", "sqlite3", "pty", "shutil", "tempfile", "syslog", "winreg")
_REFUSED = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "os.kill",
    "os.killpg", "os.chdir", "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.removexattr",
    "os.rename", "os.rmdir", "os.setxattr", "os.symlink", "os.truncate", "os.utime", "os.chflags", "os.lockf",
    "signal.pthread_kill",
}  # fmt: skip

# Landlock, linux/landlock.h. What each version knows to refuse: kinds of access to files, to TCP, to other processes.
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the calls have these numbers on every processor but Alpha
_KNOWN = {
    1: (0x1FFF, 0, 0),
    2: (0x3FFF, 0, 0),
    3: (0x7FFF, 0, 0),
    4: (0x7FFF, 3, 0),
    5: (0xFFFF, 3, 0),
    6: (0xFFFF, 3, 3),
}
_READ = 0b1100  # files and lists of files


class OutOfBounds(Exception):
    """The press was asked to reach for what it may not."""


def end_with(parent: int) -> None:
    """Let the system end this process together with the thread of the worker that started it, however that one ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it is gone already
        sys.exit(1)


def leave_network() -> bool:
    """Move into a network with nothing in it, not even a loopback that is up; False where the system refuses.

    Call it while there is one thread.
    """
    libc = _libc()
    if libc is None or not hasattr(libc, "unshare"):
        return False
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWUSER | _CLONE_NEWNET, _CLONE_NEWNET))


def limit() -> None:
    """Limits that hold for the life of the process; processor time is granted job by job."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def lock(readable: Iterable[Path]) -> None:
    """From now on, and for good: no sockets, no programs, no writing, no reading outside `readable` and Python.

    Files cannot even grow by a byte, whoever writes: a library in C is bound by that too, and by the fence.
    """
    allowed = [Path(os.path.realpath(place)) for place in (*_python(), *readable)]
    places = tuple(f"{place}{os.sep}" for place in allowed)
    known: dict[str, bool] = {}

    def within(path: Any) -> bool:
        if isinstance(path, int):  # a file that is open already
            return True
        name = os.fsdecode(path or ".")
        if name not in known:
            known[name] = f"{os.path.realpath(name)}{os.sep}".startswith(places)
        return known[name]

    @cache
    def concerns_us(event: str) -> bool:  # some are told hundreds of times a page
        return event in _READING or event in _REFUSED or event.partition(".")[0] in _REFUSED_KINDS

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if not concerns_us(event):
            return
        if event == "open":
            path, mode, flags = given
            writes = any(letter in mode for letter in "wax+") if mode else flags & _WRITING
            if isinstance(path, int) or (not writes and within(path)):
                return
        elif event in _READING and within(given[0]):
            return
        raise OutOfBounds(f"{event} {given[:1]}"[:300])

    # What the worker writes to a file on its error output is lost from here on if the press writes it.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    fence([*allowed, *LIBRARIES])
    sys.addaudithook(watch)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("folder", ctypes.c_int32))


def fence(readable: Iterable[Path]) -> bool:
    """Let the kernel refuse this thread, and those it starts, writing, and reading but beneath `readable`.

    With it go running programs, connecting, and signals to other processes, as far as this kernel knows
    how. False where it cannot at all.
    """
    libc = _libc()
    version = libc.syscall(_CREATE, None, 0, 1) if libc else -1
    if libc is None or version < 1:
        return False
    rules = _Ruleset(*_KNOWN[min(version, max(_KNOWN))])
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    for place in filter(Path.is_dir, readable):
        folder = os.open(place, os.O_PATH)
        libc.syscall(_ADD, ruleset, 1, ctypes.byref(_Beneath(_READ, folder)), 0)
        os.close(folder)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)  # else the kernel fences only who may do everything
    fenced = libc.syscall(_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return fenced


def _python() -> list[Path]:
    paths = sysconfig.get_paths()
    return [Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")] + [
        Path(place) for place in zoneinfo.TZPATH
    ]


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _prctl(option: int, value: int) -> None:
    if libc := _libc():
        libc.prctl(option, value, 0, 0, 0)
