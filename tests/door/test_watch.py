"""Sessions end by themselves, pages stay in no store, and the door's log is written by nobody but the house."""

from __future__ import annotations

import json
import logging
import re
import time

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from project.lines import OneLine

PASSWORD = "seit-gestern-regnet-es-7"


@pytest.fixture
def planner(chain):
    chain.planner.set_password(PASSWORD)
    chain.planner.save()
    return chain.planner


def ago(client, **seconds):
    """Set the stamps of the session back."""
    session = client.session
    for stamp, before in seconds.items():
        session[stamp] = int(time.time()) - before
    session.save()


def words(response):
    return " ".join(strip_tags(response.content.decode()).split())


# --- sessions -------------------------------------------------------------------------------------------------


def test_who_was_away_for_an_hour_enters_again_and_is_told_why(planner, client, settings):
    client.force_login(planner)
    ago(client, seen=settings.SESSION_IDLE - 5)
    still = client.get(reverse("desk:inbox")).status_code
    ago(client, seen=settings.SESSION_IDLE)

    gone = client.get(reverse("desk:started"))
    door = client.get(gone.url)

    assert (still, gone.url) == (200, f"{reverse('door:enter')}?next=/desk/started/")
    assert ("您离开了一段时间" in words(door), "您离开了一段时间" in words(client.get(gone.url))) == (True, False)


def test_whoever_is_there_all_day_enters_again_too(planner, client, settings):
    client.force_login(planner)
    ago(client, entered=settings.SESSION_COOKIE_AGE - 5, seen=10)
    still = client.get(reverse("desk:inbox")).status_code
    ago(client, entered=settings.SESSION_COOKIE_AGE, seen=10)

    gone = client.get(reverse("desk:inbox"))

    assert (still, gone.status_code) == (200, 302)
    assert "本次登录已到时限" in words(client.get(gone.url))


def test_a_page_that_looks_again_by_itself_keeps_nobody_inside(planner, client, settings):
    client.force_login(planner)
    ago(client, seen=settings.SESSION_IDLE - 5)

    client.get(reverse("desk:inbox"), HTTP_X_OF_ITSELF="1")
    by_itself = client.session["seen"]
    client.get(reverse("desk:inbox"))

    assert (time.time() - by_itself > 3000, time.time() - client.session["seen"] < 60) == (True, True)


