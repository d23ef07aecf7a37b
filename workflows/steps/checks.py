"""Before a new release serves anybody: does every open task still have its node?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

from .flows import all_flows
from .models import StepTask


def check_open_tasks(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """An Error for every step with open tasks that its flow no longer knows, under no name."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        if StepTask._meta.db_table not in connections[alias].introspection.table_names():
            continue
        open_steps = StepTask.objects.using(alias).filter(closed_at=None).values_list("workflow", "step").distinct()
        for workflow, step in sorted(open_steps):
            flow = all_flows().get(workflow)
            if flow is None or flow.find(step) is None:
                found.append(
                    Error(
                        f"Open tasks of “{workflow}” wait at “{step}”, which no node is called.",
                        hint="Name the old step in RENAMED of the flow.",
                        id="steps.E001",
                    )
                )
    return found
