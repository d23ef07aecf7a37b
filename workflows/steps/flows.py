"""Which flow follows which kind of matter. Every workflow's app names its flow when it is ready."""

from django.core.exceptions import ImproperlyConfigured

from workflows.matters import models as matters
from workflows.matters.moves import moves_of
from workflows.trail import actions

from .nodes import MatterFlow

_flows: dict[str, type[MatterFlow]] = {}


def register(flow: type[MatterFlow]) -> None:
    """Let `flow` follow the matters of its machine, and the trail call its moves as it declares them."""
    machine = flow.machine
    if _flows.setdefault(machine.KIND, flow) is not flow:
        raise ImproperlyConfigured(f"Two workflows call themselves “{machine.KIND}”: {_flows[machine.KIND]}, {flow}.")
    matters.register(machine)
    words = {name: move.done for name, move in moves_of(machine).items()}
    actions.register_moves(machine.KIND, machine._meta.verbose_name or machine.KIND, words)


def flow_for(kind: str) -> type[MatterFlow]:
    return _flows[kind]


def all_flows() -> dict[str, type[MatterFlow]]:
    """Kind of matter → its flow, in the order of the installed apps."""
    return dict(_flows)
