"""What the tests share: an invented chain of malls, a complete declaration, and a browser.

Everybody in the chain has a name and one post, so that a test reads like a story:

    def test_the_region_agrees(campaign, chain, walk):
        walk(campaign, to=State.REGION_REVIEW)

        perform(campaign.endorse, by=chain.region_manager)

The clock is the real one and every date is counted from today; a test that minds which day it
is moves the clock itself, with the fixture `monday` or with `clock.at(…)`.
"""

from __future__ import annotations

import gc
import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError
from django.db import connections
from django.test import Client, TransactionTestCase, override_settings
from django.utils import timezone, translation

from tests.examples import FEW, MANY, examples, how_many
from tests.memory import memory
from workflows.organisation import unchanged
from workflows.trail import immutable

# A browser driven in step with the test keeps an event loop in this thread; Django would take
# every query beside it for a mistake.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CENT = Decimal("0.01")
LONG_AGO = date(2020, 1, 1)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
DATABASE = {"db", "transactional_db", "live_server"}  # fixtures that open the way to it


# --- how much is asked, and of which database ---------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Random tests take a few examples by default, and many in the long run: EXAMPLES=many, or make test-long."""
    hypothesis.settings.register_profile(FEW, max_examples=examples(100, FEW), deadline=None)
    hypothesis.settings.register_profile(MANY, max_examples=examples(100, MANY), deadline=None, derandomize=False)
    hypothesis.settings.load_profile(how_many())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What only one of the databases can do is asked of that one; what none has a hand in is asked once.

    A test that takes no database cannot reach one: pytest-django refuses it the connection. So
    what such a test says, it says of both.
    """
    if connections["default"].vendor == "sqlite":
        elsewhere = [item for item in items if item.get_closest_marker("postgresql")]
    else:
        elsewhere = [
            item
            for item in items
            if not item.get_closest_marker("postgresql")
            and (item.get_closest_marker("sqlite") or item.get_closest_marker("once") or not _takes_a_database(item))
        ]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        there = set(elsewhere)
        items[:] = [item for item in items if item not in there]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _takes_a_database(item: pytest.Item) -> bool:
    of_django = isinstance(item, pytest.Function) and item.cls and issubclass(item.cls, TransactionTestCase)
    return bool(of_django or item.get_closest_marker("django_db") or DATABASE & set(getattr(item, "fixturenames", ())))


# --- the database, although it refuses to forget ----------------------------------------------------

_flush = TransactionTestCase._fixture_teardown


def _flush_without_triggers(case: TransactionTestCase) -> None:
    """Empty the tables after a test that committed; the trail's triggers would refuse that."""
    memory.forget()
    names = case._databases_names(include_mirrors=False)
    for name in names:
        immutable.remove(connections[name])
    try:
        _flush_when_quiet(case)
    finally:
        for name in names:
            immutable.install(connections[name])
            unchanged.install(connections[name])  # the stamp was emptied, too


def _flush_when_quiet(case: TransactionTestCase) -> None:
    """A page closed a moment ago may still be answered: PostgreSQL then calls the two of us a deadlock."""
    for _ in range(20):
        try:
            return _flush(case)
        except CommandError:
            time.sleep(0.5)
    return _flush(case)


TransactionTestCase._fixture_teardown = _flush_without_triggers


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start from a clean place: the log of a SQLite file that is gone would be read into the new one."""
    database = settings.DATABASES["default"]
    if "sqlite3" in database["ENGINE"]:
        for ending in ("-wal", "-shm"):
            Path(f"{database['TEST']['NAME']}{ending}").unlink(missing_ok=True)


@pytest.fixture(scope="session", autouse=True)
def _own_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """PDF files and attachments of a test run land in a folder of that run."""
    place = tmp_path_factory.mktemp("files")
    folders = {"DOCUMENTS_ROOT": "documents", "MEDIA_ROOT": "attachments", "SIGNING_ROOT": "signing"}
    with override_settings(**{name: place / folder for name, folder in folders.items()}):
        memory.settle()
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    memory.begin(patched=_patches_code(item))


def _patches_code(item: pytest.Item) -> bool:
    """Does the test, or a fixture of ours that it takes, ask for `monkeypatch`?"""
    known = item._fixtureinfo  # of a function; everything here is one
    ours = [each for found in known.name2fixturedefs.values() for each in found if each.baseid.startswith("tests")]
    return "monkeypatch" in known.argnames or any("monkeypatch" in each.argnames for each in ours)


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterator[None]:
    """A test begins in the office's own language, whatever the last request of the one before was answered in."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Nor does what the office remembers for a minute, who asked how often among it, outlast a test."""
    cache.clear()


