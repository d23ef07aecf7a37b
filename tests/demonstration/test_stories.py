"""What the demonstration does with the stories of several workflows: one order of time, and nobody spoils another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import override_settings
from django.utils import timezone

from workflows.demonstration import build as frame
from workflows.demonstration import people
from workflows.demonstration.office_time import OFFICE_DAY
from workflows.demonstration.stories import Amendment, Deed, Epilogue, Story, Tale, stories
from workflows.matters.errors import Refused
from workflows.organisation import clock
from workflows.policies.models import Edition
from workflows.trail.models import Entry

NOON = timezone.make_aware(datetime(2026, 11, 20, 12))

pytestmark = pytest.mark.django_db


@dataclass(kw_only=True)
class Remembered(Tale):
    """A tale that only writes down when its deeds were done; one of them may be refused."""

    seen: list[tuple[str, str]]
    refused: str = ""

    def begin(self, stage: Any) -> Any:
        raise AssertionError

    def live(self, deed: Deed, stage: Any) -> None:
        if deed.move == self.refused:
            raise Refused({"__all__": "no"})
        self.seen.append((f"{timezone.localtime(clock.now()):%m-%d %H:%M}", f"{self.title}: {deed.move}"))


@dataclass
class Toy(Story):
    seen: list[tuple[str, str]]
    deeds: dict[str, Sequence[tuple[int, str]]]
    refused: str = ""
    reason: str = ""
    prepared: list[str] = field(default_factory=list)

    def plan(self, stage: Any, size: int) -> list[Tale]:
        return [
            Remembered(
                number=number, title=title, deeds=[Deed(*deed) for deed in deeds], seen=self.seen, refused=self.refused
            )
            for number, (title, deeds) in enumerate(self.deeds.items())
        ]

    def prepare(self, stage: Any) -> None:
        self.prepared.append(f"{timezone.localtime(clock.now()):%Y-%m-%d}")

    def amend(self, edition: Edition) -> Amendment | None:
        return Amendment({f"{self.reason}.days": (3, 5)}, self.reason) if self.reason else None

    def epilogues(self, stage: Any) -> Any:
        yield Epilogue(stage.times.moment(-1), lambda: self.seen.append(("afterwards", ",".join(self.deeds))))


@pytest.fixture
def told(monkeypatch: Any, tmp_path: Path) -> Any:
    """`told(*stories)`: the year of these stories and no others is lived through; the last word on its progress."""

    def live(*toys: Story) -> frame.Progress:
        monkeypatch.setattr(frame, "stories", lambda: list(toys))
        with override_settings(VAR_DIR=tmp_path), clock.at(NOON):
            *_, last = frame.build(1)
        return last

    return live


def test_the_deeds_of_all_stories_happen_in_the_order_of_time(told: Any) -> None:
    seen: list[tuple[str, str]] = []
    leases = Toy(seen, {"lease": [(-2 * OFFICE_DAY, "open"), (-30, "sign")]})
    audits = Toy(seen, {"audit": [(-OFFICE_DAY, "open"), (-30, "close")], "another": [(-30, "open")]})

    last = told(leases, audits)

    assert seen == [
        ("11-18 09:00", "lease: open"),
        ("11-19 09:00", "audit: open"),
        ("11-19 17:30", "lease: sign"),
        ("11-19 17:30", "audit: close"),
        ("11-19 17:30", "another: open"),
        ("afterwards", "lease"),
        ("afterwards", "audit,another"),
    ]
    assert (last.done, last.planned, last.broken_off) == (5, 5, 0)
    assert leases.prepared == audits.prepared == ["2025-07-28"]


def test_a_tale_that_is_refused_stops_and_the_others_go_on(told: Any) -> None:
    seen: list[tuple[str, str]] = []
    deeds = [(-90, "open"), (-60, "sign"), (-30, "close")]

    last = told(Toy(seen, {"lease": deeds}, refused="sign"), Toy(seen, {"audit": deeds}))

    assert [what for _when, what in seen if ":" in what] == [
        "lease: open",
        "audit: open",
        "audit: sign",
        "audit: close",
    ]
    assert (last.done, last.broken_off) == (6, 1)


def test_one_second_edition_carries_what_every_story_changes(told: Any) -> None:
    told(Toy([], {"lease": [(-30, "open")]}, reason="租约期限放宽。"), Toy([], {"audit": []}, reason="整改期限放宽。"))

    (published,) = Entry.objects.filter(action="publish")
    assert (published.actor.username, published.note) == (people.ADMINISTRATOR, "租约期限放宽。整改期限放宽。")
    assert published.changes == {
        "in_force_from": [None, "2026-06-01"],
        "租约期限放宽。.days": [3, 5],
        "整改期限放宽。.days": [3, 5],
    }


def test_every_installed_workflow_tells_its_own_story() -> None:
    told = [type(story).__module__.rpartition(".story")[0] for story in stories()]

    assert "workflows.campaigns" in told
    assert set(told) <= {app.name for app in apps.get_app_configs()}
    assert len(told) == len(set(told))
