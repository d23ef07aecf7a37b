"""Campaign submission 企划申报审核: a store says what it will do, is allowed to, does it, and is measured by it.

The whole machine stands below in the order of the domain paper's table: read the `@move` lines
top to bottom and you have read the table. `manage.py machines` prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from workflows.matters.agreements import changed_fields
from workflows.matters.errors import Refused
from workflows.matters.models import REST, ChildMatter, Matter
from workflows.matters.moves import Condition, move
from workflows.matters.perform import RESUMED
from workflows.organisation import clock
from workflows.organisation.calendar import DAY, WorkingCalendar, start_of
from workflows.organisation.models import Person
from workflows.organisation.offices import (
    GROUP,
    OWN_UNIT,
    REGION,
    Author,
    Case,
    Holder,
    InCharge,
    Office,
    Rule,
    Seats,
    initiator,
    the_clock,
)
from workflows.organisation.roles import Role
from workflows.policies.models import Edition
from workflows.policies.reasons import Reason

from .declaration import Declaration, Evaluation, Kind, Report, Score, as_part
from .rules import Threshold, Traits


def _signing_role(case: Case) -> str:
    """Which signer the limits table names for this campaign's amount."""
    assert isinstance(case, Campaign)
    return case.signing_role


planner = Author(_("planner"), Role.PLANNER, OWN_UNIT)
in_charge = InCharge(_("whoever is in charge of it"), planner)
store_manager = Office(_("store manager"), Role.STORE_MANAGER, OWN_UNIT)
region_manager = Office(_("region manager"), Role.REGION_MANAGER, REGION)
planning_reviewer = Office(_("planning reviewer"), Role.PLANNING_REVIEWER, GROUP)
finance = Office(_("finance"), Role.FINANCE, GROUP)
brand = Office(_("brand"), Role.BRAND, GROUP)
legal = Office(_("legal"), Role.LEGAL, GROUP)
signer = Office(_("signer by the limits table"), _signing_role, GROUP)
countersigner = Seats(
    _("countersigner"),
    {
        Role.FINANCE.value: finance & ~initiator,
        Role.BRAND.value: brand & ~initiator,
        Role.LEGAL.value: legal & ~initiator,
    },
)


class Paper:
    """The kinds of document a campaign hands out."""

    DECLARATION = "campaign.declaration"
    CIRCULAR = "campaign.circular"
    APPROVAL = "campaign.approval"
    REJECTION = "campaign.rejection"
    TASK = "campaign.task"
    CHANGE = "campaign.change"
    CANCELLATION = "campaign.cancellation"
    REPORT = "campaign.report"
    EVALUATION = "campaign.evaluation"


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    STORE_REVIEW = "store_review", _("store review")
    REGION_REVIEW = "region_review", _("region review")
    GROUP_REVIEW = "group_review", _("group review")
    COUNTERSIGN = "countersign", _("countersign")
    SIGNATURE = "signature", _("signature")
    HANDED_IN = "handed_in", _("handed in to the joint campaign")
    APPROVED = "approved", _("approved")
    RUNNING = "running", _("running")
    CANCELLING = "cancelling", _("cancellation asked for")
    REPORTING = "reporting", _("reporting")
    EVALUATION = "evaluation", _("evaluation")
    CLOSED = "closed", _("closed")
    REJECTED = "rejected", _("rejected")
    CANCELLED = "cancelled", _("cancelled")


DRAFT, STORE_REVIEW, REGION_REVIEW, GROUP_REVIEW, COUNTERSIGN, SIGNATURE = (
    State.DRAFT, State.STORE_REVIEW, State.REGION_REVIEW, State.GROUP_REVIEW, State.COUNTERSIGN, State.SIGNATURE,
)  # fmt: skip
APPROVED, RUNNING, CANCELLING, REPORTING, EVALUATION = (
    State.APPROVED, State.RUNNING, State.CANCELLING, State.REPORTING, State.EVALUATION,
)  # fmt: skip
HANDED_IN, CLOSED, REJECTED, CANCELLED = State.HANDED_IN, State.CLOSED, State.REJECTED, State.CANCELLED

