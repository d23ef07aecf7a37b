"""What is installed is what was looked at: every package by its hash, indirect ones too."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from project import bootstrap

ROOT = Path(__file__).parents[2]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
LOCKS = ["requirements", "requirements-dev"]


def entries(lock):
    """{name==version: what follows it, up to the next package}."""
    text = (ROOT / f"{lock}.lock").read_text()
    parts = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    return {re.split(r"[ ;]", part, maxsplit=1)[0]: part for part in parts}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_has_every_line_of_its_requirements_and_no_other_by_itself(lock):
    asked_for = {name for name, part in entries(lock).items() if "-r requirements" in part}

    assert bootstrap.unlocked(lock) == []
    assert asked_for == set(bootstrap.pinned(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_a_hash_and_comes_from_wherever_one_likes(lock):
    text = (ROOT / f"{lock}.lock").read_text()

    assert [name for name, part in entries(lock).items() if not HASH.search(part)] == []
    assert [word for word in ("://", "--index", "--extra-index", "--find-links", "--trusted") if word in text] == []


def test_both_name_the_same_versions():
    product, developing = entries("requirements"), entries("requirements-dev")

    assert product.keys() - developing.keys() == set()
    assert not [name for name in developing if re.match(r"(torch|nvidia)", name)]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A project of one package that lies beside it; installing goes into a folder of its own."""
    with zipfile.ZipFile(tmp_path / "umbra-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("umbra.py", "")
        wheel.writestr("umbra-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: umbra\nVersion: 1.0\n")
        wheel.writestr("umbra-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("umbra-1.0.dist-info/RECORD", "")
    (tmp_path / "requirements.txt").write_text("umbra==1.0  # why\n")
    for name, value in {
        "FIND_LINKS": tmp_path,
        "NO_INDEX": "1",
        "TARGET": tmp_path / "to",
        "CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(f"PIP_{name}", str(value))
    for name in ("ROOT", "VENV"):
        monkeypatch.setattr(bootstrap, name, tmp_path)
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "setup.log")
    return tmp_path


def lock(place, digest):
    (place / "requirements.lock").write_text(f"umbra==1.0 \\\n    --hash=sha256:{digest}\n")


def test_a_package_that_is_not_the_one_that_was_locked_is_not_installed(place, capsys):
    wheel = (place / "umbra-1.0-py3-none-any.whl").read_bytes()
    lock(place, hashlib.sha256(wheel + b"!").hexdigest())
    with pytest.raises(SystemExit):
        bootstrap.install("requirements")
    refused = not (place / "to" / "umbra.py").exists() and "HASHES" in capsys.readouterr().out
    lock(place, hashlib.sha256(wheel).hexdigest())
    bootstrap.install("requirements")

    assert (refused, (place / "to" / "umbra.py").exists()) == (True, True)


def test_a_line_that_is_not_locked_yet_is_said(place, capsys):
    lock(place, "0" * 64)
    (place / "requirements.txt").write_text("umbra==1.1\n")

    with pytest.raises(SystemExit):
        bootstrap.install("requirements")
    assert "does not have umbra==1.1: run `make lock`" in capsys.readouterr().out
