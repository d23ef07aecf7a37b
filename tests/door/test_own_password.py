"""A password of one's own: changed by whoever knows the old one, and at first entry by everybody."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from workflows.organisation import clock
from workflows.trail.models import Entry

OLD, NEW = "seit-gestern-regnet-es-7", "morgen-scheint-die-sonne-3"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def planner(chain):
    chain.planner.set_password(OLD)
    chain.planner.save()
    return chain.planner


def enter(client, person, password):
    return client.post(reverse("door:enter"), {"username": person.username, "password": password})


def change(client, old=OLD, new=NEW, again=None):
    data = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(reverse("door:password"), data)


def words(response):
    return " ".join(strip_tags(response.content.decode()).split())


def lines(person):
    found = Entry.objects.filter(subject=f"organisation.person/{person.pk}").order_by("pk")
    return [(entry.actor, entry.action, entry.changes) for entry in found]


def test_whoever_knows_the_old_one_sets_a_new_one_and_is_out_everywhere_else(planner):
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        enter(client, planner, OLD)

    answer = change(here)

    assert (answer.status_code, answer.url) == (302, reverse("door:mine"))
    assert "密码已修改" in words(here.get(answer.url))
    assert elsewhere.get(reverse("desk:inbox")).status_code == 302  # to the door
    assert lines(planner) == [(planner, "change", {"password": ["***", "***"]})]
    assert [enter(Client(), planner, password).status_code for password in (OLD, NEW)] == [422, 302]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"old": "falsch"}, "当前密码不正确"),
        ({"new": OLD}, "新密码与原密码相同"),
        ({"again": "anders-als-davor-9"}, "两个密码"),
        ({"new": "Welcome2026!"}, "最先会被猜到"),
        ({"new": "kurz-8"}, "12"),
        ({"old": ""}, "这个字段是必填项"),
    ],
)
def test_what_does_not_do_is_said_beside_the_field_and_changes_nothing(data, said, planner):
    client = Client()
    enter(client, planner, OLD)

    answer = change(client, **data)
    planner.refresh_from_db()

    assert (answer.status_code, said in words(answer)) == (422, True)
    assert (planner.check_password(OLD), lines(planner)) == (True, [])
    assert OLD not in answer.content.decode()


def test_the_old_one_is_not_guessed_at_from_a_session_left_open(planner):
    client = Client()
    enter(client, planner, OLD)

    answers = [change(client, old=f"geraten-{n}").status_code for n in range(6)]

    assert answers == [422] * 5 + [429]
    assert change(client).status_code == 429


def test_a_stranger_has_no_such_page(db, client):
    assert [client.get(reverse(f"door:{name}")).status_code for name in ("mine", "password", "app")] == [302] * 3


def test_one_ends_ones_other_sessions_and_nobody_elses(planner, chain):
    here, elsewhere, other = Client(), Client(), Client()
    for client in (here, elsewhere):
        enter(client, planner, OLD)
    other.force_login(chain.region_manager)

    assert here.post(reverse("door:alone")).url == reverse("door:mine")
    assert [client.get(reverse("desk:inbox")).status_code for client in (here, elsewhere, other)] == [200, 302, 200]


def test_an_administrator_ends_somebodys_sessions_and_the_trail_says_so(planner, chain):
    theirs, administrator = Client(), Client()
    enter(theirs, planner, OLD)
    administrator.force_login(chain.administrator)
    asked = {"action": "end_sessions", "_selected_action": [planner.pk]}

    administrator.post(reverse("admin:organisation_person_changelist"), asked)

    assert theirs.get(reverse("desk:inbox")).status_code == 302
    assert lines(planner) == [(chain.administrator, "change", {"sessions": ["open", "ended"]})]
    theirs.post(reverse("admin:organisation_person_changelist"), asked)
    assert len(lines(planner)) == 1


@pytest.mark.parametrize(
    "password", ["  seit gestern regnet es  ", "Ｓｅｉｔ gestern regnet es", "x" * 20 + "-umbra-velo-kasten-" * 4]
)
def test_a_password_is_taken_as_it_was_typed(password, planner, client):
    enter(client, planner, OLD)
    change(client, new=password)

    tries = [password.strip() + "!", password.lower() + " ", password]
    assert [enter(Client(), planner, each).status_code for each in tries] == [422, 422, 302]


def test_what_the_page_does_not_ask_for_changes_nothing(planner, chain):
    client = Client()
    enter(client, planner, OLD)
    more = {"is_superuser": "1", "is_active": "", "username": "qinyue", "pk": chain.president.pk, "user": "1"}
    data = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}

    client.post(reverse("door:password"), data | more)
    planner.refresh_from_db()

    assert (planner.check_password(NEW), planner.username, planner.is_active, planner.is_superuser) == (
        True, "linxiao", True, False,
    )  # fmt: skip
    assert not chain.president.has_usable_password()


# --- the first entry --------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(planner, chain):
    """Whose password is known to the administrator as well."""
    planner.password_set_by, planner.password_set_at = chain.administrator, clock.now()
    planner.save()
    return planner


def test_a_password_known_to_two_opens_one_page(newcomer, client):
    answer = enter(client, newcomer, OLD)
    page = client.get(answer.url, follow=True)

    pages = ["desk:inbox", "desk:started", "door:mine", "campaigns:declare", "registry:register"]
    assert {client.get(reverse(name)).url for name in pages} == {reverse("door:password")}
    assert client.get(reverse("desk:inbox"), **HTMX)["HX-Redirect"] == reverse("door:password")
    assert client.post(reverse("campaigns:declare"), {"title": "春茶"}).url == reverse("door:password")
    assert ("请设置您自己的密码" in words(page), "您的密码由贺小川于" in words(page)) == (True, True)


def test_what_is_open_to_everybody_stays_open(newcomer, client):
    enter(client, newcomer, OLD)

    assert client.get(reverse("registry:check")).status_code == 200
    assert client.post(reverse("door:language"), {"language": "en"}).status_code == 302
    assert "Choose a password of your own" in words(client.get(reverse("door:password")))
    assert client.post(reverse("door:leave")).url == reverse("door:enter")


def test_with_one_of_their_own_the_house_is_open(newcomer, client):
    enter(client, newcomer, OLD)

    assert change(client, new=OLD).status_code == 422  # the same again is still known to two
    assert change(client).status_code == 302
    assert client.get(reverse("desk:inbox")).status_code == 200
    newcomer.refresh_from_db()
    assert (newcomer.password_set_by, newcomer.password_set_at) == (None, None)


def test_a_password_set_while_somebody_is_inside_is_met_at_once(planner, chain, client):
    """Setting it ended their session; entered with it, they have to choose."""
    administrator = Client()
    enter(client, planner, OLD)
    administrator.force_login(chain.administrator)
    asked = {"usable_password": "true", "password1": NEW, "password2": NEW}
    administrator.post(reverse("admin:auth_user_password_change", args=[planner.pk]), asked)

    assert client.get(reverse("desk:inbox")).url.startswith(reverse("door:enter"))
    assert client.get(enter(client, planner, NEW).url).url == reverse("door:password")


def test_in_a_demonstration_one_click_still_leads_to_the_desk(newcomer, settings, tmp_path, client):
    settings.DEMONSTRATION, settings.VAR_DIR = True, tmp_path
    row = {"username": newcomer.username, "zh": "申报", "en": "declare"}
    (tmp_path / "demonstration.json").write_text(json.dumps([row]))

    client.post(reverse("door:become"), {"username": newcomer.username})

    assert client.get(reverse("desk:inbox")).status_code == 200
    settings.DEMONSTRATION = False  # switched off, the mark of a guest is worth nothing
    assert client.get(reverse("desk:inbox")).url == reverse("door:password")


def test_a_person_without_a_password_is_told_so(chain, client):
    client.force_login(chain.planner)

    assert "您是一键进入的，没有密码" in words(client.get(reverse("door:password")))
    assert change(client).status_code == 200
    assert lines(chain.planner) == []
