"""Which flow follows which kind of matter. Every workflow's app names its flow when it is ready."""

from .nodes import MatterFlow

_flows: dict[str, type[MatterFlow]] = {}


def register(flow: type[MatterFlow]) -> None:
    _flows[flow.machine.KIND] = flow


def flow_for(kind: str) -> type[MatterFlow]:
    return _flows[kind]


def all_flows() -> dict[str, type[MatterFlow]]:
    """Kind of matter → its flow, in the order of the installed apps."""
    return dict(_flows)