WAY_UP = [DRAFT, STORE_REVIEW, REGION_REVIEW, GROUP_REVIEW, COUNTERSIGN, SIGNATURE]
# where a change of an approved campaign lies while it is undecided; and a change or a cancellation
CHANGING = [DRAFT, GROUP_REVIEW, COUNTERSIGN, SIGNATURE]
UNDECIDED = [*CHANGING, CANCELLING]
# one person at a time reviews here; at the countersign several do
REVIEWS = [STORE_REVIEW, REGION_REVIEW, GROUP_REVIEW, SIGNATURE]

holder = Holder(
    _("whoever holds it"),
    {
        STORE_REVIEW.value: store_manager & ~initiator,
        REGION_REVIEW.value: region_manager & ~initiator,
        GROUP_REVIEW.value: planning_reviewer & ~initiator,
        SIGNATURE.value: signer & ~initiator,
    },
)

# --- conditions: what must be true, and the words for when it is not ---------------------------------

is_complete = Condition(
    lambda campaign: not campaign.complaints(campaign.declared),
    _("The declaration is not complete yet; what is missing stands beside the fields."),
)
no_report_owed = Condition(
    lambda campaign: campaign.in_force > 0 or campaign.report_owed is None,
    lambda campaign: (
        _("“%(title)s” (%(reference)s) still lacks its report; the unit may declare again after it.")
        % {"title": campaign.report_owed.title, "reference": campaign.report_owed.reference}
    ),
    summary=_("An earlier campaign of the unit still lacks its report."),
)
nobody_has_acted = Condition(
    lambda campaign: not any(seat["agreed"] for seat in campaign.seats.values()) or campaign.state != COUNTERSIGN,
    _("Somebody has already decided on this step."),
    hides=True,
)
is_first_approval = Condition(lambda campaign: campaign.in_force == 0, _("This is a change."), hides=True)
is_a_change = Condition(lambda campaign: campaign.in_force > 0, _("This is no change."), hides=True)
is_approved = Condition(lambda campaign: campaign.in_force > 0, _("Nothing has been approved yet."), hides=True)
has_not_begun = Condition(lambda campaign: not campaign.was_running, _("It has begun already."), hides=True)
dates_still_hold = Condition(
    lambda campaign: not campaign.overtaken(),
    lambda campaign: campaign.overtaken(),
    summary=_("A date of the change has passed meanwhile."),
)


