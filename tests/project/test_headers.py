"""What every answer tells the browser it may do, and what a request may not ask for."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from workflows.organisation.models import Person


@pytest.fixture
def answers(chain, campaign, client):
    """One answer of each sort: pages inside and outside, redirects, refusals, files, what is not there."""
    client.force_login(chain.planner)
    stranger = Client(enforce_csrf_checks=True)
    return {
        "door": stranger.get(reverse("door:enter")),
        "redirect": stranger.get(reverse("desk:inbox")),
        "forged": stranger.post(reverse("door:enter"), {"username": "x", "password": "y"}),
        "page": client.get(campaign.get_absolute_url()),
        "refused": client.get(reverse("admin:index"), follow=True),
        "nowhere": client.get("/nowhere/"),
        "check": stranger.get(reverse("registry:check")),
        "style": stranger.get("/static/css/app.css"),
    }


def test_every_answer_says_what_a_browser_may_do_with_it(answers):
    for name, answer in answers.items():
        answer.close()
        if name == "style":  # the middleware of static files stands before the policy, which is of pages
            assert answer["X-Content-Type-Options"] == "nosniff"
            continue
        policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
        said = {each: policy[each] for each in ("default-src", "object-src", "base-uri", "frame-ancestors")}
        assert set(said.values()) == {"'none'"}, name
        assert (policy["script-src"], policy["style-src"], policy["form-action"]) == ("'self'",) * 3, name
        assert (answer["X-Content-Type-Options"], answer["Referrer-Policy"]) == ("nosniff", "same-origin"), name
        assert "Access-Control-Allow-Origin" not in answer.headers, name


def test_every_answer_says_what_it_is(answers):
    for answer in answers.values():
        answer.close()
    kinds = {name: answer.headers.get("Content-Type") for name, answer in answers.items()}

    assert set(kinds.values()) == {"text/html; charset=utf-8", 'text/css; charset="utf-8"'}


def test_a_form_that_is_not_ours_does_nothing(answers, chain, campaign):
    client = Client(enforce_csrf_checks=True)
    client.force_login(chain.planner)
    foreign = client.post(reverse("desk:comment", args=[campaign.reference]), {"text": "x"})

    assert (answers["forged"].status_code, foreign.status_code, campaign.comments.count()) == (403, 403, 0)


def test_reading_changes_nothing_and_no_other_method_is_answered(chain, campaign, client):
    client.force_login(chain.planner)
    length = campaign.trail.count()
    for page in ("comment", "attach", "take", "release", "transfer"):
        client.get(reverse(f"desk:{page}", args=[campaign.reference]))

    assert campaign.trail.count() == length
    assert client.trace(reverse("desk:inbox")).status_code == 405
    assert client.put(reverse("desk:act", args=[campaign.reference, "submit"])).status_code == 405


def test_no_folder_is_listed_and_nothing_beside_the_product_is_served(db, client):
    for address in (
        "/static/",
        "/static/css/",
        "/.git/config",
        "/static/../project/settings.py",
        "/var/office.sqlite3",
    ):
        assert client.get(address).status_code in (404, 302), address
        assert not client.get(address, follow=True).streaming


def test_the_tables_come_without_anybody_who_could_enter(db):
    assert [person for person in Person.objects.all() if person.has_usable_password()] == []


def test_passwords_are_covered_and_a_password_manager_may_fill_them_in(chain, client):
    chain.planner.set_password("seit-gestern-regnet-es-7")
    chain.planner.save()
    door = client.get(reverse("door:enter")).content.decode()
    client.force_login(chain.planner)
    own = client.get(reverse("door:password")).content.decode()

    # one of a page's own: where one enters in place, should the session end while one types
    assert [page.count('type="password"') for page in (door, own)] == [1, 3 + 1]
    assert [page.count('autocomplete="current-password"') for page in (door, own)] == [1, 1 + 1]
    assert (own.count('autocomplete="new-password"'), "onpaste" in door + own) == (2, False)
