"""A half-year plan from the kick-off to the bulletin: who does what, in which order, and what the trail says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from documents.models import IssuedDocument, Rendition
from tests.plans.conftest import consulting, drafted, in_force, launched, taken_in, topic, working_day
from workflows.desk.inbox import inbox
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.models import Matter
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.calendar import start_of
from workflows.organisation.models import StandIn
from workflows.organisation.standing import Standing
from workflows.plans.models import Consultation, Fate, Plan, PlanState, Topic, TopicState
from workflows.steps.sweep import sweep
from workflows.trail.models import Entry


def waits_for(person: Any) -> list[str]:
    return [str(task.matter.title) for task in inbox(Standing(person))]


def fresh(matter: Any) -> Any:
    return type(matter).objects.get(pk=matter.pk)


def papers(matter: Any) -> list[str]:
    return sorted(matter.documents.values_list("kind", flat=True))


class TestLaunch:
    def test_each_topic_becomes_a_matter_of_its_own(self, chain: Any) -> None:
        plan, topics = launched(chain)

        assert [(t.number, t.title, t.state, t.unit) for t in topics] == [
            (1, "会员体系升级", "assigned", chain.brand_department),
            (2, "门店焕新", "assigned", chain.region),
            (3, "培训", "assigned", chain.legal_department),
        ]
        assert papers(plan) == ["plan.division", "plan.minutes"]
        assert [papers(t) for t in topics] == [["topic.letter"] * 5, ["topic.letter"], ["topic.letter"]]
        assert waits_for(chain.brand) == ["会员体系升级"]

    @pytest.mark.parametrize(
        ("spoil", "told"),
        [
            (lambda t: {"leads": ()}, "1. 会员体系升级：没有第一主办。"),
            (lambda t: {"due": None}, "1. 会员体系升级：没有完成时限。"),
            (lambda t: {"title": "培训"}, "3. 培训：与第 1 项专题同名。"),
        ],
    )
    def test_nothing_is_launched_that_lacks_what_it_needs(self, chain: Any, spoil: Any, told: str) -> None:
        from dataclasses import replace

        plan = drafted(chain)
        value = plan.outline.topics()[0]
        perform(plan.write_topic, by=chain.resource_centre, topic=replace(value, **spoil(value)), part="经营", place=1)

        with pytest.raises(Refused) as refusal:
            perform(plan.launch, by=chain.resource_centre, **plan.as_planned("launch"))

        assert refusal.value.messages == [told]

    def test_nor_with_an_owner_who_has_left_or_beyond_its_own_end(self, chain: Any) -> None:
        plan = drafted(chain)
        chain.finance.is_active = False
        chain.finance.save()
        late = topic("太迟", [chain.legal], days=200)
        perform(plan.write_topic, by=chain.resource_centre, topic=late, part="保障", place=None)

        with pytest.raises(Refused) as refusal:
            perform(plan.launch, by=chain.resource_centre, **plan.as_planned("launch"))

        assert refusal.value.messages == [f"4. 太迟：计划截至 {plan.ends}。", "1. 会员体系升级：方敏 已离职。"]

    def test_a_plan_without_topics_goes_nowhere(self, chain: Any) -> None:
        plan = Plan(unit=chain.planning, title="空")
        begin(plan, by=chain.resource_centre, begins=working_day(1), ends=working_day(9))

        with pytest.raises(Refused):
            perform(plan.launch, by=chain.resource_centre, **plan.as_planned("launch"))
        with pytest.raises(NotYours):
            begin(Plan(unit=chain.store, title="店里的"), by=chain.planner, begins=working_day(1), ends=working_day(9))


class TestATopic:
    def test_declined_it_goes_to_another(self, chain: Any) -> None:
        _plan, (first, *_others) = launched(chain)

        perform(first.decline, by=chain.brand, note="人手不足")
        assert "会员体系升级" in waits_for(chain.resource_centre)
        with pytest.raises(Refused):
            perform(first.reassign, by=chain.resource_centre, person=chain.finance)
        perform(first.reassign, by=chain.resource_centre, person=chain.planning_reviewer)

        assert ([p.name for p in fresh(first).leads()], waits_for(chain.brand)) == (["陆之远", "方敏", "韩正"], [])

    def test_it_is_written_together_and_signed_in_order(self, chain: Any) -> None:
        _plan, (first, *_others) = launched(chain)
        perform(first.accept, by=chain.brand)
        assert waits_for(chain.planner) == ["会员体系升级"]
        perform(first.contribute, by=chain.planner, words="会员访谈三十份")
        assert waits_for(chain.planner) == []
        perform(first.contribute, by=chain.neighbour_planner, words="近一年复购率 31%")
        with pytest.raises(StepOutOfOrder):
            perform(first.submit, by=chain.brand)
        perform(first.write, by=chain.brand, text="草案")
        assert (waits_for(chain.finance), "会员体系升级" in waits_for(chain.legal)) == (["会员体系升级"], False)
        with pytest.raises(NotYours):
            perform(first.cosign, by=chain.legal)
        with pytest.raises(StepOutOfOrder):
            perform(first.submit, by=chain.brand)
        perform(first.cosign, by=chain.finance)
        perform(first.cosign, by=chain.legal)
        perform(first.submit, by=chain.brand)

        first = fresh(first)
        assert [row["who"] for row in first.signed] == ["方敏", "韩正", "叶知秋"]
        assert [(row["who"], row["kind"]) for row in first.pieces] == [("林晓", "author"), ("钱多米", "data")]
        assert (first.state, papers(first).count("topic.draft")) == ("topic_submitted", 1)

    def test_late_the_next_lead_owner_may_hand_it_in_and_the_trail_says_who_was_late(self, chain: Any) -> None:
        _plan, (first, *_others) = launched(chain)
        perform(first.accept, by=chain.brand)
        with pytest.raises(NotYours):
            perform(fresh(first).write, by=chain.finance, text="越位")

        with clock.at(start_of(first.draft_by + timedelta(days=1))):
            sweep()
            first = fresh(first)
            assert waits_for(chain.finance) == ["会员体系升级"]
            perform(first.write, by=chain.finance, text="由第二主办起草")
            perform(first.cosign, by=chain.legal)
            perform(first.submit, by=chain.finance)

        said = [rule for entry in first.trail.filter(action="fall_late") for rule in entry.rules]
        assert [(rule["key"], rule["values"]["count"]) for rule in said] == [("topic_late", "1")]
        assert "叶知秋" in str(said[0]["values"]["person"])

    def test_whoever_is_named_later_or_gets_it_back_has_days_of_their_own(self, chain: Any) -> None:
        _plan, (first, *_others) = launched(chain)
        perform(first.decline, by=chain.brand, note="人手不足")
        later = start_of(first.draft_by + timedelta(days=3))
        with clock.at(later):
            for unfit in (chain.finance, chain.planner):  # a lead owner, and an assistant
                with pytest.raises(Refused):
                    perform(fresh(first).reassign, by=chain.resource_centre, person=unfit)
            perform(fresh(first).reassign, by=chain.resource_centre, person=chain.planning_reviewer)
            sweep()
            first = fresh(first)
            assert (first.lead_turn, first.draft_by) == (1, clock.today() + timedelta(days=7))

    def test_a_stand_in_gives_what_their_principal_was_asked_for(self, chain: Any) -> None:
        _plan, (first, *_others) = launched(chain)
        perform(first.accept, by=chain.brand)
        StandIn.objects.create(
            principal=chain.neighbour_planner, deputy=chain.nobody, starts_on=clock.today(), ends_on=clock.today()
        )
        perform(first.contribute, by=chain.nobody, words="复购率 31%")

        assert [(row["who"], row["kind"]) for row in fresh(first).pieces] == [("吴间", "data")]

    def test_a_month_is_reported_once_and_progress_does_not_fall(self, chain: Any) -> None:
        _plan, (first, *_others) = in_force(chain)
        perform(first.report, by=chain.brand, month="2026-11", share=80, done="—", next_="")
        for month, share in (("2026-11", 90), ("2026-12", 30)):
            with pytest.raises(Refused):
                perform(first.report, by=chain.brand, month=month, share=share, done="—", next_="")

        assert first.percent == 80


class TestConsultation:
    def test_one_unit_speaks_one_is_silent_and_every_opinion_is_answered(self, chain: Any) -> None:
        plan, asked = consulting(chain, [chain.region, chain.other_region])
        assert [(c.unit, c.state) for c in asked] == [(chain.region, "asked"), (chain.other_region, "asked")]
        spoken, silent = asked
        perform(spoken.opine, by=chain.region_manager, topic=1, clause="1.2", wanted="试点提前", why="赶上旺季")
        perform(spoken.opine, by=chain.region_manager, topic=2, clause="", wanted="增加预算", why="物价上涨")
        with pytest.raises(NotYours):
            perform(spoken.answer, by=chain.other_region_manager)
        perform(spoken.answer, by=chain.region_manager)

        with clock.at(start_of(plan.answer_by + timedelta(days=1))):
            sweep()
            assert fresh(silent).state == "asked"  # its letter was never printed: nobody calls it silent
            Rendition.objects.filter(document__matter=silent.pk).update(status="rendered")
            sweep()
            sweep()
            plan = fresh(plan)
            assert (fresh(silent).state, plan.state) == ("silent", "revising")
            rows = list(plan.opinions_of_units())
            with pytest.raises(Refused):
                perform(plan.finalise, by=chain.resource_centre)
            with pytest.raises(Refused):
                perform(plan.judge, by=chain.resource_centre, fates={rows[1].pk: (Fate.DECLINED, "")})
            perform(
                plan.judge, by=chain.resource_centre,
                fates={rows[0].pk: (Fate.ADOPTED, ""), rows[1].pk: (Fate.DECLINED, "预算已定")},
            )  # fmt: skip
            perform(plan.finalise, by=chain.resource_centre)

        assert papers(plan) == ["plan.division", "plan.draft", "plan.minutes", "plan.opinions"]
        assert [(row.fate, row.reply) for row in plan.opinions_of_units()] == [
            ("adopted", ""),
            ("declined", "预算已定"),
        ]

    def test_a_unit_reads_its_own_opinions_and_what_became_of_them_and_nobody_elses(
        self, chain: Any, client: Any
    ) -> None:
        plan, (east, south) = consulting(chain, [chain.region, chain.other_region])
        perform(east.opine, by=chain.region_manager, topic=1, clause="", wanted="东区的意见", why="—")
        perform(south.opine, by=chain.other_region_manager, topic=1, clause="", wanted="南区的意见", why="—")

        def read(person: Any) -> list[bool]:
            client.force_login(person)
            page = client.get(plan.get_absolute_url(), {"tab": "answers"}).content.decode()
            return [words in page for words in ("东区的意见", "南区的意见")]

        assert [read(person) for person in (chain.region_manager, chain.other_region_manager, chain.resource_centre)] == [
            [True, False], [False, True], [True, True],
        ]  # fmt: skip

    def test_whose_letter_never_came_is_not_waited_for_and_speaks_no_more_when_it_is_over(self, chain: Any) -> None:
        plan, (asked,) = consulting(chain, [chain.region])
        perform(fresh(asked).send_anew, by=chain.resource_centre)
        with clock.at(plan.consulting_until):
            sweep()
            sweep()
            assert (fresh(plan).state, fresh(asked).state) == ("revising", "consultation_called_off")
            with pytest.raises(StepOutOfOrder):
                perform(fresh(asked).opine, by=chain.region_manager, topic=1, clause="", wanted="迟到", why="—")

        assert papers(asked) == ["consultation.letter"] * 2

    def test_an_adopted_opinion_changes_the_text_and_both_are_kept(self, chain: Any) -> None:
        plan, (asked,) = consulting(chain, [chain.region])
        perform(asked.answer, by=chain.region_manager)
        sweep()
        plan = fresh(plan)
        perform(plan.revise, by=chain.resource_centre, texts={1: "定稿正文"})

        first, second, _third = plan.topics()
        assert [plan.final_text(t) for t in (first, second)] == ["定稿正文", second.text]
        assert first.text == "会员体系升级：草案正文。"


class TestExecution:
    def test_signed_its_topics_begin_and_it_ends_when_they_have(self, chain: Any) -> None:
        plan, topics = in_force(chain)
        assert [t.state for t in topics] == ["in_progress"] * 3
        circular = IssuedDocument.objects.get(kind="plan.circular")
        assert circular.number
        first, second, third = topics
        perform(first.report, by=chain.brand, month="2027-01", share=40, done="完成调研", next_="试点")
        perform(first.extend, by=chain.brand, note="供应商延误", wanted=working_day(80))
        perform(first.grant, by=chain.resource_centre)
        perform(second.extend, by=chain.region_manager, note="来不及", wanted=working_day(90))
        perform(second.refuse, by=chain.resource_centre, note="不可再延")
        for each, lead in ((first, chain.brand), (third, chain.legal)):
            perform(each.complete, by=lead, done="全部完成")
        perform(first.return_result, by=chain.resource_centre, note="缺照片")
        perform(first.complete, by=chain.brand, done="补齐照片")
        for each in (first, third):
            perform(each.accept_result, by=chain.resource_centre)
        assert fresh(plan).state == PlanState.EXECUTING
        perform(second.carry_over, by=chain.resource_centre, note="转入下半年")
        sweep()
        plan = fresh(plan)
        assert plan.state == PlanState.CLOSING
        perform(plan.close, by=chain.resource_centre, words="总体良好")

        assert [fresh(t).state for t in topics] == ["accepted", "carried_over", "accepted"]
        assert fresh(first).due == working_day(80)
        assert papers(plan) == [
            "plan.bulletin",
            "plan.circular",
            "plan.division",
            "plan.draft",
            "plan.minutes",
            "plan.opinions",
        ]
        assert [papers(t).count("topic.extension") for t in topics] == [1, 1, 0]

    def test_what_was_not_accepted_goes_into_the_next_plan(self, chain: Any) -> None:
        plan, (first, *_others) = in_force(chain)
        perform(first.carry_over, by=chain.resource_centre, note="转入")
        following = Plan(unit=chain.planning, title="2027年下半年工作计划")
        begin(following, by=chain.resource_centre, begins=working_day(150), ends=working_day(260))

        perform(following.carry_over_from, by=chain.resource_centre, plan=plan)
        perform(following.carry_over_from, by=chain.resource_centre, plan=plan)

        assert [(t.title, t.carried, t.due) for t in following.outline.topics()] == [
            ("会员体系升级", first.reference, None)
        ]

    def test_time_over_it_waits_for_what_is_still_at_work(self, chain: Any) -> None:
        plan, topics = in_force(chain)
        with clock.at(plan.closes_at):
            sweep()
            plan = fresh(plan)
            assert plan.state == PlanState.CLOSING
            with pytest.raises(Refused):
                perform(plan.close, by=chain.resource_centre, words="—")
            for each in topics:
                perform(fresh(each).carry_over, by=chain.resource_centre, note="未完成")
            perform(plan.close, by=chain.resource_centre, words="—")

        assert plan.is_closed


def test_cancelled_everything_under_it_is_called_off(chain: Any) -> None:
    plan, topics = launched(chain)
    taken_in(chain, topics[2])
    perform(fresh(plan).cancel, by=chain.resource_centre, note="重组")
    sweep()

    assert [fresh(t).state for t in topics] == [TopicState.CALLED_OFF] * 3
    assert (
        not Entry.objects.filter(matter__in=[t.pk for t in topics], action="call_off")
        .exclude(actor__is_system=True)
        .exists()
    )


def test_who_leads_sees_the_topic_and_a_stranger_does_not(chain: Any) -> None:
    launched(chain)

    def sees(person: Any) -> list[int]:
        return sorted(
            Topic.objects.filter(pk__in=Matter.objects.visible_to(person).values("pk")).values_list("number", flat=True)
        )

    assert sees(chain.resource_centre) == [1, 2, 3]
    assert sees(chain.neighbour_planner) == [1]  # assists with the first
    assert sees(chain.expansion_planner) == []
    assert not Consultation.objects.exists()
