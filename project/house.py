"""Who may import whom: the contracts that `lint-imports` keeps, where its own kinds do not suffice.

A workflow is every package below `workflows` that is no room of the house. The contracts find the
workflows there are, so none can be forgotten; `<workflow>` in the floors stands for each of them.
Nothing imports this module but import-linter, as pyproject.toml tells it to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output
from importlinter.contracts.layers import Layer, LayersContract, ModuleTail

ROOMS = frozenset(
    {
        "organisation",
        "policies",
        "trail",
        "matters",
        "steps",
        "desk",
        "door",
        "outside",
        "records",
        "registry",
        "demonstration",
    }
)  # of the house; whatever else lies below `workflows` is a workflow
ROOF = ("project",)  # what stands above the workflows and may name them
WORKFLOW = "<workflow>"


def workflows_in(graph: ImportGraph) -> list[str]:
    """The names of the workflows."""
    if "workflows" not in graph.modules:
        return []
    packages = (module.rpartition(".")[2] for module in graph.find_children("workflows"))
    return sorted(name for name in packages if name not in ROOMS)


class Floors(LayersContract):
    """The layers of the house, from the roof down, in which every workflow has its modules.

    A module of a workflow that stands on no floor breaks the contract, as an import upwards does.
    """

    type_name = "floors"

    @property
    def _floors(self) -> list[Layer]:
        floors: list[Layer] = self.layers  # type: ignore[assignment]  # as fields are declared there
        return floors

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        names = workflows_in(graph)
        floors = [_everybodys(layer, names) for layer in self._floors]
        self.layers = [layer for layer in floors if layer.module_tails]  # type: ignore[assignment]
        checked = super().check(graph, verbose)
        known = {tail.name for layer in floors for tail in layer.module_tails}
        homeless = [
            module
            for name in names
            for module in sorted(graph.find_children(f"workflows.{name}"))
            if module not in known and not module.endswith(".migrations")
        ]
        return ContractCheck(
            kept=checked.kept and not homeless,
            warnings=checked.warnings,
            ignored_import_count=checked.ignored_import_count,
            metadata={**checked.metadata, "homeless": homeless},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        super().render_broken_contract(check)
        for module in check.metadata["homeless"]:
            output.print_error(f"{module} stands on no floor: name it in the layers.")


def _everybodys(layer: Layer, names: Iterable[str]) -> Layer:
    """The layer with a module of each workflow where it says `<workflow>`."""
    tails = {
        ModuleTail(tail.name.replace(WORKFLOW, name), tail.is_optional)
        for tail in layer.module_tails
        for name in (names if WORKFLOW in tail.name else [""])
    }
    # workflows on one floor are kept apart by the contract below; here the floor alone is asked about
    return Layer(tails, is_independent=layer.is_independent and len(tails) == len(layer.module_tails))


class KnownByName(Contract):
    """A workflow is imported by its own rooms and by the roof alone: not by the house, nor by another workflow."""

    type_name = "known_by_name"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        known = sorted({line for name in workflows_in(graph) for line in _strangers(graph, name)})
        return ContractCheck(
            kept=not known,
            warnings=[],
            ignored_import_count=0,
            metadata={"known": known},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["known"]:
            output.print_error(f"{importer} knows a workflow by name: {imported}")


def _strangers(graph: ImportGraph, name: str) -> Iterator[tuple[str, str]]:
    """Importer and imported, where somebody else imports what belongs to the workflow `name`."""
    own = (f"workflows.{name}", f"forms.{name}", f"documents.{name}")
    for module in graph.modules:
        if _is_in(module, own):
            for importer in graph.find_modules_that_directly_import(module):
                if not _is_in(importer, (*own, *ROOF)):
                    yield importer, module


def _is_in(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


class NoCircles(Contract):
    """No file imports itself by way of others: in one package or across several, nor for its types alone."""

    type_name = "no_circles"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        circles = circles_in({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})
        return ContractCheck(
            kept=not circles,
            warnings=[],
            ignored_import_count=0,
            metadata={"circles": circles},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        for circle in check.metadata["circles"]:
            output.print_error(" → ".join(circle))


def circles_in(imports: dict[str, set[str]]) -> list[list[str]]:
    """Circles of {module: modules it imports}, until none is left: each begins and ends with the same module."""
    left: dict[str, set[str]] = {module: set(imports[module]) for module in sorted(imports)}
    found: list[list[str]] = []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle: list[Any] = error.args[1][::-1]  # graphlib names who is imported before who imports
            found.append(circle)
            left[circle[0]].discard(circle[1])
        else:
            return found
