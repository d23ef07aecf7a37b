"""What `make run` prepares by itself."""

from __future__ import annotations

import stat

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

    import os

    assert {name: os.environ[name] for name in ("DEMONSTRATION", "SECRET_KEY", "SITE_URL")} == {
        "DEMONSTRATION": "0",
        "SECRET_KEY": "said",
        "SITE_URL": "http://127.0.0.1:8123",
    }
    assert not (tmp_path / "secret").exists()
