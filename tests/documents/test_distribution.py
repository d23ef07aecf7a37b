"""Papers on their way to units: who is sent one, and received, read, acknowledged as three moments."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from documents.models import DistributionList, IssuedDocument, Receipt, Voiding
from documents.registry import distribution
from documents.registry.voiding import void
from workflows.matters.errors import Refused
from workflows.organisation import clock
from workflows.organisation.models import DayCorrection, StandIn
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing
from workflows.trail.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def circular(monday: datetime, open_campaign: Any, walk: Any) -> Any:
    """A circular signed on a Monday, 2026-03-09: due on Thursday."""
    campaign = walk(open_campaign(), to="approved")
    return IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")


def sent_to(paper: Any) -> list[tuple[str, str]]:
    return [(receipt.unit.name, receipt.purpose) for receipt in paper.receipts.select_related("unit")]


def of(paper: Any, unit: Any) -> Any:
    """The receipt of one unit, as a set of one."""
    return Receipt.objects.filter(document=paper, unit=unit)


def as_clerk(chain: Any) -> Capacity:
    return Capacity(chain.clerk, chain.clerk.posts.get())


def moments(receipt: Any) -> list[str]:
    return [moment for moment in ("received", "read", "acknowledged") if getattr(receipt, f"{moment}_at")]


def told(paper: Any, *actions: str) -> list[tuple[str, str, str, Any]]:
    """Who, for whom, what, with which units, as the matter's trail says it."""
    rows = paper.matter.trail.filter(action__in=actions).order_by("seq")
    return [(row.actor_name, row.on_behalf_of_name, row.action, row.documents[0]["to"]) for row in rows]


def on(day: int, hour: int = 10) -> Any:
    """Move the clock to a day of March 2026."""
    return clock.at(timezone.make_aware(datetime(2026, 3, day, hour)))


# --- sent as it is issued --------------------------------------------------------------------------------


def test_a_circular_is_sent_to_whom_its_page_names(circular: Any, chain: Any) -> None:
    assert sent_to(circular) == [("杭州城西店", "to"), ("华东大区", "copy"), ("企划部", "copy"), ("财务部", "copy")]
    assert [name for name, purpose in sent_to(circular) if purpose == "copy"] == circular.facts["copies"]
    assert {receipt.due_on for receipt in circular.receipts.all()} == {date(2026, 3, 12)}


def test_the_line_of_the_act_says_who_was_sent_the_paper(circular: Any) -> None:
    signed = circular.matter.trail.get(action="sign")

    assert [(paper["kind"], paper.get("to")) for paper in signed.documents] == [
        ("campaign.circular", ["杭州城西店", "华东大区", "企划部", "财务部"]),
        ("campaign.approval", None),
    ]


def test_notices_and_the_task_sheet_go_to_the_declaring_unit(papers: Any) -> None:
    found = {kind: sent_to(paper) for kind, paper in papers().items() if paper.receipts.exists()}

    own = [("杭州城西店", "to")]
    assert {kind: rows for kind, rows in found.items() if kind != "campaign.circular"} == {
        "campaign.rejection": own,
        "campaign.cancellation": own,
        "campaign.task": own,
    }


def test_the_days_are_those_of_the_edition(monday: datetime, chain: Any, open_campaign: Any, walk: Any) -> None:
    chain.edition.deadlines.filter(step="receipt").update(days=5)
    longer = walk(open_campaign(), to="approved")
    chain.edition.deadlines.filter(step="receipt").delete()
    unsaid = walk(open_campaign(), to="approved")

    due = [
        set(Receipt.objects.filter(document__matter=m.pk).values_list("due_on", flat=True)) for m in (longer, unsaid)
    ]
    assert due == [{date(2026, 3, 16)}, {date(2026, 3, 12)}]


# --- three moments ---------------------------------------------------------------------------------------


