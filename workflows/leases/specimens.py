"""The papers of a renewal with made-up facts, in both languages; see documents/specimens.py."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from documents.leases import (
    Agreement,
    ApprovalSheet,
    AssessmentSheet,
    CounterSheet,
    HandoverSheet,
    Notice,
    Offer,
    lease_pairs,
    pair,
    proved,
    rent_path,
    side_by_side,
    text,
)
from documents.specimens import DAY, Facts, made_up, seal, who
from workflows.organisation.models import Unit
from workflows.policies.reasons import Reason

from .money import end_of_term
from .register import Lease, Stall, Tenant
from .terms import Assessment, Deduction, Means, Meter, Proof, Settlement, Terms, Utility

REFERENCE = "XZ-2026-0018"


def _mall(chinese: bool) -> str:
    return "杭州城西店" if chinese else "Hangzhou West Store"


def _lease(chinese: bool, **changes: Any) -> Lease:
    mall = Unit(name="杭州城西店", name_en="Hangzhou West Store", kind=Unit.Kind.STORE)
    tenant = Tenant(
        name="云上相机（杭州）有限公司" if chinese else "Cloud Camera (Hangzhou) Ltd.",
        licence="91330100MA2XXXX018",
        address="杭州市余杭区文二西路66号" if chinese else "66 Wen'er West Road, Hangzhou",
        contact="简宁" if chinese else "Jian Ning",
        grade="A",
        top50=True,
    )
    given: dict[str, Any] = {
        "starts_on": date(2024, 1, 1), "ends_on": date(2026, 12, 31), "price": Decimal(200), "escalation": Decimal(5),
        "fees": Decimal(35), "deposit": Decimal("54495.00"), **changes,
    }  # fmt: skip
    return Lease(
        stall=Stall(mall=mall, number="2-018", area=Decimal("86.50"), trade="cameras"),
        tenant=tenant,
        area=Decimal("86.50"),
        **given,
    )


def _terms(chinese: bool, **changes: Any) -> Terms:
    given: dict[str, Any] = {
        "stall_name": "2-018", "area": Decimal("86.50"), "months": 36, "price": Decimal(225), "escalation": Decimal(5),
        "rent_free": 15, "fees": Decimal(36), "deposit": Decimal("58387.50"), "campaigns": 4,
        "refit": "门头与照明按二层统一方案更新，四月底之前完成。" if chinese else "A new shop front by the end of April.",
    }  # fmt: skip
    return Terms(**{**given, **changes})


def _rent(lease: Lease, terms: Terms) -> Any:
    first = lease.ends_on.replace(year=lease.ends_on.year + 1, month=1, day=1)
    return Lease(
        starts_on=first, ends_on=end_of_term(first, terms.months), price=terms.price, area=lease.area,
        escalation=terms.escalation, rent_free=terms.rent_free,
    ).rent  # fmt: skip


def _sheet(chinese: bool) -> Facts:
    tenant = _lease(chinese).tenant.name
    return {
        "reference": REFERENCE, "unit": _mall(chinese), "tenant": tenant, "stall": "2-018", "opinions": [], "rules": [],
    }  # fmt: skip


def _present(lease: Lease) -> Terms:
    return Terms(
        stall_name="2-018", area=lease.area, months=36, price=lease.last_price, escalation=lease.escalation,
        fees=lease.fees, deposit=lease.deposit,
    )  # fmt: skip


@made_up(AssessmentSheet.kind)
def _assessment(chinese: bool) -> Facts:
    lease = _lease(chinese)
    found = Assessment(
        on=DAY, months=12, sales=Decimal("3126480.00"), sales_per_area=Decimal("3012.02"), rent=Decimal("217980.00"),
        rent_percent=Decimal("7.0"), arrears=Decimal(0), worst_arrears=Decimal("19073.25"), campaigns=5, violations=1,
        grade="A", top50=True, price=lease.last_price, market_price=Decimal(230),
        remark="客流稳定，会员占比高；四月欠费一次，已补缴。建议续约，门头需要更新。"
        if chinese
        else "Steady footfall, many members; in arrears once in April, since paid. Renew, with a new shop front.",
    )  # fmt: skip
    title = AssessmentSheet.titled(f"2-018 {lease.tenant}")
    return {**_sheet(chinese), "document_title": title, **AssessmentSheet.said(found, lease_pairs(lease), "CNY")}


def _said(step: str, person: str, post: str, words: str, decided: str) -> dict[str, Any]:
    return {
        "step": step, "who": {"person": person, "post": post, "principal": ""}, "verdict": "agree", "decided": decided,
        "text": words, "at": f"{DAY}T10:42", "version": 1,
    }  # fmt: skip


@made_up(ApprovalSheet.kind)
def _approval(chinese: bool) -> Facts:
    lease, terms = _lease(chinese), _terms(chinese, price=Decimal(212))
    agrees = "同意" if chinese else "agrees"
    opinions = [
        _said("店总审核", "周启明", "杭州城西店 · 店总", "客群稳定，建议以略低于市场的价格留住。", agrees),
        _said("财务审核", "方敏", "财务部 · 财务经理", "无欠费。", agrees),
        _said("集团审批", "顾维桢", "集团 · 副总裁", "同意，按季度回看销售。", agrees),
    ] if chinese else [
        _said("store review", "Zhou Qiming", "Hangzhou West Store · Store manager", "Worth keeping at a little below market.", agrees),
        _said("finance review", "Fang Min", "Finance · Finance manager", "No arrears.", agrees),
        _said("group approval", "Gu Weizhen", "Group · Vice-president", "Agreed; look at the sales each quarter.", agrees),
    ]  # fmt: skip
    return {
        **_sheet(chinese),
        "document_title": ApprovalSheet.titled(f"2-018 {lease.tenant}"),
        "pairs": [*lease_pairs(lease), pair(_("Decision"), _("approved"))],
        "parts": [
            side_by_side(_present(lease), terms, "CNY", (_("At present"), _("Proposed"))),
            rent_path(_rent(lease, terms)),
        ],
        "opinions": opinions,
        "policy": {
            "number": 1,
            "title": "初始授权表" if chinese else "First edition",
            "in_force_from": "2026-01-01",
        },
        "rules": [
            Reason.of("renewal_below_market", amount="212", market="230", limit="5").store(),
            Reason.of("renewal_rise", amount="212", present="220.50", limit="0").store(),
        ],
    }


@made_up(CounterSheet.kind)
def _counter(chinese: bool) -> Facts:
    lease = _lease(chinese)
    by = lease.tenant.contact
    words = (
        "来函表示租金最高接受218元，请求免租三十日。" if chinese else "By letter: at most 218, and thirty days free."
    )
    proof = Proof(by, DAY, Means.LETTER, words, "回函.pdf" if chinese else "letter.pdf", "3f" * 32)
    heads = (_("Round %(n)s, offered") % {"n": 1}, _("Round %(n)s, wanted") % {"n": 2})
    return {
        **_sheet(chinese),
        "document_title": CounterSheet.titled(f"2-018 {lease.tenant}"),
        "pairs": [
            *lease_pairs(lease),
            pair(_("Round"), 2),
            pair(_("Answered by"), f"{by} · {DAY} · {Means.LETTER.label}"),
        ],
        "parts": [
            side_by_side(_terms(chinese), _terms(chinese, price=Decimal(218), rent_free=30), "CNY", heads),
            text(_("Proof"), proved(proof)),
        ],
    }


@made_up(HandoverSheet.kind)
def _handover(chinese: bool) -> Facts:
    lease = _lease(chinese)
    settled = Settlement(
        on=date(2026, 12, 30),
        deposit=lease.deposit,
        arrears=Decimal("3200.00"),
        meters=(
            Meter(Utility.WATER, Decimal("418.2"), Decimal("431.7"), Decimal("5.95")),
            Meter(Utility.POWER, Decimal(20418), Decimal(21106), Decimal("0.93")),
        ),
        deductions=(Deduction("墙面修补" if chinese else "Repair of a wall", Decimal(800)),),
    )
    title = HandoverSheet.titled(f"2-018 {lease.tenant}")
    return {**_sheet(chinese), "document_title": title, **HandoverSheet.said(settled, lease_pairs(lease), "CNY")}


@made_up(Offer.kind)
def _offer(chinese: bool) -> Facts:
    lease, terms = _lease(chinese), _terms(chinese)
    return {
        "reference": REFERENCE,
        "document_title": Offer.naming("2-018"),
        "number": "星租函〔2026〕8号",
        "stall": "2-018",
        "tenant": lease.tenant.name,
        **Offer.text(terms, _rent(lease, terms), lease, "2026-10-27"),
        "seal": seal(chinese),
    }


@made_up(Notice.kind)
def _notice(chinese: bool) -> Facts:
    lease = _lease(chinese)
    reason = "二层整体调整为家居体验区。" if chinese else "The second floor becomes a smart-home area."
    other = "每平方米每月人民币240元，租期三年。" if chinese else "CNY 240 per m² and month, three years."
    return {
        "reference": REFERENCE,
        "document_title": Notice.naming("2-018"),
        "stall": "2-018",
        "tenant": lease.tenant.name,
        **Notice.text(lease, reason, other),
        "seal": seal(chinese),
    }


@made_up(Agreement.kind)
def _agreement(chinese: bool) -> Facts:
    terms = _terms(chinese)
    old = _lease(chinese)
    lease = _lease(
        chinese, starts_on=date(2027, 1, 1), ends_on=date(2029, 12, 31), price=terms.price, rent_free=15,
        fees=terms.fees, deposit=terms.deposit,
    )  # fmt: skip
    signer = who("顾维桢", "集团 · 副总裁", chinese, "Gu Weizhen", "Vice-president")
    return {
        "reference": REFERENCE,
        "document_title": Agreement.naming(f"2-018 {old.tenant}"),
        "stall": "2-018",
        "tenant": old.tenant.name,
        **Agreement.text(
            lease,
            terms,
            lessor="星桥数码" if chinese else "Star Bridge Digital",
            seat="杭州市西湖区云栖路8号" if chinese else "8 Yunqi Road, Hangzhou",
            mall=_mall(chinese),
            signed_by=signer["person"],
            signed_on=DAY.isoformat(),
            tenant_signed_by=old.tenant.contact,
            tenant_signed_on=DAY.isoformat(),
        ),
        "seal": seal(chinese),
    }