@pytest.fixture
def monday() -> Iterator[datetime]:
    """Ten o'clock on an ordinary Monday, with a full working week ahead: 2026-03-09."""
    from workflows.organisation import clock

    moment = timezone.make_aware(datetime(2026, 3, 9, 10))
    with clock.at(moment):
        yield moment


# --- the chain -------------------------------------------------------------------------------------


def appoint(role: str, unit: Any, name: str, username: str = "", *, since: date = LONG_AGO, **fields: Any) -> Any:
    """A new person holding `role` in `unit`; `fields` go to the post (e.g. ends_on)."""
    from workflows.organisation.models import Person, Post

    person = Person.objects.create_user(username or f"{role}-{Person.objects.count()}", name=name)
    Post.objects.create(person=person, role=role, unit=unit, starts_on=since, **fields)
    return person


@dataclass
class Chain:
    """The group 星桥数码: its units, one person per role, and neighbours who must not see or decide.

    `planner`, `store_manager` belong to `store`; `neighbour…` to another store of the same region;
    `other_…` to the other region; `expansion_…` to the expansion area.
    """

    group: Any
    planning: Any
    finance_department: Any
    brand_department: Any
    legal_department: Any
    audit: Any
    office: Any
    region: Any
    other_region: Any
    expansion: Any
    store: Any
    neighbour_store: Any
    other_store: Any
    expansion_store: Any

    planner: Any
    store_manager: Any
    region_manager: Any
    planning_reviewer: Any
    finance: Any
    brand: Any
    legal: Any
    vice_president: Any
    president: Any
    leasing_officer: Any
    resource_centre: Any
    clerk: Any
    performance_office: Any
    auditor: Any
    administrator: Any
    neighbour_planner: Any
    neighbour_store_manager: Any
    other_planner: Any
    other_store_manager: Any
    other_region_manager: Any
    expansion_planner: Any
    expansion_store_manager: Any
    expansion_manager: Any
    nobody: Any  # may enter, holds no post

    edition: Any
    appoint: Callable[..., Any] = appoint

    def people(self) -> dict[str, Any]:
        """Name in this chain → person, for tests that ask everybody."""
        from workflows.organisation.models import Person

        return {name: value for name, value in vars(self).items() if isinstance(value, Person)}


@pytest.fixture
def chain(db: None) -> Chain:
    return memory.of(("chain",), found_chain)


