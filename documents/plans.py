"""What a work plan hands out: fourteen kinds of document, from the kick-off meeting to the closing bulletin.

Each class has two halves: `facts` reads the matter, and a function of plain values makes what is printed of them, which
the specimens use too. Days stand in the facts as `YYYY-MM-DD`, shares as whole numbers of 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NotRequired, TypedDict

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from workflows.matters.models import Attachment
from workflows.matters.perform import Act
from workflows.organisation.models import Person, Unit
from workflows.organisation.names import told
from workflows.plans import models as rows
from workflows.plans.board import Line, lines_of
from workflows.plans.models import Paper
from workflows.plans.outline import Kind, Outline, Owner, Topic

from . import frozen
from .base import Document
from .frozen import Said
from .kinds.plain import Annex, Block, Column, PlainCircular, PlainLetter, PlainMinutes, Present, Table
from .models import IssuedDocument, Receipt
from .templatetags.paper import day

CIRCULARS, MINUTES, LETTERS = "集发", "集纪", "集函"  # the series of each
NAMES = ("plan", "topic")  # facts no line of a title parts


# --- what the facts are made of ------------------------------------------------------------------------------------


class Pair(TypedDict):
    label: str
    lines: list[str]
    mark: str  # a word in a red frame behind it: late; "" for none


class Cell(TypedDict):
    words: str
    kind: str  # class of its column, and whether it is red


class Row(TypedDict, total=False):
    """A line of a table, or what stands over the lines that follow."""

    heading: str
    cells: list[Cell]


class Head(TypedDict):
    name: str
    kind: str  # a class of styles/sheet.css: no, n, when, word, person, count; "" takes what is left


class Ruled(TypedDict):
    columns: list[Head]
    rows: list[Row]


class Chapter(TypedDict):
    title: str
    words: str


class Section(TypedDict):
    """A part of a sheet. `last`: so short that it takes along something of what stands before it."""

    title: str
    words: str
    table: NotRequired[Ruled]
    said: NotRequired[list[Said]]
    chapters: NotRequired[list[Chapter]]
    after: NotRequired[str]
    last: NotRequired[bool]


class LeadFact(TypedDict):
    rank: str
    who: str


class AssistingFact(TypedDict):
    kind: str  # in words
    who: list[str]


class ItemFact(TypedDict):
    number: str
    words: str
    due: str  # "" where it is its topic's


class TopicFact(TypedDict):
    number: str
    title: str
    due: str
    items: list[ItemFact]
    leads: list[LeadFact]
    assistants: list[AssistingFact]


class PartFact(TypedDict):
    title: str
    rows: list[TopicFact]  # its topics


def pair(label: Any, *lines: Any, mark: Any = "") -> Pair:
    return {"label": str(label), "lines": [str(line) for line in lines], "mark": str(mark)}


def section(title: Any, words: str = "", **more: Any) -> Section:
    made: Section = {"title": str(title), "words": words}
    made.update(more)  # type: ignore[typeddict-item]  # what `Section` names
    return made


def ruled(
    columns: Sequence[tuple[Any, str]], rows: Iterable[Sequence[str] | str], red: Mapping[int, int] = {}
) -> Ruled:
    """A table: name and class of each column, then lines of words; a single text heads the lines after it.

    `red`: line → the cell of it that is red, both counted from 0.
    """
    made: list[Row] = []
    for at, row in enumerate(rows):
        if isinstance(row, str):
            made.append({"heading": row})
            continue
        cells: list[Cell] = [
            {"words": words, "kind": f"{kind} red".strip() if red.get(at) == place else kind}
            for place, (words, (_name, kind)) in enumerate(zip(row, columns, strict=True))
        ]
        made.append({"cells": cells})
    return {"columns": [{"name": str(name), "kind": kind} for name, kind in columns], "rows": made}


def paragraphs(*lines: str) -> list[Block]:
    return [{"style": "paragraph", "text": line} for line in lines if line]


def headed(*chapters: tuple[str, Sequence[str]]) -> list[Block]:
    """Chapters counted as the language counts them: 一、, 1."""
    blocks: list[Block] = []
    kept = [(title, [line for line in lines if line]) for title, lines in chapters]
    for number, (title, lines) in enumerate(((title, lines) for title, lines in kept if lines), 1):
        heading = _("%(number)s. %(title)s") % {"number": counted(number), "title": title}
        blocks += [{"style": "heading", "text": heading}, *paragraphs(*lines)]
    return blocks


def counted(number: int) -> str:
    """A number before a heading: 一 to 九十九 in Chinese."""
    if pgettext("how headings are counted", "1") == "1":
        return str(number)
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else digits[tens] + "十"
    return ten + (digits[ones] if ones or not tens else "")


def days(count: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": count}


def as_lead(rank: int) -> str:
    return _("lead owner %(rank)s") % {"rank": counted(rank)}


def percent(share: int) -> str:
    return f"{share}%"


def span(begins: date, ends: date) -> str:
    return _("%(first)s to %(last)s") % {"first": day(begins.isoformat()), "last": day(ends.isoformat())}


# --- topics and their owners ---------------------------------------------------------------------------------------


def given(kind: str) -> str:
    """What an assisting owner gives, in a word."""
    match kind:
        case Kind.AUTHOR:
            return pgettext("what an assisting owner gives", "Text")
        case Kind.DATA:
            return pgettext("what an assisting owner gives", "Data")
    return pgettext("what an assisting owner gives", "Advice")


def several(owners: Iterable[str]) -> str:
    """Owners in one line; each may have a comma of its own."""
    return pgettext("between owners", "; ").join(owners)


def leads(owners: Iterable[Owner]) -> list[LeadFact]:
    """In their order."""
    ordered = sorted(owners, key=lambda owner: owner.rank)
    return [{"rank": str(owner.rank), "who": owner.words} for owner in ordered]


def assistants(owners: Sequence[Owner]) -> list[AssistingFact]:
    """By what they give: text, data, advice."""
    return [
        {"kind": given(kind), "who": [owner.words for owner in owners if owner.kind == kind]}
        for kind in (Kind.AUTHOR, Kind.DATA, Kind.ADVICE)
        if any(owner.kind == kind for owner in owners)
    ]


def items(topic: Topic) -> list[ItemFact]:
    return [{"number": item.number, "words": item.words, "due": frozen.day(item.due)} for item in topic.items]


def divided(outline: Outline) -> list[PartFact]:
    """The division of work as its table prints it."""
    return [
        {
            "title": part_title(part.number, part.title),
            "rows": [
                {
                    "number": topic.number,
                    "title": topic.title,
                    "due": frozen.day(topic.due),
                    "items": items(topic),
                    "leads": leads(topic.leads),
                    "assistants": assistants(topic.assistants),
                }
                for topic in part.topics
            ],
        }
        for part in outline.parts
    ]


def part_title(number: str, title: str) -> str:
    return _("%(number)s. %(title)s") % {"number": number, "title": title} if number else title


def owner_pairs(topic: Topic) -> list[Pair]:
    """Who leads and who assists, for the head of a sheet."""
    helping = [f"{row['kind']}{_colon()}{several(row['who'])}" for row in assistants(topic.assistants)]
    return [
        pair(_("Lead owners"), *(f"{lead['rank']}. {lead['who']}" for lead in leads(topic.leads))),
        *([pair(_("Assisting owners"), *helping)] if helping else []),
    ]


def _colon() -> str:
    return pgettext("between a label and what it names", ": ")


def topic_pairs(topic: Topic, due: date | None = None) -> list[Pair]:
    until = due or topic.due
    return [
        pair(_("Topic"), f"{topic.number}. {topic.title}"),
        *owner_pairs(topic),
        pair(_("Due"), day(frozen.day(until))),
    ]


def item_section(topic: Topic) -> list[Section]:
    if not topic.items:
        return []
    columns = [(_("No."), "count"), (_("Item"), ""), (_("Due"), "when")]
    rows = [[item.number, item.words, frozen.day(item.due or topic.due)] for item in topic.items]
    return [section(_("Items"), table=ruled(columns, rows))]


def aim_section(topic: Topic) -> list[Section]:
    return [section(_("Aim"), topic.aim)] if topic.aim else []


# --- what is read of the matter --------------------------------------------------------------------------------------


def plan_of(act: Act) -> rows.Plan:
    matter = act.matter
    if isinstance(matter, rows.Topic | rows.Consultation):
        assert matter.plan
        return matter.plan
    assert isinstance(matter, rows.Plan)
    return matter


def topic_of(act: Act) -> rows.Topic:
    assert isinstance(act.matter, rows.Topic)
    return act.matter


def head(act: Act) -> dict[str, Any]:
    """What every paper of a plan says at its head; `about` stands under the title of a sheet."""
    return {**frozen.head(act), "plan": plan_of(act).title, "about": act.matter.title}


def of_topic(act: Act) -> dict[str, Any]:
    return {**head(act), "topic": act.matter.title}


class Called:
    """Owners as papers name them: the unit, then the person. Who was not found keeps the words that were typed."""

    def __init__(self, topics: Iterable[Topic], at: datetime) -> None:
        owners = [owner for topic in topics for owner in (*topic.leads, *topic.assistants)]
        units = Unit.objects.in_bulk({owner.unit for owner in owners if owner.unit})
        people = Person.objects.in_bulk({owner.person for owner in owners if owner.person})
        self._units = {key: str(unit) for key, unit in units.items()}
        self._people = {key: told(person, at) for key, person in people.items()}

    def owner(self, owner: Owner) -> Owner:
        unit, person = self._units.get(owner.unit or 0, ""), self._people.get(owner.person or 0, "")
        both = _("%(unit)s, %(person)s") % {"unit": unit, "person": person} if unit and person else unit or person
        return replace(owner, words=both or owner.words)

    def topic(self, topic: Topic) -> Topic:
        leads, helping = (tuple(map(self.owner, owners)) for owners in (topic.leads, topic.assistants))
        return replace(topic, leads=leads, assistants=helping)

    def outline(self, outline: Outline) -> Outline:
        return Outline(tuple(replace(part, topics=tuple(map(self.topic, part.topics))) for part in outline.parts))


def outline_of(act: Act) -> Outline:
    """The plan as it stands, every owner called as papers call them. Few queries, however many owners."""
    outline = plan_of(act).outline_now()
    return Called(outline.topics(), act.at).outline(outline)


def topic_value(act: Act) -> Topic:
    topic = topic_of(act).value()
    return Called([topic], act.at).topic(topic)


def span_of(act: Act) -> dict[str, Any]:
    plan = plan_of(act)
    assert plan.begins
    assert plan.ends
    return {"begins": plan.begins, "ends": plan.ends}


def owning_units(act: Act) -> list[Unit]:
    """The units that own a topic of the plan, those that lead one first."""
    owned = rows.Ownership.objects.filter(topic__work_plan=plan_of(act).pk, unit__isnull=False).select_related("unit")
    return list(dict.fromkeys(row.unit for row in sorted(owned, key=lambda row: row.kind != Kind.LEAD) if row.unit))


def consulted_units(act: Act) -> list[Unit]:
    asked = plan_of(act).consultations.select_related("unit").order_by("pk")
    return list(dict.fromkeys(consultation.unit for consultation in asked))


def to_the_owners(act: Act) -> list[tuple[Unit, str]]:
    """Owners are to act on it; whoever was only asked takes note."""
    owning = owning_units(act)
    noting = [unit for unit in consulted_units(act) if unit not in owning]
    to, copy = str(Receipt.Purpose.TO), str(Receipt.Purpose.COPY)
    return [(unit, to) for unit in owning] + [(unit, copy) for unit in noting]


def addressed(act: Act) -> dict[str, Any]:
    """Whom it is for, and whom a copy goes to, as the page names them."""
    sent = to_the_owners(act)
    return {
        "to": [str(unit) for unit, purpose in sent if purpose == Receipt.Purpose.TO],
        "copies": [str(unit) for unit, purpose in sent if purpose == Receipt.Purpose.COPY],
    }


def signed_here(act: Act, step: str, decided: str = "", verdict: str = "agree") -> Said:
    """What whoever acts now says by it."""
    return {
        "step": step, "who": frozen.acting(act.capacity), "verdict": verdict, "decided": decided, "text": act.note,
        "at": frozen.instant(act.at), "version": 1,
    }  # fmt: skip


def signed_before(act: Act, action: str, step: str, text: str) -> list[Said]:
    """What somebody said by an earlier act of that name, the last of them; none where there is none."""
    line = (
        act.matter.trail.filter(action=action)
        .select_related("actor", "post__unit", "on_behalf_of")
        .order_by("seq")
        .last()
    )
    if line is None:
        return []
    who = frozen.who(line.actor, line.post, line.on_behalf_of, line.at)
    said: Said = {
        "step": step, "who": who, "verdict": "submit", "decided": "", "text": text or line.note,
        "at": frozen.instant(line.at), "version": 1,
    }  # fmt: skip
    return [said]


def local(instant: str) -> str:
    """An instant kept as ISO text, as papers write it."""
    return frozen.instant(datetime.fromisoformat(instant))


def month_of(month: str) -> str:
    """ "2026-09" → 2026年9月, 9/2026."""
    year, _dash, number = month.partition("-")
    return _("%(month)s/%(year)s") % {"month": int(number), "year": year}


def by_whom(act: Act) -> str:
    who = frozen.acting(act.capacity)
    return " · ".join(filter(None, [frozen.in_words(who), who["post"], frozen.instant(act.at).replace("T", " ")]))


# --- the plan ------------------------------------------------------------------------------------------------------


class Minutes(PlainMinutes):
    """会议纪要: who met on which day, and what was settled."""

    kind, title, series = Paper.MINUTES, gettext_lazy("Minutes of the kick-off meeting"), MINUTES
    whole = (*Document.whole, *NAMES)

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(plan_of(act).title)

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        plan = plan_of(act)
        met = plan.meeting_content
        told = {"chair": met["chair"], "present": met["present"], "words": met["words"]}
        held_on = date.fromisoformat(met["held_on"])
        return {**head(act), **cls.text(plan.title, outline_of(act), held_on=held_on, **told)}

    @classmethod
    def naming(cls, plan: str) -> str:
        return _("Kick-off meeting for “%(plan)s”") % {"plan": plan}

    @classmethod
    def text(
        cls, plan: str, outline: Outline, *, held_on: date, chair: str, present: Sequence[str], words: str
    ) -> dict[str, Any]:
        first = _(
            "On %(day)s %(chair)s chaired the kick-off meeting for “%(plan)s”. What was settled is recorded here."
        )
        told: list[Present] = [
            {"label": _("Chair"), "names": [chair]},
            {"label": _("Present"), "names": list(present)},
        ]
        return {
            "meeting": _("the kick-off of the work plan"),
            "to": [],
            "blocks": [
                *paragraphs(first % {"day": day(held_on.isoformat()), "chair": chair, "plan": plan}),
                *headed(
                    (_("What was settled"), words.splitlines()),
                    (
                        _("Division of the work"),
                        [
                            _(
                                "The plan has %(parts)s, %(topics)s and %(items)s; each topic has its lead owners in order. See the division of work."
                            )
                            % counts(outline),
                            _(
                                "Lead owner 1 hands in the topic's draft within seven calendar days of the launch. Should it be late, lead owner 2, then 3, may hand it in, and the delay is recorded."
                            ),
                        ],
                    ),
                ),
            ],
            "annexes": [],
            "annexed": [],
            "copies": [],
            "present": told,
        }


def counts(outline: Outline) -> dict[str, str]:
    """How many parts, topics and items, each with its noun."""
    topics = outline.topics()
    parts, all_, small = len(outline.parts), len(topics), sum(len(topic.items) for topic in topics)
    return {
        "parts": ngettext("%(n)s part", "%(n)s parts", parts) % {"n": parts},
        "topics": ngettext("%(n)s topic", "%(n)s topics", all_) % {"n": all_},
        "items": ngettext("%(n)s item", "%(n)s items", small) % {"n": small},
    }


class PlanSheet(Document):
    """A sober sheet of a plan or a topic: pairs, then parts, each a text, a table, or what somebody said."""

    template = "documents/plans/sheet.html"
    whole = (*Document.whole, *NAMES)


class Division(PlanSheet):
    """任务分工表: part, topic, items, leads in order, assistants, due."""

    kind, title = Paper.DIVISION, gettext_lazy("Division of work")
    template = "documents/plans/division.html"

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        return {**head(act), **cls.text(outline_of(act), **span_of(act))}

    @classmethod
    def text(cls, outline: Outline, *, begins: date, ends: date) -> dict[str, Any]:
        said = counts(outline)
        return {
            "pairs": [
                pair(_("Period of the plan"), span(begins, ends)),
                pair(_("Extent"), _(", ").join([said["parts"], said["topics"], said["items"]])),
            ],
            "parts": [],
            "files": [],
            "division": divided(outline),
        }


class Draft(PlanSheet):
    """征求意见稿: what every topic says now, for the units to speak on."""

    kind, title = Paper.DRAFT, gettext_lazy("Draft for comments")

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(plan_of(act).title)

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        plan = plan_of(act)
        assert plan.answer_by
        texts = {str(number): text for number, text in plan.topics().values_list("number", "text")}
        return {**head(act), **cls.text(outline_of(act), texts, **span_of(act), answer_by=plan.answer_by)}

    @classmethod
    def naming(cls, plan: str) -> str:
        return _("%(plan)s (draft for comments)") % {"plan": plan}

    @classmethod
    def text(
        cls, outline: Outline, texts: Mapping[str, str], *, begins: date, ends: date, answer_by: date
    ) -> dict[str, Any]:
        """`texts`: number of a topic → its draft."""
        return {
            "pairs": [
                pair(_("Period of the plan"), span(begins, ends)),
                pair(_("Comments by"), day(answer_by.isoformat())),
            ],
            "parts": [
                section(
                    part_title(part.number, part.title),
                    chapters=[
                        {
                            "title": f"{topic.number}. {topic.title}",
                            "words": cls.chapter(topic, texts.get(topic.number, "")),
                        }
                        for topic in part.topics
                    ],
                )
                for part in outline.parts
            ],
            "files": [],
        }

    @staticmethod
    def chapter(topic: Topic, words: str) -> str:
        lines = [f"{item.number} {item.words}" for item in topic.items]
        return "\n".join([line for line in (topic.aim, words) if line] + lines) or "—"


@dataclass(frozen=True)
class Opinion:
    """What a unit wants changed, and what became of it."""

    topic: str  # its number and title
    unit: str
    clause: str
    wanted: str
    why: str
    fate: str  # in words
    reply: str
    declined: bool = False


class Opinions(PlanSheet):
    """意见汇总表: every opinion with its fate; made of what the units wrote, never typed."""

    kind, title = Paper.OPINIONS, gettext_lazy("Opinions register")

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        plan = plan_of(act)
        titles = {topic.number: f"{topic.number}. {topic.title}" for topic in plan.outline.topics()}
        found = [
            Opinion(
                topic=titles.get(str(row.topic), str(row.topic)),
                unit=str(row.consultation.unit),
                clause=row.clause or _("whole topic"),
                wanted=row.wanted,
                why=row.why,
                fate=str(rows.Fate(row.fate).label),
                reply=row.reply,
                declined=row.fate == rows.Fate.DECLINED,
            )
            for row in sorted(plan.opinions_of_units(), key=lambda row: (row.topic, row.pk))
        ]
        return {**head(act), **cls.text(found, asked=list(map(cls.answer, cls.asked(plan))))}

    @staticmethod
    def asked(plan: rows.Plan) -> Iterable[rows.Consultation]:
        return plan.consultations.select_related("unit").annotate(count=Count("opinions_given")).order_by("pk")

    @staticmethod
    def answer(asked: Any) -> tuple[str, str, str, bool]:
        """Unit, how it answered, when, and whether its silence is meant."""
        on = frozen.instant(asked.closed_at)[:10] if asked.closed_at else "—"
        if asked.state != rows.ConsultationState.SILENT:
            words = _("with opinions") if asked.count else _("no opinion")
            words = words if asked.state == rows.ConsultationState.ANSWERED else asked.state_label
            return str(asked.unit), words, on, False
        letter = IssuedDocument.objects.filter(matter=asked.pk, kind=Paper.CONSULTATION).order_by("issued_at").last()
        delivered = frozen.instant(letter.issued_at)[:10] if letter else "—"
        return str(asked.unit), _("silent, delivered %(day)s") % {"day": delivered}, on, True

    @classmethod
    def text(cls, found: Sequence[Opinion], *, asked: Sequence[tuple[str, str, str, bool]]) -> dict[str, Any]:
        """`asked`: unit, how it answered, when, and whether its silence is meant."""
        columns = [
            (_("No."), "no"), (_("Unit"), "unit"), (_("Clause"), "clause"), (_("What is to change, and why"), ""),
            (_("Outcome"), "fate"), (_("Reply"), "reply"),
        ]  # fmt: skip
        rows: list[Sequence[str] | str] = []
        red: dict[int, int] = {}
        number = 0
        for topic in dict.fromkeys(opinion.topic for opinion in found):
            rows.append(topic)
            for opinion in found:
                if opinion.topic == topic:
                    number += 1
                    if opinion.declined:
                        red[len(rows)] = 4
                    words = _("%(wanted)s Reason: %(why)s") % {"wanted": opinion.wanted, "why": opinion.why or "—"}
                    rows.append([str(number), opinion.unit, opinion.clause, words, opinion.fate, opinion.reply or "—"])
        units = [(_("Unit"), ""), (_("Answer"), "unit2"), (_("On"), "when")]
        fates = dict.fromkeys(opinion.fate for opinion in found)
        tally = [f"{fate} {sum(opinion.fate == fate for opinion in found)}" for fate in fates]
        return {
            "pairs": [
                pair(_("Units asked"), str(len(asked))),
                pair(_("Opinions received"), str(len(found)), *([_(", ").join(tally)] if tally else [])),
            ],
            "parts": [
                *([section(_("Opinions and what became of them"), table=ruled(columns, rows, red))] if found else []),
                section(
                    _("How each unit answered"),
                    table=ruled(units, [[unit, answer, when] for unit, answer, when, _silent in asked]),
                    after=_(
                        "Silence after five working days counts as having no opinion only where the letter was delivered."
                    )
                    if any(silent for *_rest, silent in asked)
                    else "",
                ),
            ],
            "files": [],
        }


class Circular(PlainCircular):
    """集团文件: the plan in force, with the division of work as its annex."""

    kind, title, series = Paper.CIRCULAR, gettext_lazy("Circular of the work plan"), CIRCULARS
    template = "documents/plans/circular.html"
    whole = (*Document.whole, *NAMES)
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(plan_of(act).title)

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return to_the_owners(act)

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        plan = plan_of(act)
        return {**head(act), **cls.text(plan.title, outline_of(act), **span_of(act), **addressed(act))}

    @classmethod
    def naming(cls, plan: str) -> str:
        return _("Circular on “%(plan)s” and the division of its work") % {"plan": plan}

    @classmethod
    def text(
        cls, plan: str, outline: Outline, *, begins: date, ends: date, to: Sequence[str], copies: Sequence[str]
    ) -> dict[str, Any]:
        annex = _("Division of work")
        blank: Annex = {"title": annex, "blocks": [], "table": None}
        return {
            "to": list(to),
            "blocks": [
                *paragraphs(
                    _(
                        "“%(plan)s” has been approved by the group and is issued to you herewith. Please see to it that it is carried out."
                    )
                    % {"plan": plan}
                ),
                *headed(
                    (
                        _("What is to be done"),
                        [
                            _(
                                "The plan runs from %(begins)s to %(ends)s and has %(parts)s, %(topics)s and %(items)s. Who does what by when is set out in the annex."
                            )
                            % {**counts(outline), "begins": day(begins.isoformat()), "ends": day(ends.isoformat())}
                        ],
                    ),
                    (
                        _("Who answers for it"),
                        [
                            _(
                                "Lead owner 1 of a topic answers for it as a whole; lead owners 2 and 3 stand by in this order. Assisting owners give text, data and advice as the annex says, in time and in full."
                            )
                        ],
                    ),
                    (
                        _("Reports and changes"),
                        [
                            _(
                                "From the month after issue, each topic reports its progress by the 28th of the month. Whoever needs more time asks for it before the due date and gives the reason; the resource centre decides. No due date moves without its decision."
                            )
                        ],
                    ),
                    (
                        _("Acceptance"),
                        [
                            _(
                                "When a topic is done, lead owner 1 hands in the completion report with its evidence; the resource centre examines and accepts it. What is not accepted by the end of the plan is carried over with a reason. The results count in the year-end review."
                            )
                        ],
                    ),
                    (
                        _("Signing for it"),
                        [
                            _(
                                "Each unit signs for this circular when it receives it and makes it known to everyone it names."
                            )
                        ],
                    ),
                ),
            ],
            "annexes": [annex],
            "annexed": [blank],
            "division": divided(outline),
            "copies": list(copies),
        }


class ConsultationLetter(PlainLetter):
    """征求意见函: to one unit, with the draft."""

    kind, title, series = Paper.CONSULTATION, gettext_lazy("Request for comments"), LETTERS
    whole = (*Document.whole, *NAMES)
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(plan_of(act).title)

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return [(act.matter.unit, str(Receipt.Purpose.TO))]

    @classmethod
    def takes_the_place_of(cls, act: Act, earlier: IssuedDocument) -> bool:
        """One that is sent anew voids the one that was not delivered."""
        return True

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        plan = plan_of(act)
        assert plan.answer_by
        told: dict[str, Any] = {
            "topics": len(plan.outline.topics()),
            "answer_by": plan.answer_by,
            "draft": Draft.naming(plan.title),
        }
        return {**head(act), **cls.text(plan.title, str(act.matter.unit), **told)}

    @classmethod
    def naming(cls, plan: str) -> str:
        return _("Request for comments on the draft of “%(plan)s”") % {"plan": plan}

    @classmethod
    def text(cls, plan: str, unit: str, *, topics: int, answer_by: date, draft: str) -> dict[str, Any]:
        values = {"plan": plan, "day": day(answer_by.isoformat()), "n": topics}
        return {
            "to": [unit],
            "blocks": paragraphs(
                ngettext(
                    "The resource centre has consolidated the draft of “%(plan)s” with its %(n)s topic and asks for your comments.",
                    "The resource centre has consolidated the draft of “%(plan)s” with its %(n)s topics and asks for your comments.",
                    topics,
                )
                % values,
                _(
                    "Please go through the draft with those it concerns and answer clause by clause: which topic and clause, what is to change, and why. If you have no comment, please say so."
                )
                % values,
                _(
                    "Your answer is asked for by %(day)s. Silence after that day, once this letter has been delivered, counts as having no comment."
                )
                % values,
                _("Every comment is answered: adopted, adopted in part, or declined with the reason."),
            ),
            "annexes": [draft],
            "annexed": [],
            "copies": [],
        }


class Bulletin(PlainCircular):
    """完成情况通报: what became of every topic."""

    kind, title, series = Paper.BULLETIN, gettext_lazy("Completion bulletin"), CIRCULARS
    whole = (*Document.whole, *NAMES)
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(plan_of(act).title)

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return to_the_owners(act)

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        plan = plan_of(act)
        lines = lines_of(plan)
        return {**head(act), **cls.text(plan.title, lines, words=plan.remark, **addressed(act))}

    @classmethod
    def naming(cls, plan: str) -> str:
        return _("Bulletin on the completion of “%(plan)s”") % {"plan": plan}

    @classmethod
    def text(
        cls, plan: str, lines: Sequence[Line], *, words: str, to: Sequence[str], copies: Sequence[str]
    ) -> dict[str, Any]:
        annex = _("How each topic ended")
        done = [line for line in lines if line.accepted]
        carried = [line for line in lines if not line.accepted]
        late = [line for line in lines if line.late]
        columns: list[Column] = [
            {"name": _("No."), "wide": 12, "numbers": False},
            {"name": _("Topic"), "wide": 0, "numbers": False},
            {"name": _("Lead owner 1"), "wide": 38, "numbers": False},
            {"name": _("Due"), "wide": 24, "numbers": False},
            {"name": _("Outcome"), "wide": 26, "numbers": False},
        ]
        table: Table = {
            "columns": columns,
            "rows": [[line.number, line.title, line.lead, frozen.day(line.due), line.standing] for line in lines],
        }
        values = {"plan": plan, "all": len(lines), "done": len(done), "late": len(late), "carried": len(carried)}
        return {
            "to": list(to),
            "blocks": [
                *paragraphs(_("All topics of “%(plan)s” have ended. The results are made known here.") % values),
                *headed(
                    (
                        _("How it went"),
                        [
                            _(
                                "Of %(all)s topics, %(done)s were accepted and %(carried)s carried over; %(late)s were late. How each ended is set out in the annex."
                            )
                            % values,
                            _("Carried over: %(topics)s.") % {"topics": several(cls.carried(line) for line in carried)}
                            if carried
                            else "",
                        ],
                    ),
                    (_("What is to be said of it"), words.splitlines()),
                    (
                        _("What follows"),
                        [
                            _(
                                "What was carried over goes into the next plan with its history. The results of leads and assistants count in the year-end review."
                            ),
                        ],
                    ),
                ),
            ],
            "annexes": [annex],
            "annexed": [{"title": annex, "blocks": [], "table": table}],
            "copies": list(copies),
        }

    @staticmethod
    def carried(line: Line) -> str:
        return _("%(topic)s (%(reason)s)") % {"topic": line.title, "reason": line.reason} if line.reason else line.title


class BoardSheet(PlanSheet):
    """计划进度表: the board on paper."""

    kind, title = Paper.BOARD, gettext_lazy("Plan board")

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        today = timezone.localdate(act.at)
        return {**head(act), **cls.text(lines_of(plan_of(act)), **span_of(act), today=today)}

    @classmethod
    def takes_the_place_of(cls, act: Act, earlier: IssuedDocument) -> bool:
        """A later board tells more."""
        return True

    @classmethod
    def text(cls, lines: Sequence[Line], *, begins: date, ends: date, today: date) -> dict[str, Any]:
        columns = [
            (_("No."), "no"), (_("Topic"), ""), (_("Lead owner 1"), "lead"), (_("Due"), "when"),
            (_("Progress"), "count"), (_("State"), "state"),
        ]  # fmt: skip
        rows: list[Sequence[str] | str] = []
        red: dict[int, int] = {}
        part = None
        for line in lines:
            if line.part != part:
                part = line.part
                rows.append(part)
            if line.late:
                red[len(rows)] = 5
            rows.append(
                [line.number, line.title, line.lead, frozen.day(line.due), percent(line.percent), line.standing]
            )
        late = sum(line.late for line in lines)
        return {
            "pairs": [
                pair(_("Period of the plan"), span(begins, ends)),
                pair(_("As of"), day(today.isoformat())),
                pair(_("Topics"), str(len(lines))),
                pair(_("Topics accepted"), str(sum(line.accepted for line in lines))),
                pair(_("Topics late"), str(late)),
            ],
            "parts": [section(_("Topics by part"), table=ruled(columns, rows, red))],
            "files": [],
        }


# --- a topic -------------------------------------------------------------------------------------------------------


class TaskLetter(PlainLetter):
    """任务书: to one owner of a topic, what is theirs to do."""

    kind, title, series = Paper.LETTER, gettext_lazy("Task letter"), LETTERS
    whole = (*Document.whole, *NAMES)
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(act.matter.title)

    @classmethod
    def each(cls, act: Act) -> Sequence[Owner]:
        """A letter to every owner who was found."""
        topic = topic_value(act)
        return [owner for owner in (*topic.leads, *topic.assistants) if owner.person or owner.unit]

    @classmethod
    def facts_for(cls, act: Act, one: Owner) -> Mapping[str, Any]:
        draft_by = topic_of(act).draft_by
        assert draft_by
        return {**of_topic(act), **cls.text(plan_of(act).title, topic_value(act), one, draft_by=draft_by)}

    @classmethod
    def recipients_for(cls, act: Act, one: Owner) -> list[tuple[Unit, str]]:
        return [(unit, str(Receipt.Purpose.TO)) for unit in Unit.objects.filter(pk=one.unit or 0)]

    @classmethod
    def naming(cls, topic: str) -> str:
        return _("Task letter for the topic “%(topic)s”") % {"topic": topic}

    @classmethod
    def text(cls, plan: str, topic: Topic, owner: Owner, *, draft_by: date) -> dict[str, Any]:
        annex = _("Items of the topic")
        values = {
            "plan": plan,
            "number": topic.number,
            "topic": topic.title,
            "who": owner.words,
            "rank": counted(owner.rank) if owner.rank else "",
            "day": day(draft_by.isoformat()),
            "due": day(frozen.day(topic.due)),
            "first": next((lead.words for lead in topic.leads if lead.rank == 1), "—"),
        }
        table: Table = {
            "columns": [
                {"name": _("No."), "wide": 16, "numbers": False},
                {"name": _("Item"), "wide": 0, "numbers": False},
                {"name": _("Due"), "wide": 28, "numbers": False},
            ],
            "rows": [[item.number, item.words, frozen.day(item.due or topic.due)] for item in topic.items],
        }
        annexed: list[Annex] = [{"title": annex, "blocks": [], "table": table}] if topic.items else []
        return {
            "to": [owner.words],
            "blocks": [
                *paragraphs(
                    _("Under “%(plan)s” you are given the following task in topic %(number)s, “%(topic)s”.") % values
                ),
                *headed(
                    (_("Your task"), [cls.duty(owner) % values]),
                    (_("Aim of the topic"), [topic.aim]),
                    (_("Dates"), [_("The topic's draft is due on %(day)s, the topic as a whole on %(due)s.") % values]),
                    (
                        _("Who works with you"),
                        [
                            _("Lead owners in order: %(names)s.")
                            % {"names": several(f"{lead['rank']}. {lead['who']}" for lead in leads(topic.leads))},
                            *(
                                _("%(kind)s: %(names)s.") % {"kind": row["kind"], "names": several(row["who"])}
                                for row in assistants(topic.assistants)
                            ),
                        ],
                    ),
                ),
            ],
            "annexes": [annex] if annexed else [],
            "annexed": annexed,
            "copies": [],
        }

    @staticmethod
    def duty(owner: Owner) -> str:
        match owner.kind, owner.rank:
            case Kind.LEAD, 1:
                return _(
                    "You are lead owner 1: you answer for the topic as a whole, merge what the assisting owners give, and hand in its draft."
                )
            case Kind.LEAD, _rank:
                return _(
                    "You are lead owner %(rank)s: you sign the draft after those before you, and act in your turn should they be late."
                )
            case Kind.AUTHOR, _rank:
                return _(
                    "You assist as an author: you give text for the draft, each piece signed by you, to lead owner 1 (%(first)s)."
                )
            case Kind.DATA, _rank:
                return _(
                    "You assist with data: you give figures with their source and their day, signed by you, to lead owner 1 (%(first)s)."
                )
        return _(
            "You assist with advice: you give your opinion on the draft, signed by you, to lead owner 1 (%(first)s)."
        )


@dataclass(frozen=True)
class Signed:
    """Who signed a draft, as which owner, when, and by how much they were late ("" for in time)."""

    who: str
    part: str
    at: str  # an instant
    late: str = ""


class TopicDraft(PlanSheet):
    """专题草案: the text with its pieces, and who wrote and signed each."""

    kind, title = Paper.TOPIC_DRAFT, gettext_lazy("Topic draft")

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        topic = topic_of(act)
        pieces: list[Said] = [
            {
                "step": given(piece["kind"]), "who": {"person": piece["who"], "post": "", "principal": ""},
                "verdict": "submit", "decided": "", "text": piece["words"], "at": local(piece["at"]), "version": 1,
            }
            for piece in topic.pieces
        ]  # fmt: skip
        signed = [
            Signed(row["who"], as_lead(row["rank"]), local(row["at"]), cls.lateness(row["at"], topic.draft_by))
            for row in topic.signed
        ]
        return {
            **of_topic(act),
            **cls.text(plan_of(act).title, topic_value(act), topic.text, pieces=pieces, signed=signed),
        }

    @staticmethod
    def lateness(at: str, due: date | None) -> str:
        late = (timezone.localdate(datetime.fromisoformat(at)) - due).days if due else 0
        return days(late) if late > 0 else ""

    @classmethod
    def text(
        cls, plan: str, topic: Topic, words: str, *, pieces: Sequence[Said], signed: Sequence[Signed]
    ) -> dict[str, Any]:
        columns = [(_("Signed by"), ""), (_("Signed as"), "word"), (_("On"), "stamp"), (_("Late"), "word")]
        rows = [[one.who, one.part, one.at.replace("T", " "), one.late or "—"] for one in signed]
        late = {at: 3 for at, one in enumerate(signed) if one.late}
        return {
            "pairs": [pair(_("Plan"), plan), *topic_pairs(topic)],
            "parts": [
                *aim_section(topic),
                section(_("Draft"), words),
                *item_section(topic),
                *([section(_("Contributions"), said=list(pieces))] if pieces else []),
                section(_("Signatures"), table=ruled(columns, rows, late), last=True),
            ],
            "files": [],
        }


class Evidence(TypedDict):
    """A matter that proves something: a campaign, a lease."""

    reference: str
    title: str


def evidence_section(links: Sequence[Evidence]) -> list[Section]:
    if not links:
        return []
    columns = [(_("Reference"), "person"), (_("Matter"), "")]
    return [
        section(
            _("Matters named as evidence"), table=ruled(columns, [[link["reference"], link["title"]] for link in links])
        )
    ]


class ProgressReport(PlanSheet):
    """进度报告: how far, what was done, how one knows."""

    kind, title = Paper.REPORT, gettext_lazy("Progress report")

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        topic = topic_of(act)
        last = topic.reports[-1]
        made = cls.text(
            plan_of(act).title,
            topic_value(act),
            month=month_of(last["month"]),
            share=int(last["share"]),
            before=int(last["before"]),
            done=last["done"],
            next_=last["next"],
            links=[],
            files=frozen.files(topic, Attachment.Purpose.RESULT),
            late=days(last["late"]) if last["late"] else "",
            by=by_whom(act),
        )
        return {**of_topic(act), **made}

    @classmethod
    def text(
        cls,
        plan: str,
        topic: Topic,
        *,
        month: str,
        share: int,
        before: int,
        done: str,
        next_: str,
        links: Sequence[Evidence],
        files: Sequence[Any],
        late: str,
        by: str,
    ) -> dict[str, Any]:
        return {
            "pairs": [
                pair(_("Plan"), plan),
                *topic_pairs(topic),
                pair(_("Month"), month),
                pair(_("Reported by"), by, mark=_("Late") if late else ""),
                *([pair(_("Late by"), late)] if late else []),
                pair(
                    _("Progress"),
                    _("%(share)s (last report: %(before)s)") % {"share": percent(share), "before": percent(before)},
                ),
            ],
            "parts": [
                section(_("What was done"), done),
                *([section(_("What comes next"), next_)] if next_ else []),
                *evidence_section(links),
            ],
            "files": list(files),
        }


class Extension(PlanSheet):
    """延期单: asked, decided, and until when."""

    kind, title = Paper.EXTENSION, gettext_lazy("Extension slip")

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        asked = topic_of(act).wanted_content
        granted = bool(asked["granted"])
        decided = _("agreed") if granted else _("not agreed")
        said = [
            *signed_before(act, "extend", _("request for more time"), asked["reason"]),
            signed_here(act, _("decision on the request"), decided, "agree" if granted else "reject"),
        ]
        due, wanted = (date.fromisoformat(asked[name] or asked["wanted"]) for name in ("due", "wanted"))
        told: dict[str, Any] = {"due": due, "wanted": wanted, "granted": granted, "opinions": said}
        return {**of_topic(act), **cls.text(plan_of(act).title, topic_value(act), **told)}

    @classmethod
    def text(
        cls, plan: str, topic: Topic, *, due: date, wanted: date, granted: bool, opinions: Sequence[Said]
    ) -> dict[str, Any]:
        return {
            "pairs": [
                pair(_("Plan"), plan),
                pair(_("Topic"), f"{topic.number}. {topic.title}"),
                *owner_pairs(topic),
                pair(_("Due so far"), day(due.isoformat())),
                pair(_("Due as asked for"), day(wanted.isoformat())),
                pair(_("Decision"), _("extended") if granted else _("not extended")),
                pair(_("Due from now on"), day((wanted if granted else due).isoformat())),
            ],
            "parts": [section(_("Request and decision"), said=list(opinions))],
            "files": [],
        }


class CompletionReport(PlanSheet):
    """完成报告: what came of every item, with the evidence."""

    kind, title = Paper.COMPLETION, gettext_lazy("Completion report")

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        topic, value = topic_of(act), topic_value(act)
        made = cls.text(
            plan_of(act).title,
            value,
            due=topic.due,
            done=topic.completion_content["done"],
            links=[],
            files=frozen.files(topic, Attachment.Purpose.RESULT),
            by=by_whom(act),
            late=days(topic.late_by) if topic.late_by else "",
        )
        return {**of_topic(act), **made}

    @classmethod
    def text(
        cls,
        plan: str,
        topic: Topic,
        *,
        due: date | None,
        done: str,
        links: Sequence[Evidence],
        files: Sequence[Any],
        by: str,
        late: str,
    ) -> dict[str, Any]:
        return {
            "pairs": [
                pair(_("Plan"), plan),
                *topic_pairs(topic, due),
                pair(_("Completed by"), by, mark=_("Late") if late else ""),
                *([pair(_("Late by"), late)] if late else []),
            ],
            "parts": [
                *aim_section(topic),
                section(_("What was achieved"), done),
                *item_section(topic),
                *evidence_section(links),
            ],
            "files": list(files),
        }


class Acceptance(PlanSheet):
    """验收单: that the topic is done, and by whose word."""

    kind, title = Paper.ACCEPTANCE, gettext_lazy("Acceptance note")

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        topic = topic_of(act)
        completed = topic.completion_content
        said = [
            *signed_before(act, "complete", _("completion report"), completed["done"]),
            signed_here(act, _("acceptance"), _("accepted")),
        ]
        made = cls.text(
            plan_of(act).title,
            topic_value(act),
            due=topic.due,
            completed_on=date.fromisoformat(local(completed["at"])[:10]),
            late=days(topic.late_by) if topic.late_by else "",
            opinions=said,
            reports=[(month_of(report["month"]), int(report["share"])) for report in topic.reports],
        )
        return {**of_topic(act), **made}

    @classmethod
    def text(
        cls,
        plan: str,
        topic: Topic,
        *,
        due: date | None,
        completed_on: date,
        late: str,
        opinions: Sequence[Said],
        reports: Sequence[tuple[str, int]],
    ) -> dict[str, Any]:
        columns = [(_("Month"), ""), (_("Progress"), "count")]
        return {
            "pairs": [
                pair(_("Plan"), plan),
                *topic_pairs(topic, due),
                pair(_("Completed on"), day(completed_on.isoformat()), mark=_("Late") if late else ""),
                *([pair(_("Late by"), late)] if late else []),
                pair(_("Decision"), _("accepted")),
            ],
            "parts": [
                section(_("Completion and acceptance"), said=list(opinions)),
                *(
                    [
                        section(
                            _("Reports on the way"),
                            table=ruled(columns, [[month, percent(share)] for month, share in reports]),
                            last=True,
                        )
                    ]
                    if reports
                    else []
                ),
            ],
            "files": [],
        }