def test_received_read_and_acknowledged_are_three_moments(circular: Any, chain: Any) -> None:
    mine = of(circular, chain.store)
    with on(9, 11):
        distribution.receive(mine, by=Standing(chain.planner))
        assert moments(mine.get()) == ["received"]
    with on(9, 15):
        distribution.read(circular, by=Standing(chain.store_manager))
        assert moments(mine.get()) == ["received", "read"]
    with on(10):
        distribution.acknowledge(mine, by=Standing(chain.store_manager))

    receipt = mine.get()
    assert [
        (getattr(receipt, f"{moment}_by").name, timezone.localtime(getattr(receipt, f"{moment}_at")).strftime("%d %H"))
        for moment in moments(receipt)
    ] == [("林晓", "09 11"), ("周启明", "09 15"), ("周启明", "10 10")]
    assert told(circular, "receive", "read", "acknowledge") == [
        ("林晓", "", "receive", ["杭州城西店"]),
        ("周启明", "", "read", ["杭州城西店"]),
        ("周启明", "", "acknowledge", ["杭州城西店"]),
    ]


def test_whoever_acknowledges_has_received_and_read(circular: Any, chain: Any) -> None:
    distribution.acknowledge(of(circular, chain.store), by=Standing(chain.planner))

    assert moments(of(circular, chain.store).get()) == ["received", "read", "acknowledged"]
    assert told(circular, "receive", "read", "acknowledge") == [("林晓", "", "acknowledge", ["杭州城西店"])]


def test_done_twice_is_done_once(circular: Any, chain: Any) -> None:
    first = distribution.acknowledge(of(circular, chain.store), by=Standing(chain.planner))
    second = distribution.acknowledge(of(circular, chain.store), by=Standing(chain.store_manager))

    assert (len(first), second, of(circular, chain.store).get().acknowledged_by) == (1, [], chain.planner)
    assert len(told(circular, "acknowledge")) == 1


@pytest.mark.parametrize(
    ("unit", "answering"),
    [
        ("store", {"planner", "store_manager"}),
        ("region", {"region_manager"}),
        ("planning", {"planning_reviewer", "resource_centre"}),
        ("finance_department", {"finance"}),
    ],
)
def test_who_answers_for_a_unit_and_nobody_else(circular: Any, chain: Any, unit: str, answering: set[str]) -> None:
    asked = of(circular, getattr(chain, unit))
    allowed = set()
    for name, person in chain.people().items():
        try:
            distribution.acknowledge(asked, by=Standing(person))
        except PermissionDenied:
            assert moments(asked.get()) == []
        else:
            allowed.add(name)
            asked.update(
                **dict.fromkeys([f"{m}_{c}" for m in ("received", "read", "acknowledged") for c in ("at", "by")])
            )

    assert allowed == answering


def test_a_stand_in_answers_and_the_trail_says_for_whom(circular: Any, chain: Any) -> None:
    StandIn.objects.create(
        principal=chain.region_manager, deputy=chain.nobody, starts_on=clock.today(), ends_on=clock.today()
    )
    StandIn.objects.create(
        principal=chain.finance, deputy=chain.brand, workflow="lease", starts_on=clock.today(), ends_on=clock.today()
    )

    distribution.acknowledge(of(circular, chain.region), by=Standing(chain.nobody))

    assert told(circular, "acknowledge") == [("吴间", "沈若兰", "acknowledge", ["华东大区"])]
    with pytest.raises(PermissionDenied):  # lent for another workflow
        distribution.acknowledge(of(circular, chain.finance_department), by=Standing(chain.brand))
    with clock.at(clock.now() + timedelta(days=1)), pytest.raises(PermissionDenied):  # lapsed
        distribution.acknowledge(
            of(circular, chain.region).all() | of(circular, chain.planning), by=Standing(chain.nobody)
        )


def test_acknowledged_after_its_day_is_late(circular: Any, chain: Any) -> None:
    with on(12, 17):
        distribution.acknowledge(of(circular, chain.store), by=Standing(chain.planner))
    with on(13):
        distribution.acknowledge(of(circular, chain.region), by=Standing(chain.region_manager))

    lines = circular.matter.trail.filter(action="acknowledge").order_by("seq")
    assert [(line.actor_name, line.late) for line in lines] == [("林晓", False), ("沈若兰", True)]