def found_chain() -> Chain:
    """The whole group, as it stands before the first campaign."""
    from workflows.organisation.models import Person, Unit
    from workflows.organisation.roles import Role
    from workflows.policies.defaults import first_edition

    def unit(kind: str, code: str, name: str, parent: Any = None) -> Any:
        return Unit.objects.create(kind=kind, code=code, name=name, parent=parent)

    group = unit("group", "xq", "星桥数码")
    planning = unit("department", "xq-planning", "企划部", group)
    finance = unit("department", "xq-finance", "财务部", group)
    brand = unit("department", "xq-brand", "品牌部", group)
    legal = unit("department", "xq-legal", "法务部", group)
    audit = unit("department", "xq-audit", "审计室", group)
    office = unit("department", "xq-office", "行政部", group)
    east = unit("region", "east", "华东大区", group)
    south = unit("region", "south", "华南大区", group)
    north_west = unit("expansion", "north-west", "西北拓展区", group)
    hangzhou = unit("store", "hz-west", "杭州城西店", east)
    suzhou = unit("store", "sz-lake", "苏州湖东店", east)
    shenzhen = unit("store", "shenzhen-bay", "深圳湾店", south)
    xian = unit("store", "xian-south", "西安城南店", north_west)

    return Chain(
        group=group,
        planning=planning,
        finance_department=finance,
        brand_department=brand,
        legal_department=legal,
        audit=audit,
        office=office,
        region=east,
        other_region=south,
        expansion=north_west,
        store=hangzhou,
        neighbour_store=suzhou,
        other_store=shenzhen,
        expansion_store=xian,
        planner=appoint(Role.PLANNER, hangzhou, "林晓", "linxiao"),
        store_manager=appoint(Role.STORE_MANAGER, hangzhou, "周启明", "zhouqiming"),
        region_manager=appoint(Role.REGION_MANAGER, east, "沈若兰", "shenruolan"),
        planning_reviewer=appoint(Role.PLANNING_REVIEWER, planning, "陆之远", "luzhiyuan"),
        finance=appoint(Role.FINANCE, finance, "方敏", "fangmin"),
        brand=appoint(Role.BRAND, brand, "叶知秋", "yezhiqiu"),
        legal=appoint(Role.LEGAL, legal, "韩正", "hanzheng"),
        vice_president=appoint(Role.VICE_PRESIDENT, group, "顾维桢", "guweizhen"),
        president=appoint(Role.PRESIDENT, group, "秦岳", "qinyue"),
        leasing_officer=appoint(Role.LEASING_OFFICER, hangzhou, "邵平", "shaoping"),
        resource_centre=appoint(Role.RESOURCE_CENTRE, planning, "唐蕾", "tanglei"),
        clerk=appoint(Role.CLERK, office, "冯静怡", "fengjingyi"),
        performance_office=appoint(Role.PERFORMANCE_OFFICE, office, "俞航", "yuhang"),
        auditor=appoint(Role.AUDITOR, audit, "石坚", "shijian"),
        administrator=appoint(Role.ADMINISTRATOR, office, "贺小川", "hexiaochuan"),
        neighbour_planner=appoint(Role.PLANNER, suzhou, "钱多米", "qianduomi"),
        neighbour_store_manager=appoint(Role.STORE_MANAGER, suzhou, "丁一帆", "dingyifan"),
        other_planner=appoint(Role.PLANNER, shenzhen, "黎嘉欣", "lijiaxin"),
        other_store_manager=appoint(Role.STORE_MANAGER, shenzhen, "区志伟", "ouzhiwei"),
        other_region_manager=appoint(Role.REGION_MANAGER, south, "梁国栋", "liangguodong"),
        expansion_planner=appoint(Role.PLANNER, xian, "白桦", "baihua"),
        expansion_store_manager=appoint(Role.STORE_MANAGER, xian, "雷鸣", "leiming"),
        expansion_manager=appoint(Role.REGION_MANAGER, north_west, "马行空", "maxingkong"),
        nobody=Person.objects.create_user("wujian", name="吴间"),
        edition=first_edition(LONG_AGO, timezone.make_aware(datetime(2020, 1, 1))),
    )


# --- a campaign and its way ---------------------------------------------------------------------------


def complete_declaration(amount: Decimal | int | str = 82_000, **changes: Any) -> Any:
    """A declaration nobody could refuse, over `amount` (CNY) in all, starting in thirty days.

    No partner, no group mark, 600 people: of the countersigners only finance is asked, and only
    above its limit. `changes` replace fields, whether or not the result is still complete.
    """
    from workflows.campaigns.declaration import BudgetLine, Category, Declaration, Duty, Payer, Phase, ScheduleLine
    from workflows.organisation import clock

    total = Decimal(amount)
    reserve = (total * 7 / 100).quantize(CENT)
    media = ((total - reserve) * 6 / 10).quantize(CENT)
    starts_on = clock.today() + timedelta(days=30)
    whole = Declaration(
        title="城西店数码生活节",
        theme="把新机带回家",
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=3),
        venue="一层中庭",
        background="同商圈新开两家数码店，周末客流下降。",
        problem="周末客流回升两成。",
        customers="周边三公里的年轻家庭",
        memorable="旧机当场估价，当天换新",
        schedule=(
            ScheduleLine(Phase.WARM_UP, starts_on - timedelta(days=7), "公众号预热，会员短信", "林晓"),
            ScheduleLine(Phase.EXECUTION, starts_on, "开幕与以旧换新", "周启明"),
            ScheduleLine(Phase.COOL_DOWN, starts_on + timedelta(days=4), "撤场与回访", "林晓"),
        ),
        channels=("in_store", "wechat"),
        team=(Duty("林晓", "总协调", "进度与预算"), Duty("周启明", "现场", "安全与秩序")),
        footfall=42_000,
        sales=Decimal(9_600_000),
        new_members=1_200,
        exposure=300_000,
        attendance=600,
        budget=(
            BudgetLine("朋友圈与短视频投放", Category.MEDIA, media, Decimal(1), Payer.GROUP),
            BudgetLine("舞台与灯光", Category.VENUE, total - reserve - media, Decimal(1), Payer.STORE),
        ),
        reserve=reserve,
        budget_total=total,
        safety="现场配四名安保，疏散通道保持畅通。",
        urgent_reason="",
    )
    return whole.with_(**changes)