class Campaign(Matter):
    """One campaign of one unit, from the declaration to its evaluation."""

    KIND: ClassVar[str] = "campaign"
    PREFIX: ClassVar[str] = "QH"
    FIRST: ClassVar[str] = DRAFT
    ENDS: ClassVar[frozenset[str]] = frozenset({CLOSED, REJECTED, CANCELLED})
    GROUPS: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("budget", "budget_total", "reserve", "reserve_payer"), "amount"),
        **dict.fromkeys(("title", "theme"), "title"),
        **dict.fromkeys(("starts_on", "ends_on"), "dates"),
        **{name: name for name in ("venue", "partners", "safety")},
    }
    OPENED_BY: ClassVar[Rule] = planner | the_clock  # which opens it where a joint campaign invites the store
    CALL_OFF: ClassVar[str] = "call_off"
    AWAITS: ClassVar[frozenset[str]] = frozenset({HANDED_IN})
    HEARS: ClassVar[Mapping[str, str]] = {"granted": "be_granted", "returned": "be_returned", "absent": "call_off"}
    State = State

    version = models.PositiveIntegerField(_("version"), default=1)
    in_force = models.PositiveIntegerField(_("version in force"), default=0)  # 0: none was approved yet
    theme_kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.SINGLE)
    # the days that count: of the version in force, and before there is one, of the draft
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    was_running = models.BooleanField(default=False)  # where a refused change or cancellation goes back to
    resume_basis = models.JSONField(default=dict)  # what "straight back" presupposes: version, amount, signer, seats
    joint_frame = models.JSONField(
        default=dict
    )  # of a store's part of a joint campaign: first and last day, hand in until
    approved_at = models.DateTimeField(_("approved"), null=True)
    closed_out_at = models.DateTimeField(_("closed out"), null=True)
    report_late = models.BooleanField(default=False)
    report_content = models.JSONField(default=dict)
    evaluation_content = models.JSONField(default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("campaign"), _("campaigns")

    # --- the declaration and its versions ------------------------------------------------------------

    @property
    def declared(self) -> Declaration:
        """The declaration as it stands: the current version."""
        return self.declaration_of(self.version)

    def declaration_of(self, number: int) -> Declaration:
        """What version `number` declares; an empty declaration where there is no such version."""
        return self._declarations.get(number, Declaration())

    def content_of(self, version: int) -> Mapping[str, Any]:
        return self.declaration_of(version).content()

    @cached_property
    def _declarations(self) -> dict[int, Declaration]:
        # gone when `perform` locks the matter and takes the row's own word for everything
        contents = self.versions.values_list("number", "content")
        return {number: Declaration.from_content(content) for number, content in contents}

    def _write(self, declaration: Declaration) -> None:
        """Put `declaration` into the current version, and what lists and rules need of it onto the matter."""
        Version.objects.update_or_create(
            campaign=self,
            number=self.version,
            defaults={"content": declaration.content(), "written_at": clock.now()},
        )
        self._declarations[self.version] = declaration
        self.title = declaration.title or self.title
        self.amount = declaration.total
        self.theme_kind = declaration.kind
        if not self.in_force:
            self._keep_days(declaration)

    def _keep_days(self, declaration: Declaration) -> None:
        """Let the days of `declaration` be those that count: for the clock, the lists, a report that is owed."""
        self.starts_on, self.ends_on = declaration.starts_on, declaration.ends_on

    def _next_version(self) -> None:
        """Open a version to work on; the one submitted stays as it was."""
        declaration = self.declared
        self.version += 1
        self._write(declaration)

    def opened(self, *, declaration: Declaration | None = None, joint: Mapping[str, Any] | None = None) -> None:
        """By its planner with a declaration; or by the clock as a part of a joint campaign, which gives its frame."""
        if joint is not None:
            self.joint_frame = {name: joint[name] for name in ("starts_on", "ends_on", "until")}
            frame = {name: joint[name] for name in ("theme", "starts_on", "ends_on")}
            declaration = Declaration.from_content({**frame, "title": self.title, "kind": Kind.NATIONAL.value})
        assert declaration
        self._write(declaration)

    @classmethod
    def as_parts(cls, keys: Iterable[int]) -> dict[int, dict[str, Any]]:
        found = {campaign.pk: campaign for campaign in cls.objects.filter(pk__in=keys)}
        contents = {
            (key, number): content
            for key, number, content in Version.objects.filter(campaign__in=found).values_list(
                "campaign", "number", "content"
            )
        }
        return {
            key: as_part(
                Declaration.from_content(contents.get((key, campaign.in_force or campaign.version), {})),
                campaign.report if campaign.report_content else None,
            )
            for key, campaign in found.items()
        }

    @property
    def may_be_a_child(self) -> bool:
        return bool(self.joint_frame)

    @property
    def joint_until(self) -> date | None:
        """Until when a part of a joint campaign is to be handed in."""
        return date.fromisoformat(self.joint_frame["until"]) if self.joint_frame else None

    def snapshot(self) -> dict[str, Any]:
        content = {f"declaration.{name}": value for name, value in self.declared.content().items()}
        return {
            **super().snapshot(),
            **content,
            "version": self.version,
            "in_force": self.in_force,
            "report": self.report_content,
            "evaluation": self.evaluation_content,
        }

    # --- what the rules say ----------------------------------------------------------------------------

    @property
    def policy_now(self) -> Edition:
        """The edition that judges: the one it was submitted under, or today's while it never was."""
        return self.policy if self.submitter_id else Edition.current(clock.today())

    def complaints(self, declaration: Declaration) -> dict[str, list[str]]:
        """Field → what keeps `declaration` from being submitted for this campaign now."""
        found = declaration.errors(self.policy_now, clock.today(), running=self.was_running)
        moved = self._moved_too_late(declaration) if self.was_running else {}
        for name, words in [*moved.items(), *self._outside_the_joint_days(declaration).items()]:
            found.setdefault(name, []).append(str(words))
        return found

    def _outside_the_joint_days(self, declaration: Declaration) -> dict[str, str]:
        """Field → what is wrong with its day in a part of a joint campaign."""
        if not self.joint_frame:
            return {}
        first, last = date.fromisoformat(self.joint_frame["starts_on"]), date.fromisoformat(self.joint_frame["ends_on"])
        words = gettext("The joint campaign lasts from %(first)s to %(last)s.") % {"first": first, "last": last}
        days = {"starts_on": declaration.starts_on, "ends_on": declaration.ends_on}
        return {name: words for name, day in days.items() if day and not first <= day <= last}

    def _moved_too_late(self, declaration: Declaration) -> dict[str, str]:
        """Field → why its date can no longer be what `declaration` makes it, for a campaign that has been approved."""
        found, today = {}, clock.today()
        begun = self.was_running or bool(self.starts_on and self.starts_on <= today)
        starts, ends = declaration.starts_on, declaration.ends_on
        if starts and starts != self.starts_on:
            if begun:
                found["starts_on"] = _("The campaign has begun; its first day can no longer be moved to %(day)s.")
            elif starts < today:
                found["starts_on"] = _("The changed first day, %(day)s, has passed meanwhile.")
        if ends and ends < today:
            found["ends_on"] = _("The changed last day, %(day)s, has passed meanwhile.")
        return {name: words % {"day": getattr(declaration, name)} for name, words in found.items()}

    def overtaken(self) -> str:
        """Why the change can no longer be signed as it stands: time has gone past a date of it. "" while none is."""
        if self.ends_on and self.ends_on < clock.today():
            return gettext("The approved campaign ended on %(day)s; nothing of it can be changed any more.") % {
                "day": self.ends_on
            }
        return " ".join(map(str, self._moved_too_late(self.declared).values()))

    def traits(self) -> Traits:
        declared = self.declared
        return {
            "kind": declared.kind,
            "attendance": declared.attendance or 0,
            "group_mark": declared.group_mark,
            "partner_share": declared.partner_share,
        }

    @property
    def signing_role(self) -> str:
        return str(self.policy.signer(self.KIND, self.amount_to_sign)[0])

    @property
    def amount_to_sign(self) -> Decimal:
        """What whoever signs answers for; in a joint campaign that of all parts, so that no part goes round its signer."""
        if not self.joint_frame:
            return self.amount or Decimal(0)
        parts = ChildMatter.objects.filter(parent__children__matter=self.pk)
        parts = parts.exclude(matter__state__in=[REJECTED, CANCELLED]).exclude(matter=self.pk)
        others: Decimal | None = parts.aggregate(total=Sum("matter__amount"))["total"]
        return (self.amount or Decimal(0)) + (others or Decimal(0))

    @property
    def report_owed(self) -> Campaign | None:
        """Another campaign of the unit that is over and not reported.

        Over is also one whose days have passed while a change or a cancellation of it lies undecided,
        in the moment before the clock closes it out.
        """
        over = Q(state=REPORTING) | Q(in_force__gt=0, state__in=UNDECIDED, ends_on__lt=clock.today())
        return Campaign.objects.filter(over, unit=self.unit_id).exclude(pk=self.pk).first()

    @property
    def report(self) -> Report:
        return Report.from_content(self.report_content)

    @property
    def evaluation(self) -> Evaluation:
        return Evaluation.from_content(self.evaluation_content)

    @property
    def starts_at(self) -> datetime | None:
        """When the clock starts it: the first instant of the start date."""
        return start_of(self.starts_on) if self.starts_on else None

    @property
    def ends_at(self) -> datetime | None:
        """When the clock closes it: the first instant of the day after its last."""
        return start_of(self.ends_on + DAY) if self.ends_on else None

    @property
    def lapses_at(self) -> datetime | None:
        """When an undecided change falls: the first instant of the day after its own last.

        A draft's last day may be a slip of the pen: one that lies behind us already fells nothing.
        """
        ends_on = self.declared.ends_on
        at = start_of(ends_on + DAY) if ends_on else None
        return None if self.state == DRAFT and at and at <= clock.now() else at

    def earlier_steps(self) -> list[str]:
        """Where the one who holds it may return it to: the draft, and each review this version has passed."""
        passed = set(self.opinions.filter(version=self.version, verdict="agree").values_list("step", flat=True))
        before = WAY_UP[: WAY_UP.index(State(self.state))] if self.state in WAY_UP else []
        return [DRAFT.value, *(step.value for step in before if step in passed and step in REVIEWS)]

    def as_planned(self, move: str) -> dict[str, Any]:
        """What a rehearsal answers where a move asks for figures: that everything went as declared."""
        declared = self.declared
        if move == "hand_in":
            report = Report(
                actuals=tuple(line.amount for line in declared.budget),
                reserve_spent=declared.reserve,
                footfall=declared.footfall or 0,
                sales=declared.sales or Decimal(0),
                new_members=declared.new_members or 0,
                exposure=declared.exposure or 0,
            )
            return {"report": report}
        if move == "score":
            weights = self.policy.weight_table(self.KIND)
            full = Decimal(100)
            return {
                "evaluation": Evaluation(tuple(Score(name, weight, full, full) for name, weight in weights.items()))
            }
        return {}

    # --- where a move arrives, when the table leaves it to a rule -----------------------------------------

    def _resumption(self) -> str:
        """The step to go straight back to, or "" when none was asked for or the rules have changed since."""
        back_to, basis = self.resume_at, self.resume_basis
        if not back_to:
            return ""
        self.resume_at, self.resume_basis = "", {}
        asked = self.policy.countersigners(self.KIND, self)
        void_when = self.policy.practices(self.KIND, "resume_void_when")
        void = []
        if (
            (self._rose_above(basis) and "amount" in void_when)
            or self.signing_role != basis["signer"]
            or not set(asked) <= set(basis["seats"])
        ):
            void.append(Reason("resume_void"))
        void += [
            Reason.of("resume_void_by", field=name) for group, name in self._changed_since(basis) if group in void_when
        ]
        self.because(*(void or [Reason(RESUMED)]))
        return "" if void else back_to

    def _rose_above(self, basis: Mapping[str, Any]) -> bool:
        return (self.amount or Decimal(0)) > Decimal(basis["amount"])

    def _changed_since(self, basis: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Group and field of what the declaration says otherwise than where it was returned from.

        A budget that rose is a matter of its own; one rewritten without a rise is text like any other.
        """
        if "version" not in basis:  # returned before the house took note of it
            return []
        found = [(self.GROUPS.get(name, REST), name) for name in changed_fields(self, basis["version"], self.version)]
        rose = self._rose_above(basis)
        return [
            (REST if group == "amount" else group, name) for group, name in found if not (group == "amount" and rose)
        ]

    def _after_submit(self, **_answers: Any) -> str:
        if back_to := self._resumption():
            return back_to
        if self.in_force:
            return GROUP_REVIEW
        limit = self.policy.threshold(self.KIND, Threshold.STORE_ENDORSES_FROM)
        if limit is not None and (self.amount or 0) >= limit:
            self.because(Reason.of("endorsement_from", amount=self.amount, limit=limit))
            return STORE_REVIEW
        return REGION_REVIEW

    def _after_vouch(self, **_answers: Any) -> str:
        return self._resumption() or REGION_REVIEW

    def _after_endorse(self, **_answers: Any) -> str:
        if back_to := self._resumption():
            return back_to
        if self.joint_frame:
            self.because(Reason("joint_decides"))
            return HANDED_IN
        within = self.policy.within(self.KIND, Role.REGION_MANAGER, self.amount or Decimal(0))
        if within and not self.policy.countersigners(self.KIND, self):
            self.because(within)
            self._approve()
            return APPROVED
        return GROUP_REVIEW

    def _after_pass(self, **_answers: Any) -> str:
        if back_to := self._resumption():
            return back_to
        asked = self.policy.countersigners(self.KIND, self)
        self.because(*asked.values())
        if not asked:
            self.because(self.policy.signer(self.KIND, self.amount_to_sign)[1])
            return SIGNATURE
        self.seats = {role: {"reason": reason.store(), "agreed": False} for role, reason in asked.items()}
        return COUNTERSIGN

    def _after_agree(self, **_answers: Any) -> str:
        if self.open_seats():
            return COUNTERSIGN
        self.because(self.policy.signer(self.KIND, self.amount_to_sign)[1])
        return SIGNATURE

    def _where_it_was(self, **_answers: Any) -> str:
        return RUNNING if self.was_running else APPROVED

    def _back_to(self, *, to: str = DRAFT, **_answers: Any) -> str:
        return to

    def _approve(self) -> None:
        self.in_force, self.approved_at = self.version, clock.now()
        self._keep_days(self.declared)

    def _drop_version(self) -> None:
        """Take back what a change wanted: a new version with the content that is in force."""
        self.resume_at, self.resume_basis = "", {}
        declaration = self.declaration_of(self.in_force)
        self.version += 1
        self._write(declaration)
        self.in_force = self.version

    # --- the machine -------------------------------------------------------------------------------------

    @move(source=DRAFT, by=planner, verb=_("Save"), done=_("saved the draft"))
    def save_draft(self, *, by: Person, note: str = "", declaration: Declaration) -> None:
        """The planner writes; nothing moves."""
        self._write(declaration)

    @move(
        source=DRAFT,
        target=[STORE_REVIEW, REGION_REVIEW, GROUP_REVIEW, SIGNATURE],
        where=_after_submit,
        by=planner,
        verb=_("Submit"),
        done=_("submitted"),
        issues=[Paper.DECLARATION],
        when=[no_report_owed, is_complete],
        verdict="submit",
    )
    def submit(self, *, by: Person, note: str = "") -> None:
        """The declaration goes on its way, under the policy edition of the day."""
        self.policy = self.policy_now
        self.submitted_at = clock.now()
        self.urgent = self.declared.is_urgent(self.policy, clock.today())
        Version.objects.filter(campaign=self, number=self.version).update(submitted_at=self.submitted_at)

    @move(
        source=STORE_REVIEW,
        target=[REGION_REVIEW, GROUP_REVIEW, SIGNATURE],
        where=_after_vouch,
        by=store_manager & ~initiator,
        verb=_("Agree"),
        done=_("endorsed for the store"),
        verdict="agree",
    )
    def vouch(self, *, by: Person, note: str = "") -> None:
        """The store manager stands behind it."""

    @move(
        source=REGION_REVIEW,
        target=[GROUP_REVIEW, APPROVED, SIGNATURE, HANDED_IN],
        where=_after_endorse,
        by=region_manager & ~initiator,
        verb=_("Agree"),
        done=_("endorsed for the region"),
        issues={APPROVED: [Paper.APPROVAL]},
        verdict="agree",
    )
    def endorse(self, *, by: Person, note: str = "") -> None:
        """The region agrees; inside its limit that is the approval. A part of a joint campaign is handed in to it."""

    @move(
        source=HANDED_IN,
        target=APPROVED,
        by=the_clock,
        verb=_("Approve with the joint campaign"),
        done=_("was approved with the joint campaign"),
        issues=[Paper.APPROVAL],
    )
    def be_granted(self, *, by: Person, note: str = "") -> None:
        """The joint campaign was signed, and its parts with it."""
        self._approve()

    @move(
        source=HANDED_IN,
        target=DRAFT,
        by=the_clock,
        verb=_("Return from the joint campaign"),
        done=_("was returned by the joint campaign"),
        verdict="return",
    )
    def be_returned(self, *, by: Person, note: str = "") -> None:
        """Whoever leads the joint campaign wants the part otherwise."""
        self._next_version()

    @move(
        source=[state for state in State if state not in (CLOSED, REJECTED, CANCELLED)],
        target=CANCELLED,
        by=the_clock,
        verb=_("Call off"),
        done=_("was called off by the joint campaign"),
    )
    def call_off(self, *, by: Person, note: str = "") -> None:
        """The joint campaign has ended without it, or it was not handed in by the day."""
        self.seats, self.resume_at, self.resume_basis = {}, "", {}

    @move(
        source=GROUP_REVIEW,
        target=[COUNTERSIGN, SIGNATURE],
        where=_after_pass,
        by=planning_reviewer & ~initiator,
        verb=_("Pass"),
        done=_("passed the group review"),
        verdict="agree",
    )
    def pass_review(self, *, by: Person, note: str = "") -> None:
        """Group planning passes it on to whoever the rules ask, else to the signer."""

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
        target=GROUP_REVIEW,
        by=countersigner,
        verb=_("Object"),
        done=_("objected"),
        reason=True,
        verdict="object",
    )
    def object_to(self, *, by: Person, note: str = "", seat: str) -> None:
        """One objection ends the round: back to the group review, with all that was said."""
        self.seats = {}

    @move(
        source=SIGNATURE,
        target=APPROVED,
        by=signer & ~initiator,
        verb=_("Sign"),
        done=_("signed"),
        issues=[Paper.CIRCULAR, Paper.APPROVAL],
        when=[is_first_approval],
        verdict="agree",
    )
    def sign(self, *, by: Person, note: str = "") -> None:
        """The signer approves; the circular takes its number here."""
        self._approve()

    @move(
        source=SIGNATURE,
        target=[APPROVED, RUNNING],
        where=_where_it_was,
        by=signer & ~initiator,
        verb=_("Sign the change"),
        done=_("signed the change"),
        issues=[Paper.CHANGE],
        when=[is_a_change, dates_still_hold],
        verdict="agree",
    )
    def sign_change(self, *, by: Person, note: str = "") -> None:
        """The changed version takes the place of the one in force."""
        self._approve()

    @move(
        source=REVIEWS,
        target=[DRAFT, STORE_REVIEW, REGION_REVIEW, GROUP_REVIEW],
        where=_back_to,
        by=holder,
        verb=_("Return"),
        done=_("returned"),
        reason=True,
        verdict="return",
    )
    def send_back(self, *, by: Person, note: str = "", to: str = DRAFT, straight: bool = False) -> None:
        """Back to the planner or an earlier step; `straight`: and from there directly back to me."""
        if to not in self.earlier_steps():
            raise Refused({"to": _("It can only go back to a step it has passed.")})
        self.seats = {}
        self.resume_at, self.resume_basis = "", {}
        if straight:
            self.resume_at = self.state
            self.resume_basis = {
                "amount": str(self.amount or 0),
                "signer": self.signing_role,
                "seats": list(self.policy.countersigners(self.KIND, self)),
                "version": self.version,
            }
        if to == DRAFT:
            self._next_version()

    @move(
        source=REVIEWS,
        target=REJECTED,
        by=holder,
        verb=_("Reject"),
        done=_("rejected"),
        issues=[Paper.REJECTION],
        when=[is_first_approval],
        reason=True,
        verdict="reject",
    )
    def reject(self, *, by: Person, note: str = "") -> None:
        """The end of it, with the reason on paper."""

    @move(
        source=REVIEWS,
        target=[APPROVED, RUNNING],
        where=_where_it_was,
        by=holder,
        verb=_("Reject the change"),
        done=_("rejected the change"),
        issues=[Paper.REJECTION],
        when=[is_a_change],
        reason=True,
        verdict="reject",
    )
    def refuse_change(self, *, by: Person, note: str = "") -> None:
        """The change falls; the version in force stays in force."""
        self._drop_version()

    @move(
        source=[*REVIEWS, COUNTERSIGN],
        target=DRAFT,
        by=in_charge,
        verb=_("Withdraw"),
        done=_("withdrew"),
        when=[nobody_has_acted],
    )
    def withdraw(self, *, by: Person, note: str = "") -> None:
        """Whoever is in charge takes it back, as long as nobody has acted on the step it lies on."""
        self.seats, self.resume_at, self.resume_basis = {}, "", {}
        self._next_version()

    @move(
        source=DRAFT,
        target=[APPROVED, RUNNING],
        where=_where_it_was,
        by=planner,
        verb=_("Drop the change"),
        done=_("dropped the change"),
        when=[is_a_change],
    )
    def drop_change(self, *, by: Person, note: str = "") -> None:
        """The planner thinks better of it; the version in force stays in force."""
        self._drop_version()

    @move(
        source=DRAFT,
        target=CANCELLED,
        by=planner,
        verb=_("Discard"),
        done=_("discarded the draft"),
        when=[is_first_approval],
        reason=True,
    )
    def discard(self, *, by: Person, note: str = "") -> None:
        """A draft nobody will submit; it stays on the trail."""

    @move(
        source=APPROVED,
        target=RUNNING,
        by=the_clock | planner,
        verb=_("Start now"),
        done=_("started"),
        issues=[Paper.TASK],
    )
    def start(self, *, by: Person, note: str = "") -> None:
        """The clock starts it on its first day, or the planner before."""
        if by.is_system:
            self.because(Reason("clock_start"))
        self.was_running = True

    @move(
        source=UNDECIDED,
        by=the_clock,
        verb=_("Start meanwhile"),
        done=_("started"),
        issues=[Paper.TASK],
        when=[is_approved, has_not_begun],
    )
    def start_meanwhile(self, *, by: Person, note: str = "") -> None:
        """The version in force starts on its first day, whatever lies undecided; that stays where it lies."""
        self.because(Reason("clock_start"))
        self.was_running = True

    @move(
        source=CHANGING,
        target=[APPROVED, RUNNING],
        where=_where_it_was,
        by=the_clock,
        verb=_("Let the change fall"),
        done=_("let the change fall"),
        when=[is_a_change],
    )
    def lapse(self, *, by: Person, note: str = "") -> None:
        """The last day of the change has passed undecided; the version in force stays in force."""
        self.because(Reason("change_over"))
        self.seats = {}
        self._drop_version()

    @move(
        source=[APPROVED, RUNNING],
        target=GROUP_REVIEW,
        by=planner,
        verb=pgettext_lazy("a campaign", "Change"),
        done=_("asked for a change"),
        reason=True,
        verdict="submit",
    )
    def change(self, *, by: Person, note: str = "", declaration: Declaration) -> None:
        """A changed declaration goes to the group review as the next version; the old one stays in force."""
        if complaints := self.complaints(declaration):
            raise Refused(complaints)
        self.resume_at, self.resume_basis = "", {}
        self.version += 1
        self._write(declaration)
        self.submitted_at = clock.now()
        Version.objects.filter(campaign=self, number=self.version).update(submitted_at=self.submitted_at)

    @move(
        source=[APPROVED, RUNNING],
        target=CANCELLING,
        by=planner,
        verb=_("Ask to cancel"),
        done=_("asked to cancel"),
        reason=True,
        verdict="submit",
    )
    def ask_cancel(self, *, by: Person, note: str = "") -> None:
        """The planner asks; group planning decides."""

    @move(
        source=CANCELLING,
        target=CANCELLED,
        by=planning_reviewer & ~initiator,
        verb=_("Cancel the campaign"),
        done=_("cancelled the campaign"),
        issues=[Paper.CANCELLATION],
        verdict="agree",
    )
    def grant_cancel(self, *, by: Person, note: str = "") -> None:
        """The campaign is off, and everybody gets it in writing."""

    @move(
        source=CANCELLING,
        target=[APPROVED, RUNNING],
        where=_where_it_was,
        by=planning_reviewer & ~initiator,
        verb=_("Refuse to cancel"),
        done=_("refused to cancel"),
        reason=True,
        verdict="reject",
    )
    def refuse_cancel(self, *, by: Person, note: str = "") -> None:
        """The campaign goes on as approved."""

    @move(
        source=CANCELLING,
        target=[APPROVED, RUNNING],
        where=_where_it_was,
        by=in_charge,
        verb=_("Keep the campaign"),
        done=_("took the cancellation back"),
    )
    def keep(self, *, by: Person, note: str = "") -> None:
        """Whoever is in charge takes the request back before it is decided."""

    @move(
        source=[RUNNING, *UNDECIDED],
        target=REPORTING,
        by=the_clock,
        verb=_("Close out"),
        done=_("closed out"),
        when=[is_approved],
    )
    def close_out(self, *, by: Person, note: str = "") -> None:
        """The last day is over; a report is owed, and what lay undecided falls."""
        self.closed_out_at = clock.now()
        self.because(Reason("clock_end"))
        if self.version != self.in_force:
            self.because(Reason("change_falls"))
            self.seats = {}
            self._drop_version()
        elif self.state == CANCELLING:
            self.because(Reason("cancel_falls"))

    @move(
        source=REPORTING,
        target=EVALUATION,
        by=planner,
        verb=_("Hand in the report"),
        done=_("reported"),
        issues=[Paper.REPORT],
        verdict="submit",
    )
    def hand_in(self, *, by: Person, note: str = "", report: Report) -> None:
        """Actual spend per line, results against targets, what was learnt."""
        self.report_content = report.content()
        deadline = self.policy.deadline(self.KIND, REPORTING)
        self.report_late = bool(
            deadline and self.closed_out_at and clock.now() > deadline.due(self.closed_out_at, WorkingCalendar.load())
        )

    @move(
        source=EVALUATION,
        target=CLOSED,
        by=planning_reviewer & ~initiator,
        verb=_("Score and close"),
        done=_("scored"),
        issues=[Paper.EVALUATION],
        verdict="agree",
    )
    def score(self, *, by: Person, note: str = "", evaluation: Evaluation) -> None:
        """Group planning scores on weighted criteria, and the campaign is closed."""
        self.evaluation_content = evaluation.content()


class Version(models.Model):
    """One version of a campaign's declaration; once submitted it is never written again."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    written_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("version"), _("versions")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="one_version_per_number")]
