"""A state machine as a picture: SVG made from the declared moves, so that it cannot show another machine.

The main way runs from left to right; what leaves it lies below. Every move is one lane with its
verb: a stub from each state it may start in, an arrow into each it may reach. Where the boxes stand a
workflow may say (`place`); else it is read from the machine. Colours are CSS classes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workflows.matters.models import Matter
from workflows.matters.moves import Move, moves_of

from .flows import all_flows
from .machines import step_of

BOX, GAP, HEIGHT = 80, 15, 46
LANE = 21
MARGIN = 6
LETTER = 7  # of a label, roughly, in Latin letters; a Chinese character takes two


@dataclass(frozen=True)
class Drawing:
    """Where the states stand in the picture: the main way, and below it state → column (halves are allowed)."""

    way: Sequence[str]
    aside: Mapping[str, float] = field(default_factory=dict)


_placed: dict[str, Drawing] = {}


def place(kind: str, drawing: Drawing) -> None:
    """Say where the states of this kind of matter stand."""
    _placed[kind] = drawing


@dataclass
class Box:
    """A state where it stands; `lower` for those below the main way."""

    state: str
    label: str
    x: float
    lower: bool
    above: list[Lane] = field(default_factory=list)  # lanes that touch its upper edge
    below: list[Lane] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.x + BOX / 2


@dataclass
class Lane:
    """One move: from which boxes to which, on which level above or below the main way."""

    move: Move
    sources: list[Box]
    targets: list[Box]
    upper: bool
    level: int = 0
    y: float = 0

    @property
    def ends(self) -> list[Box]:
        return [*self.sources, *self.targets]

    @property
    def left(self) -> float:
        return min(box.x for box in self.ends)

    @property
    def right(self) -> float:
        words = sum(2 if ord(letter) > 255 else 1 for letter in str(self.move.verb)) * LETTER
        return max(*(box.x + BOX for box in self.ends), self.left + words + BOX / 2)


def layout(machine: type[Matter]) -> Drawing:
    """Where every state stands: as the workflow says, or as read from the machine; none is ever without a place."""
    given = _placed.get(machine.KIND) or Drawing(_ordinary_way(machine))
    way = [str(state) for state in given.way]
    aside = {str(state): column for state, column in given.aside.items()}
    for state in map(str, machine.State.values):
        if state not in way and state not in aside:
            aside[state] = _free_column(machine, state, way, aside)
    return Drawing(way, aside)


def main_way(machine: type[Matter]) -> list[str]:
    """The states of the ordinary way, in order."""
    return list(layout(machine).way)


def ended_well(machine: type[Matter], state: str) -> bool:
    """Whether `state` is where the ordinary way ends."""
    return state == main_way(machine)[-1] and state in machine.ENDS


def _ordinary_way(machine: type[Matter]) -> list[str]:
    """From the first state by the move with which its holder agrees, each time to the first state not seen yet."""
    moves, way = moves_of(machine), [machine.FIRST]
    while ahead := [state for state in _agreed_targets(machine, moves, way[-1]) if state not in way]:
        way.append(ahead[0])
    return way


def _agreed_targets(machine: type[Matter], moves: Mapping[str, Move], state: str) -> list[str]:
    here = [move for move in moves.values() if state in move.sources and not move.stays]
    flow = all_flows().get(machine.KIND)
    agreeing = getattr(step_of(flow, state), "agreeing", ()) if flow else ()
    chosen = [move for move in here if move.name in agreeing] or here[:1]
    return [str(target) for move in chosen for target in move.targets]


def _free_column(machine: type[Matter], state: str, way: Sequence[str], aside: Mapping[str, float]) -> float:
    """Below the middle of the states that lead there, or as near to its right as there is room."""
    into = [
        way.index(source)
        for move in moves_of(machine).values()
        if state in move.targets
        for source in map(str, move.sources)
        if source in way
    ]
    column = round(sum(into) / len(into)) if into else 0
    while any(abs(column - taken) < 1 for taken in aside.values()):
        column += 1
    return column


def draw(machine: type[Matter], lit: str = "", passed: Collection[str] = ()) -> SafeString:
    """The machine as SVG; `lit` is where the matter stands, `passed` the states behind it."""
    boxes = _boxes(machine)
    lanes = _lanes(machine, boxes)
    upper = _levels(lane for lane in lanes if lane.upper)
    lower = _levels(lane for lane in lanes if not lane.upper)
    top = MARGIN + upper * LANE + 8
    floor = top + HEIGHT + 8 + lower * LANE + 8
    for lane in lanes:
        lane.y = top - 8 - lane.level * LANE - 6 if lane.upper else top + HEIGHT + 8 + lane.level * LANE + 12
        for box in dict.fromkeys(map(id, lane.ends)):
            touched = next(end for end in lane.ends if id(end) == box)
            (touched.above if lane.upper or touched.lower else touched.below).append(lane)
    has_lower = any(box.lower for box in boxes.values())
    width = max(*(box.x + BOX for box in boxes.values()), *(lane.right for lane in lanes)) + MARGIN
    height = floor + (HEIGHT if has_lower else 0) + MARGIN
    in_place = {
        state: [str(move.verb) for move in moves_of(machine).values() if move.stays and state in move.sources]
        for state in boxes
    }
    return format_html(
        '<svg class="flow-picture" role="img" viewBox="0 0 {} {}" width="{}" height="{}" xmlns="http://www.w3.org/2000/svg">'
        '<title>{}</title><defs><marker id="machine-arrow" class="arrow" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>{}{}</svg>',
        round(width), round(height), round(width), round(height),
        _title(machine, lit),
        format_html_join("", "{}", ((_lane(lane, top, floor, lit),) for lane in lanes)),
        format_html_join("", "{}", ((_box(box, top, floor, lit, passed, in_place[box.state]),) for box in boxes.values())),
    )  # fmt: skip


def _boxes(machine: type[Matter]) -> dict[str, Box]:
    place, labels = layout(machine), dict(machine.State.choices)
    columns = [
        *((state, float(n), False) for n, state in enumerate(place.way)),
        *((state, column, True) for state, column in place.aside.items()),
    ]
    return {
        str(state): Box(str(state), str(labels[state]), MARGIN + column * (BOX + GAP), lower)
        for state, column, lower in columns
    }


def _lanes(machine: type[Matter], boxes: Mapping[str, Box]) -> list[Lane]:
    """One lane per move that goes anywhere: above what leads onwards, below what leads back or aside."""
    lanes = []
    for move in moves_of(machine).values():
        if move.stays:
            continue
        sources = [boxes[str(state)] for state in move.sources]
        targets = [boxes[str(state)] for state in move.targets]
        aside = any(box.lower for box in (*sources, *targets))
        onwards = max(box.x for box in targets) > max(box.x for box in sources)
        lanes.append(Lane(move, sources, targets, upper=onwards and not aside))
    return lanes


def _levels(lanes: Iterable[Lane]) -> int:
    """Give each lane the nearest free level, short ones first; returns how many levels there are."""
    taken: list[list[Lane]] = []
    for lane in sorted(lanes, key=lambda lane: (lane.right - lane.left, lane.left)):
        for level, others in enumerate(taken):
            if all(lane.right + GAP / 2 <= other.left or other.right + GAP / 2 <= lane.left for other in others):
                lane.level = level
                others.append(lane)
                break
        else:
            lane.level = len(taken)
            taken.append([lane])
    return len(taken)


def _port(box: Box, lane: Lane) -> float:
    """Where on the box's edge the lane is joined: evenly spread, in the order of the levels."""
    side = box.above if lane in box.above else box.below
    order = sorted(side, key=lambda other: (other.upper, other.level))
    return box.x + BOX * (order.index(lane) + 1) / (len(order) + 1)