@pytest.fixture
def declaration() -> Callable[..., Any]:
    """`declaration(amount=82_000, **changes)`: see `complete_declaration`."""
    return complete_declaration


@pytest.fixture
def open_campaign(chain: Chain) -> Callable[..., Any]:
    """`open_campaign(amount=82_000, by=chain.planner, unit=chain.store, **changes)`: a draft on the planner's desk."""
    from workflows.campaigns.models import Campaign
    from workflows.matters.perform import begin

    def opened(amount: Decimal | int | str = 82_000, *, by: Any = None, unit: Any = None, **changes: Any) -> Any:
        declared = complete_declaration(amount, **changes)
        planner, store = by or chain.planner, unit or chain.store

        def open_it() -> Campaign:
            campaign = Campaign(unit=store, title=declared.title)
            begin(campaign, by=planner, declaration=declared)
            return campaign

        return memory.of(("open", repr(declared), planner.pk, store.pk), open_it)

    return opened


@pytest.fixture
def campaign(open_campaign: Callable[..., Any]) -> Any:
    """A draft over CNY 82,000 of the planner of `chain.store`: every review lies ahead of it."""
    return open_campaign()


def agree_until(campaign: Any, to: str, *, looked: bool = False) -> Any:
    """Let everybody agree, and the clock do its part, until `campaign` is in the state `to`; returns it.

    Whoever is first on the desk decides; a step that waits for a date is moved at that date. Every
    way is gone once, and every stretch of it; see tests/memory.py. No path is kept at its submission, which would
    rehearse the whole way each time, unless the test says that somebody `looked`.
    """
    _once(campaign, ("walk", to, looked), lambda: _agree_until(campaign, to, looked))
    return campaign


def _once(campaign: Any, what: tuple[Any, ...], act: Callable[[], object]) -> None:
    """Do `act` to the campaign as it is in hand, or make of it what the same act made of the same one before."""

    def done() -> dict[str, Any]:
        act()
        return vars(campaign)

    held = repr({field.attname: getattr(campaign, field.attname) for field in campaign._meta.concrete_fields})
    campaign.__dict__ = memory.of((*what, held), done)


def _agree_until(campaign: Any, to: str, looked: bool) -> None:
    from workflows.matters.moves import moves_of
    from workflows.organisation.models import Person
    from workflows.steps.desks import deciders, node_of
    from workflows.steps.models import StepTask

    moves = moves_of(type(campaign))
    while campaign.state != to:
        task = StepTask.objects.filter(matter=campaign.pk, closed_at=None).order_by("pk").first()
        assert task, f"{campaign} ended in {campaign.state}; everybody's agreeing does not lead to {to}"
        name = next(name for name in node_of(task).agreeing if moves[name].offered(campaign))
        person = Person.objects.system() if task.waits else deciders(task)[0]
        way = (name, person.pk, task.seat, looked)
        _once(campaign, way, partial(_agree, campaign, name, person, task, looked))


