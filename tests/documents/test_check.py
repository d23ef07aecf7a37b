"""The check page: it confirms what a paper says, tells nothing more, and may be kept for a minute."""

from __future__ import annotations

import hashlib
import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from documents.looks import record_of
from documents.models import IssuedDocument, Rendition, Voiding
from documents.registry.numbering import as_written
from workflows.registry.views.check import CHECKS_A_MINUTE

FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}


def test_a_genuine_paper_is_confirmed_by_its_code(file: Any, browser: Any) -> None:
    with translation.override("zh-hans"):
        address = reverse("registry:check_code", args=[file.code])
    page = browser().get(address).content.decode()

    file.rendition.refresh_from_db()
    said = [
        "属实，现行有效",
        file.number,
        file.title,
        str(timezone.localdate(file.issued_at)),
        "星桥数码",
        file.rendition.digest,
    ]
    assert [words for words in said if words not in page] == []
    # nothing of the matter: neither people nor money nor where to find it
    assert [words for words in ["林晓", "82,000", file.matter.reference, str(file.pk)] if words in page] == []


@pytest.mark.parametrize(
    "typed", ["{0}{1}{2}", " {0}-{1} {2} ", "{0}－{1}－{2}", "{0}—{1}_{2}", "\u200b{0}\u3000{1}\u00a0{2}"]
)
@pytest.mark.parametrize("written", [str.lower, lambda text: text.translate(FULL_WIDTH)])
def test_a_code_counts_as_people_type_it(file: Any, browser: Any, typed: str, written: Any) -> None:
    """Into the form, or behind the address."""
    code = written(typed.format(file.code[:4], file.code[4:8], file.code[8:]))
    client = browser()
    answers = [
        client.get(reverse("registry:check"), {"code": code}),
        client.get(reverse("registry:check_code", args=[code])),
        client.get(reverse("registry:check_sizes", args=[code])),
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert ["属实，现行有效" in answer.content.decode() for answer in answers] == [True, True, False]


@pytest.mark.parametrize(
    "typed",
    [
        "星企发〔2026〕1号",
        "星企发[2026]1",
        "星企发（2026）第1号",
        "星企发【2026】01号",
        " 星企发 ［２０２６］ １ 号 ",
        "星企发(2026)001",
        "星企发〈2026〉1号",
        "星企发《２０２６》１",
    ],
)
def test_a_number_counts_as_people_type_it(file: Any, browser: Any, typed: str) -> None:
    asked = {"number": typed, "issued_on": timezone.localdate(file.issued_at)}
    assert file.number == "星企发〔2026〕1号"

    assert "属实，现行有效" in browser().get(reverse("registry:check"), asked).content.decode()


@pytest.mark.parametrize(
    "typed",
    ["", "1号", "星企发2026年1号", "星企发〔26〕1号", "星企发〔2026〕", "星企发〔2026〕0号", "星企函〔2026〕1号"],
)
def test_another_number_is_not_taken_for_it(typed: str) -> None:
    assert as_written(typed) != "星企发〔2026〕1号"


def test_number_and_date_confirm_without_telling_the_title(file: Any, browser: Any) -> None:
    issued_on = timezone.localdate(file.issued_at)
    right = browser().get(reverse("registry:check"), {"number": file.number, "issued_on": issued_on})
    wrong = browser().get(
        reverse("registry:check"), {"number": file.number, "issued_on": issued_on - timedelta(days=1)}
    )

    assert ("属实，现行有效" in right.content.decode(), file.title in right.content.decode()) == (True, False)
    assert (wrong.status_code, "查无此件" in wrong.content.decode()) == (404, True)


def test_a_replaced_paper_says_so(open_campaign: Any, chain: Any, browser: Any) -> None:
    from workflows.matters.perform import perform

    campaign = open_campaign()
    perform(campaign.submit, by=chain.planner)
    perform(campaign.withdraw, by=chain.planner)
    perform(campaign.submit, by=chain.planner)
    first, second = IssuedDocument.objects.filter(matter=campaign.pk)

    old = browser().get(reverse("registry:check_code", args=[first.code])).content.decode()
    new = browser().get(reverse("registry:check_code", args=[second.code])).content.decode()

    assert ("已被新文件替代" in old, "属实，现行有效" in old, "属实，现行有效" in new) == (True, False, True)


@pytest.mark.parametrize("code", ["ZZZZZZZZZZZZ", "short", "<script>alert(1)", "000000000000", "Ж" * 12])
def test_an_unknown_code_is_unknown(chain: Any, browser: Any, code: str) -> None:
    answer = browser().get(reverse("registry:check_code", args=[code]))

    assert (answer.status_code, "查无此件" in answer.content.decode()) == (404, True)
    assert b"<script>alert" not in answer.content


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_is_called_what_the_rail_calls_it(chain: Any, browser: Any, language: str) -> None:
    chain.clerk.language = language
    chain.clerk.save(update_fields=["language"])
    page = browser(chain.clerk).get(reverse("registry:check")).content.decode()

    name = {"zh-hans": "文件验真", "en": "Check a document"}[language]
    assert [words in page for words in (f"<title>{name} · ", f"<h1>{name}</h1>", f"<span>{name}</span>")] == [True] * 3


def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(chain: Any, browser: Any) -> None:
    answer = browser().get(reverse("registry:check"), {"number": "星企发〔2026〕1号", "issued_on": ""})
    page = answer.content.decode()

    assert (answer.status_code, "请补充签发日期" in page, 'value="星企发〔2026〕1号"' in page) == (422, True, True)


def test_too_many_checks_from_one_address_have_to_wait(file: Any, browser: Any) -> None:
    address = reverse("registry:check_code", args=[file.code])
    client = browser()
    for _ in range(CHECKS_A_MINUTE):
        assert client.get(address).status_code == 200

    slowed = client.get(address)
    assert (slowed.status_code, slowed["Retry-After"], file.title in slowed.content.decode()) == (429, "60", False)
    assert client.get(address, REMOTE_ADDR="203.0.113.9").status_code == 200


def again(document: IssuedDocument, **fields: Any) -> IssuedDocument:
    """Another document like it."""
    copied = {name: getattr(document, name) for name in ("matter", "kind", "title", "language", "facts", "issued_by")}
    return IssuedDocument.objects.create(**copied, **fields)


def test_a_void_paper_says_since_when_and_by_which_notice_but_not_why(file: Any, chain: Any, browser: Any) -> None:
    notice = again(file, number="星企发〔2026〕88号")
    again(file, number="星企发〔2026〕99号", replaces=file)
    Voiding.objects.create(document=file, notice=notice, reason="金额写错", by=chain.clerk)

    by_code = browser().get(reverse("registry:check_code", args=[file.code])).content.decode()
    number = {"number": file.number, "issued_on": timezone.localdate(file.issued_at)}
    by_number = browser().get(reverse("registry:check"), number).content.decode()

    for page in (by_code, by_number):
        said = ["属实，但已作废", f"自 {timezone.localdate()} 起作废", "星企发〔2026〕88号"]
        assert [words for words in said if words not in page] == []
        # void is void: no word of why, by whom, or of what was to take its place; and no code of another paper
        unsaid = ["金额写错", "冯静怡", "属实，现行有效", "替代", notice.code]
        assert [words for words in unsaid if words in page] == []


def test_a_replaced_paper_names_the_new_one_but_leads_nobody_to_it(file: Any, browser: Any) -> None:
    successor = again(file, number="星企发〔2026〕99号", replaces=file)

    page = browser().get(reverse("registry:check_code", args=[file.code])).content.decode()

    assert ("星企发〔2026〕99号" in page, successor.code in page) == (True, False)


def test_a_paper_signed_for_demonstration_says_so(
    file: Any, browser: Any, settings: Any, walk: Any, open_campaign: Any
) -> None:
    settings.SIGNING_KEY = "/srv/office.p12"
    earnest = IssuedDocument.objects.get(matter=walk(open_campaign(), to="approved").pk, kind="campaign.circular")

    said = [
        "演示密钥" in browser().get(reverse("registry:check_code", args=[paper.code])).content.decode()
        for paper in (file, earnest)
    ]

    assert said == [True, False]


# --- by file -------------------------------------------------------------------------------------------------


def test_a_file_is_found_by_its_hash_alone(file: Any, browser: Any) -> None:
    file.rendition.refresh_from_db()
    address = reverse("registry:check_file")

    known = browser().get(address, {"digest": file.rendition.digest})
    part = browser().get(address, {"digest": file.rendition.digest}, headers={"hx-request": "true"})
    others = [browser().get(address, {"digest": digest}).status_code for digest in ("0" * 64, "", "x" * 64, "A" * 64)]

    assert ("属实，现行有效" in known.content.decode(), "<html" in known.content.decode()) == (True, True)
    assert ("属实，现行有效" in part.content.decode(), "<html" in part.content.decode()) == (True, False)
    assert others == [404] * 4


def test_a_file_that_is_not_ready_is_nobodys(file: Any, browser: Any) -> None:
    file.rendition.refresh_from_db()
    Rendition.objects.filter(pk=file.pk).update(status="queued")

    by_file = browser().get(reverse("registry:check_file"), {"digest": file.rendition.digest})
    by_code = browser().get(reverse("registry:check_code", args=[file.code]))
    sizes = browser().get(reverse("registry:check_sizes", args=[file.code])).json()

    assert (by_file.status_code, file.rendition.digest in by_code.content.decode()) == (404, False)
    assert sizes == {"known": True, "made": False}


def test_sizes_and_hashes_are_all_a_browser_gets(issued: Any, browser: Any) -> None:
    made = issued.rendition
    record = record_of(issued.kind, issued.language, issued.facts)

    assert browser().get(reverse("registry:check_sizes", args=[issued.code.lower()])).json() == {
        "known": True,
        "made": True,
        "size": made.size,
        "digest": made.digest,
        "unsigned_size": made.unsigned_size,
        "unsigned_digest": made.unsigned_digest,
        "record_digest": hashlib.sha256(record).hexdigest(),
    }
    unknown = browser().get(reverse("registry:check_sizes", args=["ZZZZZZZZZZZZ"]))
    assert (unknown.status_code, unknown.json()) == (404, {"known": False})


def test_beside_a_file_that_is_not_it_no_paper_looks_genuine(file: Any, browser: Any) -> None:
    part = (
        browser().get(reverse("registry:check_code", args=[file.code]), headers={"hx-request": "true"}).content.decode()
    )

    assert (file.title in part, "本文件并非原发文件" in part, "属实" in part) == (True, True, False)


# --- for a minute ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["check", "check_code", "check_file", "check_sizes"])
def test_answers_to_strangers_may_be_kept_for_a_minute(name: str, file: Any, browser: Any) -> None:
    file.rendition.refresh_from_db()
    address = reverse(f"registry:{name}", args=[file.code] if name in ("check_code", "check_sizes") else [])
    asked = {"digest": file.rendition.digest} if name == "check_file" else {}
    client = browser()

    first = client.get(address, asked)
    second = client.get(address, asked, headers={"if-none-match": first["ETag"]})

    assert (first.status_code, set(first["Cache-Control"].split(", "))) == (200, {"public", "max-age=60"})
    assert {"Cookie", "Accept-Language", "HX-Request"} <= set(first["Vary"].split(", "))
    assert (second.status_code, second.content) == (304, b"")
    again(file, number="星企发〔2026〕99号", replaces=file)
    if name in ("check_code", "check_file"):  # the answer has changed, and so has its mark
        assert client.get(address, asked, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_page_that_shows_who_is_asking_is_not_kept(file: Any, chain: Any, browser: Any) -> None:
    answer = browser(chain.planner).get(reverse("registry:check_code", args=[file.code]))

    assert ("林晓" in answer.content.decode(), set(answer["Cache-Control"].split(", "))) == (
        True,
        {"private", "no-store"},
    )


def test_the_two_languages_are_two_answers(file: Any, browser: Any) -> None:
    address = reverse("registry:check_code", args=[file.code])

    chinese, english = (browser().get(address, headers={"accept-language": wanted}) for wanted in ("zh-CN", "en"))

    assert ("属实，现行有效" in chinese.content.decode(), "Genuine and current" in english.content.decode()) == (
        True,
        True,
    )
    assert chinese["ETag"] != english["ETag"]


def test_a_stranger_chooses_the_language_and_stays_where_they_are(file: Any, browser: Any) -> None:
    client, asked = browser(), {"code": file.code}
    chinese = client.get(reverse("registry:check"), asked, headers={"accept-language": "zh-CN"}).content.decode()
    link = html.unescape(re.search(r'class="switch" href="([^"]+)"', chinese)[1])
    chosen = client.get(f"{reverse('registry:check')}{link}", headers={"accept-language": "zh-CN"})
    english = client.get(chosen["Location"], headers={"accept-language": "zh-CN"})

    assert (chosen.status_code, chosen["Location"], chosen["Cache-Control"]) == (
        302,
        f"{reverse('registry:check')}?code={file.code}",
        "no-store",
    )
    assert ("Genuine and current" in english.content.decode(), "简体中文" in english.content.decode()) == (True, True)
    assert set(english["Cache-Control"].split(", ")) == {"public", "max-age=60"}


@pytest.mark.parametrize("language", ["", "fr", "en-gb"])
def test_a_language_we_do_not_speak_changes_nothing(file: Any, browser: Any, language: str) -> None:
    answer = browser().get(reverse("registry:check_code", args=[file.code]), {"language": language})

    assert (answer.status_code, "属实，现行有效" in answer.content.decode(), answer.cookies.keys()) == (
        200,
        True,
        set(),
    )


def test_whoever_has_entered_chooses_the_language_beside_their_name(chain: Any, browser: Any) -> None:
    page = browser(chain.planner).get(reverse("registry:check")).content.decode()

    assert ("hreflang" in page, page.count('name="language"')) == (False, 1)


def test_the_answer_names_the_code_it_is_about(file: Any, browser: Any) -> None:
    groups = " ".join([file.code[:4], file.code[4:8], file.code[8:]])
    known = browser().get(reverse("registry:check_code", args=[file.code.lower()])).content.decode()
    unknown = browser().get(reverse("registry:check_code", args=["zzzz-zzzz-zzzz" + "z" * 90])).content.decode()
    number = {"number": file.number, "issued_on": timezone.localdate(file.issued_at)}
    by_number = browser().get(reverse("registry:check"), number).content.decode()

    assert f"<dt>验真码</dt><dd>{groups}</dd>" in known
    assert f"验真码 <b>zzzz-zzzz-zzzz{'z' * 26}</b>" in unknown
    assert groups not in by_number


def test_a_refusal_is_not_kept(file: Any, browser: Any) -> None:
    client, address = browser(), reverse("registry:check_sizes", args=[file.code])
    for _ in range(CHECKS_A_MINUTE):
        client.get(address)

    slowed = client.get(address)

    assert (slowed.status_code, slowed["Cache-Control"]) == (429, "no-store")


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "Pacific/Kiritimati"])
def test_the_printed_date_stays_what_it_is_when_the_office_changes_its_time_zone(
    file: Any, browser: Any, settings: Any, zone: str
) -> None:
    printed = file.facts["issued_on"]
    settings.TIME_ZONE = zone  # one of the two has another date whatever the hour
    timezone.get_default_timezone.cache_clear()
    by_number = browser().get(reverse("registry:check"), {"number": file.number, "issued_on": printed})
    by_code = browser().get(reverse("registry:check_code", args=[file.code]))

    for answer in (by_number, by_code):
        (shown,) = re.findall(r"<dt>签发日期</dt><dd>([^<]*)</dd>", answer.content.decode())
        assert (answer.status_code, shown) == (200, printed)