def test_of_a_voided_paper_nothing_is_left(circular: Any, chain: Any) -> None:
    Voiding.objects.create(document=circular, reason="印错了", by=chain.clerk)

    with pytest.raises(Refused):
        distribution.acknowledge(of(circular, chain.store), by=Standing(chain.planner))
    with pytest.raises(Refused):
        distribution.send(circular, [chain.other_store], "copy", by=as_clerk(chain))
    with on(20), pytest.raises(Refused):
        distribution.urge(circular.receipts.all(), by=as_clerk(chain))
    with on(20):
        assert (distribution.overdue().count(), distribution.remark_overdue()) == (0, 0)


def test_a_void_notice_follows_its_paper_to_every_unit_that_is_still_open(circular: Any, chain: Any) -> None:
    clerk = as_clerk(chain)
    distribution.send(circular, [chain.other_store, chain.neighbour_store], "copy", by=clerk)
    chain.neighbour_store.closed_on = clock.today()
    chain.neighbour_store.save()

    with on(10):
        notice = void(circular, by=chain.clerk, reason="印错了").notice
    assert notice is not None

    units = ["杭州城西店", "华东大区", "企划部", "财务部", "深圳湾店"]
    assert (sorted(sent_to(notice)), {row.due_on for row in notice.receipts.all()}) == (
        sorted((unit, "copy") for unit in units),
        {date(2026, 3, 13)},
    )
    line = circular.matter.trail.get(action="void")
    assert [(paper["id"], sorted(paper.get("to", []))) for paper in line.documents] == [
        (str(circular.pk), []),
        (str(notice.pk), sorted(units)),
    ]
    with on(16):
        assert {row.document for row in distribution.overdue()} == {notice}


def test_the_notice_of_a_paper_nobody_was_sent_is_sent_to_nobody(circular: Any, chain: Any) -> None:
    declaration = IssuedDocument.objects.get(matter=circular.matter, kind="campaign.declaration")

    notice = void(declaration, by=chain.clerk, reason="印错了").notice

    assert notice is not None
    assert (sent_to(declaration), sent_to(notice)) == ([], [])


# --- sent further ------------------------------------------------------------------------------------------


def test_a_clerk_sends_a_paper_further_and_whoever_has_it_keeps_what_they_have(circular: Any, chain: Any) -> None:
    distribution.acknowledge(of(circular, chain.store), by=Standing(chain.planner))
    units = [chain.store, chain.other_store, chain.other_store]

    first = distribution.send(circular, units, "copy", by=as_clerk(chain), due_on=date(2026, 3, 20))
    second = distribution.send(circular, units, "copy", by=as_clerk(chain))

    assert ([receipt.unit for receipt in first], second) == ([chain.other_store], [])
    assert of(circular, chain.store).get().acknowledged_by == chain.planner
    assert of(circular, chain.other_store).get().due_on == date(2026, 3, 20)
    assert told(circular, "send") == [("冯静怡", "", "send", ["深圳湾店"])]


def test_nobody_but_a_clerk_distributes(circular: Any, chain: Any) -> None:
    row = DistributionList.objects.create(name="华东各店")
    for name, person in chain.people().items():
        if name == "clerk":
            continue
        by = Capacity(person, person.posts.first())
        for act in (
            lambda by=by: distribution.send(circular, [chain.other_store], "copy", by=by),
            lambda by=by: distribution.urge(circular.receipts.all(), by=by),
            lambda by=by: distribution.keep_list(DistributionList(name="新"), [chain.store], by=by),
            lambda by=by: distribution.drop_list(row, by=by),
        ):
            with pytest.raises(PermissionDenied):
                act()
    assert (circular.receipts.count(), DistributionList.objects.count(), told(circular, "send", "urge")) == (4, 1, [])


