"""One campaign of the demonstration: what its people declare, answer and say when its moment comes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from django.db.models import F

from workflows.campaigns.models import Campaign
from workflows.demonstration.office_time import OfficeTime
from workflows.demonstration.stories import Deed, Stage, Tale
from workflows.desk.paths import nobody_looks
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.calendar import DAY, start_of
from workflows.organisation.models import Person, Post, Unit, in_force
from workflows.organisation.roles import Role

from .paper import Setting, Sketch, changed, declaration, evaluation, report, revised
from .themes import Theme
from .words import WORDS

COMPARED = frozenset({"signature", "transferred", "countersign_half", "region_review_vacant"})


@dataclass(kw_only=True)
class CampaignTale(Tale):
    """One campaign from its first line to where it stands today."""

    BY_INITIATOR = frozenset(
        {"submit", "withdraw", "discard", "change", "drop_change", "ask_cancel", "keep", "start", "hand_in"}
    )

    fate: str
    theme: Theme
    sketch: Sketch
    starts_on: date
    ends_on: date
    unit: str = ""
    random: Random = field(default_factory=Random)

    @property
    def submissions(self) -> list[int]:
        return [deed.minute for deed in self.deeds if deed.move == "submit"]

    def owes_report(self, times: OfficeTime) -> tuple[datetime, datetime | None] | None:
        """From when to when its unit may not submit anything; None for ever, until the report is in."""
        if not self.fate.startswith(("closed", "evaluation", "reporting")):
            return None
        handed_in = next((deed.minute for deed in self.deeds if deed.move == "hand_in"), None)
        return start_of(self.ends_on + DAY), None if handed_in is None else times.moment(handed_in)

    # --- what is done ---------------------------------------------------------------------------------

    def begin(self, stage: Stage) -> Campaign:
        unit = stage.units[self.unit]
        by = self._planner(unit, stage)
        campaign = Campaign(unit=unit, language=self.theme.language)
        declared = declaration(self.sketch, self._setting(unit, by, stage), self.random)
        campaign.title = declared.title
        begin(campaign, by=by, declaration=declared)
        return campaign

    def say(self, word: str) -> str:
        return self.random.choice(WORDS[self.theme.language].get(word, ("",)))

    def answers(self, matter: Campaign, deed: Deed) -> dict[str, Any]:
        match deed.move:
            case "submit" if matter.submitted_at:
                perform(matter.save_draft, by=matter.initiator, declaration=revised(matter.declared, self.sketch))
            case "change":
                return {"declaration": changed(matter.declared, clock.today(), matter.language, self.random)}
            case "hand_in":
                return {"report": report(matter.declared, self.theme, self.random)}
            case "score":
                weights = matter.policy.weight_table(Campaign.KIND)
                return {"evaluation": evaluation(matter, weights, self.random)}
        return super().answers(matter, deed)

    def watched(self) -> AbstractContextManager[None]:
        """A rehearsal takes as long as eight acts, so only a few are compared with their path."""
        return nullcontext() if self.fate in COMPARED else nobody_looks()

    # --- where and by whom ----------------------------------------------------------------------------

    def _planner(self, unit: Unit, stage: Stage) -> Person:
        """One of the unit's planners; at home the one a guest may become, while it still waits for them."""
        posts = Post.objects.filter(in_force(clock.today()), role=Role.PLANNER, unit=unit).order_by("pk")
        planners = [post.person for post in posts.select_related("person")]
        at_home = [planner for planner in planners if planner.username in stage.guests]
        waits = self.fate in ("draft", "returned", "withdrawn", "reporting")
        return at_home[0] if at_home and waits else planners[self.number % len(planners)]

    def _setting(self, unit: Unit, by: Person, stage: Stage) -> Setting:
        english = self.theme.language == "en"
        unit_name = unit.name_en if english else unit.name
        team = [by, *self._team(unit, by)]
        return Setting(
            title=f"{self.title} at {unit_name}" if english else f"{unit_name}{self.title}",
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            submitted_on=stage.times.on(max(self.submissions, default=-1)),
            names=tuple(person.name_en if english else person.name for person in team),
        )

    def _team(self, unit: Unit, by: Person) -> list[Person]:
        """Up to three colleagues of the unit, its manager first."""
        posts = Post.objects.filter(in_force(clock.today()), unit=unit).exclude(person=by)
        posts = posts.order_by(F("role").desc(), "pk").select_related("person")
        return list(dict.fromkeys(post.person for post in posts))[:3]
