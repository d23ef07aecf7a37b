"""Write the skeleton of a workflow: a folder, its forms and papers beside it, and its table for the tests."""

from __future__ import annotations

import keyword
import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.templates import TemplateCommand

from workflows.matters.models import Matter
from workflows.steps.flows import all_flows
from workflows.steps.machines import PREFIX

SKELETON = Path(__file__).parents[2] / "skeleton"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 24  # of a kind, in every column it is kept in; the folder's name is held to the same
BEFORE = '    "documents",\n'  # in INSTALLED_APPS: whatever stands on the floors above the workflows' models


class Command(TemplateCommand):
    help = __doc__
    missing_args_message = "Please say what the workflow's folder is called, in the plural: permits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="its folder, in the plural: permits")
        parser.add_argument(
            "--kind", default="", help="what one of its matters is called: permit (default: the singular)"
        )
        parser.add_argument(
            "--prefix", default="", help="of its references: LE (default: the kind's first two letters)"
        )
        parser.add_argument("--install", action="store_true", help="list the app in INSTALLED_APPS, too")

    def handle(self, name: str, **options: Any) -> None:  # type: ignore[override]  # as Django's own startapp does
        kind = options["kind"] or singular(name)
        prefix = options["prefix"] or kind.replace("_", "")[:2].upper()
        faults = unspeakable(name) or [*faults_of_name(name), *faults_of_kind(kind), *faults_of_prefix(prefix)]
        if options["install"] and BEFORE not in _settings().read_text(encoding="utf-8"):
            faults.append("INSTALLED_APPS does not name the documents any more; please add the app yourself.")
        if faults:
            raise CommandError("\n".join(faults))
        words = {
            "kind": kind,
            "prefix": prefix,
            "machine": class_of(kind),
            "words": kind.replace("_", " "),
            "plural": name.replace("_", " "),
            "title": name.replace("_", " ").capitalize(),
        }
        with TemporaryDirectory() as drawn:  # there, where nothing of the project can be in the way
            made = {"template": str(SKELETON), "extensions": ["py"], "files": [], "verbosity": 0}
            super().handle("app", name, drawn, **made, **words)
            written = self._move_in(Path(drawn), _project())
        put_in_order(written)
        if options["install"]:
            install(f'    "workflows.{name}",\n')
        self._say(name, written, words, installed=options["install"])

    def validate_name(self, name: str | None, name_or_dir: str = "name") -> None:
        """Asked above, and more strictly."""

    def _move_in(self, drawn: Path, project: Path) -> list[Path]:
        """Lay what was drawn into the project; nothing at all where something is there already."""
        files = sorted(path.relative_to(drawn) for path in drawn.rglob("*") if path.is_file())
        if taken := [str(path) for path in files if (project / path).exists()]:
            raise CommandError(f"There already, and not written over: {', '.join(taken)}.")
        for path in files:
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(drawn / path, project / path)
        return files

    def _say(self, name: str, written: Iterable[Path], words: dict[str, str], *, installed: bool) -> None:
        for path in written:
            self.stdout.write(f"  {path}")
        done = "This line stands in" if installed else "Add this line to"
        self.stdout.write(f'{done} INSTALLED_APPS, project/settings.py:\n    "workflows.{name}",')
        new = ", ".join(
            f"“{word}”" for word in (words["words"], words["plural"], words["title"], f"New {words['words']}")
        )
        self.stdout.write(f"Give these words their Chinese, project/locale/zh_Hans/LC_MESSAGES/django.po: {new}.")
        self.stdout.write(f"Then: manage.py makemigrations {name}, migrate, machines {words['kind']}.")


def singular(plural: str) -> str:
    """What one of them is called, where the plural is a regular one."""
    if plural.endswith("ies"):
        return plural.removesuffix("ies") + "y"
    return plural.removesuffix("s")


def class_of(kind: str) -> str:
    """The class of its matters."""
    return kind.title().replace("_", "")


def _names_in_the_skeleton() -> set[str]:
    modules = (path.read_text(encoding="utf-8") for path in SKELETON.rglob("*.py-tpl"))
    return {name for module in modules for name in re.findall(r"\w+", module)}


# --- what cannot be taken ---------------------------------------------------------------------------------


def faults_of_name(name: str) -> list[str]:
    """Why the folder cannot be called so."""
    if name in {app.label for app in apps.get_app_configs()}:
        return [f"An app called “{name}” is installed already."]
    return [f"There is a folder workflows/{name} already."] if (_project() / "workflows" / name).exists() else []


def faults_of_kind(kind: str) -> list[str]:
    """Why its matters cannot be called so."""
    if kind in all_flows():
        return [f"The matters of {all_flows()[kind].machine.__module__} are called “{kind}” already."]
    # where Django lets any matter be asked for its own kind; and what the skeleton itself calls so
    if hasattr(Matter, kind.replace("_", "")) or class_of(kind) in _names_in_the_skeleton():
        return [f"“{kind}” means something else to every workflow; please choose another --kind."]
    return unspeakable(kind)


def faults_of_prefix(prefix: str) -> list[str]:
    """Why its references cannot begin so."""
    if not PREFIX.fullmatch(prefix):
        return [f"“{prefix}” is not two to eight capital letters; please choose another --prefix."]
    same = [kind for kind, flow in all_flows().items() if prefix == flow.machine.PREFIX]
    return [f"References of the workflow {kind} begin with {prefix}; please choose another --prefix." for kind in same]


def unspeakable(name: str) -> list[str]:
    """Why nothing can be called so."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        return [f"“{name}” is no name for a module: small letters, digits and single underscores, please."]
    return [f"“{name}” has more than {LONGEST} letters."] if len(name) > LONGEST else []


# --- into the project ---------------------------------------------------------------------------------------


def _project() -> Path:
    return Path(settings.BASE_DIR)


def _settings() -> Path:
    return _project() / "project" / "settings.py"


def put_in_order(files: Iterable[Path]) -> None:
    """Imports in their order and lines of their length, whatever the names are, where ruff is installed."""
    modules = [str(path) for path in files if path.suffix == ".py"]
    if find_spec("ruff"):
        for command in (["check", "--select", "I", "--fix"], ["format"]):
            ruff = [sys.executable, "-m", "ruff", *command, "--quiet", *modules]
            subprocess.run(ruff, cwd=_project(), check=True)  # noqa: S603 - our own files


def install(line: str) -> None:
    """List the app where its floor is."""
    text = _settings().read_text(encoding="utf-8")
    _settings().write_text(text.replace(BEFORE, line + BEFORE, 1), encoding="utf-8")
