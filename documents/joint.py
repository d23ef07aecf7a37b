"""What a joint campaign hands out: the letter to the stores, the circular with all parts, the notice, the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from workflows.joint import money
from workflows.joint.models import WHY_ABSENT, Joint, Paper
from workflows.joint.money import TARGETS, Payer
from workflows.matters.models import machine_of
from workflows.matters.perform import Act
from workflows.organisation.figures import figure, percent_of
from workflows.organisation.figures import money as cny
from workflows.organisation.models import Unit

from . import frozen
from .base import Document
from .kinds.plain import Annex, Block, Column, PlainCircular, PlainLetter, PlainNotice
from .models import IssuedDocument, Receipt
from .templatetags.paper import day

CIRCULARS, LETTERS = "星联发", "星联函"  # the series of circulars and of invitations
SHARES_WIDE, DAYS_WIDE, TARGETS_WIDE = 17, 22, 23  # mm, of a column of figures in an annex

TARGET_NAMES = {
    "footfall": gettext_lazy("Footfall"),
    "sales": gettext_lazy("Sales"),
    "new_members": gettext_lazy("New members"),
    "exposure": gettext_lazy("Exposure"),
}


class Row(TypedDict):
    """A store and what it handed in: money and figures as decimal strings."""

    store: str
    part: Mapping[str, Any]


def joint_of(act: Act) -> Joint:
    assert isinstance(act.matter, Joint)
    return act.matter


def paragraphs(*lines: str) -> list[Block]:
    return [{"style": "paragraph", "text": line} for line in lines if line]


def rows_of(joint: Joint) -> list[Row]:
    """The stores that take part, in the order they were invited."""
    return [
        {"store": str(unit), "part": joint.parts[code]} for code, unit in joint.units().items() if code in joint.parts
    ]


def absent_of(joint: Joint) -> list[str]:
    """The stores that do not, each with why."""
    return [
        _("%(store)s (%(why)s)") % {"store": unit, "why": WHY_ABSENT[joint.absent[code]]}
        for code, unit in joint.units().items()
        if code in joint.absent
    ]


def named(names: Iterable[str]) -> str:
    return _(", ").join(names)


def _numbers() -> list[str]:
    """What stands before the points of a circular, as each language numbers them."""
    return [f"{n}. " for n in range(1, 5)] if get_language() == "en" else [f"{n}、" for n in "一二三四"]


def borne(sums: Mapping[str, Decimal]) -> str:
    """Who bears how much of the whole, those left out who bear nothing: “Group ¥20,000 (20.0 %), …”."""
    percents = money.in_percent(sums)
    return named(
        _("%(payer)s %(amount)s (%(percent)s%%)")
        % {"payer": Payer(payer).label, "amount": cny(amount), "percent": percents[payer]}
        for payer, amount in sums.items()
        if amount
    )


class Counted(Annex):
    """An annex whose table has words in its first columns, and figures in the others."""

    words: int


def column(name: str, wide: int, *, numbers: bool = False) -> Column:
    return {"name": name, "wide": wide, "numbers": numbers}


def shares_table(rows: Sequence[Row]) -> Counted:
    """Every store with its part of the cost, by payer; below, the sums and their percentages."""
    parts = [row["part"] for row in rows]
    sums = money.summed(parts)
    percents = money.in_percent(sums)
    whole = money.total(parts)
    heads = {
        payer: _("Alliance") if payer == Payer.ALLIANCE else str(payer.label) for payer in Payer
    }  # in a narrow column
    return {
        "title": _("The stores and who bears the cost (CNY)"),
        "blocks": [],
        "words": 1,
        "table": {
            "columns": [
                column(_("Store"), 0),
                column(_("Budget"), SHARES_WIDE, numbers=True),
                *(column(heads[payer], SHARES_WIDE, numbers=True) for payer in Payer),
            ],
            "rows": [
                *(
                    [row["store"], figure(money.amount(row["part"])), *map(figure, money.shares(row["part"]).values())]
                    for row in rows
                ),
                [_("Together"), figure(whole), *map(figure, sums.values())],
                [_("Share in percent"), "100.0" if whole else "0.0", *(str(percents[payer]) for payer in sums)],
            ],
        },
    }


def targets_table(rows: Sequence[Row]) -> Counted:
    """Every store with its days and what it aims at."""
    sums = money.figures([row["part"] for row in rows], "targets")
    return {
        "title": _("Days and targets of the stores"),
        "blocks": [],
        "words": 2,
        "table": {
            "columns": [
                column(_("Store"), 0),
                column(_("From – to"), DAYS_WIDE),
                *(column(str(TARGET_NAMES[name]), TARGETS_WIDE, numbers=True) for name in TARGETS),
            ],
            "rows": [
                *(
                    [
                        row["store"],
                        f"{row['part']['starts_on'][5:]} – {row['part']['ends_on'][5:]}",
                        *(figure(Decimal(row["part"]["targets"].get(name) or 0)) for name in TARGETS),
                    ]
                    for row in rows
                ),
                [_("Together"), "", *map(figure, sums.values())],
            ],
        },
    }


class Invitation(PlainLetter):
    """联动邀请函: what is planned, and by when a store hands in its part."""

    kind, title, series = Paper.INVITATION, gettext_lazy("Invitation to a joint campaign"), LETTERS
    whole = (*Document.whole, "joint")
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(act.matter.title)

    @classmethod
    def naming(cls, title: str) -> str:
        return _("Invitation to the joint campaign “%(title)s”") % {"title": title}

    @classmethod
    def asked(cls, joint: Joint, act: Act) -> list[Unit]:
        """All stores; later on, the one that was let in."""
        if act.name == "invite":
            return list(joint.units().values())
        newest = joint.children.select_related("unit").order_by("pk").last()
        return [newest.unit] if newest else []

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        joint = joint_of(act)
        stores = [str(unit) for unit in cls.asked(joint, act)]
        frame = {name: str(value) for name, value in joint.frame().items() if name != "stores"}
        return {**frozen.head(act), "joint": joint.title, **cls.text(stores, frame)}

    @classmethod
    def text(cls, stores: list[str], frame: Mapping[str, str]) -> dict[str, Any]:
        days = {name: day(frame[name]) for name in ("starts_on", "ends_on", "hand_in_by")}
        values = {**frame, **days}
        return {
            "to": stores,
            "blocks": paragraphs(
                _("The group holds the joint campaign “%(title)s” from %(starts_on)s to %(ends_on)s. Its theme: %(theme)s. Your store is invited to take part.") % values,
                *frame["words"].splitlines(),
                _("Please declare your store's own part, with its budget and targets, in the system; with your region's consent it must be handed in by %(hand_in_by)s. A store whose part is not in by then is recorded as absent.") % values,
                _("Each budget line names who bears it: the group, the store, the region, a partner or the members' alliance. All parts are approved together; a store needs no approval of its own."),
            ),
            "annexes": [],
            "annexed": [],
            "copies": [],
        }  # fmt: skip

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return [(unit, Receipt.Purpose.TO) for unit in cls.asked(joint_of(act), act)]


class Circular(PlainCircular):
    """联动批复: numbered, with the red head; every store, its part and who bears it."""

    kind, title, series = Paper.CIRCULAR, gettext_lazy("Joint campaign circular"), CIRCULARS
    template = "documents/joint/circular.html"
    whole = (*Document.whole, "joint")
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(act.matter.title)

    @classmethod
    def naming(cls, title: str) -> str:
        return _("Approval of the joint campaign “%(title)s”") % {"title": title}

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        joint = joint_of(act)
        return {
            **frozen.head(act),
            "joint": joint.title,
            **cls.text(
                rows_of(joint),
                {"title": joint.title, "starts_on": str(joint.starts_on), "ends_on": str(joint.ends_on)},
                absent_of(joint),
                list(map(str, cls.takers_of_note(joint))),
            ),
        }

    @classmethod
    def text(cls, rows: list[Row], frame: Mapping[str, str], absent: list[str], copies: list[str]) -> dict[str, Any]:
        parts = [row["part"] for row in rows]
        annexed = [shares_table(rows), targets_table(rows)]
        values = {
            "title": frame["title"],
            "first": day(frame["starts_on"]),
            "last": day(frame["ends_on"]),
            "count": len(rows),
            "total": cny(money.total(parts)),
            "borne": borne(money.summed(parts)),
            "absent": named(absent),
        }
        lines = [
            _("The joint campaign “%(title)s” may be held from %(first)s to %(last)s in the %(count)s stores of annex 1.") % values,
            _("The budget of all stores is %(total)s, borne as follows: %(borne)s. Each store keeps to its own part in annex 1; more may not be spent without an approved change.") % values,
            _("Each store answers for its own days and targets in annex 2, and hands in its own report."),
        ]  # fmt: skip
        if absent:
            lines.append(_("The following stores take no part: %(absent)s.") % values)
        return {
            "to": [row["store"] for row in rows],
            "blocks": [
                *paragraphs(_("The parts the stores have handed in are decided as follows.")),
                *paragraphs(*(f"{number}{line}" for number, line in zip(_numbers(), lines, strict=False))),
                *paragraphs(_("So approved.")),
            ],
            "annexes": [annex["title"] for annex in annexed],
            "annexed": annexed,
            "copies": copies,
        }

    @staticmethod
    def takers_of_note(joint: Joint) -> list[Unit]:
        """The regions of the stores, and every office of the group that had a say."""
        regions = [unit.parent for code, unit in joint.units().items() if code in joint.parts]
        trail = joint.trail.filter(action__in=["submit_whole", "agree"]).order_by("seq").select_related("post__unit")
        offices = [entry.post.unit for entry in trail if entry.post]
        return list(dict.fromkeys(unit for unit in [*regions, *offices] if unit))

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        joint = joint_of(act)
        stores: list[tuple[Unit, str]] = [
            (unit, Receipt.Purpose.TO) for code, unit in joint.units().items() if code in joint.parts
        ]
        return stores + [(unit, Receipt.Purpose.COPY) for unit in cls.takers_of_note(joint)]


class Notice(PlainNotice):
    """取消 / 不予批准通知: to every store that was invited and had not declined."""

    kind, title = Paper.NOTICE, gettext_lazy("Joint campaign notice")
    whole = (*Document.whole, "joint")
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(act.matter.title, rejected=act.name == "reject")

    @classmethod
    def naming(cls, title: str, *, rejected: bool = False) -> str:
        if rejected:
            return _("Notice that the joint campaign “%(title)s” is not approved") % {"title": title}
        return _("Notice that the joint campaign “%(title)s” is cancelled") % {"title": title}

    @classmethod
    def concerned(cls, joint: Joint) -> list[Unit]:
        return [unit for code, unit in joint.units().items() if code not in joint.absent]

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        joint = joint_of(act)
        stores = list(map(str, cls.concerned(joint)))
        circular = IssuedDocument.objects.filter(matter=joint.pk, kind=Paper.CIRCULAR).order_by("issued_at").last()
        asked = joint.trail.filter(action="ask_cancel").last() if act.name == "grant_cancel" else None
        return {
            **frozen.head(act),
            "joint": joint.title,
            **cls.text(
                stores,
                joint.title,
                reason=asked.note if asked else act.note,
                number=circular.number if circular else "",
                rejected=act.name == "reject",
            ),
        }

    @classmethod
    def text(cls, stores: list[str], title: str, *, reason: str, number: str, rejected: bool) -> dict[str, Any]:
        values = {"title": title, "reason": reason, "number": number}
        said = (
            _("The joint campaign “%(title)s” is not approved; the parts of all stores end with it.")
            if rejected
            else _("The joint campaign “%(title)s” is cancelled, and with it the parts of all stores. Nothing more may be spent on it.")
        )  # fmt: skip
        return {
            "to": stores,
            "blocks": paragraphs(
                said % values,
                _("Reason: %(reason)s") % values if reason else "",
                _("%(number)s ceases to apply.") % values if number else "",
            ),
        }

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return [(unit, Receipt.Purpose.TO) for unit in cls.concerned(joint_of(act))]


class Summary(Document):
    """联动总结: budget against spending, targets against results, store by store."""

    kind, title = Paper.SUMMARY, gettext_lazy("Summary of the joint campaign")
    template = "documents/joint/summary.html"

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        joint = joint_of(act)
        places = joint.places()
        keys = {place.matter_id: code for code, place in places.items() if place.matter_id}
        said = {keys[key]: part for key, part in machine_of("campaign").as_parts(keys).items()}
        rows: list[Row] = [
            {"store": str(unit), "part": said[code]} for code, unit in joint.units().items() if code in joint.parts
        ]
        states = [places[code].state_label for code in joint.units() if code in joint.parts]
        return {
            **frozen.head(act),
            "joint": joint.title,
            **cls.text(rows, states, absent_of(joint), (str(joint.starts_on), str(joint.ends_on))),
        }

    @classmethod
    def text(cls, rows: list[Row], states: list[str], absent: list[str], days: tuple[str, str]) -> dict[str, Any]:
        parts = [row["part"] for row in rows]
        planned, spent = money.total(parts), sum((Decimal(part["spent"] or 0) for part in parts), Decimal(0))
        return {
            "pairs": [
                {"label": _("Held"), "words": f"{day(days[0])} – {day(days[1])}"},
                {"label": _("Stores"), "words": named(row["store"] for row in rows)},
                {"label": _("Took no part"), "words": named(absent) or "—"},
                {"label": _("Budget"), "words": f"{cny(planned)} · {borne(money.summed(parts))}"},
                {"label": _("Spent"), "words": f"{cny(spent)} · {percent_of(spent, planned)}%"},
            ],
            "tables": [
                {
                    "title": _("Money, store by store (CNY)"),
                    "columns": [_("Store"), _("State"), _("Budget"), _("Spent"), _("Over or under")],
                    "words": 2,
                    "rows": [
                        [row["store"], state, *_spent(money.amount(row["part"]), Decimal(row["part"]["spent"] or 0))]
                        for row, state in zip(rows, states, strict=True)
                    ]
                    + [[_("Together"), "", *_spent(planned, spent)]],
                },
                {
                    "title": _("Results against targets"),
                    "columns": [_("Store"), _("Figure"), _("Target"), _("Actually reached"), _("Reached, in percent")],
                    "words": 2,
                    "rows": [
                        line
                        for name, part in [*((row["store"], [row["part"]]) for row in rows), (_("Together"), parts)]
                        for line in _reached(name, money.figures(part, "results"), money.figures(part, "targets"))
                    ],
                },
            ],
        }  # fmt: skip


def _spent(planned: Decimal, spent: Decimal) -> list[str]:
    return [figure(planned), figure(spent), figure(spent - planned)]


def _reached(store: str, results: Mapping[str, Decimal], targets: Mapping[str, Decimal]) -> list[list[str]]:
    """A line for each figure of a store."""
    return [
        [
            store,
            str(TARGET_NAMES[name]),
            figure(targets[name]) if targets[name] else "—",
            figure(results[name]),
            str(percent_of(results[name], targets[name])) if targets[name] else "—",
        ]
        for name in TARGETS
    ]
