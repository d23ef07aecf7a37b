"""Joint campaign 联动: the group invites stores, each hands in its part, one signature approves them all.

The parts are matters of their own (`CHILDREN`), of which only `Matter.as_parts` is read here. What they
come to is written down when all are in, and stands while it is decided: see ADR 30. The whole machine
stands below; `manage.py machines joint` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypedDict

from django.db import models
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from workflows.matters.errors import Refused
from workflows.matters.models import ChildMatter, Matter, machine_of
from workflows.matters.moves import Condition, move
from workflows.matters.perform import is_rehearsal
from workflows.organisation import clock
from workflows.organisation.calendar import DAY, start_of
from workflows.organisation.models import Person, Unit
from workflows.organisation.offices import GROUP, Author, Case, Office, Rule, Seats, initiator, the_clock
from workflows.organisation.roles import Role
from workflows.policies.models import Edition
from workflows.policies.reasons import Reason

from .money import Part, Payer, shares, total

PART = "campaign"  # the kind of the matters it calls for
GRANTED, RETURNED, ABSENT = "granted", "returned", "absent"  # its words to them
LEAST_STORES = 2


def _signing_role(case: Case) -> str:
    """Which signer the limits table names for the sum of all parts."""
    assert isinstance(case, Joint)
    return str(case.policy.signer(case.KIND, case.amount or Decimal(0))[0])


leader = Author(_("planning reviewer"), Role.PLANNING_REVIEWER, GROUP)
signer = Office(_("signer by the limits table"), _signing_role, GROUP)
countersigner = Seats(
    _("countersigner"),
    {
        Role.FINANCE.value: Office(_("finance"), Role.FINANCE, GROUP) & ~initiator,
        Role.BRAND.value: Office(_("brand"), Role.BRAND, GROUP) & ~initiator,
        Role.LEGAL.value: Office(_("legal"), Role.LEGAL, GROUP) & ~initiator,
    },
)


class Paper:
    """The kinds of document a joint campaign hands out."""

    INVITATION = "joint.invitation"
    CIRCULAR = "joint.circular"
    NOTICE = "joint.notice"
    SUMMARY = "joint.summary"


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    COLLECTING = "collecting", _("stores hand in")
    GATHERED = "gathered", _("review of the whole")
    COUNTERSIGN = "countersign", _("countersign")
    SIGNATURE = "signature", _("signature")
    EXECUTING = "executing", _("in execution")
    CANCELLING = "cancelling", _("cancellation asked for")
    CLOSED = "closed", _("closed")
    REJECTED = "rejected", _("rejected")
    CANCELLED = "cancelled", _("cancelled")


DRAFT, COLLECTING, GATHERED, COUNTERSIGN, SIGNATURE = (
    State.DRAFT, State.COLLECTING, State.GATHERED, State.COUNTERSIGN, State.SIGNATURE,
)  # fmt: skip
EXECUTING, CANCELLING, CLOSED, REJECTED, CANCELLED = (
    State.EXECUTING, State.CANCELLING, State.CLOSED, State.REJECTED, State.CANCELLED,
)  # fmt: skip

is_complete = Condition(
    lambda joint: not joint.complaints(joint.frame()),
    lambda joint: " ".join(words for found in joint.complaints(joint.frame()).values() for words in found),
    summary=_("Stores or days are missing, or a day has passed."),
)
has_parts = Condition(
    lambda joint: bool(joint.parts) or is_rehearsal(), _("No store has handed in a part; let one in, or cancel.")
)
somebody_is_late = Condition(lambda joint: bool(joint.absent), _("No store is recorded absent."), hides=True)
some_are_in = Condition(lambda joint: bool(joint.parts), _("No store has handed in a part."), hides=True)
nobody_has_agreed = Condition(
    lambda joint: not any(seat["agreed"] for seat in joint.seats.values()) or joint.state != COUNTERSIGN,
    _("Somebody has already decided on this step."),
    hides=True,
)


class Frame(TypedDict):
    """What the group sets for all: words, days, the stores by their codes."""

    title: str
    theme: str
    words: str
    starts_on: date | None
    ends_on: date | None
    hand_in_by: date | None
    stores: list[str]


class Joint(Matter):
    """One joint campaign, from the invitation to the last store's evaluation."""

    KIND: ClassVar[str] = "joint"
    PREFIX: ClassVar[str] = "LD"
    FIRST: ClassVar[str] = DRAFT
    ENDS: ClassVar[frozenset[str]] = frozenset({CLOSED, REJECTED, CANCELLED})
    CHILDREN: ClassVar[frozenset[str]] = frozenset({PART})
    OPENED_BY: ClassVar[Rule] = leader
    State = State

    theme = models.CharField(_("theme"), max_length=120, blank=True)
    words = models.TextField(_("what it is about"), blank=True)
    starts_on = models.DateField(_("starts on"), null=True)
    ends_on = models.DateField(_("ends on"), null=True)
    hand_in_by = models.DateField(_("parts handed in by"), null=True)
    stores = models.JSONField(_("stores"), default=list)  # codes of the units invited
    parts = models.JSONField(default=dict)  # code of a store → its part as it was handed in
    absent = models.JSONField(default=dict)  # code of a store → why it takes no part: a key of WHY_ABSENT

    class Meta:
        verbose_name, verbose_name_plural = _("joint campaign"), _("joint campaigns")

    # --- what the group sets ---------------------------------------------------------------------------

    def opened(self, *, frame: Frame) -> None:
        self._set(frame)

    def _set(self, frame: Frame) -> None:
        for name, value in frame.items():
            setattr(self, name, value)

    def frame(self) -> Frame:
        return {
            "title": self.title, "theme": self.theme, "words": self.words, "starts_on": self.starts_on,
            "ends_on": self.ends_on, "hand_in_by": self.hand_in_by, "stores": list(self.stores),
        }  # fmt: skip

    @staticmethod
    def complaints(frame: Frame) -> dict[str, list[str]]:
        """Field → what keeps stores from being invited like this today."""
        found: dict[str, list[str]] = {}
        starts, ends, by, today = frame["starts_on"], frame["ends_on"], frame["hand_in_by"], clock.today()
        for name in ("title", "theme", "words", "starts_on", "ends_on", "hand_in_by"):
            if not frame[name]:
                found.setdefault(name, []).append(gettext("Please fill this in."))
        if by and by <= today:
            found["hand_in_by"] = [gettext("The day must lie in the future; today is %(today)s.") % {"today": today}]
        if by and starts and by >= starts:
            found.setdefault("hand_in_by", []).append(gettext("The parts must be in before the first day."))
        if starts and ends and ends < starts:
            found["ends_on"] = [gettext("The campaign ends before it starts.")]
        if len(frame["stores"]) < LEAST_STORES:
            found["stores"] = [gettext("Please invite at least two stores.")]
        return found

    def snapshot(self) -> dict[str, Any]:
        return {
            **super().snapshot(),
            "theme": self.theme,
            "words": self.words,
            **{name: str(getattr(self, name) or "") for name in ("starts_on", "ends_on", "hand_in_by")},
            "stores": self.stores,
            "parts": {code: str(part["total"]) for code, part in self.parts.items()},
            "absent": sorted(self.absent),
        }

    # --- the stores and what they handed in ----------------------------------------------------------------

    @property
    def collects_until(self) -> datetime | None:
        """When the clock goes on without whoever is late: the first instant of the day after."""
        return start_of(self.hand_in_by + DAY) if self.hand_in_by else None

    def units(self) -> dict[str, Unit]:
        """Code → store, of all that were invited, region by region as they stand in the list."""
        found = {unit.code: unit for unit in Unit.objects.filter(code__in=self.stores)}
        return {code: found[code] for code in self.stores if code in found}

    def places(self) -> dict[str, ChildMatter]:
        """Code → the place of the store's part: the last one, where it was let in after all."""
        return {place.unit.code: place for place in self.children.select_related("unit", "matter").order_by("pk")}

    def late_stores(self) -> dict[str, Unit]:
        """Stores that were recorded absent, and may be let in."""
        return {code: unit for code, unit in self.units().items() if code in self.absent}

    def traits(self) -> dict[str, Any]:
        parts = self.parts.values()
        return {
            "attendance": max((int(part["attendance"]) for part in parts), default=0),
            "partner_share": sum((shares(part)[Payer.PARTNER] for part in parts), Decimal(0)),
        }

    def _invite(self, store: Unit, slot: str, until: date) -> None:
        with override(self.language):
            title = gettext("%(title)s (%(store)s)") % {"title": self.title, "store": store}
        joint = {
            "theme": self.theme, "starts_on": str(self.starts_on), "ends_on": str(self.ends_on), "until": str(until),
        }  # fmt: skip
        self.call_for(slot, PART, title[:120], unit=store, joint=joint)

    def _gather(self) -> None:
        """Write down who is in with what, and tell whoever is late. What was handed in stays so until told otherwise."""
        found: dict[str, Part] = {}
        absent: dict[str, str] = {}
        places = self.places()
        keys = [place.matter_id for place in places.values() if place.matter_id]
        said = machine_of(PART).as_parts(keys)
        for code, place in places.items():
            child = place.matter
            if child and child.closed_at:
                absent[code] = "declined" if self.absent.get(code) != "late" else "late"
            elif child and (_is_in(place) or is_rehearsal()):
                found[code] = {**said[child.pk], "reference": child.reference}
            else:
                absent[code] = "late"
                if not is_rehearsal():
                    self.tell(place, ABSENT, self._in_its_language(_("Not handed in by %(day)s.")))
        self.parts, self.absent, self.amount = found, absent, total(found.values())
        self.because(Reason.of("parts_in", count=len(found)))

    def _in_its_language(self, words: Any) -> str:
        with override(self.language):
            return str(words) % {"day": self.hand_in_by}

    def _until(self, day: date) -> None:
        """Wait for one store more until that day."""
        if day <= clock.today():
            raise Refused(
                {"until": gettext("The day must lie in the future; today is %(today)s.") % {"today": clock.today()}}
            )
        if self.ends_on and day > self.ends_on:
            raise Refused(
                {"until": gettext("The joint campaign is over by then; it ends on %(day)s.") % {"day": self.ends_on}}
            )
        self.hand_in_by = day

    # --- where a move arrives ------------------------------------------------------------------------------

    def _after_submit(self, **_answers: Any) -> str:
        asked = self.policy.countersigners(self.KIND, self)
        self.because(*asked.values())
        if asked:
            self.seats = {role: {"reason": reason.store(), "agreed": False} for role, reason in asked.items()}
            return COUNTERSIGN
        self.because(self.policy.signer(self.KIND, self.amount or Decimal(0))[1])
        return SIGNATURE

    def _after_agree(self, **_answers: Any) -> str:
        if self.open_seats():
            return COUNTERSIGN
        self.because(self.policy.signer(self.KIND, self.amount or Decimal(0))[1])
        return SIGNATURE

    def as_planned(self, move: str) -> dict[str, Any]:
        return {"frame": self.frame()} if move == "rewrite" else {}

    # --- the machine -----------------------------------------------------------------------------------------

    @move(source=DRAFT, by=leader, verb=_("Edit"), done=_("saved the draft"))
    def rewrite(self, *, by: Person, note: str = "", frame: Frame) -> None:
        """Words, days and stores; nothing moves."""
        self._set(frame)

    @move(
        source=DRAFT,
        target=COLLECTING,
        by=leader,
        verb=_("Invite the stores"),
        done=_("invited the stores"),
        issues=[Paper.INVITATION],
        when=[is_complete],
        verdict="submit",
    )
    def invite(self, *, by: Person, note: str = "") -> None:
        """Each store is sent the letter, and a declaration of its own is opened for it."""
        self.policy = Edition.current(clock.today())
        self.submitted_at = clock.now()
        assert self.hand_in_by
        for code, store in self.units().items():
            self._invite(store, code, self.hand_in_by)

    @move(
        source=DRAFT, target=CANCELLED, by=leader, verb=_("Discard"), done=_("discarded the draft"), reason=True,
    )  # fmt: skip
    def discard(self, *, by: Person, note: str = "") -> None:
        """A draft nobody was invited by; it stays on the trail."""

    @move(
        source=COLLECTING, target=GATHERED, by=the_clock, verb=_("All parts are in"), done=_("has all parts"),
    )  # fmt: skip
    def all_in(self, *, by: Person, note: str = "") -> None:
        """Every store has handed in its part, or will not."""
        self._gather()

    @move(
        source=COLLECTING, target=GATHERED, by=the_clock, verb=_("Close the list"), done=_("closed the list"),
    )  # fmt: skip
    def day_over(self, *, by: Person, note: str = "") -> None:
        """The day has passed; whoever has not handed in is recorded absent."""
        self.because(Reason("day_over"))
        self._gather()

    @move(
        source=GATHERED,
        target=COLLECTING,
        by=leader,
        verb=_("Let a late store in"),
        done=_("let a late store in"),
        issues=[Paper.INVITATION],
        when=[somebody_is_late],
        reason=True,
    )
    def let_in(self, *, by: Person, note: str = "", store: str, until: date) -> None:
        """A store recorded absent may hand in after all, by a day of its own."""
        late = self.late_stores().get(store)
        if late is None:
            raise Refused({"store": gettext("This store is not recorded absent.")})
        self._until(until)
        self._invite(late, f"{store}-{self.children.filter(unit=late).count() + 1}", until)
        self.absent = {code: why for code, why in self.absent.items() if code != store}

    @move(
        source=GATHERED,
        target=COLLECTING,
        by=leader,
        verb=_("Return a store's part"),
        done=_("returned a store's part"),
        when=[some_are_in],
        reason=True,
    )
    def return_part(self, *, by: Person, note: str = "", store: str, until: date) -> None:
        """One store writes its part anew; what the others handed in stays handed in."""
        if store not in self.parts:
            raise Refused({"store": gettext("This store has handed in no part.")})
        self._until(until)
        self.tell(self.places()[store], RETURNED, note)
        self.parts = {code: part for code, part in self.parts.items() if code != store}

    @move(
        source=GATHERED,
        target=[COUNTERSIGN, SIGNATURE],
        where=_after_submit,
        by=leader,
        verb=_("Submit the whole"),
        done=_("submitted the whole"),
        when=[has_parts],
        verdict="submit",
    )
    def submit_whole(self, *, by: Person, note: str = "") -> None:
        """The sum of all parts goes to whoever the rules of the day ask for a campaign of that size."""
        self.policy = Edition.current(clock.today())
        self.submitted_at = clock.now()

    @move(
        source=COUNTERSIGN,
        target=[COUNTERSIGN, SIGNATURE],
        where=_after_agree,
        by=countersigner,
        verb=_("Agree"),
        done=_("countersigned"),
        verdict="agree",
    )
    def agree(self, *, by: Person, note: str = "", seat: str) -> None:
        """One countersigner agrees; when all have, it goes to the signer."""
        self.seats = {**self.seats, seat: {**self.seats[seat], "agreed": True}}

    @move(
        source=COUNTERSIGN,
        target=GATHERED,
        by=countersigner,
        verb=_("Object"),
        done=_("objected"),
        reason=True,
        verdict="object",
    )
    def object_to(self, *, by: Person, note: str = "", seat: str) -> None:
        """One objection ends the round: back to the review of the whole."""
        self.seats = {}

    @move(
        source=SIGNATURE,
        target=EXECUTING,
        by=signer & ~initiator,
        verb=_("Sign"),
        done=_("signed"),
        issues=[Paper.CIRCULAR],
        verdict="agree",
    )
    def sign(self, *, by: Person, note: str = "") -> None:
        """One signature for all parts; each is told, and goes on by itself."""
        places = self.places()
        for code in self.parts if not is_rehearsal() else ():
            self.tell(places[code], GRANTED)

    @move(
        source=SIGNATURE,
        target=GATHERED,
        by=signer & ~initiator,
        verb=_("Return"),
        done=_("returned"),
        reason=True,
        verdict="return",
    )
    def send_back(self, *, by: Person, note: str = "") -> None:
        """Back to the review of the whole, where single parts may be returned."""

    @move(
        source=SIGNATURE,
        target=REJECTED,
        by=signer & ~initiator,
        verb=_("Reject"),
        done=_("rejected"),
        issues=[Paper.NOTICE],
        reason=True,
        verdict="reject",
    )
    def reject(self, *, by: Person, note: str = "") -> None:
        """The end of it, and of every part."""

    @move(
        source=[COUNTERSIGN, SIGNATURE],
        target=GATHERED,
        by=leader,
        verb=_("Withdraw"),
        done=_("withdrew"),
        when=[nobody_has_agreed],
    )
    def withdraw(self, *, by: Person, note: str = "") -> None:
        """Back to the review of the whole, as long as nobody has decided there."""
        self.seats = {}

    @move(
        source=[COLLECTING, GATHERED],
        target=CANCELLED,
        by=leader,
        verb=_("Cancel the joint campaign"),
        done=_("cancelled the joint campaign"),
        issues=[Paper.NOTICE],
        reason=True,
    )
    def cancel(self, *, by: Person, note: str = "") -> None:
        """Off before it was approved; every part ends with it."""

    @move(
        source=EXECUTING,
        target=CANCELLING,
        by=leader,
        verb=_("Ask to cancel"),
        done=_("asked to cancel"),
        reason=True,
        verdict="submit",
    )
    def ask_cancel(self, *, by: Person, note: str = "") -> None:
        """What was signed only its signer cancels."""

    @move(
        source=CANCELLING,
        target=CANCELLED,
        by=signer & ~initiator,
        verb=_("Cancel the joint campaign"),
        done=_("cancelled the joint campaign"),
        issues=[Paper.NOTICE],
        verdict="agree",
    )
    def grant_cancel(self, *, by: Person, note: str = "") -> None:
        """It is off in all stores, and each gets it in writing."""

    @move(
        source=CANCELLING,
        target=EXECUTING,
        by=signer & ~initiator,
        verb=_("Refuse to cancel"),
        done=_("refused to cancel"),
        reason=True,
        verdict="reject",
    )
    def refuse_cancel(self, *, by: Person, note: str = "") -> None:
        """It goes on as signed."""

    @move(
        source=EXECUTING,
        target=CLOSED,
        by=the_clock,
        verb=_("Close"),
        done=_("closed the joint campaign"),
        issues=[Paper.SUMMARY],
    )
    def all_ended(self, *, by: Person, note: str = "") -> None:
        """Every part has closed."""


def _is_in(place: ChildMatter) -> bool:
    """Whether the child has handed its part in, and no word has called it back; see `families.handed_in`."""
    return bool(place.matter and place.matter.state in machine_of(place.kind).AWAITS and not place.word)


WHY_ABSENT: Mapping[str, Any] = {"late": _("did not hand in in time"), "declined": _("takes no part")}
