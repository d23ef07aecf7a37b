"""What the environment decides: a shipped key never serves the public, one-click people never meet real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIT = {
    "HTTPS": "1",
    "ALLOWED_HOSTS": "office.example",
    "SECRET_KEY": "q7Zr2-vX9mTfK4wLpB8sYhN3cJdG6aUeRnWbQxMzVtC5yHkPqJ2s",
}


def manage(*arguments: str, var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """manage.py with nothing in its environment but what is said here."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "VAR_DIR": str(var), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def deploy(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return manage("check", "--deploy", "--fail-level", "WARNING", var=var, **environment)


def test_a_proper_environment_is_fit_for_the_public(tmp_path):
    answer = deploy(tmp_path, **FIT)

    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_key_that_is_shipped_is_not(tmp_path):
    answer = deploy(tmp_path, **{name: value for name, value in FIT.items() if name != "SECRET_KEY"})

    assert answer.returncode == 1
    assert "security.W009" in answer.stderr


@pytest.mark.parametrize(("value", "shown"), [("", "False"), ("1", "True")])
def test_one_click_people_are_asked_for(tmp_path, value, shown):
    environment = {"DEMONSTRATION": value} if value else {}

    answer = manage(
        "shell",
        "-v",
        "0",
        "-c",
        "from django.conf import settings; print(settings.DEMONSTRATION)",
        var=tmp_path,
        **environment,
    )

    assert answer.stdout.strip() == shown


def test_nothing_is_debugged_in_public(tmp_path):
    answer = manage("shell", "-v", "0", "-c", "from django.conf import settings; print(settings.DEBUG)", var=tmp_path)

    assert answer.stdout.strip() == "False"
