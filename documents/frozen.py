"""The pieces facts are made of that every paper prints, whatever its matter, as plain data with its types.

Amounts are CNY as decimal strings, dates `YYYY-MM-DD`, instants local time `YYYY-MM-DDTHH:MM`.
Labels are words in the document's language, fixed when it is issued; a rule's reason stays a key
with its values (see policies.reasons) and is worded by the page. What only one workflow's papers
print stands beside its kinds, in the module of its name.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NotRequired, TypedDict

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workflows.matters.agreements import by_the_same
from workflows.matters.models import Attachment, Matter, Opinion
from workflows.matters.moves import moves_of
from workflows.matters.perform import RESUMED, Act
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, Unit
from workflows.organisation.names import beside_todays, told
from workflows.organisation.offices import GROUP, Capacity
from workflows.policies.reasons import Reason
from workflows.trail import actions

from .faces.fonts import unprintable


class Who(TypedDict):
    """Somebody who acted: in which post, and for whom if as a stand-in ("" if not)."""

    person: str
    post: str
    principal: str


class Said(TypedDict):
    """One opinion. `verdict` is the code (agree, return, …), `decided` the word for it; of a
    submission `step` says what was handed in, and nothing was decided."""

    step: str
    who: Who
    verdict: str
    decided: str
    text: str
    at: str
    version: int
    same_as: NotRequired[list[str]]  # the earlier steps of the way up that the same person decided, if any


class Edition(TypedDict):
    number: int
    title: str
    in_force_from: str


class File(TypedDict):
    name: str
    size: int
    digest: str


def head(act: Act) -> dict[str, Any]:
    """What a matter's paper says at its head, and what its foot and its signature need."""
    matter = act.matter
    return {
        "group": group_name(matter),
        "reference": matter.reference,
        "unit": str(matter.unit),
        "initiator": told(matter.initiator, matter.opened_at),
        "version": matter.version,
        "urgent": matter.urgent,
        "policy": edition(matter),
        "issued_at": instant(act.at),
        "issued_on": instant(act.at)[:10],
        "issuer": acting(act.capacity),
        "note": act.note,
    }


# --- people and time --------------------------------------------------------------------------------


def day(value: date | None) -> str:
    return value.isoformat() if value else ""


def instant(value: datetime) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")


def who(person: Person, post: Post | None, principal: Person | None, at: datetime) -> Who:
    """Who acted at that instant, as they were called then; a person renamed since with today's name beside it."""
    return {
        "person": told(person, at),
        "post": post.called(at) if post else "",
        "principal": told(principal, at),
    }


def acting(capacity: Capacity) -> Who:
    return who(capacity.person, capacity.post, capacity.on_behalf_of, clock.now())


def since(signed: Who, by: Person, at: datetime) -> Who:
    """What a paper of that instant says of its signer, with today's name beside it of one renamed since."""
    today = by.called()
    return signed if by.called(at) == today else {**signed, "person": beside_todays(signed["person"], today)}


def in_words(acted: Who) -> str:
    """A person; a stand-in always with the one they stood in for."""
    return _("%(person)s for %(principal)s") % acted if acted["principal"] else acted["person"]


def edition(matter: Matter) -> Edition:
    policy = matter.policy
    return {"number": policy.number, "title": policy.title, "in_force_from": day(policy.in_force_from)}


# --- what was said and why ---------------------------------------------------------------------------


def opinions(act: Act) -> list[Said]:
    """All opinions on the matter, the act's own included, each with the version it was about."""
    lines = {line.seq: line for line in act.matter.trail.select_related("post__unit")}
    given: list[Said] = []
    version = 1
    everything = list(act.matter.opinions.select_related("person", "on_behalf_of").order_by("pk"))
    same = by_the_same(everything)
    for opinion in everything:
        own = opinion.seq == act.seq  # not on the trail yet
        post = act.capacity.post if own else lines[opinion.seq].post
        action = act.name if own else lines[opinion.seq].action
        submitted = opinion.verdict == Opinion.Verdict.SUBMIT  # says what was handed in, not where it lay
        version = opinion.version if submitted else version  # an opinion is about what was submitted last
        given.append(
            {
                "step": actions.words_for(action, act.matter.kind) if submitted else _step(act.matter, opinion),
                "who": who(opinion.person, post, opinion.on_behalf_of, opinion.at),
                "verdict": opinion.verdict,
                "decided": "" if submitted else str(opinion.get_verdict_display()),
                "text": opinion.text,
                "at": instant(opinion.at),
                "version": version,
            }
        )
        if earlier := same.get(opinion.pk):
            given[-1]["same_as"] = [_step(act.matter, before) for before in earlier]
    return given


def _step(matter: Matter, opinion: Opinion) -> str:
    """Where an opinion was given: the step, and who sat there where several did."""
    step = str(matter.State(opinion.step).label)
    return f"{step} · {matter.seat_label(opinion.seat)}" if opinion.seat else step


ON_THE_WAY = (Opinion.Verdict.SUBMIT, Opinion.Verdict.AGREE)  # what those say who bring a matter to its decision
BY_THE_HOUSE = ("fall_back", "escalate", "pass_over")  # what the house does when nobody there can, may or does


def reasons(act: Act) -> list[dict[str, Any]]:
    """The rules that led the version here, each once, in the order they applied, the act's own last.

    A new submission starts afresh, unless it went straight back to where it was returned from.
    """
    moves = {name: move.verdict for name, move in moves_of(type(act.matter)).items() if move.verdict in ON_THE_WAY}
    before = act.matter.trail.filter(seq__lt=act.seq, action__in=[*moves, *BY_THE_HOUSE]).order_by("seq")
    spoken = [*before.values_list("action", "rules"), (act.name, [reason.store() for reason in act.reasons])]
    found: list[dict[str, Any]] = []
    for action, rules in spoken:
        if moves.get(action) == Opinion.Verdict.SUBMIT and not any(rule["key"] == RESUMED for rule in rules):
            found = []
        found.extend(rules)
    return [rule for at, rule in enumerate(found) if rule not in found[:at] and Reason.load(rule)]


# --- what lies beside it, and whose it is ---------------------------------------------------------------


def files(matter: Matter, purpose: str) -> list[File]:
    """The attachments that belong to the document, each with the hash that tells it from any other."""
    attached = Attachment.objects.filter(matter=matter.pk, purpose=purpose, withdrawn_at=None)
    return [{"name": in_print(file.name), "size": file.size, "digest": file.digest} for file in attached]


def in_print(name: str) -> str:
    """A file's name as paper can show it: what no face can draw stands by its number, and the hash beside it still tells."""
    strange = unprintable(name)
    return "".join(f"(U+{ord(char):04X})" if char in strange else char for char in name)


def group_name(matter: Matter) -> str:
    """The issuing body, in the document's language."""
    return group_above(matter.unit)


def group_above(unit: Unit | None) -> str:
    """The name of the group a unit belongs to, in the document's language."""
    group = unit.above(GROUP) if unit else None
    return group.name_en if get_language() == "en" and group and group.name_en else settings.GROUP_NAME
