"""The leases' part of the demonstration: ten malls' registers, and what becomes of the leases that end next.

The register is written at once; the renewals go their way through the clock and `perform`, as everything does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from workflows.demonstration.office_time import OFFICE_DAY
from workflows.demonstration.stories import Deed, Stage, Story, Tale, register
from workflows.leases.models import Renewal
from workflows.leases.money import BrokenMonth, months_after
from workflows.leases.opening import open_renewal
from workflows.leases.register import Lease, Month, Stall, Tenant, Trade
from workflows.leases.terms import Deduction, Means, Meter, Proof, Settlement, Terms, Utility
from workflows.matters.models import Matter
from workflows.organisation import clock
from workflows.organisation.calendar import DAY
from workflows.organisation.figures import rounded
from workflows.organisation.models import Unit

SEED = 20_250_318
FULL_YEAR = 150  # the size of a demonstration of a full year
STALLS, LEASES, RENEWALS = 24, 200, 60  # a mall's stalls; leases and renewals of a full year
HALF_A_YEAR = 180  # days before the end at which the clock opens one
MONTHS = 24

# what was done, on which working day after the opening, with what words; the last one lies a few days back.
# (opened so many working days ago, deeds, whether the terms are beside the pricing rule, arrears)
Fate = tuple[int, tuple[tuple[int, str, str], ...], bool, int]
REVIEWED = ((4, "assess", ""), (18, "propose", "propose"), (19, "agree", "agree"))
CLEARED = (*REVIEWED, (21, "clear", ""))
SENT = (*CLEARED, (23, "send", ""))
ACCEPTED = (*SENT, (33, "accept", ""))
DECLINED = (*SENT, (34, "decline", ""), (40, "notify", "notify"))
FATES: tuple[Fate, ...] = (
    (4, (), False, 0),
    (9, ((4, "assess", ""),), False, 0),
    (20, REVIEWED[:2], False, 0),
    (21, REVIEWED, False, 0),
    (23, (*REVIEWED, (21, "hold", "hold")), False, 1),
    (23, CLEARED, True, 0),
    (23, CLEARED, False, 0),
    (30, SENT, False, 0),
    (36, (*SENT, (33, "counter", "counter")), False, 0),
    (36, ACCEPTED, False, 0),
    (40, (*ACCEPTED, (39, "lay_before", "")), False, 0),
    (52, (*ACCEPTED, (39, "lay_before", ""), (41, "sign", "")), False, 0),
    (56, SENT, False, 0),  # nobody answers: the clock lets it lapse
    (48, DECLINED, False, 0),
    (105, (*DECLINED, (98, "hand_over", "")), False, 0),
)

NAMES = (
    "云谷里", "星屿", "知桁", "拾光社", "澄川", "木野田", "南枝", "半亩塘", "见微斋", "朗月轩",
    "青阑", "远帆港", "一苇", "鹿鸣坊", "白石洲", "沐野", "禾下", "临溪", "听潮阁", "松间",
)  # fmt: skip
SHOPS = {
    Trade.PHONES: "通讯", Trade.COMPUTERS: "电脑", Trade.CAMERAS: "影像", Trade.AUDIO: "音响", Trade.GAMES: "电竞",
    Trade.HOME: "智居", Trade.SERVICE: "维修", Trade.FOOD: "茶饮",
}  # fmt: skip
CONTACTS = ("简宁", "骆川", "苗青", "郁然", "戚越", "宣和", "晏清", "阮舟")
SENTENCES = {
    "propose": ("按评估结果续约，租金随市场上调。", "经营稳定，建议续约。", "会员贡献高，建议留住。"),
    "agree": ("同意，该商户配合度好。", "", "同意续约，装修方案开业前确认。"),
    "hold": ("上月租金未到账，缴清后再放行。",),
    "counter": ("商户对涨幅有意见，已约面谈。",),
    "notify": ("商户表示另有安排，期满不再续约。", "双方未能就租金达成一致。"),
    "remark": ("销售与去年持平，租售比在合理区间，续约意愿明确。",),
    "proof": ("签字回函一份，存入商户档案。",),
    "repair": ("墙面修补",),
}
IN_ENGLISH = {
    "propose": ("Renew as assessed, at the market's pace.", "Steady business; renew.", "Many members; worth keeping."),
    "agree": ("Agreed, a cooperative tenant.", "", "Agreed; the refit to be settled before opening."),
    "hold": ("Last month's rent has not come in; to be cleared when it has.",),
    "counter": ("The tenant objects to the rise; a meeting is arranged.",),
    "notify": ("The tenant has other plans.", "No agreement on the rent."),
    "remark": ("Sales as last year, rent in proportion to them; the tenant wants to stay.",),
    "proof": ("A signed letter, kept in the tenant's file.",),
    "repair": ("Repair of a wall",),
}
ENGLISH_EVERY = 20  # one tenant in so many is written to in English
ENGLISH_NAMES = (
    "Tidewater Audio Ltd.", "Half Acre Cameras Ltd.", "Larkfield Mobile Ltd.", "Northbank Gaming Ltd.",
    "Juniper Smart Home Ltd.", "Pinegrove Repairs Ltd.", "Old Pier Tea Ltd.", "Whitestone Computers Ltd.",
    "Far Harbour Audio Ltd.", "Clearwater Mobile Ltd.", "Moonlit Studio Ltd.", "Single Reed Cameras Ltd.",
)  # fmt: skip


@dataclass(kw_only=True)
class RenewalTale(Tale):
    """One renewal from the day the clock opened it."""

    lease: int
    outside: bool = False

    def begin(self, stage: Stage) -> Matter:
        """The clock has opened it on its round, or does so now."""
        return open_renewal(self.lease) or Renewal.objects.get(lease=self.lease)

    def say(self, word: str) -> str:
        if not word:
            return ""
        said = (IN_ENGLISH if self.opened and self.opened.language == "en" else SENTENCES)[word]
        return said[self.number % len(said)]

    def answers(self, matter: Any, deed: Deed) -> dict[str, Any]:
        lease: Lease = matter.lease
        match deed.move:
            case "assess":
                market = rounded(lease.last_price * Decimal("1.04"), 0)
                return {"market_price": market, "remark": self.say("remark")}
            case "propose":
                return {"terms": self._terms(matter, Decimal("0.90") if self.outside else Decimal("1.03"))}
            case "counter":
                return {"terms": self._terms(matter, Decimal("0.99")), "proof": self._proof(lease)}
            case "accept" | "decline" | "lay_before":
                return {"proof": self._proof(lease)}
            case "notify":
                return {"competing": ""}
            case "hand_over":
                return {"settlement": self._settlement()}
        return {}

    @staticmethod
    def _terms(matter: Renewal, factor: Decimal) -> Terms:
        present = matter.present_terms()
        price = rounded(present.price * factor, 0)
        return Terms(**{**vars(present), "price": price, "escalation": Decimal(5), "rent_free": 15, "campaigns": 4})

    def _proof(self, lease: Lease) -> Proof:
        return Proof(lease.tenant.contact, clock.today(), Means.LETTER, self.say("proof"))

    def _settlement(self) -> Settlement:
        return Settlement(
            clock.today(),
            deposit=Decimal(0),
            arrears=Decimal(0),
            meters=(
                Meter(Utility.WATER, Decimal("318.4"), Decimal("327.9"), Decimal("5.95")),
                Meter(Utility.POWER, Decimal(18042), Decimal(18655), Decimal("0.93")),
            ),
            deductions=(Deduction(self.say("repair"), Decimal(600)),),
        )


class Leases(Story):
    """Two years of ten malls, and the leases that come to their end."""

    def __init__(self) -> None:
        self.due: list[tuple[int, Fate]] = []  # key of a lease, and what becomes of it

    def prepare(self, stage: Stage) -> None:
        """The register: stalls, tenants, leases and what is reported of each, written at once."""
        random = Random(SEED)  # noqa: S311 - a story, not a secret
        malls = [unit for unit in stage.units.values() if unit.kind == Unit.Kind.STORE]
        stalls = Stall.objects.bulk_create(
            [
                Stall(
                    mall=mall,
                    floor=1 + place // 8,
                    number=f"{1 + place // 8}-{1 + place % 8:03}",
                    area=Decimal(random.randrange(2400, 12000, 50)) / 100,
                    trade=random.choice(Trade.values),
                )
                for mall in malls
                for place in range(STALLS)
            ]
        )
        self.stalls, self.stage = random.sample(stalls, len(stalls)), stage

    def plan(self, stage: Stage, size: int) -> Sequence[Tale]:
        random = Random(SEED + 1)  # noqa: S311
        count = max(len(FATES), RENEWALS * size // FULL_YEAR)
        total = min(max(count + 10, LEASES * size // FULL_YEAR), len(self.stalls))
        fates = [FATES[number % len(FATES)] for number in range(count)]
        opened = [stage.times.on(-fate[0] * OFFICE_DAY) for fate in fates]
        ends = [day + HALF_A_YEAR * DAY for day in opened]
        ends += [stage.times.today + random.randrange(HALF_A_YEAR + 20, 900) * DAY for _more in range(total - count)]
        leases = self._leases(random, ends, stage.times.today)
        owing = {leases[number].pk for number, fate in enumerate(fates) if fate[3]}
        self._months(random, leases, owing, stage.times.today)
        return [
            RenewalTale(
                number=number,
                title=str(lease.stall),
                lease=lease.pk,
                outside=fate[2],
                deeds=[
                    Deed(-fate[0] * OFFICE_DAY + 5 + number, "open"),
                    *(
                        Deed((day - fate[0]) * OFFICE_DAY + 30 + number * 7 % 300, move, word=word)
                        for day, move, word in fate[1]
                    ),
                ],
            )
            for number, (lease, fate) in enumerate(zip(leases, fates, strict=False))
        ]

    def _leases(self, random: Random, ends: list[date], today: date) -> list[Lease]:
        tenants = Tenant.objects.bulk_create(
            [self._tenant(random, number, stall, today) for number, stall in enumerate(self.stalls[: len(ends)])]
        )
        return Lease.objects.bulk_create(
            [
                Lease(
                    stall=stall,
                    tenant=tenant,
                    starts_on=months_after(ends_on + DAY, -36),
                    ends_on=ends_on,
                    area=stall.area,
                    price=Decimal(random.randrange(150, 330, 5)),
                    escalation=Decimal(random.choice((3, 4, 5))),
                    fees=Decimal(35),
                    deposit=rounded(stall.area * 600, -2),
                    broken_month=random.choice(BrokenMonth.values),
                )
                for stall, tenant, ends_on in zip(self.stalls, tenants, ends, strict=False)
            ]
        )

    @staticmethod
    def _tenant(random: Random, number: int, stall: Stall, today: date) -> Tenant:
        english, turn = number % ENGLISH_EVERY == 11, number // len(NAMES)
        name = f"{NAMES[number % len(NAMES)]}{SHOPS[Trade(stall.trade)]}{f'{turn}号店' if turn else ''}"
        return Tenant(
            name=ENGLISH_NAMES[number // ENGLISH_EVERY % len(ENGLISH_NAMES)] if english else name,
            licence=f"9133010MA{number:09}",
            licence_until=today + random.randrange(-20, 1500) * DAY,
            contact="Ellis Rowan" if english else random.choice(CONTACTS),
            phone=f"0571-5550 {number:04}",
            address=f"{1 + number} Canal Road" if english else f"{stall.mall.name}商圈{1 + number}号",
            grade=random.choices(Tenant.Grade.values, (3, 5, 3, 1))[0],
            top50=random.random() < 0.2,
            language="en" if english else "zh-hans",
        )

    @staticmethod
    def _months(random: Random, leases: list[Lease], owing: set[int], today: date) -> None:
        """Two years up to the last month that is over; in a mall's year the autumn sells best."""
        first, rows = today.replace(day=1), []
        for lease in leases:
            usual = lease.area * lease.price * random.randrange(8, 14)
            for back in range(MONTHS, 0, -1):
                month = months_after(first, -back)
                if month >= lease.starts_on:
                    sales = rounded(usual * random.randrange(85, 118) / 100, 0)
                    late = lease.pk in owing if back == 1 else random.random() < 0.03
                    rows.append(
                        Month(
                            lease=lease,
                            month=month,
                            sales=sales * (115 if month.month in (9, 10, 11) else 100) // 100,
                            arrears=lease.rent.monthly_in(0) if late else Decimal(0),
                            campaigns=random.randrange(3),
                            violations=int(random.random() < 0.05),
                        )
                    )
        Month.objects.bulk_create(rows, batch_size=1000)


register(Leases())
