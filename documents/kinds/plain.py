"""The family itself: one document of each look, with the facts it prints. A workflow's own kinds build on these.

Facts are what JSON holds. Everywhere: money in CNY as decimal strings ("82000.00"), days
"YYYY-MM-DD", instants local time "YYYY-MM-DDTHH:MM", words in the document's own language, lengths
in millimetres. `hand_out` adds what only then is known (`Issued`); a kind's `facts` gives the rest.
"""

from __future__ import annotations

from typing import ClassVar, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from documents.base import Document
from documents.frozen import Who


class SealFacts(TypedDict, total=False):
    """The seal a document bears; empty: none."""

    unit: str
    name: str  # round the ring
    below: str  # beneath the star


class Issued(TypedDict):
    """What every document prints, whatever its kind."""

    group: str  # the issuing body
    reference: str  # of the matter; "" for a paper of the office itself
    issued_on: str
    issued_at: str
    issuer: Who
    # added by `hand_out`:
    document_title: str
    number: str  # 发文字号; "" where the kind carries none
    code: str  # twelve characters, see models.CODE_ALPHABET
    check_url: str
    seal: SealFacts
    demonstration_key: bool


class Block(TypedDict):
    """A piece of running text. `style`: heading (一、), subheading （一）, paragraph, or flush (no indent)."""

    style: str
    text: str


class Column(TypedDict):
    name: str
    wide: int  # mm; 0: what is left
    numbers: bool  # set to the right


class Table(TypedDict):
    columns: list[Column]
    rows: list[list[str]]


class Annex(TypedDict):
    title: str
    blocks: list[Block]
    table: Table | None


class OfficialFacts(Issued):
    """Circular, letter and notice."""

    to: list[str]  # whom it is addressed to
    blocks: list[Block]
    annexes: list[str]  # the list under the text
    annexed: list[Annex]  # the annexes themselves, each on a page of its own
    copies: list[str]  # whom a copy goes to, in the imprint


class Present(TypedDict):
    label: str  # present, excused, observing
    names: list[str]


class MinutesFacts(OfficialFacts):
    meeting: str  # its name, as it stands in the red head
    present: list[Present]


class Scored(TypedDict):
    """One criterion of a score: what the figures give, what was given, and why that is different."""

    criterion: str
    weight: int
    computed: str
    given: str
    weighted: str
    why: str


class ScoreFacts(Issued):
    """One person's year."""

    person: str
    post: str
    period: str
    score: str  # of 100, one decimal
    grade: str
    scores: list[Scored]
    remark: str


class Party(TypedDict):
    role: str  # "Party A (lessor)"
    name: str
    address: str
    licence: str
    signed_by: str  # "" leaves a line to sign on
    signed_on: str


class Clause(TypedDict):
    number: str
    text: str


class Chapter(TypedDict):
    title: str
    clauses: list[Clause]


class ContractFacts(Issued):
    parties: list[Party]
    preamble: str
    chapters: list[Chapter]


class PlainCircular(Document):
    """文件: red head, number, text on the standard's grid, seal, annexes, imprint."""

    title: ClassVar[str | Promise] = _("Circular")
    template, family = "documents/plain/circular.html", "circular"


class PlainLetter(Document):
    """函: the head at the paper's top, double red rules."""

    title: ClassVar[str | Promise] = _("Letter")
    template, family = "documents/plain/letter.html", "letter"


class PlainMinutes(Document):
    """纪要: what a meeting decided and who was there."""

    title: ClassVar[str | Promise] = _("Minutes")
    template, family = "documents/plain/minutes.html", "minutes"


class PlainNotice(Document):
    """通知: black on white, sealed."""

    title: ClassVar[str | Promise] = _("Notice")
    template, family = "documents/plain/notice.html", "notice"


class PlainScoreSheet(Document):
    """绩效评定表: what one person achieved, fit to be framed."""

    title: ClassVar[str | Promise] = _("Score sheet")
    template, family = "documents/plain/score.html", "score"


class PlainContract(Document):
    """合同: parties, clauses, room for both seals."""

    title: ClassVar[str | Promise] = _("Contract")
    template, family = "documents/plain/contract.html", "contract"
