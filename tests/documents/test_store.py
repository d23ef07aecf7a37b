"""Files are kept under the hash of what is in them, and handed back only if that still holds."""

from __future__ import annotations

import os
import time

import pytest

from documents.registry import store


def test_what_is_kept_comes_back_under_its_hash() -> None:
    digest = store.put(b"%PDF one")

    assert store.get(digest) == b"%PDF one"
    assert store.path_of(digest).name == f"{digest}.pdf"
    assert store.put(b"%PDF one") == digest


def test_a_changed_file_and_a_missing_one_are_not_handed_out() -> None:
    digest = store.put(b"%PDF two")
    store.path_of(digest).write_bytes(b"%PDF twO")

    with pytest.raises(store.Damaged):
        store.get(digest)
    with pytest.raises(store.Damaged):
        store.get("0" * 64)

    store.put(b"%PDF two")  # printing it again heals it
    assert store.get(digest) == b"%PDF two"


def test_what_a_killed_worker_left_is_tidied_away_later() -> None:
    digest = store.put(b"%PDF three")
    left = store.path_of(digest).parents[1] / "unfinished" / "half"
    left.write_bytes(b"%PD")

    assert (store.tidy(), left.exists()) == (0, True)  # perhaps still being written
    os.utime(left, (time.time() - 7200,) * 2)
    assert (store.tidy(), left.exists()) == (1, False)
