"""From a bare machine to everything this project needs, then on to what was asked for.

    python3 project/bootstrap.py run    the virtual environment, system libraries, translations; then the office itself
    python3 project/bootstrap.py dev    the same, and what building and checking take

Standard library only, because nothing else is there yet; and written so that an older Python can
read it far enough to look for a newer one. Whatever is up to date is left alone: a second call
takes a fraction of a second.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCALE = ROOT / "project" / "locale"
LOG = ROOT / "var" / "setup.log"

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")

PANGO = ("libpango-1.0", "libpangoft2-1.0", "libharfbuzz-subset")  # what WeasyPrint opens to lay out a page
DEBIAN_PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
MAC_LIBRARIES = (Path("/opt/homebrew/lib"), Path("/usr/local/lib"), Path("/opt/local/lib"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def main(what: str) -> None:
    os.chdir(ROOT)
    LOG.parent.mkdir(exist_ok=True)
    use_a_newer_python_if_need_be()
    make_environment()
    install("requirements")
    need_pango()
    if what == "dev":
        install("requirements-dev")
        want("chromium", "the browser journeys will be reported as not run", there=has_browser())
        want("gettext", "the test of the translations cannot run", there=bool(shutil.which("xgettext")))
        want("softhsm2", "the tests of keys in a token cannot run", there=bool(shutil.which("softhsm2-util")))
        want("qpdf", "the tests of PDF files cannot run", there=bool(shutil.which("qpdf")))
        want("poppler-utils", "the tests of a PDF's structure cannot run", there=bool(shutil.which("pdfinfo")))
    compile_translations()
    make_fonts()
    if what == "run":
        os.execve(PYTHON, [str(PYTHON), "-m", "project.launch"], with_libraries(dict(os.environ)))


# --- Python and its packages -----------------------------------------------------------------------


def use_a_newer_python_if_need_be() -> None:
    if sys.version_info >= OLDEST:
        return
    for name in NEWER:
        path = shutil.which(name)
        if path:
            os.execv(path, [path, *sys.argv])
    give_up("Python 3.11 or newer is needed; this one is %d.%d." % sys.version_info[:2])


def make_environment() -> None:
    if PYTHON.exists() and succeeds([str(PYTHON), "-c", "import pip"]):
        return
    try:
        import ensurepip  # noqa: F401 - Debian keeps it in a package of its own
    except ImportError:
        version = "python%d.%d-venv" % sys.version_info[:2]
        if not system_packages([version]):
            give_up("Python cannot make a virtual environment here. " + advice([version]))
    with step("virtual environment in .venv"):
        call([sys.executable, "-m", "venv", "--clear", str(VENV)])


def install(requirements: str) -> None:
    """Bring the environment in line with a lock file, unless it already is: every package by its hash, none built here."""
    lock = ROOT / (requirements + ".lock")
    if missing := unlocked(requirements):
        give_up("%s.lock does not have %s: run `make lock`." % (requirements, ", ".join(missing)))
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = VENV / (requirements + ".lock.sha256")
    if stamp.exists() and stamp.read_text() == digest:
        return
    with step("packages of " + lock.name):
        # what is built on the spot is built by packages that no hash vouches for
        by_hash = ["--require-hashes", "--only-binary", ":all:"]
        pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        call([*pip, *by_hash, "-r", str(lock)])
    stamp.write_text(digest)


def unlocked(requirements: str) -> list[str]:
    """The lines of a requirements file, and of those it includes, that its lock file does not have."""
    locked = {line.split(" ")[0].lower() for line in (ROOT / (requirements + ".lock")).read_text().splitlines()}
    return [pin for pin in pinned(requirements) if pin not in locked]


def pinned(requirements: str) -> list[str]:
    """Name and version of each line of a requirements file, as a lock file writes them."""
    found: list[str] = []
    for line in (ROOT / (requirements + ".txt")).read_text().splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["-r"]:
            found += pinned(words[1].replace(".txt", ""))
        elif words:
            found.append(re.sub(r"\[.*\]", "", words[0]).lower().replace("_", "-"))
    return found


def compile_translations() -> None:
    """The texts people read are kept as .po; Babel makes the .mo that Django reads."""

    def stale() -> list[Path]:
        sources = LOCALE.glob("*/LC_MESSAGES/django.po")
        return [file for file in sources if last_written(file.with_suffix(".mo")) < last_written(file)]

    if stale():
        with step("translations"):
            call([str(PYTHON), "-m", "babel.messages.frontend", "compile", "-d", str(LOCALE), "-D", "django"])
    if stale():  # Babel leaves out a catalogue whose header is marked fuzzy, and calls that success
        give_up("Not compiled: %s; see var/setup.log." % ", ".join(map(str, stale())))


def last_written(file: Path) -> float:
    return file.stat().st_mtime if file.exists() else 0


def make_fonts() -> None:
    """The faces documents are printed with are cut from fonts in packages; see documents/faces/foundry.py."""
    foundry = [str(PYTHON), "-m", "documents.faces.foundry"]
    if succeeds([*foundry, "--check"]):
        return
    with step("fonts"):
        call(foundry)
    folder = Path(os.environ.get("FONTS_ROOT") or Path(os.environ.get("VAR_DIR") or ROOT / "var") / "fonts")
    made = json.loads((folder / "manifest.json").read_text())["faces"]
    missing = [family for family in ("Fang", "Kai") if family not in made]
    if missing:
        say(
            "without the Debian package texlive-lang-chinese there is no %s; Song stands in." % " and no ".join(missing)
        )


# --- what the operating system must bring ------------------------------------------------------------


def need_pango() -> None:
    """PDF files cannot be made without these libraries: install them, or say which are missing and stop."""
    if all(opens(name) for name in PANGO):
        return
    if sys.platform == "darwin":
        if shutil.which("brew"):
            with step("system library pango"):
                call(["brew", "install", "pango"])
        else:
            give_up("PDF files need the library pango: install Homebrew, then `brew install pango`.")
    elif not system_packages(DEBIAN_PANGO):
        give_up("PDF files need system libraries that are missing. " + advice(DEBIAN_PANGO))


def opens(library: str) -> bool:
    if sys.platform == "darwin":
        return any(folder.joinpath(library + ".dylib").exists() for folder in MAC_LIBRARIES)
    try:
        ctypes.CDLL(library + ".so.0")
    except OSError:
        return False
    return True


def with_libraries(environment: dict[str, str]) -> dict[str, str]:
    """On a Mac, tell the loader where Homebrew puts libraries."""
    if sys.platform == "darwin":
        places = [*map(str, MAC_LIBRARIES), environment.get("DYLD_FALLBACK_LIBRARY_PATH", "")]
        environment["DYLD_FALLBACK_LIBRARY_PATH"] = ":".join(filter(None, places))
    return environment


def has_browser() -> bool:
    return any(map(shutil.which, BROWSERS)) or any(path.exists() for path in MAC_BROWSERS)


def want(package: str, otherwise: str, *, there: bool) -> None:
    """A system package the tests are the better for; without it they say what did not run."""
    if not there and not system_packages([package]):
        say("without %s %s. %s" % (package, otherwise, advice([package])))


def system_packages(names: tuple[str, ...] | list[str]) -> bool:
    """Install Debian packages as root or through a sudo that asks nothing; False where that cannot be."""
    if not shutil.which("apt-get"):
        return False
    become_root: list[str] = []
    if os.geteuid() != 0:
        become_root = ["sudo", "-n"]
        if not shutil.which("sudo") or not succeeds([*become_root, "true"]):
            return False
    with step("system packages " + " ".join(names)):
        quiet = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
        call([*quiet, "update"])
        call([*quiet, "install", "-y", "--no-install-recommends", *names])
    return True


def advice(names: tuple[str, ...] | list[str]) -> str:
    if sys.platform == "darwin":
        return "Please install: %s." % " ".join(names)
    return "Please run: sudo apt-get install %s (or your system's packages of that name)." % " ".join(names)


# --- talking ---------------------------------------------------------------------------------------


@contextmanager
def step(words: str) -> Iterator[None]:
    """Say what is being done while it is done, and how long it took."""
    begun = time.monotonic()
    say(words + " ...")
    yield
    say("%s: ready after %d s" % (words, time.monotonic() - begun))


def call(command: list[str]) -> None:
    """Run a program and show its last line as it goes; all it says is in var/setup.log."""
    live = sys.stdout.isatty()
    lines: list[str] = []
    with (
        LOG.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            log.write(line)
            lines.append(line)
            if live:
                print("\r  " + line.strip()[:76].ljust(76), end="", flush=True)
    if live:
        print("\r" + " " * 78, end="\r", flush=True)
    if process.returncode:
        print("".join(lines[-20:]))
        give_up("This failed: " + " ".join(command))


def succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def say(words: str) -> None:
    print("[set-up] " + words, flush=True)


def give_up(words: str) -> NoReturn:
    say(words)
    sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1:] not in (["run"], ["dev"]):
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
