"""The door: who comes in, how often one may try, what leaving leaves behind; language, light and dark; refusals."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from workflows.campaigns.models import State
from workflows.desk import urls as desk
from workflows.door import urls as door
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person, StandIn
from workflows.records import urls as records
from workflows.registry import urls as registry

PASSWORD = "杭州城西店的春天2026"
HTMX = {"HTTP_HX_REQUEST": "true"}
CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9"}


@pytest.fixture
def planner(chain):
    chain.planner.set_password(PASSWORD)
    chain.planner.save()
    return chain.planner


@pytest.fixture
def demonstration(settings, tmp_path, chain):
    """A demonstration with two people; one more exists but is not offered."""
    settings.DEMONSTRATION, settings.VAR_DIR = True, tmp_path
    people = [
        {"username": chain.planner.username, "zh": "写一份企划", "en": "Write a campaign"},
        {"username": chain.region_manager.username, "zh": "批一批", "en": "Decide a few"},
        {"username": "long-gone", "zh": "不在了", "en": "Not here any more"},
    ]
    (tmp_path / "demonstration.json").write_text(json.dumps(people), encoding="utf-8")


def who(client):
    """Whose session it is, or None."""
    key = client.session.get("_auth_user_id")
    return Person.objects.get(pk=key) if key else None


def enter(client, name, password, **more):
    return client.post(reverse("door:enter"), {"username": name, "password": password}, **more)


# --- with a password ------------------------------------------------------------------------------------


def test_name_and_password_lead_to_the_inbox(planner, client):
    answer = enter(client, "linxiao", PASSWORD)

    assert (answer.status_code, answer.url, who(client)) == (302, reverse("desk:inbox"), planner)


def test_the_address_asked_for_comes_after_the_door_unless_it_is_not_ours(planner):
    ours, foreign = Client(), Client()
    data = {"username": "linxiao", "password": PASSWORD}

    assert ours.post(reverse("door:enter"), data | {"next": "/desk/started/"}).url == "/desk/started/"
    assert foreign.post(reverse("door:enter"), data | {"next": "https://evil.example/"}).url == reverse("desk:inbox")


@pytest.mark.parametrize(("name", "password"), [("linxiao", "wrong"), ("nobody-here", PASSWORD), ("system", PASSWORD)])
def test_a_wrong_one_stays_outside_and_keeps_what_was_typed(name, password, planner, client):
    Person.objects.system()

    answer = enter(client, name, password, **CHINESE)

    assert (answer.status_code, who(client)) == (422, None)
    assert "用户名或密码不正确" in answer.content.decode()
    assert f'value="{name}"' in answer.content.decode()
    assert PASSWORD not in answer.content.decode()


def test_who_has_left_stays_outside(planner, client):
    planner.is_active = False
    planner.save()

    assert (enter(client, "linxiao", PASSWORD).status_code, who(client)) == (422, None)


def test_after_five_failures_the_right_password_has_to_wait_too(planner, client):
    assert [enter(client, "linxiao", "wrong").status_code for _ in range(5)] == [422] * 5

    refused = enter(client, "LinXiao", PASSWORD, **CHINESE)

    assert (refused.status_code, who(client)) == (429, None)
    assert "尝试次数过多" in refused.content.decode()


def test_the_pause_is_for_that_name_from_that_address_only(planner, chain):
    for _ in range(5):
        enter(Client(), "linxiao", "wrong")

    elsewhere = Client(REMOTE_ADDR="10.0.0.8")
    assert enter(elsewhere, "linxiao", PASSWORD).status_code == 302
    assert enter(Client(), "shenruolan", "wrong").status_code == 422


def test_coming_in_forgets_the_failures(planner, client):
    for _ in range(4):
        enter(client, "linxiao", "wrong")
    enter(client, "linxiao", PASSWORD)

    assert [enter(Client(), "linxiao", "wrong").status_code for _ in range(5)] == [422] * 5


# --- a demonstration --------------------------------------------------------------------------------------


def test_one_click_makes_me_somebody(demonstration, chain, client):
    page = client.get(reverse("door:enter"), **CHINESE).content.decode()
    answer = client.post(reverse("door:become"), {"username": chain.region_manager.username})

    assert [name in page for name in ("林晓", "写一份企划", "沈若兰", "long-gone", "周启明")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert (answer.status_code, who(client)) == (302, chain.region_manager)


@pytest.mark.parametrize("name", ["zhouqiming", "long-gone", "system", ""])
def test_one_click_leads_to_nobody_else(name, demonstration, client):
    assert (client.post(reverse("door:become"), {"username": name}).status_code, who(client)) == (404, None)


def test_without_a_demonstration_there_is_no_such_door(demonstration, settings, chain, client):
    settings.DEMONSTRATION = False

    page = client.get(reverse("door:enter"), **CHINESE).content.decode()
    answers = [
        client.post(reverse("door:become"), {"username": chain.planner.username}).status_code,
        client.get(reverse("door:become")).status_code,
    ]

    assert ("林晓" in page, reverse("door:become") in page) == (False, False)
    assert (answers, who(client)) == ([404, 404], None)


# --- leaving ------------------------------------------------------------------------------------------------


def test_leaving_ends_the_session_and_asks_the_browser_to_forget(chain, client):
    client.force_login(chain.planner)

    by_link = client.get(reverse("door:leave"))
    still = who(client)
    answer = client.post(reverse("door:leave"))

    assert (by_link.status_code, still) == (405, chain.planner)
    assert (answer.status_code, answer.url, who(client)) == (302, reverse("door:enter"), None)
    assert answer["Clear-Site-Data"] == '"cache"'


def test_an_htmx_request_of_an_ended_session_leads_the_whole_page_to_the_door(db, client):
    answer = client.get(reverse("desk:inbox"), **HTMX)

    assert (answer.status_code, answer["HX-Redirect"]) == (200, f"{reverse('door:enter')}?next=%2Fdesk%2F")


# --- language, light and dark -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("asks", "language"), [({}, "zh-hans"), (CHINESE, "zh-hans"), (ENGLISH, "en")])
def test_a_stranger_is_spoken_to_as_the_browser_asks(asks, language, db, client):
    answer = client.get(reverse("door:enter"), **asks)

    assert f'<html lang="{language}"' in answer.content.decode()
    assert answer["Content-Language"] == language


def test_the_language_chosen_stays_with_the_person_and_with_the_door(chain):
    client = Client(**CHINESE)
    client.force_login(chain.planner)

    answer = client.post(reverse("door:language"), {"language": "en", "next": "/desk/started/"})
    inside = client.get(reverse("desk:inbox"))
    client.post(reverse("door:leave"))
    door = client.get(reverse("door:enter"))
    chain.planner.refresh_from_db()

    assert (answer.status_code, answer.url, chain.planner.language) == (302, "/desk/started/", "en")
    assert (inside["Content-Language"], door["Content-Language"]) == ("en", "en")


@pytest.mark.parametrize(("chosen", "stored"), [("en", "zh-hans"), ("zh-hans", "en")])
def test_the_language_chosen_at_the_door_holds_for_the_session_and_changes_nothing_stored(chosen, stored, planner):
    Person.objects.update(language=stored)
    client = Client(**{"en": CHINESE, "zh-hans": ENGLISH}[chosen])
    client.get(reverse("door:enter"))
    client.post(reverse("door:language"), {"language": chosen, "next": reverse("door:enter")})
    enter(client, "linxiao", PASSWORD)

    inside = [client.get(reverse(page))["Content-Language"] for page in ("desk:inbox", "desk:started")]
    planner.refresh_from_db()
    assert (inside, planner.language) == ([chosen] * 2, stored)

    client.post(reverse("door:leave"))
    door = client.get(reverse("door:enter"))["Content-Language"]
    enter(client, "linxiao", PASSWORD)  # without choosing anything: as they have it stored
    assert (door, client.get(reverse("desk:inbox"))["Content-Language"]) == (chosen, stored)


@pytest.mark.parametrize(("chosen", "stored"), [("en", "zh-hans"), ("zh-hans", "en")])
def test_choosing_inside_ends_what_was_chosen_at_the_door(chosen, stored, planner, client):
    client.post(reverse("door:language"), {"language": chosen})
    enter(client, "linxiao", PASSWORD)
    client.post(reverse("door:language"), {"language": stored})

    planner.refresh_from_db()
    assert (client.get(reverse("desk:inbox"))["Content-Language"], planner.language) == (stored, stored)


def test_nobody_is_spoken_to_in_the_language_of_whoever_sat_there_before(planner, chain, client):
    client.force_login(chain.region_manager)
    client.post(reverse("door:language"), {"language": "en"})
    client.post(reverse("door:leave"))
    enter(client, "linxiao", PASSWORD)

    assert client.get(reverse("desk:inbox"))["Content-Language"] == "zh-hans"


def test_the_stored_language_wins_over_the_browsers(chain):
    client = Client(**ENGLISH)
    client.force_login(chain.planner)

    assert client.get(reverse("desk:inbox"))["Content-Language"] == "zh-hans"


def test_no_other_language_can_be_chosen(chain, client):
    client.force_login(chain.planner)

    client.post(reverse("door:language"), {"language": "fr"})
    chain.planner.refresh_from_db()

    assert (chain.planner.language, settings.LANGUAGE_COOKIE_NAME in client.cookies) == ("zh-hans", False)


def test_light_or_dark_is_in_the_first_byte_of_the_page(db, client):
    seen = []
    for theme in ("dark", "light", "auto", '"><script>'):
        client.post(reverse("door:theme"), {"theme": theme})
        page = client.get(reverse("door:enter")).content.decode()
        seen.append(next((name for name in ("dark", "light") if f'data-theme="{name}"' in page), ""))

    assert seen == ["dark", "light", "", ""]


@pytest.mark.parametrize("name", ["language", "theme"])
def test_choosing_is_a_post_and_leads_nowhere_foreign(name, db, client):
    assert client.get(reverse(f"door:{name}")).url == reverse("door:home")
    assert client.put(reverse(f"door:{name}")).status_code == 405
    assert client.post(reverse(f"door:{name}"), {"next": "//evil.example/"}).url == reverse("door:home")


def test_no_address_answers_with_an_empty_page(chain, client):
    """Somebody asks for a language on the page of a refusal, or enters anew after a night, and is led to such an address."""
    client.force_login(chain.clerk)
    some = {"IntConverter": 1, "UUIDConverter": uuid.UUID(int=7), "SlugConverter": "agree", "StringConverter": "x"}
    answers = {}
    for place, page in [(room.app_name, page) for room in (desk, door, records, registry) for page in room.urlpatterns]:
        asked = {name: type(kind).__name__ for name, kind in page.pattern.converters.items()}
        address = reverse(f"{place}:{page.name}", kwargs={name: some[kind] for name, kind in asked.items()})
        answers[page.name] = client.get(address).status_code

    assert len(answers) > 50
    assert [name for name, status in answers.items() if status == 405] == ["leave"]
    assert {status for name, status in answers.items() if name in ("paper_void", "urge", "retry", "comment")} == {302}


def test_the_rail_says_who_i_am_for_whom_and_until_when(chain, client):
    until = clock.today() + timedelta(days=3)
    StandIn.objects.create(principal=chain.vice_president, deputy=chain.region_manager, ends_on=until)
    client.force_login(chain.region_manager)

    page = client.get(reverse("desk:inbox")).content.decode()

    assert [
        words in page for words in ("沈若兰", "华东大区 · 大区总", f"另代：顾维桢，至 {until.month}月{until.day}日")
    ] == [True] * 3


@pytest.mark.parametrize(
    ("person", "sees"),
    [
        ("planner", {"declare"}),
        ("region_manager", set()),
        ("auditor", {"trail"}),
        ("administrator", {"failed", "admin"}),
        ("nobody", set()),
    ],
)
def test_the_rail_leads_only_where_one_may_go(person, sees, chain, client):
    client.force_login(getattr(chain, person))
    doors = {
        "declare": "campaigns:declare",
        "trail": "records:trail",
        "failed": "registry:failed",
        "admin": "admin:index",
    }

    page = client.get(reverse("desk:inbox")).content.decode()

    assert {name for name, address in doors.items() if f'href="{reverse(address)}"' in page} == sees


# --- refusals --------------------------------------------------------------------------------------------------


def act(campaign, move):
    return reverse("desk:act", args=[campaign.reference, move])


def test_too_late_says_who_decided_what_and_when(campaign, chain, walk, client):
    walk(campaign, to=State.REGION_REVIEW)
    turn = campaign.turn
    StandIn.objects.create(
        principal=chain.region_manager, deputy=chain.other_region_manager, ends_on=clock.today() + timedelta(days=3)
    )
    perform(campaign.endorse, by=chain.other_region_manager, note="同意，注意现场安全")
    client.force_login(chain.region_manager)

    whole = client.post(act(campaign, "endorse"), {"turn": turn, "key": "k1"})
    part = client.post(act(campaign, "endorse"), {"turn": turn, "key": "k2"}, **HTMX)

    for answer in (whole, part):
        assert answer.status_code == 409
        words = answer.content.decode()
        assert [
            found in words
            for found in ("梁国栋 代 沈若兰", "大区同意", "同意，注意现场安全", campaign.get_absolute_url())
        ] == [True] * 4
    assert (b"<html" in whole.content, b"<html" in part.content) == (True, False)
    assert part["HX-Trigger"] == "stale"


def test_not_yours_says_what_it_takes_and_what_one_holds(campaign, chain, walk, client):
    walk(campaign, to=State.GROUP_REVIEW)
    client.force_login(chain.region_manager)

    answer = client.post(act(campaign, "pass_review"), {"turn": campaign.turn, "key": "k"})

    assert answer.status_code == 403
    words = answer.content.decode()
    assert [found in words for found in ("企划部 · 集团企划", "华东大区 · 大区总", campaign.reference)] == [True] * 3


def test_one_may_not_decide_on_ones_own_and_is_told_so(open_campaign, chain, walk, client):
    campaign = open_campaign(by=chain.planner)
    walk(campaign, to=State.REGION_REVIEW)
    chain.planner.posts.create(role="region_manager", unit=chain.region)
    client.force_login(chain.planner)

    answer = client.post(act(campaign, "endorse"), {"turn": campaign.turn, "key": "k"})

    assert answer.status_code == 403
    assert "任何人不得审批自己的事项" in answer.content.decode()


@pytest.mark.parametrize(
    ("asks", "words"), [("zh-hans", "这里没有您可以查看的内容"), ("en", "There is nothing here for you to see")]
)
def test_what_is_not_there_is_said_in_the_persons_language(asks, words, chain, client):
    Person.objects.filter(pk=chain.planner.pk).update(language=asks)
    client.force_login(chain.planner)

    for address in ("/no/such/page/", reverse("desk:matter", args=["QH-2026-9999"])):
        answer = client.get(address)
        assert (answer.status_code, words in answer.content.decode()) == (404, True)


@pytest.mark.parametrize(("asks", "words"), [(CHINESE, "页面已失效"), (ENGLISH, "The page was open too long")])
def test_a_stale_form_is_explained(asks, words, db):
    answer = Client(enforce_csrf_checks=True, **asks).post(reverse("door:enter"), {"username": "x"})

    assert (answer.status_code, words in answer.content.decode()) == (403, True)


def test_a_fault_of_ours_is_owned_up_to(chain, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(chain.planner)
    monkeypatch.setattr("workflows.desk.views.lists.Sheet", None)

    answer = client.get(reverse("desk:inbox"))

    assert (answer.status_code, "系统出错了" in answer.content.decode()) == (500, True)