# --- urged -------------------------------------------------------------------------------------------------


def test_urging_counts_and_waits_for_the_next_working_day(circular: Any, chain: Any) -> None:
    distribution.acknowledge(of(circular, chain.store), by=Standing(chain.planner))
    with on(13, 9):
        assert len(distribution.urge(circular.receipts.all(), by=as_clerk(chain))) == 3
        with pytest.raises(Refused, match="3月16日"):  # a Monday
            distribution.urge(circular.receipts.all(), by=as_clerk(chain))
    with on(14), pytest.raises(Refused, match="3月16日"):
        distribution.urge(circular.receipts.all(), by=as_clerk(chain))
    with on(16):
        distribution.urge(of(circular, chain.region), by=as_clerk(chain))

    urged = {receipt.unit.name: receipt.urged for receipt in circular.receipts.select_related("unit")}
    assert urged == {"杭州城西店": 0, "华东大区": 2, "企划部": 1, "财务部": 1}
    assert told(circular, "urge") == [
        ("冯静怡", "", "urge", ["华东大区", "企划部", "财务部"]),
        ("冯静怡", "", "urge", ["华东大区"]),
    ]


def test_where_everybody_has_acknowledged_nobody_is_urged(circular: Any, chain: Any) -> None:
    distribution.acknowledge(of(circular, chain.store), by=Standing(chain.planner))

    with pytest.raises(Refused, match="均已确认"):
        distribution.urge(of(circular, chain.store), by=as_clerk(chain))


# --- overdue -----------------------------------------------------------------------------------------------


def test_the_clock_remarks_once_what_is_overdue(circular: Any, chain: Any) -> None:
    distribution.acknowledge(of(circular, chain.store), by=Standing(chain.planner))
    with on(12, 23):
        assert distribution.remark_overdue() == 0
    with on(13, 1):
        assert [distribution.remark_overdue(), distribution.remark_overdue()] == [3, 0]

    assert told(circular, "overdue") == [("系统时钟", "", "overdue", ["华东大区", "企划部", "财务部"])]
    assert circular.matter.trail.get(action="overdue").late


def test_never_on_a_rest_day(circular: Any) -> None:
    DayCorrection.objects.create(day=date(2026, 3, 13), is_working=False, note="台风停工")
    with on(13):
        assert distribution.remark_overdue() == 0
    with on(14):  # a Saturday
        assert distribution.remark_overdue() == 0
    with on(16):
        assert distribution.remark_overdue() == 4


def test_one_broken_paper_stops_no_other(circular: Any, open_campaign: Any, walk: Any, monkeypatch: Any) -> None:
    with on(9, 11):
        walk(open_campaign(), to="approved")
    tell, broken = distribution.tell, [circular.pk]

    def killed(paper: Any, *args: Any, **columns: Any) -> Any:
        if paper.pk in broken:
            raise RuntimeError("the power went")
        return tell(paper, *args, **columns)

    monkeypatch.setattr(distribution, "tell", killed)
    with on(13):
        assert distribution.remark_overdue() == 4
        broken.clear()
        assert [distribution.remark_overdue(), distribution.remark_overdue()] == [4, 0]
    assert Entry.objects.filter(action="overdue").count() == 2


# --- lists of units ------------------------------------------------------------------------------------------


def test_lists_are_made_changed_and_deleted_on_the_trail(chain: Any) -> None:
    row, by = DistributionList(name="华东各店"), as_clerk(chain)
    distribution.keep_list(row, [chain.store], by=by)
    distribution.keep_list(row, [chain.store], by=by)  # nothing changed, no line
    row.name = "华东门店"
    distribution.keep_list(row, [chain.store, chain.neighbour_store], by=by)
    subject = f"documents.distributionlist/{row.pk}"
    distribution.drop_list(row, by=by)

    lines = Entry.objects.filter(subject=subject).order_by("seq")
    assert [(line.actor_name, line.action, line.changes) for line in lines] == [
        ("冯静怡", "add", {"name": [None, "华东各店"], "units": [None, ["杭州城西店"]]}),
        (
            "冯静怡",
            "change",
            {"name": ["华东各店", "华东门店"], "units": [["杭州城西店"], ["杭州城西店", "苏州湖东店"]]},
        ),
        ("冯静怡", "delete", {"name": ["华东门店", None], "units": [["杭州城西店", "苏州湖东店"], None]}),
    ]


