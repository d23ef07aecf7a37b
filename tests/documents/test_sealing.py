"""Seals in use: which paper bears which, what the trail says of it, and who keeps them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from documents.models import IssuedDocument, Seal
from documents.registry.sealing import put_in_force, withdraw
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import StandIn
from workflows.organisation.offices import Capacity
from workflows.trail.models import Entry
from workflows.trail.record import subject_of


@pytest.fixture(autouse=True)
def _in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def browser() -> Any:
    """`browser(person)`: a client that has entered as them and reads English."""

    def opened(person: Any) -> Client:
        person.language = "en"
        person.save(update_fields=["language"])
        client = Client(headers={"accept-language": "en"})
        client.force_login(person)
        return client

    return opened


def clerk_of(chain: Any) -> Capacity:
    return Capacity(chain.clerk, chain.clerk.posts.get())


@pytest.fixture
def seal(chain: Any) -> Any:
    """The group's seal, put in force by the clerk."""
    return put_in_force(chain.group, "星桥数码", "", capacity=clerk_of(chain))


def lines(seal: Any) -> list[tuple[Any, ...]]:
    told = Entry.objects.filter(matter=None, subject=subject_of(seal)).order_by("seq")
    return [(line.actor_name, line.on_behalf_of_name, line.action, line.note) for line in told]


# --- on paper --------------------------------------------------------------------------------------------


def test_a_circular_bears_the_seal_of_the_group_and_the_trail_says_so(
    seal: Any, open_campaign: Any, walk: Any, chain: Any
) -> None:
    campaign = walk(open_campaign(), to="approved")
    papers = {paper.kind: paper for paper in IssuedDocument.objects.filter(matter=campaign.pk)}
    circular = papers["campaign.circular"]

    assert circular.facts["seal"] == {"unit": "星桥数码", "name": "星桥数码", "below": ""}
    assert {kind: paper.seal for kind, paper in papers.items()} == {
        "campaign.declaration": None,
        "campaign.circular": seal,
        "campaign.approval": None,
    }
    assert "seal" not in papers["campaign.approval"].facts
    used = [(line.actor.is_system, line.changes) for line in campaign.trail.filter(action="use_seal")]
    assert used == [(True, {"seal": [None, "星桥数码"], "document": [None, str(circular)]})]


def test_without_a_standing_seal_a_paper_is_issued_without(
    seal: Any, open_campaign: Any, walk: Any, chain: Any
) -> None:
    withdraw(seal, capacity=clerk_of(chain), reason="印章破损。")

    campaign = walk(open_campaign(), to="approved")
    circular = IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")

    assert (circular.facts["seal"], circular.seal) == ({}, None)
    assert not campaign.trail.filter(action="use_seal").exists()


def test_a_rejection_bears_it_too(seal: Any, open_campaign: Any, walk: Any, chain: Any) -> None:
    campaign = walk(open_campaign(), to="region_review")
    perform(campaign.reject, by=chain.region_manager, note="与大区活动冲突。")

    assert IssuedDocument.objects.get(kind="campaign.rejection").seal == seal


def test_what_was_issued_keeps_its_seal_when_the_unit_gets_another(
    seal: Any, open_campaign: Any, walk: Any, chain: Any
) -> None:
    before = walk(open_campaign(), to="approved")
    newer = put_in_force(chain.group, "星桥数码集团", "", capacity=clerk_of(chain))
    after = walk(open_campaign(), to="approved")

    circulars = IssuedDocument.objects.filter(kind="campaign.circular")
    assert {paper.matter_id: paper.facts["seal"]["name"] for paper in circulars} == {
        before.pk: "星桥数码",
        after.pk: "星桥数码集团",
    }
    seal.refresh_from_db()
    assert (seal.withdrawn_at is None, newer.withdrawn_at) == (False, None)
    assert lines(seal) == [
        ("冯静怡", "", "seal", ""),
        ("冯静怡", "", "withdraw_seal", "Replaced by a new seal."),
    ]


# --- the clerk's page -------------------------------------------------------------------------------------


def test_the_clerk_gives_a_store_a_seal(seal: Any, chain: Any, browser: Any) -> None:
    client, address = browser(chain.clerk), reverse("registry:seals")
    words = {"unit": chain.store.pk, "name": "星桥数码杭州城西店", "below": "企划专用章"}

    looked = client.post(address, {**words, "preview": "1"}).content.decode()
    assert ("<svg" in looked, Seal.objects.count()) == (True, 1)  # a preview cuts nothing

    answer = client.post(address, words)
    assert (answer.status_code, answer["Location"]) == (302, f"{address}#main")
    cut = Seal.objects.get(unit=chain.store)
    assert (cut.name, cut.below, lines(cut)) == (
        "星桥数码杭州城西店",
        "企划专用章",
        [("冯静怡", "", "seal", "")],
    )
    again = client.post(address, words)
    assert (again.status_code, Seal.objects.filter(unit=chain.store).count()) == (422, 1)
    assert "in force already" in again.content.decode()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"name": "星", "below": ""}, "At least 2 characters"),
        ({"name": "", "below": ""}, "Please write the words round the ring."),
        ({"name": "星" * 25, "below": ""}, "At most 24 characters"),
        ({"name": "星桥😀", "below": "章"}, "😀"),
        ({"name": "星桥数码", "below": "章" * 13}, "At most 12 characters"),
    ],
)
def test_what_cannot_be_cut_is_said_and_nothing_typed_is_lost(
    chain: Any, browser: Any, words: dict[str, str], said: str
) -> None:
    answer = browser(chain.clerk).post(reverse("registry:seals"), {"unit": chain.store.pk, **words})
    page = answer.content.decode()

    assert (answer.status_code, said in page, Seal.objects.count()) == (422, True, 0)
    assert [typed for typed in words.values() if typed and f'value="{typed}"' not in page] == []