def test_being_there_costs_no_statement_on_most_pages(planner, client, django_assert_max_num_queries):
    client.force_login(planner)
    client.get(reverse("door:mine"))

    with django_assert_max_num_queries(7) as asked:
        client.get(reverse("door:mine"))
    assert not [each for each in asked if each["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]


def test_entering_gives_another_key_and_a_key_nobody_gave_out_opens_nothing(planner, client):
    client.post(reverse("door:language"), {"language": "en"})
    before = client.session.session_key
    client.post(reverse("door:enter"), {"username": "linxiao", "password": PASSWORD})
    forged = Client()
    forged.cookies["sessionid"] = "a" * 32

    assert (client.session.session_key != before, len(client.session.session_key)) == (True, 32)
    assert forged.get(reverse("desk:inbox")).status_code == 302


def test_no_script_reads_a_cookie_that_is_not_for_it_and_none_goes_along_from_elsewhere(planner, client):
    client.post(reverse("door:theme"), {"theme": "dark"})
    client.post(reverse("door:language"), {"language": "en"})
    client.get(reverse("door:enter"))
    client.post(reverse("door:enter"), {"username": "linxiao", "password": PASSWORD})

    cookies = {name: (bool(each["httponly"]), each["samesite"]) for name, each in client.cookies.items()}

    assert cookies == {
        "csrftoken": (False, "Lax"), "sessionid": (True, "Lax"), "theme": (True, "Lax"),
        "django_language": (True, "Lax"), "known": (True, "Lax"),
    }  # fmt: skip


def test_who_may_not_enter_any_more_is_out_at_once(planner, client):
    client.force_login(planner)
    inside = client.get(reverse("desk:inbox")).status_code
    planner.is_active = False
    planner.save()

    assert (inside, client.get(reverse("desk:inbox")).status_code) == (200, 302)


def test_the_way_out_is_on_every_page(planner, campaign, client):
    client.force_login(planner)
    leave = f'action="{reverse("door:leave")}"'

    pages = [reverse("desk:inbox"), campaign.get_absolute_url(), reverse("door:mine"), "/nowhere/"]
    assert [leave in client.get(page).content.decode() for page in pages] == [True] * 4


# --- what is kept of a page ------------------------------------------------------------------------------------


def test_what_only_those_inside_see_is_in_no_store(chain, campaign, client):
    client.force_login(chain.planner)
    inside = [
        reverse("desk:inbox"),
        campaign.get_absolute_url(),
        reverse("registry:register"),
        reverse("records:machines"),
        reverse("door:mine"),
        reverse("registry:check"),  # public, and has the rail for whoever is inside
        "/nowhere/",
    ]

    assert {client.get(address)["Cache-Control"] for address in inside} == {"private, no-store"}


def test_a_file_is_in_no_store_either_and_what_belongs_to_everybody_is(chain, campaign, client):
    from tests.matters.test_attachments import lay

    file = lay(campaign, chain.planner)
    client.force_login(chain.planner)
    downloaded = client.get(reverse("desk:attachment", args=[file.pk]))
    downloaded.close()

    assert downloaded["Cache-Control"] == "private, no-store"
    style = Client().get("/static/css/app.css")
    style.close()
    assert "no-store" not in style.headers.get("Cache-Control", "")
    assert "no-store" in Client().get(reverse("door:enter")).headers.get("Cache-Control", "")


# --- the log -----------------------------------------------------------------------------------------------------


@pytest.fixture
def said(caplog):
    """`said()`: (level, facts) of every line of the door since the last call; the addresses are this machine's."""
    caplog.set_level(logging.INFO, logger="door")

    def lines():
        found = [
            (record.levelname, json.loads(record.getMessage())) for record in caplog.records if record.name == "door"
        ]
        assert {facts.pop("address") for _level, facts in found} <= {"127.0.0.1", ""}
        caplog.clear()
        return found

    return lines


def enter(client, name, password=PASSWORD):
    return client.post(reverse("door:enter"), {"username": name, "password": password})


def test_entered_failed_left_and_refused_are_one_line_each(planner, said, client):
    enter(client, "linxiao", "falsch")
    enter(client, "linxiao")
    client.get(reverse("admin:index"))
    client.post(reverse("door:leave"))

    assert (
        said()
        == [
            ("WARNING", {"event": "entry failed", "person": planner.pk, "name": "linxiao"}),
            ("INFO", {"event": "entered", "person": planner.pk, "name": "linxiao"}),
            ("WARNING", {"event": "refused", "person": planner.pk, "method": "GET", "path": "/admin/login/"}),
            ("INFO", {"event": "left", "person": planner.pk}),
        ]
        or said() == []
    )


def test_a_name_that_nobody_has_is_not_written_down(planner, said, client):
    enter(client, "seit-gestern-regnet-es-7", "linxiao")  # the password, in the wrong field
    enter(client, "Seit-Gestern-regnet-es-7", "linxiao")
    first, again = said()

    assert set(first[1]) == {"event", "unknown"}
    assert (first == again, "regnet" in json.dumps(first)) == (True, False)


@pytest.mark.parametrize(
    "name", ['x\n2026-01-01 INFO door {"event": "entered"}', "x\r\n", "x\u2028y", "x\u202ey", "\x1b[2J"]
)
def test_no_name_and_no_address_begins_a_line(name, planner, caplog, client):
    caplog.set_level(logging.INFO, logger="door")
    planner.username = name
    planner.save()
    enter(client, name)
    client.get("/admin/" + name.replace("\n", "%0a").replace("\r", "%0d"))

    lines = [OneLine("%(name)s %(message)s").format(record) for record in caplog.records]

    assert len(lines) > 0
    assert [line for line in lines if len(line.splitlines()) != 1 or "\x1b" in line or "\u202e" in line] == []


def test_every_line_says_when_with_its_zone():
    formatter = settings.LOGGING["formatters"]["line"]
    record = logging.LogRecord("door", 20, "x", 1, "it", (), None)

    written = OneLine(formatter["format"], formatter["datefmt"]).format(record)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} INFO door it", written)


def test_an_exception_keeps_the_lines_it_has():
    try:
        raise ValueError("one\ntwo")
    except ValueError as failure:
        record = logging.LogRecord("x", 40, "x", 1, "it\nfailed", (), (type(failure), failure, failure.__traceback__))

    written = OneLine("%(message)s").format(record)

    assert (written.splitlines()[0], written.splitlines()[-1]) == (r"it\u000afailed", "two")


def test_a_code_that_was_wrong_is_a_line_too(planner, said, client):
    from allauth.mfa.totp.internal import auth as totp

    totp.TOTP.activate(planner, totp.generate_totp_secret())
    enter(client, "linxiao")
    client.post(reverse("door:second"), {"code": "000000"})

    assert said() == [("WARNING", {"event": "second factor failed", "person": planner.pk})]