# --- two at one instant --------------------------------------------------------------------------------------


def at_once(*acts: Any) -> list[Any]:
    """Run the acts in a thread each, released together; what each returned or raised, in order."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Any) -> None:
        barrier.wait()
        try:
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_of_a_unit_acknowledge_at_one_instant(chain: Any, open_campaign: Any, walk: Any) -> None:
    for _ in range(5):
        campaign = walk(open_campaign(), to="approved")
        circular = IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")
        mine = of(circular, chain.store)

        results = at_once(
            lambda mine=mine: distribution.acknowledge(mine.all(), by=Standing(chain.planner)),
            lambda mine=mine: distribution.acknowledge(mine.all(), by=Standing(chain.store_manager)),
        )

        assert sorted(map(len, results)) == [0, 1]
        [line] = told(circular, "acknowledge")
        assert line[0] == mine.get().acknowledged_by.name


@pytest.mark.django_db(transaction=True)
def test_everything_at_one_instant_waits_for_nothing_for_ever(chain: Any, open_campaign: Any, walk: Any) -> None:
    """The clerk urges all, the clock remarks, two units answer, one paper goes further: no deadlock, no double."""
    days_ago = clock.now() - timedelta(days=20)
    with clock.at(days_ago):
        campaigns = [walk(open_campaign(), to="approved") for _ in range(3)]
    papers = list(IssuedDocument.objects.filter(matter__in=campaigns, kind="campaign.circular"))
    by = as_clerk(chain)
    day = timezone.make_aware(datetime(2026, 3, 9, 10))
    Receipt.objects.update(due_on=date(2026, 3, 6))

    def at(act: Any) -> Any:
        def run() -> Any:
            with clock.at(day):
                return act()

        return run

    results = at_once(
        at(lambda: len(distribution.urge(Receipt.objects.all(), by=by))),
        at(distribution.remark_overdue),
        at(distribution.remark_overdue),
        at(
            lambda: len(
                distribution.acknowledge(Receipt.objects.filter(unit=chain.region), by=Standing(chain.region_manager))
            )
        ),
        at(
            lambda: len(
                distribution.receive(Receipt.objects.filter(unit=chain.finance_department), by=Standing(chain.finance))
            )
        ),
        at(lambda: len(distribution.send(papers[0], [chain.other_store], "copy", by=by))),
    )

    assert [result for result in results if not isinstance(result, int)] == []
    assert (results[3], results[4], results[5]) == (3, 3, 1)
    remarked = [unit for line in Entry.objects.filter(action="overdue") for unit in line.documents[0]["to"]]
    assert len(remarked) == results[1] + results[2] == Receipt.objects.exclude(overdue_at=None).count()


@pytest.mark.django_db(transaction=True)
def test_sending_and_voiding_at_one_instant_is_one_after_the_other(chain: Any, open_campaign: Any, walk: Any) -> None:
    """Whichever comes first: none waits for the other in a circle."""
    colleague = chain.appoint(Role.CLERK, chain.office, "程洛")
    for _ in range(5):
        campaign = walk(open_campaign(), to="approved")
        circular = IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")

        sent, voided = at_once(
            lambda circular=circular: distribution.send(circular, [chain.other_store], "copy", by=as_clerk(chain)),
            lambda circular=circular: void(circular, by=colleague, reason="内容有误"),
        )

        assert (type(voided), type(sent)) in [(Voiding, list), (Voiding, Refused)]
        reached = circular.receipts.filter(unit=chain.other_store).exists()
        assert voided.notice.receipts.filter(unit=chain.other_store).exists() == reached == isinstance(sent, list)
