"""What the stores hand in to the national joint campaign of November: small parts, one of them never finished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from workflows.campaigns.declaration import Category, Kind, Payer
from workflows.campaigns.models import Campaign
from workflows.demonstration.november import ABSENT, STORES, November, november
from workflows.demonstration.office_time import OFFICE_DAY, OfficeTime
from workflows.demonstration.stories import Deed, Stage, Tale
from workflows.desk.paths import nobody_looks
from workflows.matters.moves import moves_of
from workflows.organisation import clock
from workflows.organisation.models import Post, in_force
from workflows.steps.sweep import run_families

from .paper import Setting, Size, Sketch, declaration, evaluation, report, sketch
from .themes import THEMES, Theme
from .words import WORDS

SEED = 20_241_106
SIZES = (Size(38_000, 48_000, group_mark=True), Size(18_000, 27_000, group_mark=True))
PAYERS = {  # who pays a line, by its category; the others the store
    Category.MEDIA: Payer.GROUP,
    Category.GIFTS: Payer.ALLIANCE,
    Category.PEOPLE: Payer.REGION,
}


@dataclass(kw_only=True)
class PartTale(Tale):
    """One store's part, from the day the clock opened it for the joint campaign."""

    unit: str
    days: November
    theme: Theme
    sketch: Sketch
    random: Random = field(default_factory=Random)

    def begin(self, stage: Stage) -> Campaign:
        """The clock has opened it on its round, or does so now."""
        run_families()
        own = Campaign.objects.exclude(joint_frame={}).filter(unit=stage.units[self.unit])
        part = own.order_by("pk").last()
        if part is None:
            raise LookupError(f"“{self.unit}” was not invited.")
        return part

    def live(self, deed: Deed, stage: Stage) -> None:
        """A store that may not, because it still owes a report, hands in nothing: then it is absent."""
        if deed.move != "open":
            matter = self.matter()
            spec = moves_of(Campaign)[deed.move]
            if not spec.offered(matter) or (deed.move == "submit" and matter.report_owed):
                return
        with nobody_looks():
            super().live(deed, stage)
            run_families()

    def say(self, word: str) -> str:
        return self.random.choice(WORDS["zh-hans"].get(word, ("",)))

    def answers(self, matter: Campaign, deed: Deed) -> dict[str, Any]:
        match deed.move:
            case "save_draft":
                return {"declaration": self._declared(matter)}
            case "hand_in":
                return {"report": report(matter.declared, self.theme, self.random)}
            case "score":
                weights = matter.policy.weight_table(Campaign.KIND)
                return {"evaluation": evaluation(matter, weights, self.random)}
        return super().answers(matter, deed)

    def _declared(self, matter: Campaign) -> Any:
        posts = Post.objects.filter(in_force(clock.today()), unit=matter.unit).order_by("-role", "pk")
        names = tuple(dict.fromkeys(post.person.name for post in posts.select_related("person")))[:4]
        setting = Setting(matter.title, self.days.first, self.days.last, clock.today(), names)
        written = declaration(self.sketch, setting, self.random)
        budget = tuple(
            replace(line, payer=PAYERS.get(Category(line.category), Payer(line.payer)).value) for line in written.budget
        )
        return written.with_(kind=Kind.NATIONAL.value, theme=matter.declared.theme, budget=budget)


def parts(times: OfficeTime) -> Iterator[PartTale]:
    """A tale for each store that is invited; the last one begins to write and does no more."""
    random = Random(SEED)  # noqa: S311 - a story, not a secret
    days = november(times)
    theme = next(theme for theme in THEMES if any("双十一" in title for title in theme.titles))
    for number, unit in enumerate((*STORES, ABSENT)):
        at = days.invited + 30 + 3 * number
        deeds = [Deed(at, "open"), Deed(at + (1 + number % 3) * OFFICE_DAY + 40, "save_draft")]
        if unit != ABSENT:
            written = at + (2 + number % 3) * OFFICE_DAY
            deeds += [
                Deed(written + 90, "submit", word="submit"),
                Deed(written + 240, "vouch", word="vouch"),
                Deed(written + OFFICE_DAY + 60, "endorse", word="endorse"),
                # on the first morning: nobody may wait for this report with a declaration of their own
                Deed(days.over + number, "hand_in", word="hand_in"),
                Deed(days.over + (2 + number % 3) * OFFICE_DAY + 75 + 20 * number, "score", word="score"),
            ]
        size = SIZES[0] if number in (0, 3) else SIZES[1]
        yield PartTale(
            number=number,
            deeds=[deed for deed in deeds if deed.minute < 0],
            title=unit,
            unit=unit,
            days=days,
            theme=theme,
            sketch=sketch(theme, size, random),
            random=Random(SEED + number),  # noqa: S311
        )
