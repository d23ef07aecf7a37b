"""The part of joint campaigns in the demonstration: one national campaign of November; the stores' parts are the campaigns'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.demonstration.november import ABSENT, STORES, November, november
from workflows.demonstration.office_time import OFFICE_DAY
from workflows.demonstration.stories import Deed, Stage, Story, Tale, register
from workflows.desk.paths import nobody_looks
from workflows.matters.models import Matter
from workflows.matters.moves import moves_of
from workflows.matters.perform import begin
from workflows.organisation import clock
from workflows.organisation.models import Post, Unit, in_force
from workflows.organisation.roles import Role
from workflows.steps.sweep import run_families

from .models import Joint

SENTENCES = {
    "submit_whole": "各店分项已逐项核对，会员联盟分摊与联盟秘书处确认一致。",
    "finance": "分摊口径一致，费用在年度预算内。",
    "brand": "主视觉统一，同意。",
    "legal": "合作条款已备案。",
    "sign": "同意。各店注意现场安全，费用不得超支。",
}


@dataclass(kw_only=True)
class JointTale(Tale):
    """The national campaign, from the draft to the summary, which the clock issues when the last store has closed."""

    days: November

    def begin(self, stage: Stage) -> Matter:
        posts = Post.objects.filter(in_force(clock.today()), role=Role.PLANNING_REVIEWER).order_by("pk")
        leader = posts.select_related("person", "unit")[0]
        group = Unit.objects.get(kind=Unit.Kind.GROUP)
        joint = Joint(unit=group, title=self.title)
        frame = {
            "title": self.title,
            "theme": "旧机换新机，会员享双倍",
            "words": "全国门店统一主视觉、会员券与以旧换新规则，舞台与互动由各店自定。\n"
            "会员联盟承担礼品费用，集团承担媒体投放，其余由门店与大区按预算分摊。",
            "starts_on": self.days.first,
            "ends_on": self.days.last,
            "hand_in_by": self.days.hand_in_by,
            "stores": [*STORES, ABSENT],
        }
        begin(joint, by=leader.person, frame=frame)
        return joint

    def live(self, deed: Deed, stage: Stage) -> None:
        """Whom the rules do not ask for their countersignature says nothing."""
        if deed.move != "open":
            matter = self.matter()
            if not moves_of(Joint)[deed.move].offered(matter) or (deed.seat and deed.seat not in matter.open_seats()):
                return
        with nobody_looks():
            super().live(deed, stage)
            run_families()

    def say(self, word: str) -> str:
        return SENTENCES.get(word, "")


class JointStory(Story):
    def plan(self, stage: Stage, size: int) -> Sequence[Tale]:
        days = november(stage.times)
        deeds = [
            Deed(days.invited - OFFICE_DAY + 200, "open"),
            Deed(days.invited, "invite"),
            Deed(days.gathered + 90, "submit_whole", word="submit_whole"),
            *(
                Deed(days.gathered + OFFICE_DAY + 60 + 45 * number, "agree", seat=role, word=role)
                for number, role in enumerate((Role.FINANCE.value, Role.BRAND.value, Role.LEGAL.value))
            ),
            Deed(days.gathered + 2 * OFFICE_DAY + 150, "sign", word="sign"),
        ]
        return [JointTale(number=0, title="双十一全国换新季", deeds=deeds, days=days)]


register(JointStory())
