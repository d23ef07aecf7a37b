"""Plans a year: which campaigns there are, what becomes of each, and at which minute who does what.

Times are office minutes of the demonstration. Everything planned depends on today's date alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from workflows.demonstration.office_time import OFFICE_DAY, OfficeTime
from workflows.demonstration.stories import Deed
from workflows.organisation.calendar import DAY
from workflows.policies.models import Edition

from .english import ENGLISH_THEMES
from .paper import Size, route, sketch
from .tale import CampaignTale
from .themes import THEMES, Theme

AGREE = {
    "store_review": "vouch",
    "region_review": "endorse",
    "group_review": "pass_review",
    "countersign": "agree",
    "signature": "sign",
}

SMALL = Size(9_000, 28_500)
ENDORSED = Size(31_500, 48_000)
BRANDED = Size(32_000, 48_500, group_mark=True)
MEDIUM = Size(56_000, 128_000)
MARKED = Size(62_000, 175_000, group_mark=True)
PARTNERED = Size(90_000, 190_000, partner=38_000)
CROWDED = Size(120_000, 195_000, group_mark=True, crowd=True)
LARGE = Size(262_000, 392_000, group_mark=True, partner=60_000, crowd=True)
EDITION_TWO = Size(206_000, 246_000, group_mark=True)  # the president's before the limit was raised
USUAL = (SMALL, SMALL, ENDORSED, ENDORSED, BRANDED, MEDIUM, MEDIUM, MARKED, PARTNERED, CROWDED, LARGE)

ENGLISH_UNITS = ("shenzhen-bay", "guangzhou-east")
UNITS = (
    "hangzhou-west", "ningbo", "suzhou", "nanjing-river", "hefei", "guangzhou-east", "shenzhen-bay", "foshan",
    "xiamen", "chengdu-south", "east", "south", "southwest",
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """How often a fate is wanted among a hundred and fifty, and what is particular about it.

    `waits` is the working day (negative: before today) on which the campaign arrived where it
    waits; `units` where it may happen; `starts_in` days from today until its start.
    """

    fate: str
    times: int
    sizes: tuple[Size, ...] = USUAL
    waits: tuple[int, int] = (-3, -1)
    units: tuple[str, ...] = UNITS
    starts_in: tuple[int, int] = (17, 58)
    english: bool | None = None


EAST = ("hangzhou-west", "ningbo", "suzhou", "nanjing-river", "hefei")
STORES = UNITS[:10]
HOME = ("hangzhou-west", "ningbo")  # where the planner and the store manager one may enter as are at home
ABOVE_REGION = (BRANDED, MEDIUM, MARKED, PARTNERED, CROWDED)
WITH_FINANCE = (MEDIUM, MARKED, PARTNERED, CROWDED)
VICE_PRESIDENT = (BRANDED, MEDIUM, MARKED, PARTNERED, CROWDED, EDITION_TWO)

# Fates with a fixed place first, so that the rest can be fitted around them.
WISHES = (
    Wish("reporting", 1, (ENDORSED,), units=("ningbo",), starts_in=(-6, -1)),
    Wish("reporting", 1, (MEDIUM,), units=("xiamen",), starts_in=(-9, -5)),
    Wish("reporting", 1, (MARKED,), units=("hefei",), starts_in=(-11, -6)),
    Wish("reporting", 1, (ENDORSED,), units=("foshan",), starts_in=(-24, -16)),  # overdue
    Wish("draft", 5, USUAL[:8], (-4, -1), HOME, (24, 60)),
    Wish("draft", 3, USUAL[:8], (-8, -1), ("suzhou", "shenzhen-bay", "chengdu-south", "nanjing-river"), (24, 60)),
    Wish("returned", 3, (ENDORSED, MEDIUM, MARKED), (-4, -1), HOME),
    Wish("returned", 2, (SMALL, MARKED), (-7, -1), ("suzhou", "guangzhou-east", "nanjing-river")),
    Wish("withdrawn", 1, (MEDIUM,), (-2, -1), ("hangzhou-west",)),
    Wish("store_review", 6, (ENDORSED, MEDIUM, MARKED), (-3, -1), HOME),
    Wish("store_review", 2, (ENDORSED, MEDIUM), (-2, -1), ("suzhou", "shenzhen-bay")),
    Wish("region_review", 8, USUAL[:9], (-4, -1), ("hangzhou-west", "suzhou", "nanjing-river", "east", "hefei")),
    Wish("region_review", 3, USUAL[:9], (-3, -1), ("guangzhou-east", "shenzhen-bay", "south")),
    Wish("region_review_vacant", 1, (MEDIUM,), (-3, -2), ("chengdu-south",)),
    Wish("group_review", 6, ABOVE_REGION, (-4, -1), (*EAST[2:], "guangzhou-east", "shenzhen-bay", "east", "south")),
    Wish("objected", 1, (PARTNERED,), (-2, -1), ("nanjing-river", "suzhou")),
    Wish("countersign", 7, WITH_FINANCE, (-4, -1), (*EAST[2:], "guangzhou-east", "shenzhen-bay", "south", "hangzhou-west")),
    Wish("countersign_half", 2, (MARKED, PARTNERED, CROWDED), (-3, -1), ("suzhou", "guangzhou-east", "east")),
    Wish("transferred", 1, (PARTNERED,), (-2, -2), ("nanjing-river", "guangzhou-east")),
    Wish("signature", 7, VICE_PRESIDENT, (-4, -1), (*EAST[2:], "guangzhou-east", "shenzhen-bay", "south", "hangzhou-west")),
    Wish("signature", 1, (LARGE,), (-2, -1), ("east", "south")),
    Wish("urgent_region", 2, (SMALL, ENDORSED), (-1, -1), ("hangzhou-west", "suzhou"), (5, 9)),
    Wish("urgent_signature", 1, (MARKED,), (-2, -1), ("guangzhou-east", "nanjing-river"), (4, 8)),
    Wish("change_group", 1, (MEDIUM,), (-2, -1), EAST, (16, 30)),
    Wish("change_signature", 1, (MARKED,), (-2, -1), STORES, (16, 30)),
    Wish("cancelling", 2, (MEDIUM, MARKED), (-2, -1), STORES, (16, 35)),
    Wish("evaluation", 6, (SMALL, ENDORSED, MEDIUM, MARKED, CROWDED), (-6, -1), starts_in=(-24, -12)),
    Wish("running", 8, starts_in=(-4, 0)),
    Wish("approved", 9, starts_in=(2, 26)),
    Wish("rejected", 6),
    Wish("cancelled", 4, (MEDIUM, MARKED, PARTNERED)),
    Wish("discarded", 2),
    Wish("closed_changed", 4, (MEDIUM, MARKED, BRANDED)),
    Wish("closed_refused_change", 1, (MARKED,)),
    Wish("closed_kept", 1, (MEDIUM,)),
    Wish("closed_objected", 3, (PARTNERED, MARKED)),
    Wish("closed_returned", 11),
    Wish("closed_english", 8, english=True),
    Wish("closed", 46),
)  # fmt: skip


def wishes(size: int) -> Iterator[Wish]:
    """About `size` wishes: each kind at least once, the frequent ones in proportion."""
    whole = sum(wish.times for wish in WISHES)
    for wish in WISHES:
        for _time in range(max(1, round(wish.times * min(1.0, size / whole)))):
            yield wish


def plan(times: OfficeTime, size: int, random: Random, edition: Edition) -> list[CampaignTale]:
    """About `size` stories, none of which will be refused by a rule of the house."""
    planner = _Planner(times, random, edition)
    wanted = list(wishes(size))
    old = sum(wish.fate in _PAST or wish.fate.startswith("closed") for wish in wanted)
    ago = iter(sorted(random.randint(34, 335) for _ in range(old)))
    for number, wish in enumerate(wanted):
        past = wish.fate in _PAST or wish.fate.startswith("closed")
        planner.add(number, wish, next(ago) if past else None)
    return planner.stories


_PAST = frozenset({"rejected", "cancelled", "discarded"})


class _Planner:
    def __init__(self, times: OfficeTime, random: Random, edition: Edition) -> None:
        self.times, self.random, self.edition = times, random, edition
        self.stories: list[CampaignTale] = []
        self.used: Counter[str] = Counter()
        self.load: Counter[str] = Counter()
        self.titles: set[tuple[str, str]] = set()

    def add(self, number: int, wish: Wish, days_ago: int | None) -> None:
        """Plan one story; draw again while it collides with a report some unit owes."""
        for _attempt in range(60):
            story = self._story(number, wish, days_ago)
            if story is not None and self._settle_in(story, wish):
                self.stories.append(story)
                return
            if days_ago is not None:
                days_ago = max(34, min(335, days_ago + self.random.randint(-9, 9)))
        # Rather one campaign fewer than one that breaks a rule.

    # --- when ----------------------------------------------------------------------------------

    def _story(self, number: int, wish: Wish, days_ago: int | None) -> CampaignTale | None:
        random, times = self.random, self.times
        shift = -days_ago if days_ago is not None else random.randint(*wish.starts_in)
        starts = times.today + shift * DAY
        if days_ago is not None or shift > 12:
            starts += (4 - starts.weekday()) % 7 * DAY if random.random() < 0.7 else timedelta()
        ends = starts + random.choice((1, 2, 2, 3, 4, 6)) * DAY
        if wish.fate == "running":
            ends = max(ends, times.today + random.randint(0, 4) * DAY)
        elif wish.fate in ("reporting", "evaluation"):
            latest = times.today - (13 if wish.fate == "evaluation" else 1) * DAY
            if wish.units == ("foshan",):
                latest = times.today - 14 * DAY
            ends = max(starts, min(ends, latest))
            starts = min(starts, ends)
        english = wish.english or (
            wish.english is None and set(wish.units) & {"shenzhen-bay"} and random.random() < 0.2
        )
        theme = self._theme(starts, ENGLISH_THEMES if english else THEMES)
        size = wish.sizes[number % len(wish.sizes)] if wish.sizes != USUAL else random.choice(USUAL)
        drawn = sketch(theme, size, random)
        desks = route(drawn, self.edition)
        if route(drawn.trimmed(), self.edition) != desks:
            return None
        deeds = self._deeds(wish, desks, starts, ends)
        if not deeds:
            return None
        own = Random(random.random())  # noqa: S311 - a story, not a secret
        return CampaignTale(
            number=number,
            fate=wish.fate,
            theme=theme,
            sketch=drawn,
            starts_on=starts,
            ends_on=ends,
            deeds=self._with_a_word(deeds),
            random=own,
        )

    def _with_a_word(self, deeds: list[Deed]) -> list[Deed]:
        """Now and then the first reviewer asks something before deciding."""
        number = next((number for number, deed in enumerate(deeds) if deed.move == "submit"), None)
        if number is None or self.random.random() > 0.35:
            return deeds
        submitted, following = deeds[number].minute, deeds[number + 1].minute if number + 1 < len(deeds) else -1
        asked = Deed(submitted + (following - submitted) // 2, "comment", word="comment")
        return [*deeds[: number + 1], asked, *deeds[number + 1 :]] if following - submitted > 4 else deeds

    def _theme(self, starts: date, themes: tuple[Theme, ...]) -> Theme:
        """A theme in season, the least used first; a short season before a long one."""
        fitting = [theme for theme in themes if theme.titles_on(starts)]
        narrow = [theme for theme in fitting if len(theme.season) == 1 or "01" not in theme.season[0][0]]
        choice = narrow if narrow and self.random.random() < 0.5 else fitting
        least = min(self.used[theme.titles[0]] for theme in choice)
        theme = self.random.choice([theme for theme in choice if self.used[theme.titles[0]] <= least + 1])
        self.used[theme.titles[0]] += 1
        return theme

    # --- what happens --------------------------------------------------------------------------

    def _deeds(self, wish: Wish, desks: list[tuple[str, str]], starts: date, ends: date) -> list[Deed]:
        """The acts up to where the fate leaves the campaign, in order; empty if they do not fit in time."""
        fate = wish.fate
        script = _SCRIPTS.get(fate, _SCRIPTS["closed"])(desks)
        if not script:
            return []
        steps = list(script)
        past = fate in _PAST or fate.startswith("closed")
        anchored = wish.starts_in[0] > 3 and not past
        gaps = [self._gap(step) for step in steps]
        if anchored:
            return self._backwards(steps, gaps, self._waiting_since(wish))
        if fate == "approved":
            days = self.random.randint(1, 6)
            return self._backwards(steps, gaps, -days * OFFICE_DAY + self.random.randint(5, 500))
        # approved in time: a few days before the start
        last = self.times.minute(starts - self.random.randint(9, 18) * DAY) - self.random.randint(10, 500)
        deeds = self._backwards(steps, gaps, last)
        if fate.startswith("closed") or fate in ("evaluation", "reporting"):
            deeds += self._afterwards(fate, wish, ends)
        return deeds if deeds and deeds[-1].minute < 0 else []

    def _gap(self, step: tuple[str, str, str]) -> int:
        """Office minutes somebody takes for a step; now and then more than the deadline allows."""
        if self.random.random() < 0.07 and step[0] in ("vouch", "endorse", "pass_review", "sign"):
            return self.random.randint(1300, 2100)
        return {"open": 0, "submit": self.random.randint(60, 900)}.get(step[0], self.random.randint(35, 640))

    def _waiting_since(self, wish: Wish) -> int:
        day = self.random.randint(*wish.waits)
        return day * OFFICE_DAY + self.random.randint(15, OFFICE_DAY - 20)

    def _backwards(self, steps: list[tuple[str, str, str]], gaps: list[int], last: int) -> list[Deed]:
        """Deeds whose last one falls on the minute `last`."""
        deeds, minute = [], last
        for (move, seat, word), gap in zip(reversed(steps), reversed(gaps), strict=True):
            said = move if word in ("", "straight") else word
            answers = {"straight": word == "straight"} if move == "send_back" else {}
            deeds.append(Deed(minute, move, seat, said, answers))
            minute -= max(3, gap)
        return deeds[::-1]

    def _afterwards(self, fate: str, wish: Wish, ends: date) -> list[Deed]:
        """Report and evaluation, some of them late."""
        random = self.random
        # a change makes it a day longer
        over = self.times.minute(ends + (2 if fate == "closed_changed" else 1) * DAY)
        if fate == "reporting":
            return []
        if fate == "evaluation":
            reported = self._waiting_since(wish)
            return [Deed(max(reported, over + 120), "hand_in", word="hand_in")]
        wait = random.randint(8, 11) if random.random() < 0.12 else random.randint(1, 6)
        reported = over + wait * OFFICE_DAY + random.randint(-400, 100)
        scored = reported + random.randint(1, 5) * OFFICE_DAY + random.randint(-300, 200)
        return [Deed(reported, "hand_in", word="hand_in"), Deed(scored, "score", word="score")]

    # --- where ---------------------------------------------------------------------------------

    def _settle_in(self, story: CampaignTale, wish: Wish) -> bool:
        """Find a unit none of whose campaigns is in the way, the least burdened first."""
        units = list(wish.units)
        if story.theme.language == "en":
            units = [unit for unit in units if unit in ENGLISH_UNITS] or list(ENGLISH_UNITS)
        elif len(units) > 1:
            units = [unit for unit in units if unit != "shenzhen-bay"] or units
        self.random.shuffle(units)
        for unit in sorted(units, key=lambda unit: self.load[unit]):
            fits = [title for title in story.theme.titles_on(story.starts_on) if (unit, title) not in self.titles]
            others = [other for other in self.stories if other.unit == unit]
            clash = any(self._in_the_way(story, other) or self._in_the_way(other, story) for other in others)
            if fits and not clash:
                story.unit, story.title = unit, self.random.choice(fits)
                self.load[unit] += 1
                self.titles.add((unit, story.title))
                return True
        return False

    def _in_the_way(self, one: CampaignTale, other: CampaignTale) -> bool:
        """Whether a submission of `other` falls into the time `one` owes its report."""
        owed = one.owes_report(self.times)
        if owed is None:
            return False
        since, until = owed
        return any(
            since <= moment and (until is None or moment <= until)
            for moment in map(self.times.moment, other.submissions)
        )


# --- scripts: fate → the acts, as (move, seat, word) ------------------------------------------------

Steps = list[tuple[str, str, str]]
Desks = list[tuple[str, str]]
Script = Callable[[Desks], Steps]


def _opened() -> Steps:
    return [("open", "", ""), ("submit", "", "")]


def _up_to(desks: Desks, step: str = "", seat: str = "") -> Steps:
    """Everybody agrees until the campaign lies at `step` (and `seat`); to the end if empty."""
    found: Steps = []
    for name, chair in desks:
        if name == step and seat in ("", chair):
            return found
        found.append((AGREE[name], chair, ""))
    return found if not step else []


def _has(desks: Desks, step: str, seat: str = "") -> bool:
    return any(name == step and seat in ("", chair) for name, chair in desks)


def _waiting_at(step: str) -> Script:
    def script(desks: Desks) -> Steps:
        return [*_opened(), *_up_to(desks, step)] if _has(desks, step) else []

    return script


def _draft(desks: Desks) -> Steps:
    return [("open", "", "")]


def _returned(desks: Desks) -> Steps:
    """Sent back by the last desk but the signature, or by the region."""
    step = "group_review" if _has(desks, "group_review") else "region_review"
    return [*_opened(), *_up_to(desks, step), ("send_back", "", "straight" if step == "group_review" else "")]


def _withdrawn(desks: Desks) -> Steps:
    return [*_opened(), ("withdraw", "", "")]


def _objected(desks: Desks) -> Steps:
    if not _has(desks, "countersign", "finance"):
        return []
    return [*_opened(), *_up_to(desks, "countersign"), ("object_to", "finance", "")]


def _countersign_half(desks: Desks) -> Steps:
    seats = [(name, seat) for name, seat in desks if name == "countersign"]
    others = [("agree", seat, "") for _name, seat in seats if seat != "finance"]
    return [*_opened(), *_up_to(desks, "countersign"), *others[:1]] if len(seats) > 1 else []


def _transferred(desks: Desks) -> Steps:
    if not _has(desks, "countersign", "finance"):
        return []
    return [*_opened(), *_up_to(desks, "countersign"), ("take", "finance", ""), ("transfer", "finance", "")]


def _approved(desks: Desks) -> Steps:
    return [*_opened(), *_up_to(desks)]


def _change_group(desks: Desks) -> Steps:
    return [*_approved(desks), ("change", "", "")]


def _change_countersigned(desks: Desks) -> Steps:
    seats = [("agree", seat, "") for name, seat in desks if name == "countersign"]
    return [*_change_group(desks), ("pass_review", "", ""), *seats]


def _closed_changed(desks: Desks) -> Steps:
    return [*_change_countersigned(desks), ("sign_change", "", "")]


def _closed_refused_change(desks: Desks) -> Steps:
    return [*_change_group(desks), ("refuse_change", "", "")]


def _cancelling(desks: Desks) -> Steps:
    return [*_approved(desks), ("ask_cancel", "", "")]


def _cancelled(desks: Desks) -> Steps:
    return [*_cancelling(desks), ("grant_cancel", "", "")]


def _closed_kept(desks: Desks) -> Steps:
    return [*_cancelling(desks), ("refuse_cancel", "", "")]


def _rejected(desks: Desks) -> Steps:
    """Refused by the last desk before the signature, which holds it alone."""
    step = "group_review" if _has(desks, "group_review") else "region_review"
    return [*_opened(), *_up_to(desks, step), ("reject", "", "")]


def _discarded(desks: Desks) -> Steps:
    return [("open", "", ""), ("discard", "", "")]


def _closed_objected(desks: Desks) -> Steps:
    objected = _objected(desks)
    return [*objected, *_up_to(desks)[_up_to(desks).index(("pass_review", "", "")) :]] if objected else []


def _closed_returned(desks: Desks) -> Steps:
    return [*_returned(desks), ("submit", "", "resubmit"), *_after_return(desks)]


def _after_return(desks: Desks) -> Steps:
    """Straight back to the group, or from the beginning when the region had returned it."""
    agreed = _up_to(desks)
    return agreed[agreed.index(("pass_review", "", "")) :] if _has(desks, "group_review") else agreed


_SCRIPTS: dict[str, Script] = {
    "draft": _draft,
    "returned": _returned,
    "withdrawn": _withdrawn,
    "store_review": _waiting_at("store_review"),
    "region_review": _waiting_at("region_review"),
    "region_review_vacant": _waiting_at("region_review"),
    "urgent_region": _waiting_at("region_review"),
    "group_review": _waiting_at("group_review"),
    "objected": _objected,
    "countersign": _waiting_at("countersign"),
    "countersign_half": _countersign_half,
    "transferred": _transferred,
    "signature": _waiting_at("signature"),
    "urgent_signature": _waiting_at("signature"),
    "change_group": _change_group,
    "change_signature": _change_countersigned,
    "cancelling": _cancelling,
    "cancelled": _cancelled,
    "rejected": _rejected,
    "discarded": _discarded,
    "approved": _approved,
    "running": _approved,
    "closed": _approved,
    "closed_changed": _closed_changed,
    "closed_refused_change": _closed_refused_change,
    "closed_kept": _closed_kept,
    "closed_objected": _closed_objected,
    "closed_returned": _closed_returned,
}
