"""What `make run` prepares by itself."""

from __future__ import annotations

import os
import stat
import sys

from project import launch


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
