"""Who may import whom: every workflow is found and checked, and no file imports itself by way of others."""

from collections import Counter
from pathlib import Path

import grimp
import pytest
from django.conf import settings

from project.house import ROOMS, Floors, KnownByName, NoCircles, circles_in, workflows_in
from workflows.steps import flows

LAYERS = ["workflows.<workflow>.apps", "workflows.desk", "workflows.<workflow>.models : (workflows.<workflow>.rules)"]


def house(*imports):
    """A graph of two workflows, their forms, the desk and the roof, with these imports: "importer imported"."""
    graph = grimp.ImportGraph()
    for module in (
        "workflows", "workflows.desk", "workflows.campaigns", "workflows.campaigns.apps", "workflows.campaigns.models",
        "workflows.leases", "workflows.leases.apps", "workflows.leases.models", "forms", "forms.leases",
        "workflows.demonstration", "project",
    ):  # fmt: skip
        graph.add_module(module)
    for line in imports:
        importer, imported = line.split()
        graph.add_import(importer=importer, imported=imported)
    return graph


def checked(contract, graph, **options):
    return contract("the house", {}, options).check(graph, verbose=False)


def test_whatever_is_no_room_of_the_house_is_a_workflow():
    assert workflows_in(house()) == ["campaigns", "leases"]


def test_every_workflow_of_the_product_lives_in_a_room_of_its_own():
    machines = {kind: flow.machine.__module__.split(".") for kind, flow in flows.all_flows().items()}

    assert {kind: path[0] for kind, path in machines.items()} == dict.fromkeys(machines, "workflows")
    assert [kind for kind, path in machines.items() if path[1] in ROOMS] == []
    # a matter and what it calls for stand in one room, and in no room stands anything of another's
    of_the_room = {"campaigns": 1, "leases": 1, "joint": 1, "plans": 3}
    assert Counter(path[1] for path in machines.values()) == of_the_room


@pytest.mark.parametrize(
    ("upwards", "kept"),
    [
        ("workflows.desk workflows.leases.models", True),
        ("workflows.leases.apps workflows.desk", True),
        ("workflows.leases.models workflows.desk", False),
        ("workflows.desk workflows.leases.apps", False),
        ("workflows.campaigns.models workflows.desk", False),
    ],
)
def test_a_workflow_nobody_listed_keeps_to_its_floors(upwards, kept):
    assert checked(Floors, house(upwards), layers=LAYERS).kept is kept


def test_a_module_of_a_workflow_that_stands_on_no_floor_is_named():
    graph = house()
    graph.add_module("workflows.leases.prices")
    graph.add_module("workflows.leases.migrations")

    found = checked(Floors, graph, layers=LAYERS)

    assert (found.kept, found.metadata["homeless"]) == (False, ["workflows.leases.prices"])


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        ("forms.leases workflows.leases.models", True),
        ("workflows.leases.apps forms.leases", True),
        ("workflows.demonstration workflows.leases.models", False),
        ("project workflows.leases.apps", True),
        ("workflows.desk workflows.leases.models", False),
        ("workflows.desk forms.leases", False),
        ("forms forms.leases", False),
        ("workflows.campaigns.models workflows.leases.models", False),
    ],
)
def test_a_workflow_is_known_by_name_to_its_own_and_to_the_roof(known, kept):
    found = checked(KnownByName, house(known))

    assert (found.kept, found.metadata["known"]) == (kept, [] if kept else [tuple(known.split())])


def test_a_circle_is_found_across_packages_and_each_one_is_told():
    circles = ("forms.leases workflows.leases.models", "workflows.leases.models forms.leases")
    third = ("project workflows.desk", "workflows.desk workflows.demonstration", "workflows.demonstration project")

    found = checked(NoCircles, house(*circles, *third))

    assert not found.kept
    assert [set(circle) for circle in found.metadata["circles"]] == [
        {"forms.leases", "workflows.leases.models"},
        {"project", "workflows.desk", "workflows.demonstration"},
    ]


def test_a_circle_is_told_from_importer_to_imported():
    assert circles_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) in (
        [["a", "b", "c", "a"]],
        [["b", "c", "a", "b"]],
        [["c", "a", "b", "c"]],
    )


def test_two_ways_to_one_module_are_no_circle():
    graph = house("project workflows.desk", "project workflows.demonstration", "workflows.demonstration workflows.desk")

    assert checked(NoCircles, graph).kept


def test_no_room_holds_more_than_three_thousand_lines():
    """Of Python, migrations left out; a workflow's story is the demonstration's."""
    root = Path(settings.BASE_DIR)
    rooms = [*(root / "workflows").iterdir(), *(root / "documents").iterdir(), root / "forms", root / "project"]

    sizes = {
        str(room.relative_to(root)): sum(
            len(path.read_text().splitlines())
            for path in room.rglob("*.py")
            if not {"migrations", "story", "skeleton"} & set(path.relative_to(room).parts)
        )
        for room in rooms
        if room.is_dir()
    }

    assert {room: lines for room, lines in sizes.items() if lines > 3000} == {}