def _lane(lane: Lane, top: float, floor: float, lit: str) -> SafeString:
    out = [(_port(box, lane), _edge(box, lane, top, floor)) for box in lane.sources]
    into = [(_port(box, lane), _edge(box, lane, top, floor)) for box in lane.targets]
    ends = [x for x, _y in (*out, *into)]
    line = f"M{min(ends):.1f} {lane.y:.1f}H{max(ends):.1f}"
    stubs = "".join(f"M{x:.1f} {y:.1f}V{lane.y:.1f}" for x, y in out)
    classes = ["lane", "onwards" if lane.upper else "back"]
    if lit in [box.state for box in lane.sources]:
        classes.append("open")
    return format_html(
        '<g class="{}"><path d="{}"/>{}<text x="{}" y="{}">{}</text></g>',
        " ".join(classes),
        line + stubs,
        format_html_join(
            "",
            '<path class="into" d="{}" marker-end="url(#machine-arrow)"/>',
            ((f"M{x:.1f} {lane.y:.1f}V{y:.1f}",) for x, y in into),
        ),
        f"{min(ends) + 5:.1f}",
        f"{lane.y - 4:.1f}",
        lane.move.verb,
    )


def _edge(box: Box, lane: Lane, top: float, floor: float) -> float:
    """The height of the box's edge that faces the lane."""
    if box.lower:
        return floor
    return top if lane.upper else top + HEIGHT


def _box(box: Box, top: float, floor: float, lit: str, passed: Collection[str], in_place: Sequence[str]) -> SafeString:
    y = floor if box.lower else top
    classes = "state lit" if box.state == lit else "state passed" if box.state in passed else "state"
    lines = [*_wrapped(box.label), *(f"↻ {verb}" for verb in in_place)]
    first = y + HEIGHT / 2 - (len(lines) - 1) * 7 + 4
    return format_html(
        '<g class="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>{}</g>',
        classes,
        f"{box.x:.1f}",
        f"{y:.1f}",
        BOX,
        HEIGHT,
        format_html_join(
            "",
            '<text x="{}" y="{}">{}</text>',
            ((f"{box.middle:.1f}", f"{first + n * 14:.1f}", line) for n, line in enumerate(lines)),
        ),
    )


def _wrapped(label: str) -> list[str]:
    """A label in at most two lines that fit the box."""
    if len(label) <= 11 or " " not in label:
        return [label]
    words = label.split(" ")
    half = min(range(1, len(words)), key=lambda n: abs(len(" ".join(words[:n])) - len(label) / 2))
    return [" ".join(words[:half]), " ".join(words[half:])]


def _title(machine: type[Matter], lit: str) -> str:
    name = str(machine._meta.verbose_name)
    if not lit:
        return _("The states of a %(workflow)s and the moves between them") % {"workflow": name}
    state = dict(machine.State.choices)[lit]
    return _("The states of a %(workflow)s; this one stands at: %(state)s") % {"workflow": name, "state": state}
