"""`manage.py startworkflow` writes a workflow that works at once, and writes over nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from workflows.records.management.commands import startworkflow

ROOT = Path(settings.BASE_DIR)
BIN = Path(sys.executable).parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "docs", "findings", "__pycache__", ".*_cache")
WRITTEN = {
    "documents/permits.py",
    "forms/permits.py",
    "tests/machines/tables/permits.py",
    "workflows/permits/__init__.py",
    "workflows/permits/apps.py",
    "workflows/permits/flow.py",
    "workflows/permits/migrations/__init__.py",
    "workflows/permits/models.py",
    "workflows/permits/pages.py",
    "workflows/permits/rules.py",
    "workflows/permits/specimens.py",
    "workflows/permits/story.py",
    "workflows/permits/templates/permits/new.html",
    "workflows/permits/templates/permits/summary.html",
}


def files_of(project: Path) -> set[str]:
    rooms = ("project", "workflows", "forms", "documents", "tests")
    found = (path for room in rooms for path in (project / room).rglob("*") if path.is_file())
    return {str(path.relative_to(project)) for path in found if path.suffix not in (".pyc", ".mo")}


@pytest.mark.once
def test_what_it_writes_works_at_once(tmp_path: Path) -> None:
    """In a copy of the project: one folder, two files, one line; and nothing of it has to be filled in to run."""
    copy = tmp_path / "office"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    place = {"VAR_DIR": str(tmp_path / "var"), "FONTS_ROOT": str(settings.FONTS_ROOT)}

    def run(program: str, *arguments: str) -> str:
        done = subprocess.run(
            [BIN / program, *arguments], cwd=copy, env={**kept, **place}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{program} {arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    before, settled = files_of(copy), (copy / "project/settings.py").read_text().splitlines()
    said = run("python", "manage.py", "startworkflow", "permits", "--install")
    modules = [path for path in sorted(WRITTEN) if path.endswith(".py")]
    templates = [path for path in sorted(WRITTEN) if path.endswith(".html")]

    assert files_of(copy) - before == WRITTEN
    line = '    "workflows.permits",'
    after = (copy / "project/settings.py").read_text().splitlines()
    assert [each for each in after if each != line] == settled
    assert after.count(line) == said.splitlines().count(line) == 1
    run("python", "-m", "ruff", "check", "--no-cache", *modules)
    run("python", "-m", "ruff", "format", "--check", "--no-cache", *modules)
    run("djade", "--target-version", "5.2", "--check", *templates)
    run("lint-imports", "--no-cache")
    run("python", "manage.py", "makemigrations", "permits")
    asked = [
        "tests/machines/test_matrix.py",
        "tests/project/a_new_workflow.py",
        "tests/desk/test_pages.py::test_no_room_of_the_house_names_a_workflow",
        "tests/organisation/test_legible.py",
    ]
    wanted = "permit or a_new_workflow or no_room or no_model"
    tried = run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", wanted, *asked)
    assert tried.splitlines()[-1].startswith("12 passed")


@pytest.fixture
def elsewhere(tmp_path: Path, settings: Any) -> Path:
    """A project with nothing in it but settings as ours."""
    (tmp_path / "project").mkdir()
    shutil.copy(ROOT / "project/settings.py", tmp_path / "project")
    settings.BASE_DIR = tmp_path
    return tmp_path


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["Permits"], ["“Permits” is no name for a module: small letters, digits and single underscores, please."]),
        (["class", "--kind", "lesson"], ["“class” is no name for a module: small letters, digits and single underscores, please."]),
        (["campaigns", "--kind", "fair"], ["An app called “campaigns” is installed already."]),
        (["fairs", "--kind", "campaign"], ["The matters of workflows.campaigns.models are called “campaign” already."]),
        (["fairs", "--prefix", "QH"], ["References of the workflow campaign begin with QH; please choose another --prefix."]),
        (["fairs", "--prefix", "f"], ["“f” is not two to eight capital letters; please choose another --prefix."]),
        (["policies"], ["An app called “policies” is installed already.", "“policy” means something else to every workflow; please choose another --kind."]),
        (["papers"], ["“paper” means something else to every workflow; please choose another --kind."]),
        (["l" * 25, "--kind", "permit"], [f"“{'l' * 25}” has more than 24 letters."]),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused_in_words(named: list[str], said: list[str], elsewhere: Path) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("startworkflow", *named)

    assert str(refused.value).splitlines() == said
    assert files_of(elsewhere) == {"project/settings.py"}


def test_nothing_is_written_over(elsewhere: Path) -> None:
    mine = elsewhere / "forms" / "permits.py"
    mine.parent.mkdir()
    mine.write_text("mine")

    with pytest.raises(CommandError, match=r"There already, and not written over: forms/permits\.py\."):
        call_command("startworkflow", "permits")

    assert (files_of(elsewhere), mine.read_text()) == ({"project/settings.py", "forms/permits.py"}, "mine")


def test_other_names_are_taken_as_they_are_given(elsewhere: Path, capsys: Any) -> None:
    call_command("startworkflow", "work_audits", "--kind", "audit", "--prefix", "SJ")

    models = (elsewhere / "workflows/work_audits/models.py").read_text()
    assert [words for words in ("class Audit(Matter)", '"audit"', '"SJ"', "audit.notice") if words not in models] == []
    assert "workflows.work_audits" not in (elsewhere / "project/settings.py").read_text()
    assert '    "workflows.work_audits",' in capsys.readouterr().out.splitlines()


def test_where_the_apps_are_listed_otherwise_one_adds_the_line_oneself(elsewhere: Path) -> None:
    (elsewhere / "project/settings.py").write_text("INSTALLED_APPS = []")

    with pytest.raises(CommandError, match="please add the app yourself"):
        call_command("startworkflow", "permits", "--install")

    assert files_of(elsewhere) == {"project/settings.py"}


@pytest.mark.parametrize(
    ("plural", "one"), [("leases", "lease"), ("policies", "policy"), ("work_plans", "work_plan"), ("staff", "staff")]
)
def test_the_singular_of_a_name(plural: str, one: str) -> None:
    assert startworkflow.singular(plural) == one
