"""Before a paper takes its number: names in their form for print, and what could never be printed is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from documents import writing
from documents.looks import MOST_UNBROKEN
from documents.models import Counter, IssuedDocument, Seal
from workflows.campaigns.models import Paper, State
from workflows.matters.errors import Refused
from workflows.matters.perform import perform
from workflows.organisation.models import Person

NO_FACE = "𮯰"  # U+2EBF0, extension I


def renamed(person: Any, name: str, print_name: str = "") -> None:
    person.name, person.print_name = name, print_name
    person.save(update_fields=["name", "print_name"])


def test_papers_write_a_name_in_its_form_for_print(chain: Any, open_campaign: Any, walk: Any) -> None:
    renamed(chain.vice_president, f"田{NO_FACE}", "田吉")
    campaign = walk(open_campaign(120_000), to=State.SIGNATURE)

    perform(campaign.sign, by=chain.vice_president, note="同意。")

    papers = {paper.kind: paper for paper in IssuedDocument.objects.filter(matter=campaign.pk)}
    assert papers[Paper.CIRCULAR].facts["issuer"]["person"] == "田吉"
    assert [writing.strange(paper.facts) for paper in papers.values()] == [[]] * len(papers)
    assert campaign.trail.last().actor_name == f"田{NO_FACE}"  # the trail says who it was


def test_a_signature_that_could_not_be_printed_is_refused_before_a_number_is_taken(
    chain: Any, open_campaign: Any, walk: Any
) -> None:
    renamed(chain.vice_president, f"田{NO_FACE}")  # entered by an earlier release
    campaign = walk(open_campaign(120_000), to=State.SIGNATURE)
    before = campaign.trail_length, list(Counter.objects.values_list("last", flat=True))

    with translation.override("en"), pytest.raises(Refused) as refused:
        perform(campaign.sign, by=chain.vice_president, note="同意。")

    assert refused.value.messages == [
        f"The paper cannot be issued: no font can draw 𮯰 (U+2EBF0) in the name “田{NO_FACE}”."
        " Please ask an administrator to enter how papers are to write this name, and decide again after that."
    ]
    campaign.reload()
    after = campaign.trail_length, list(Counter.objects.values_list("last", flat=True))
    assert (campaign.state, after) == (State.SIGNATURE, before)
    assert not IssuedDocument.objects.filter(matter=campaign.pk, kind=Paper.CIRCULAR).exists()


def test_words_that_cannot_be_printed_go_back_to_whoever_wrote_them(chain: Any, open_campaign: Any) -> None:
    campaign = open_campaign(120_000, venue="一层中庭🎪")

    with pytest.raises(Refused) as refused:
        perform(campaign.submit, by=chain.planner)

    assert refused.value.messages == [
        "文件无法印发：“一层中庭🎪”中的🎪 (U+1F3AA)没有可用字形。须由撰写人改用文字写明，请退回撰写人修改。"
    ]
    campaign.reload()
    assert campaign.state == State.DRAFT


def test_a_text_that_no_line_can_hold_is_refused(chain: Any, open_campaign: Any) -> None:
    with pytest.raises(Refused, match=str(MOST_UNBROKEN + 1)):
        writing.checked({"note": "x" * (MOST_UNBROKEN + 1)})
    assert writing.checked({"note": "x" * MOST_UNBROKEN}) == {"note": "x" * MOST_UNBROKEN}


def test_a_seal_no_font_can_draw_is_put_right_by_a_clerk(chain: Any, open_campaign: Any, walk: Any) -> None:
    Seal.objects.create(unit=chain.group, name=f"{NO_FACE}桥数码")
    campaign = walk(open_campaign(120_000), to=State.SIGNATURE)

    with pytest.raises(Refused, match="印章"):
        perform(campaign.sign, by=chain.vice_president)


def test_what_the_clock_hands_out_waits_for_nobody(chain: Any) -> None:
    assert writing.by_number({"who": f"田{NO_FACE}", "on": ["2026-11-26", 7]}) == {
        "who": "田(U+2EBF0)",
        "on": ["2026-11-26", 7],
    }
    renamed(chain.planner, f"田{NO_FACE}", "田吉")
    assert writing.in_writing([f"申报人田{NO_FACE}", f"{NO_FACE}"]) == ["申报人田吉", NO_FACE]


def test_the_common_paper_asks_the_database_nothing(chain: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert writing.checked({"who": "林晓", "sum": 7}) == {"who": "林晓", "sum": 7}
    assert Person.objects.exclude(print_name="").count() == 0


def test_the_name_of_the_group_is_looked_at_when_the_office_opens(settings: Any) -> None:
    settings.GROUP_NAME = f"{NO_FACE}桥数码"
    (found,) = writing.check_group_name()
    assert "𮯰 (U+2EBF0)" in found.msg

    settings.GROUP_NAME = "星桥数码"
    assert writing.check_group_name() == []
