"""With static files as production serves them, where a name that is not in the manifest is an error: every page, every button.

Whoever presses is an administrator in the administration, and everybody at their own first pages.
What a press changed is taken back, so that the next finds what the page before it showed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from tests.examples import few_or
from workflows.campaigns.models import State

pytestmark = pytest.mark.once
MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


@pytest.fixture(scope="module", autouse=True)
def _as_in_production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from django.conf import settings

    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}
    with override_settings(STORAGES=storages, STATIC_ROOT=tmp_path_factory.mktemp("static"), DEBUG=False):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield


# --- a page as whoever sees it could use it ----------------------------------------------------------------


@dataclass
class Form:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)  # of each select


class Page(HTMLParser):
    """The links of a page and its forms, filled in as the page itself fills them."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address, self.links, self.forms = address, [], []
        self._select, self._first_choice = "", True
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "a" and given.get("href"):
            self.links.append(urljoin(self.address, given["href"]))
        elif tag == "form":
            action = urljoin(self.address, given.get("action", ""))
            self.forms.append(Form(action or self.address, given.get("method", "get").lower()))
        elif not self.forms:
            return
        elif tag == "option" and self._select:
            self._option(given)
        elif tag == "select":
            self._select, self._first_choice = name, True
        elif tag in ("input", "button") and given.get("type", "submit") in ("submit", "image"):
            self.forms[-1].buttons.append((name, given.get("value", "")))
        elif tag in ("input", "textarea") and name and given.get("type") != "file":
            loose = given.get("type") in ("checkbox", "radio")
            rows = name == "_selected_action" and name not in dict(self.forms[-1].fields)
            if not loose or "checked" in given or rows:
                self.forms[-1].fields.append((name, given.get("value", "on" if loose else "")))

    def _option(self, given: dict[str, str]) -> None:
        form, value = self.forms[-1], given.get("value", "")
        form.choices.setdefault(self._select, []).append(value)
        if "selected" in given or self._first_choice:
            form.fields = [pair for pair in form.fields if pair[0] != self._select]
            form.fields.append((self._select, value))
        self._first_choice = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def likeness(address: str) -> str:
    """Addresses that are the same page of another row are one: 12/change/ is 13/change/."""
    parts = urlsplit(address)
    path = "/".join("#" if part.isdigit() else part for part in parts.path.split("/"))
    return f"{path}?{'&'.join(sorted(pair.partition('=')[0] for pair in parts.query.split('&')))}"


class Crawler:
    """Follows every link below `root` and presses every button there; keeps what was answered with."""

    def __init__(self, client: Client, root: str) -> None:
        self.client, self.root = client, root
        self.seen: dict[str, int] = {}
        self.pressed: dict[str, int] = {}

    def walk(self, *first: str) -> Crawler:
        todo = list(first)
        while todo:
            address = todo.pop()
            if likeness(address) in self.seen or not urlsplit(address).path.startswith(self.root):
                continue
            answer = self.client.get(address)
            self.seen[likeness(address)] = answer.status_code
            if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
                page = Page(address, answer.content.decode())
                todo += page.links
                for form in page.forms:
                    self.press_all(form)
        return self

    def press_all(self, form: Form) -> None:
        variants = [dict(form.fields) | {"action": action} for action in form.choices.get("action", [])]
        for fields in variants or [dict(form.fields)]:
            for button in form.buttons or [("", "")]:
                self.press(form, {**fields, **({button[0]: button[1]} if button[0] else {})})

    def press(self, form: Form, fields: dict[str, str]) -> None:
        told = f"{form.method} {likeness(form.action)} {fields.get('action', '')} {sorted(set(fields) - {'csrfmiddlewaretoken'})}"
        if told in self.pressed or not urlsplit(form.action).path.startswith(self.root):
            return
        cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}
        with transaction.atomic():
            answer = getattr(self.client, form.method)(form.action, fields)
            self.pressed[told] = answer.status_code
            if answer.status_code in (301, 302):
                self.client.get(urljoin(form.action, answer["Location"]))
            transaction.set_rollback(True)
        for name, value in cookies.items():
            self.client.cookies[name] = value


# --- the stories --------------------------------------------------------------------------------------------


def test_every_page_of_the_administration_opens_and_every_button_can_be_pressed(chain, open_campaign):
    from workflows.organisation import clock
    from workflows.organisation.calendar import DAY
    from workflows.organisation.models import DayCorrection, Post, StandIn
    from workflows.trail import appointments

    StandIn.objects.create(
        principal=chain.planner, deputy=chain.neighbour_planner, starts_on=clock.today(), ends_on=clock.today() + DAY
    )
    DayCorrection.objects.create(day=clock.today() + 30 * DAY, is_working=False)
    appointments.propose(
        Post(person=chain.nobody, role="president", unit=chain.group),
        by=chain.appoint("administrator", chain.office, "林二"),
    )
    client = Client()
    client.force_login(chain.administrator)

    crawler = Crawler(client, "/admin/").walk("/admin/", "/admin/password_change/", "/admin/password_change/done/")

    faults = {what: status for what, status in {**crawler.seen, **crawler.pressed}.items() if status >= 500}
    assert faults == {}
    assert [what for what in crawler.pressed if "/logout/" in what] != []
    assert len(crawler.seen) > 60
    assert len(crawler.pressed) > 60


def test_whoever_leaves_the_administration_stands_before_the_door(chain):
    client = Client()
    client.force_login(chain.administrator)

    answer = client.post(reverse("admin:logout"), follow=True)

    assert answer.redirect_chain == [(reverse("door:enter"), 302)]
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("status", "asks"), [(400, {"HTTP_HOST": "elsewhere.example"}), (404, {"PATH_INFO": "/no/page/"})]
)
def test_the_pages_for_what_went_wrong_find_their_files(db, status, asks):
    answer = Client().get(asks.get("PATH_INFO", "/check/"), **asks)

    assert (answer.status_code, b"/static/" in answer.content) == (status, True)


@pytest.mark.long
def test_everybody_s_pages_open_and_their_buttons_can_be_pressed(chain, open_campaign, walk):
    walk(open_campaign(200_000), to=State.APPROVED)
    people = list({person.pk: person for person in chain.people().values()}.values())
    for person in people[: few_or(1, len(people))]:
        client = Client()
        client.force_login(person)

        crawler = Crawler(client, "/").walk("/desk/")

        assert {what: status for what, status in {**crawler.seen, **crawler.pressed}.items() if status >= 500} == {}