def test_the_preview_follows_the_typing(chain: Any, browser: Any) -> None:
    client, htmx = browser(chain.clerk), {"HX-Request": "true"}
    address = reverse("registry:seals")

    good = client.get(address, {"name": "星桥数码", "below": ""}, headers=htmx).content.decode()
    short = client.get(address, {"name": "星", "below": ""}, headers=htmx).content.decode()

    assert ("<svg" in good, "<html" in good) == (True, False)
    assert ("<svg" in short, "At least 2 characters" in short) == (False, True)


def test_a_seal_is_withdrawn_once_and_with_a_reason(seal: Any, chain: Any, browser: Any) -> None:
    client, address = browser(chain.clerk), reverse("registry:seal_withdraw", args=[seal.pk])

    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "印章破损，\r\n另刻新章。"}).status_code == 302
    assert client.post(address, {"reason": "又一次。"}).status_code == 302

    assert lines(seal) == [("冯静怡", "", "seal", ""), ("冯静怡", "", "withdraw_seal", "印章破损，\n另刻新章。")]


def test_the_seals_own_page_lists_what_bears_it(
    seal: Any, open_campaign: Any, walk: Any, chain: Any, browser: Any
) -> None:
    walk(open_campaign(), to="approved")
    circular = IssuedDocument.objects.get(kind="campaign.circular")

    page = browser(chain.auditor).get(reverse("registry:seal", args=[seal.pk])).content.decode()

    shown = [circular.number, circular.title, reverse("registry:paper", args=[circular.pk]), "冯静怡"]
    assert [words for words in shown if words not in page] == []
    assert reverse("registry:seal_withdraw", args=[seal.pk]) not in page


def test_whoever_stands_in_for_the_clerk_keeps_the_seals_and_the_trail_says_for_whom(chain: Any, browser: Any) -> None:
    today = clock.today()
    StandIn.objects.create(
        principal=chain.clerk, deputy=chain.resource_centre, starts_on=today, ends_on=today + timedelta(days=3)
    )

    words = {"unit": chain.group.pk, "name": "星桥数码", "below": ""}
    assert browser(chain.resource_centre).post(reverse("registry:seals"), words).status_code == 302
    assert lines(Seal.objects.get()) == [("唐蕾", "冯静怡", "seal", "")]


def test_the_auditor_looks_and_nobody_else_comes_in(seal: Any, chain: Any, browser: Any) -> None:
    looking = [
        reverse("registry:seals"),
        *(reverse(f"registry:{name}", args=[seal.pk]) for name in ("seal", "seal_picture")),
    ]
    doing = [reverse("registry:seals"), reverse("registry:seal_withdraw", args=[seal.pk])]
    answers = {}
    for name, person in chain.people().items():
        client = browser(person)
        seen = {client.get(address).status_code for address in looking}
        done = {client.post(address, {"name": "x"}).status_code for address in doing}
        answers[name] = (seen, done)

    assert {name for name, (seen, _done) in answers.items() if seen == {200}} == {"clerk", "auditor"}
    assert {name for name, (_seen, done) in answers.items() if done == {422}} == {"clerk"}
    assert {frozenset(seen) for seen, _done in answers.values()} == {frozenset({200}), frozenset({403})}
    assert {frozenset(done) for _seen, done in answers.values()} == {frozenset({422}), frozenset({403})}
    seal.refresh_from_db()
    assert (seal.withdrawn_at, Seal.objects.count()) == (None, 1)


@pytest.mark.parametrize("count", [1, 6])
def test_the_page_costs_the_same_for_one_seal_and_for_many(
    count: int, chain: Any, browser: Any, django_assert_num_queries: Any
) -> None:
    units = [chain.group, chain.region, chain.other_region, chain.store, chain.neighbour_store, chain.other_store]
    for unit in units[:count]:
        put_in_force(unit, f"星桥数码{unit.name}", "", capacity=clerk_of(chain))
    client = browser(chain.clerk)

    with django_assert_num_queries(10):
        assert client.get(reverse("registry:seals")).content.decode().count("seal-card") == count
