"""The house of papers serves any workflow: it knows none by name, and what every paper prints asks only what a matter is."""

from __future__ import annotations

from typing import Any

import grimp
import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from documents import frozen
from workflows.matters.models import Matter, Opinion
from workflows.matters.moves import move, moves_of
from workflows.matters.perform import Act, note_down
from workflows.organisation import clock
from workflows.organisation.offices import Capacity, Rule
from workflows.policies.reasons import Reason

UP = Reason.of("amount_above", amount="200", limit="100", role="finance")
MARK = Reason.of("group_mark", role="brand")
LAST = Reason.of("amount_up_to", amount="200", limit="500", role="vice_president")


def test_only_the_module_of_its_name_knows_a_workflow() -> None:
    graph = grimp.build_graph("documents", "workflows", cache_dir=None)
    workflows = {
        config.name: f"documents.{config.label}"
        for config in apps.get_app_configs()
        if config.name.startswith("workflows.")
        and any(issubclass(model, Matter) and model is not Matter for model in config.get_models())
    }

    knowing = {
        (module, name)
        for module in graph.modules
        if module.startswith("documents.")
        for imported in graph.find_modules_directly_imported_by(module)
        for name in workflows
        if imported == name or imported.startswith(f"{name}.")
    }

    assert knowing == {(own, name) for name, own in workflows.items()}


def test_what_was_said_on_a_lease_and_the_rules_that_led_it_are_printed(
    open_campaign: Any, chain: Any, monday: Any
) -> None:
    """Lin Xiao offers a lease, is sent back, offers it anew; the second floor agrees, and finance signs just now."""
    with isolate_apps("workflows.matters"):

        class Lease(Matter):
            class State(models.TextChoices):
                OFFERED = "offered", "on offer"
                SIGNED = "signed", "signed"

            class Meta:
                proxy = True
                app_label = "matters"

            def seat_label(self, seat: str) -> str:
                return f"floor {seat}"

            @move(source="offered", by=Rule(""), verb="", done="offered the lease", verdict="submit")
            def offer(self, **_answers: Any) -> None: ...

            @move(source="offered", by=Rule(""), verb="", done="spoke for its floor", verdict="agree")
            def speak(self, **_answers: Any) -> None: ...

            @move(source="offered", by=Rule(""), verb="", done="left it lying", verdict="")
            def leave(self, **_answers: Any) -> None: ...

            @move(source="offered", by=Rule(""), verb="", done="signed the lease", verdict="agree")
            def seal(self, **_answers: Any) -> None: ...

        lease = Lease.objects.get(pk=open_campaign().pk)
        own = Capacity(chain.planner, chain.planner.posts.get())
        theirs = Capacity(chain.finance, chain.finance.posts.get())

        def said(capacity: Capacity, action: str, *rules: Reason, seat: str = "", text: str = "") -> None:
            entry = note_down(lease, capacity, action, rules=[rule.store() for rule in rules])
            Opinion.objects.create(
                matter=lease, turn=0, seq=entry.seq, step="offered", seat=seat, verdict=moves_of(Lease)[action].verdict,
                text=text, person=capacity.person, at=clock.now(),
            )  # fmt: skip

        said(own, "offer", LAST)
        said(own, "offer", UP)
        note_down(lease, own, "leave", rules=[LAST.store()])
        said(theirs, "speak", MARK, UP, seat="2", text="二层同意。")
        act = Act(
            lease, moves_of(Lease)["seal"], theirs, "", "", "offered", clock.now(), lease.trail_length + 1, [LAST]
        )

        spoken = [(one["step"], one["who"]["person"], one["verdict"], one["text"]) for one in frozen.opinions(act)]
        head = frozen.head(act)

        assert spoken[1:] == [
            (spoken[0][0], "林晓", "submit", ""),
            ("on offer · floor 2", "方敏", "agree", "二层同意。"),
        ]
        assert frozen.reasons(act) == [UP.store(), MARK.store(), LAST.store()]
        assert (head["reference"], head["version"], head["issuer"]["person"]) == (lease.reference, 1, "方敏")


@pytest.mark.django_db
def test_what_the_region_decides_within_its_limit_says_so_on_the_approval_sheet(open_campaign: Any, walk: Any) -> None:
    from documents.models import IssuedDocument

    campaign = walk(open_campaign(12_000), to="approved")
    sheet = IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.approval")

    assert [(rule["key"], rule["values"]["role"]) for rule in sheet.facts["rules"]] == [
        ("amount_up_to", "region_manager")
    ]
    last = campaign.trail.filter(action="endorse").get()
    assert last.rules == sheet.facts["rules"]
