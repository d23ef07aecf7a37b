"""The papers of a joint campaign with made-up facts, in both languages; see documents/specimens.py."""

from __future__ import annotations

from typing import Any

from documents.joint import Circular, Invitation, Notice, Row, Summary
from documents.specimens import Facts, made_up, seal

from .models import WHY_ABSENT

REFERENCE = "LD-2026-0001"
STORES = (
    ("杭州城西店", "Hangzhou West Store", "82000", (30000, 26000, 9000, 10000, 7000), (42000, 9600000, 1200, 300000)),
    ("宁波店", "Ningbo Store", "36500", (15000, 12500, 4000, 0, 5000), (21000, 4200000, 610, 120000)),
    ("苏州店", "Suzhou Store", "41200.50", (16000, 17200.50, 5000, 0, 3000), (25500, 5100000, 700, 160000)),
    ("广州东圃店", "Guangzhou Dongpu Store", "58000", (22000, 21000, 6000, 4000, 5000), (33000, 7300000, 940, 210000)),
    ("深圳湾店", "Shenzhen Bay Store", "64300", (25000, 20300, 8000, 6000, 5000), (36000, 8800000, 1050, 260000)),
    ("成都城南店", "Chengdu South Store", "29000", (12000, 9000, 3000, 2000, 3000), (18000, 3600000, 480, 90000)),
)  # fmt: skip
NAMES = ("footfall", "sales", "new_members", "exposure")
REACHED = (104, 97, 88, 111, 100, 93)  # per cent of its targets that each store came to


def _title(chinese: bool) -> str:
    return "双十一全国换新季" if chinese else "November Trade-in Season"


def _frame(chinese: bool) -> dict[str, str]:
    return {
        "title": _title(chinese),
        "theme": "把新机带回家" if chinese else "Take the new one home",
        "words": "全国门店统一主视觉、会员券与以旧换新规则，各店自定舞台与互动。\n集团投放由品牌部统一执行。"
        if chinese
        else "One look, one voucher and one rule for trade-ins in all stores; stage and games are each store's own.\n"
        "The group's media are booked by the brand department.",
        "starts_on": "2026-11-06",
        "ends_on": "2026-11-15",
        "hand_in_by": "2026-10-12",
    }


def _rows(chinese: bool, *, done: bool = False) -> list[Row]:
    payers = ("group", "store", "region", "partner", "alliance")
    found: list[Row] = []
    for (name, english, total, shares, targets), reached in zip(STORES, REACHED, strict=True):
        part: dict[str, Any] = {
            "total": total,
            "shares": {payer: str(share) for payer, share in zip(payers, shares, strict=True)},
            "starts_on": "2026-11-06",
            "ends_on": "2026-11-15",
            "targets": dict(zip(NAMES, map(str, targets), strict=True)),
            "spent": str(int(float(total)) - 400) if done else None,
            "results": {n: str(target * reached // 100) for n, target in zip(NAMES, targets, strict=True)}
            if done
            else {},
        }
        found.append({"store": name if chinese else english, "part": part})
    return found


def _absent(chinese: bool) -> list[str]:
    why = WHY_ABSENT["late"]
    return [f"合肥店（{why}）" if chinese else f"Hefei Store ({why})"]


def _head(chinese: bool) -> Facts:
    return {
        "reference": REFERENCE,
        "unit": "星桥数码" if chinese else "Star Bridge Digital",
        "joint": _title(chinese),
    }


def _stores(chinese: bool) -> list[str]:
    return [*(row["store"] for row in _rows(chinese)), "合肥店" if chinese else "Hefei Store"]


@made_up(Invitation.kind)
def _invitation(chinese: bool) -> Facts:
    return {
        **_head(chinese),
        "document_title": Invitation.naming(_title(chinese)),
        "number": "星联函〔2026〕3号",
        **Invitation.text(_stores(chinese), _frame(chinese)),
        "seal": seal(chinese),
    }


@made_up(Circular.kind)
def _circular(chinese: bool) -> Facts:
    copies = ["华东大区", "华南大区", "西南拓展区", "企划部", "财务部", "品牌部"]
    english = ["East Region", "South Region", "Southwest Area", "Planning", "Finance", "Brand"]
    return {
        **_head(chinese),
        "document_title": Circular.naming(_title(chinese)),
        "number": "星联发〔2026〕2号",
        **Circular.text(_rows(chinese), _frame(chinese), _absent(chinese), copies if chinese else english),
        "seal": seal(chinese),
    }


@made_up(Notice.kind)
def _notice(chinese: bool) -> Facts:
    return {
        **_head(chinese),
        "document_title": Notice.naming(_title(chinese)),
        **Notice.text(
            _stores(chinese)[:-1],
            _title(chinese),
            reason="主推机型推迟上市，活动失去依托。" if chinese else "The device it is about comes out later.",
            number="星联发〔2026〕2号",
            rejected=False,
        ),
        "seal": seal(chinese),
    }


@made_up(Summary.kind)
def _summary(chinese: bool) -> Facts:
    rows = _rows(chinese, done=True)
    closed = "已办结" if chinese else "closed"
    return {
        **_head(chinese),
        "document_title": Summary.titled(_title(chinese)),
        **Summary.text(rows, [closed] * len(rows), _absent(chinese), ("2026-11-06", "2026-11-15")),
    }