def _agree(campaign: Any, name: str, person: Any, task: Any, looked: bool) -> None:
    from workflows.desk.paths import nobody_looks
    from workflows.matters.perform import perform
    from workflows.organisation import clock

    at = max(clock.now(), task.fires_at) if task.waits else clock.now()
    with clock.at(at), nullcontext() if looked else nobody_looks():
        perform(getattr(campaign, name), by=person, seat=task.seat, **campaign.as_planned(name))


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy workflow is installed. Taken before `chain`, the first edition has rows for it; after, it has none."""
    from tests.toy.installed import install

    memory.begin(patched=True)  # also where a table of moves asks for this only while the test runs
    install(monkeypatch)


@pytest.fixture
def walk() -> Callable[..., Any]:
    """`walk(campaign, to=State.SIGNATURE, looked=False)`: see `agree_until`."""
    return agree_until


# --- a paper in the wrong hands ---------------------------------------------------------------------------

FORGED_RECORD = b'{"kind": "campaign.circular", "language": "zh-hans", "facts": {"declared": {"total": "999999"}}}'


def forge(content: bytes, unsigned_size: int) -> dict[str, bytes]:
    """What can be done to a signed file: name → the file afterwards."""
    import pikepdf

    def saved(change: Callable[[Any], None]) -> bytes:
        written = io.BytesIO()
        with pikepdf.open(io.BytesIO(content)) as document:
            change(document)
            document.save(written)
        return written.getvalue()

    def swap(document: Any) -> None:
        document.attachments["record.json"] = pikepdf.AttachedFileSpec(
            document, FORGED_RECORD, filename="record.json", mime_type="application/json"
        )

    def strip(document: Any) -> None:
        del document.Root.AcroForm
        for page in document.pages:
            if "/Annots" in page.obj:
                del page.obj.Annots

    def flipped(place: int) -> bytes:
        return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]

    return {
        "a byte flipped": flipped(unsigned_size // 2),
        "the signature damaged": flipped(content.rindex(b"/Contents <") + 400),
        "bytes appended": content + b"\n% one line more\n",
        "the attachment swapped": saved(swap),
        "saved anew": saved(lambda document: None),
        "the signature cut off": content[:unsigned_size],
        "saved without the signature": saved(strip),
        "cut short": content[:-1000],
    }


@pytest.fixture
def forgeries() -> Callable[[bytes, int], dict[str, bytes]]:
    """`forgeries(content, unsigned_size)`: see `forge`."""
    return forge


# --- the browser ----------------------------------------------------------------------------------------

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PLACES = (
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
EXPECTED_REFUSALS = ("Response Status Error Code 4",)  # htmx says so of every 403, 409 and 422 we answer with


def chromium() -> str | None:
    """The path of this machine's Chromium, or None."""
    found = (shutil.which(name) for name in CHROMIUM)
    return next((path for path in found if path), None) or next(
        (path for path in CHROMIUM_PLACES if Path(path).exists()), None
    )


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = chromium()
    if path is None and os.environ.get("CI"):
        pytest.fail("No Chromium on this machine: the journeys cannot run.")
    if path is None:
        pytest.skip("NOT RUN: no Chromium on this machine (Debian: apt-get install chromium)")
    return {
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
    }


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "zh-CN", "timezone_id": settings.TIME_ZONE}


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained of during the test; anything at all fails it.

    A breach of the content-security policy, an error of a script, a file that is missing.
    """
    found: list[str] = []
    yield found
    assert not found, "The browser complained:\n" + "\n".join(found)


@pytest.fixture
def open_page(new_context: Callable[..., Any], live_server: Any, complaints: list[str]) -> Callable[..., Any]:
    """`open_page(person=None, *, phone=False, dark=False)`: a page of its own, entered as the person."""

    def opened(person: Any = None, *, phone: bool = False, dark: bool = False) -> Any:
        screen = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if phone else {"viewport": DESKTOP}
        context = new_context(base_url=live_server.url, color_scheme="dark" if dark else "light", **screen)
        context.on("console", lambda message: _listen(message, complaints))
        context.on("weberror", lambda failure: complaints.append(f"script: {failure.error}"))
        page = context.new_page()
        if person is not None:
            enter(page, person, live_server.url)
        return page

    return opened


def _listen(message: Any, complaints: list[str]) -> None:
    if message.type != "error" or message.text.startswith(EXPECTED_REFUSALS):
        return
    url = message.location.get("url", "")
    # a page that refuses (403, 404, 409, 422) is an answer; a file that does not load is a fault
    if "status of 4" in message.text and "/static/" not in url:
        return
    complaints.append(f"console: {message.text} ({url})")


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    """A page on a desktop screen, not yet entered."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Any]) -> Any:
    """A page on a phone's screen, not yet entered."""
    return open_page(phone=True)


def enter(page: Any, person: Any, url: str) -> Any:
    """Make `page` that of `person` on the server at `url`, as if they had just entered; whoever was there is gone."""
    from workflows.organisation.models import Person

    client = Client()
    client.force_login(Person.objects.get(pk=person.pk))
    context = page.context
    context.clear_cookies()
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": url,
            }
        ]
    )
    return page


@pytest.fixture
def enter_as(live_server: Any) -> Callable[..., Any]:
    """`enter_as(page, person)`: see `enter`."""
    return partial(enter, url=live_server.url)
