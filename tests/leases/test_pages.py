"""The register and the renewal through the pages: each permission beside its refusal, nothing typed is lost."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from tests.leases.conftest import a_lease, a_stall, a_tenant, a_year_of_months, terms_of
from workflows.leases.models import Renewal, State
from workflows.leases.register import Lease, Month, Tenant
from workflows.leases.terms import Outcome
from workflows.organisation import clock
from workflows.organisation.calendar import start_of
from workflows.organisation.models import Person
from workflows.trail.models import Entry

pytestmark = pytest.mark.django_db

LEASE = {
    "starts_on": "2026-01-01", "ends_on": "2099-01-01", "price": "1.2万", "escalation": "5", "rent_free": "0",
    "fees": "35", "deposit": "50000", "currency": "CNY", "broken_month": "mean",
}  # fmt: skip


@pytest.fixture
def see(client):
    """`see(person, name, *args, **typed)`: what they get to see; a form sent, where something was typed."""

    def open_page(person, name, /, *args, **typed):
        client.force_login(person)
        address = reverse(name, args=args)
        return client.post(address, typed) if typed else client.get(address)

    return open_page


def decide(see, person, renewal, move, **typed):
    fresh = Renewal.objects.get(pk=renewal.pk)
    shown = {"turn": fresh.turn, "key": f"{move}-{fresh.turn}", "written": fresh.written}
    return see(person, "desk:act", fresh.reference, move, **shown, **typed)


# --- who sees which mall ------------------------------------------------------------------------------------


def test_the_floors_of_a_mall_are_for_those_above_it(chain, see, renewal):
    seen = {name: see(person, "leases:floors", chain.store.code).status_code for name, person in chain.people().items()}

    may = {"leasing_officer", "store_manager", "region_manager", "finance", "vice_president", "president", "auditor"}
    assert {name for name, status in seen.items() if status == 200} == may
    assert set(seen.values()) == {200, 404}


def test_the_floors_show_what_ends_when_and_where_it_stands(chain, see, renewal):
    a_stall(chain.store, "1-001", floor=1)
    answer = see(chain.leasing_officer, "leases:floors", chain.store.code)
    text = answer.content.decode()

    assert [(floor, [cell.tone for cell in cells]) for floor, cells in answer.context["storeys"]] == [
        (2, ["due"]),
        (1, ["free"]),
    ]
    assert "距期满 170 天" in text
    assert renewal.get_absolute_url() in text


def test_a_term_that_is_over_stands_out(chain, see, renewal, lease):
    with clock.at(start_of(lease.ends_on + timedelta(days=3))):
        answer = see(chain.leasing_officer, "leases:floors", chain.store.code)
        told = see(chain.leasing_officer, "desk:matter", renewal.reference).content.decode()

    assert [cell.tone for _floor, cells in answer.context["storeys"] for cell in cells] == ["over"]
    assert "租期为不定期" in told
    assert "民法典第七百三十四条" in told


def test_whoever_has_one_mall_lands_in_it_and_whoever_has_none_is_told(chain, see):
    assert see(chain.leasing_officer, "leases:malls").url == reverse("leases:floors", args=["hz-west"])
    assert see(chain.finance, "leases:malls").status_code == 200
    assert see(chain.planner, "leases:malls").status_code == 403
    assert "铺位与租约" in see(chain.leasing_officer, "desk:inbox").content.decode()
    assert "铺位与租约" not in see(chain.planner, "desk:inbox").content.decode()


# --- writing in the register --------------------------------------------------------------------------------


def test_the_officer_enters_a_tenant_a_lease_and_a_month(chain, see):
    typed = {
        "name": "半亩影像",
        "licence": "9133X",
        "contact": "简宁",
        "phone": "1",
        "address": "文二西路",
        "grade": "A",
        "language": "en",
    }
    assert see(chain.leasing_officer, "leases:tenants", **typed).status_code == 302
    tenant, stall = Tenant.objects.get(), a_stall(chain.store)
    first, last = clock.today(), clock.today() + timedelta(days=729)
    lease = {**LEASE, "tenant": tenant.pk, "starts_on": str(first), "ends_on": str(last), "price": "1,200.5"}
    assert see(chain.leasing_officer, "leases:stall", stall.pk, **lease).status_code == 302
    month = {"month": f"{first:%Y-%m}", "sales": "26万", "arrears": "3200", "campaigns": "1"}
    assert see(chain.leasing_officer, "leases:stall", stall.pk, **month).status_code == 302
    assert see(chain.leasing_officer, "leases:stall", stall.pk, **{**month, "arrears": "0"}).status_code == 302
    entered = Lease.objects.get()

    assert (entered.stall, entered.tenant, entered.price, entered.area) == (
        stall,
        tenant,
        Decimal("1200.50"),
        stall.area,
    )
    assert [(row.sales, row.arrears) for row in Month.objects.all()] == [(Decimal(260_000), 0)]
    told = Entry.objects.filter(matter=None, subject__startswith="leases.").order_by("pk")
    assert [(line.subject.partition("/")[0], line.action, line.actor) for line in told] == [
        ("leases.tenant", "add", chain.leasing_officer),
        ("leases.lease", "add", chain.leasing_officer),
        ("leases.month", "add", chain.leasing_officer),
        ("leases.month", "change", chain.leasing_officer),
    ]
    assert told.last().changes == {"arrears": ["3200.00", "0.00"]}


def test_nobody_else_writes_in_it(chain, see, stall, tenant, lease):
    for person in (chain.store_manager, chain.finance, chain.region_manager):
        assert see(person, "leases:stall", stall.pk, month="2026-01", sales="1").status_code == 403
        assert see(person, "leases:tenants", name="甲").status_code == 403
        assert see(person, "leases:tenant", tenant.pk).status_code == 404
        assert b'<form class="card stack act-form"' not in see(person, "leases:stall", stall.pk).content
    elsewhere = chain.appoint("leasing_officer", chain.neighbour_store, "邻家")
    assert see(elsewhere, "leases:stall", stall.pk, month="2026-01", sales="1").status_code == 404
    assert Month.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"ends_on": "2025-01-01"}, "ends_on"),
        ({"ends_on": "2099-01-01"}, "ends_on"),
        ({"price": "1,5"}, "price"),
        ({"escalation": "101"}, "escalation"),
        ({"broken_month": "既不是也不是"}, "broken_month"),
        ({"tenant": "99999999"}, "tenant"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_nothing_is_lost(chain, see, stall, tenant, typed, field):
    sent = {**LEASE, "tenant": tenant.pk, "price": "188.5", "deposit": "51,234", "ends_on": "2028-12-31", **typed}
    answer = see(chain.leasing_officer, "leases:stall", stall.pk, **sent)
    text = answer.content.decode()

    assert (answer.status_code, Lease.objects.count()) == (422, 0)
    assert set(answer.context["lease_form"].errors) == {field}
    assert "51,234" in text


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "0000-01", "2099-01", "²026-01", "甲"])
def test_a_month_that_is_none(chain, see, lease, month):
    answer = see(chain.leasing_officer, "leases:stall", lease.stall_id, month=month, sales="1")

    assert (answer.status_code, Month.objects.count()) == (422, 0)
    assert "month" in answer.context["month_form"].errors


def test_a_licence_that_has_run_out_is_marked(chain, see):
    a_tenant(licence_until=clock.today() - timedelta(days=1))

    assert "已过期" in see(chain.leasing_officer, "leases:tenants").content.decode()


# --- the renewal at its desk ----------------------------------------------------------------------------------


def test_from_the_assessment_to_the_next_lease_through_the_pages(client, chain, see, renewal, lease):
    a_year_of_months(lease)
    officer = chain.leasing_officer
    assert decide(see, officer, renewal, "assess", market_price="225", remark="客流稳定").status_code == 302
    terms = {
        "outcome": "renew", "stall": "", "months": "36", "price": "226", "escalation": "5", "rent_free": "15",
        "fees": "36", "deposit": "58,000", "campaigns": "4", "refit": "更新门头",
    }  # fmt: skip
    assert decide(see, officer, renewal, "propose", **terms).status_code == 302
    assert decide(see, chain.store_manager, renewal, "agree").status_code == 302
    assert decide(see, chain.finance, renewal, "clear").status_code == 302
    assert decide(see, officer, renewal, "send").status_code == 302
    answered = {"by": "简宁", "on": str(clock.today()), "means": "email", "words": "邮件确认"}
    countered = {"months": "24", "price": "221", "escalation": "5", "rent_free": "30", "deposit": "58000", **answered}
    assert decide(see, officer, renewal, "counter", **countered).status_code == 302
    rounds = see(officer, "desk:matter", renewal.reference)
    assert rounds.status_code == 200
    assert decide(see, officer, renewal, "propose", **{**terms, "price": "223", "months": "24"}).status_code == 302
    decide(see, chain.store_manager, renewal, "agree")
    decide(see, chain.finance, renewal, "clear")
    decide(see, officer, renewal, "send")
    assert decide(see, officer, renewal, "accept", **answered).status_code == 302
    assert decide(see, officer, renewal, "lay_before", **answered).status_code == 302
    assert decide(see, chain.vice_president, renewal, "sign").status_code == 302

    signed = Renewal.objects.get(pk=renewal.pk)
    assert (signed.state, signed.next_lease.price, signed.next_lease.rent_free) == (State.RENEWED, Decimal(223), 15)
    for language in ("zh-hans", "en"):
        Person.objects.filter(pk=chain.vice_president.pk).update(language=language)
        client.force_login(Person.objects.get(pk=chain.vice_president.pk))
        for tab in ("summary", "assessment", "rounds", "trail", "flow"):
            answer = client.get(f"{renewal.get_absolute_url()}?tab={tab}")
            assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)


def test_a_proposal_that_cannot_be_keeps_what_was_typed(chain, see, renewal, way):
    way(renewal, "assess")
    typed = {
        "outcome": Outcome.MOVE, "stall": "", "months": "241", "price": "", "escalation": "3", "rent_free": "400",
        "fees": "36.75", "deposit": "1", "campaigns": "4", "refit": "更新门头与照明",
    }  # fmt: skip
    answer = decide(see, chain.leasing_officer, renewal, "propose", **typed)
    text = answer.content.decode()

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"stall", "months", "price", "rent_free"}
    assert "更新门头与照明" in text
    assert "36.75" in text
    assert "租期不得超过20年（民法典第七百零五条）。" in text


def test_a_handover_is_reckoned_and_what_is_missing_is_asked_for(chain, see, renewal, way):
    way(renewal, "assess", "propose", "agree", "clear", "send", "decline", "notify")
    typed = {
        "on": str(clock.today()),
        "water_before": "20",
        "water_reading": "10",
        "water_price": "5",
        "gas_reading": "3",
        "amount_1": "800",
    }
    answer = decide(see, chain.leasing_officer, renewal, "hand_over", **typed)
    assert set(answer.context["form"].errors) == {"water_reading", "gas_before", "gas_price", "what_1"}
    right = {
        "on": str(clock.today()),
        "water_before": "10",
        "water_reading": "20.5",
        "water_price": "5",
        "what_1": "墙面",
        "amount_1": "800",
    }
    assert decide(see, chain.leasing_officer, renewal, "hand_over", **right).status_code == 302

    settled = Renewal.objects.get(pk=renewal.pk).settlement
    assert settled.left == Decimal(51900) - Decimal("52.50") - 800
    assert "应退商户" in see(chain.leasing_officer, "desk:matter", renewal.reference).content.decode()


def test_only_free_stalls_are_offered_to_move_to(chain, see, renewal, way):
    free, let = a_stall(chain.store, "5-001"), a_stall(chain.store, "5-002")
    a_lease(let, a_tenant("别家"))
    a_stall(chain.neighbour_store, "5-003")
    way(renewal, "assess")
    answer = see(chain.leasing_officer, "desk:act", renewal.reference, "propose")

    assert list(answer.context["form"].fields["stall"].queryset) == [free]


def test_the_administrator_reads_the_register_and_two_leases_are_refused_there_too(client, chain, see, lease):
    for model in ("stall", "tenant", "lease", "month"):
        assert see(chain.administrator, f"admin:leases_{model}_changelist").status_code == 200
    client.force_login(chain.leasing_officer)
    assert client.get(reverse("admin:leases_lease_changelist"), follow=True).status_code == 403
    answer = see(chain.administrator, "admin:leases_lease_add", stall=lease.stall_id, tenant=lease.tenant_id, starts_on="2026-01-01", ends_on="2099-12-31", area="1", price="1", escalation="0", rent_free="0", fees="0", deposit="0", currency="CNY", broken_month="mean")  # fmt: skip

    assert (answer.status_code, Lease.objects.count()) == (200, 1)
    assert "两份租约" in answer.content.decode()


def test_the_page_of_a_proposal_outside_the_rule(chain, see, renewal, go, way):
    way(renewal, "assess")
    go(renewal, "propose", terms=terms_of(renewal, price=Decimal(180)))
    answer = see(chain.store_manager, "desk:matter", renewal.reference)

    lines = {line.label: (line.before, line.after, line.differs) for line in answer.context["lines"]}
    assert lines["租金（每平方米每月）"] == ("¥220.50", "¥180", True)
    # 180 × 86.50 = 15,570; 189 and 198.45 after
    assert [str(monthly) for _year, _price, monthly, _annual in answer.context["years"]] == [
        "¥15,570",
        "¥16,348.50",
        "¥17,165.93",
    ]
