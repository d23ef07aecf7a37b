"""What the units do with the papers they are sent: most sign, read and acknowledge in time, some do not."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from documents.models import DistributionList, Receipt
from documents.registry import distribution
from workflows.matters.errors import Refused
from workflows.organisation import clock
from workflows.organisation.models import Post, Unit, in_force
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing

from .office_time import OFFICE_DAY, OfficeTime

SEED = 20_260_301
FORGETFUL = ("ningbo", "foshan", "finance")  # units that now and then leave a paper lying
LATELY = -20 * OFFICE_DAY  # since then their papers still lie
LISTS = (("华东各店", "east"), ("华南各店", "south"))  # name, the region whose stores are on it


class Letters:
    """The receipts of the year: each new one is given its moments, and those are lived through in order."""

    def __init__(self, times: OfficeTime) -> None:
        self.times, self.random = times, Random(SEED)  # noqa: S311 - a story, not a secret
        self.seen, self.number = 0, 0
        self.ahead: list[tuple[datetime, int, Callable[..., Any], int]] = []

    def make_lists(self) -> None:
        """The lists a clerk keeps, made when the year began."""
        with clock.at(self.times.moment(-300 * OFFICE_DAY + 70)):
            for name, region in LISTS:
                stores = Unit.objects.filter(parent__code=region, kind=Unit.Kind.STORE).order_by("code")
                distribution.keep_list(DistributionList(name=name), stores, by=self._clerk())

    def collect(self, minute: int) -> None:
        """Plan what becomes of the papers sent since the last look, around this office minute."""
        for receipt in Receipt.objects.filter(pk__gt=self.seen).select_related("unit").order_by("pk"):
            self.seen = receipt.pk
            self._plan(receipt, minute)

    def _plan(self, receipt: Receipt, minute: int) -> None:
        chance, forgetful = self.random.random(), receipt.unit.code in FORGETFUL
        signed = minute + self.random.randrange(20, OFFICE_DAY)
        opened = signed + self.random.randrange(5, OFFICE_DAY)
        answered = opened + self.random.randrange(5, OFFICE_DAY)
        if forgetful and (chance < 0.5 or minute > LATELY):  # only after the clerk has asked, and lately not even then
            urged = minute + 5 * OFFICE_DAY + self.random.randrange(60)
            self._ahead(urged, self._urge, receipt)
            answered = urged + self.random.randrange(60, 4 * OFFICE_DAY) if minute <= LATELY else 0
        self._ahead(signed, self._sign, receipt)
        if chance < 0.9:
            self._ahead(opened, self._open, receipt)
        self._ahead(answered, self._acknowledge, receipt)

    def _ahead(self, minute: int, act: Callable[..., Any], receipt: Receipt) -> None:
        self.number += 1
        if minute < 0:
            heapq.heappush(self.ahead, (self.times.moment(minute), self.number, act, receipt.pk))

    def answer_until(self, moment: datetime) -> None:
        """Live through everything planned up to `moment`."""
        while self.ahead and self.ahead[0][0] <= moment:
            at, _number, act, key = heapq.heappop(self.ahead)
            with clock.at(at):
                act(Receipt.objects.select_related("unit", "document__matter").get(pk=key))

    def _sign(self, receipt: Receipt) -> None:
        if standing := self._standing(receipt):
            distribution.receive(Receipt.objects.filter(pk=receipt.pk), by=standing)

    def _open(self, receipt: Receipt) -> None:
        if standing := self._standing(receipt):
            distribution.read(receipt.document, by=standing)

    def _acknowledge(self, receipt: Receipt) -> None:
        if standing := self._standing(receipt):
            distribution.acknowledge(Receipt.objects.filter(pk=receipt.pk), by=standing)

    def _urge(self, receipt: Receipt) -> None:
        distribution.remark_overdue()
        try:
            distribution.urge(Receipt.objects.filter(document=receipt.document_id), by=self._clerk())
        except Refused:
            return  # everybody has answered, or was urged this morning for another unit's sake

    def _standing(self, receipt: Receipt) -> Standing | None:
        """Of whoever answers for the unit; None where nobody does."""
        posts = Post.objects.filter(in_force(clock.today()), unit=receipt.unit_id, person__is_active=True)
        speakers = [post for post in posts.select_related("unit", "person").order_by("pk") if distribution.speaks(post)]
        return Standing(speakers[len(receipt.document.title) % len(speakers)].person) if speakers else None

    def _clerk(self) -> Capacity:
        post = Post.objects.filter(role=Role.CLERK).select_related("person", "unit").order_by("pk")[0]
        return Capacity(post.person, post)
