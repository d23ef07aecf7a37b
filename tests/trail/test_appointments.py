"""Who is appointed by whom: from today on, nobody by themselves, and to a post that signs by two administrators."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from workflows.organisation import clock
from workflows.organisation.models import Appointment, Person, Post, StandIn
from workflows.organisation.roles import Role
from workflows.trail import appointments
from workflows.trail.models import Entry

DAY = timedelta(days=1)
NOT_ONESELF = "任何人不得任命本人，请由另一名系统管理员办理。"
NOT_ONES_OWN = "任何人不得变更本人的任命，请由另一名系统管理员办理。"
NOT_BEFORE = "任命只能自今日或今后的日期起生效。"


@pytest.fixture
def office(client, chain):
    """A browser in which the administrator sits."""
    client.force_login(chain.administrator)
    return client


@pytest.fixture
def second(chain):
    return chain.appoint(Role.ADMINISTRATOR, chain.office, "林二")


@pytest.fixture
def proposed(chain, second):
    """The administrator has proposed 吴间 as vice-president."""
    row = Post(person=chain.nobody, role=Role.VICE_PRESIDENT, unit=chain.group, title="常务副总裁")
    return appointments.propose(row, by=chain.administrator)


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def post_of(person, role, unit, **more):
    return {"person": person.pk, "role": role, "unit": unit.pk, "title": "", "starts_on": clock.today(), **more}


def stand_in_of(principal, deputy, **more):
    today = clock.today()
    asked = {"principal": principal.pk, "deputy": deputy.pk, "reason": "出差", "starts_on": today}
    return {**asked, "ends_on": today + DAY * 5, **more}


def told(answer):
    """What is wrong, by field, where the form came back."""
    assert answer.status_code == 200, answer.headers
    return {name: list(words) for name, words in answer.context["adminform"].form.errors.items()}


def lines():
    entries = Entry.objects.filter(matter=None).order_by("pk")
    return [(entry.actor_name, entry.action, entry.subject.partition("/")[0], entry.note) for entry in entries]


# --- today or later, and nobody by themselves ----------------------------------------------------------------


def test_a_post_that_does_not_sign_is_given_by_one_administrator(office, chain):
    answer = office.post(page(Post, "add"), post_of(chain.nobody, Role.CLERK, chain.office))

    assert (answer.status_code, chain.nobody.holds(Role.CLERK)) == (302, True)
    assert lines() == [("贺小川", "add", "organisation.post", "")]


@pytest.mark.parametrize(("days", "begins"), [(-1, False), (0, True), (1, True)])
def test_an_appointment_begins_today_or_later(office, chain, days, begins):
    starts_on = clock.today() + DAY * days
    posted = office.post(page(Post, "add"), post_of(chain.nobody, Role.CLERK, chain.office, starts_on=starts_on))
    lent = office.post(page(StandIn, "add"), stand_in_of(chain.planner, chain.nobody, starts_on=starts_on))

    assert (Post.objects.filter(person=chain.nobody).exists(), StandIn.objects.exists()) == (begins, begins)
    if not begins:
        assert (told(posted), told(lent)) == ({"starts_on": [NOT_BEFORE]}, {"starts_on": [NOT_BEFORE]})
        assert f'value="{starts_on:%Y-%m-%d}"' in posted.content.decode()  # nothing typed is lost


def test_a_post_not_yet_begun_is_not_moved_into_the_past(office, chain):
    post = Post.objects.create(
        person=chain.nobody, role=Role.CLERK, unit=chain.office, starts_on=clock.today() + DAY * 9
    )

    answer = office.post(page(Post, "change", post.pk), {"title": "", "starts_on": clock.today() - DAY})

    assert told(answer) == {"starts_on": [NOT_BEFORE]}


@pytest.mark.parametrize("role", [Role.CLERK, Role.PRESIDENT])
def test_nobody_appoints_themselves(office, chain, second, role):
    answer = office.post(page(Post, "add"), post_of(chain.administrator, role, chain.group))

    assert told(answer) == {"person": [NOT_ONESELF]}
    assert (chain.administrator.posts.count(), Appointment.objects.count(), lines()) == (1, 0, [])


@pytest.mark.parametrize("principal", ["planner", "president"])
def test_nobody_makes_themselves_a_deputy(office, chain, second, principal):
    answer = office.post(page(StandIn, "add"), stand_in_of(getattr(chain, principal), chain.administrator))

    assert told(answer) == {"deputy": [NOT_ONESELF]}
    assert (StandIn.objects.count(), Appointment.objects.count(), lines()) == (0, 0, [])


def test_one_may_name_a_deputy_for_oneself(office, chain):
    office.post(page(StandIn, "add"), stand_in_of(chain.administrator, chain.nobody))

    assert StandIn.objects.get().deputy == chain.nobody


def test_nobody_changes_prolongs_or_reopens_a_post_of_their_own(office, chain):
    today = clock.today()
    ended = Post.objects.create(
        person=chain.administrator, role=Role.AUDITOR, unit=chain.audit, starts_on=today - DAY * 9, ends_on=today - DAY
    )
    held = chain.administrator.posts.get(role=Role.ADMINISTRATOR)

    reopened = office.post(page(Post, "change", ended.pk), {"title": "", "ends_on": ""})
    entitled = office.post(page(Post, "change", held.pk), {"title": "总裁", "ends_on": ""})

    assert (told(reopened), told(entitled)) == ({"ends_on": [NOT_ONES_OWN]}, {"title": [NOT_ONES_OWN]})
    assert not chain.administrator.holds(Role.AUDITOR)
    assert lines() == []


def test_nobody_prolongs_their_own_deputyship(office, chain):
    today = clock.today()
    lent = StandIn.objects.create(
        principal=chain.planner, deputy=chain.administrator, starts_on=today - DAY, ends_on=today
    )

    answer = office.post(page(StandIn, "change", lent.pk), {"reason": "", "ends_on": today + DAY * 90})

    assert told(answer) == {"ends_on": [NOT_ONES_OWN]}


@pytest.mark.parametrize("starts", [-5, 5])
def test_who_holds_what_is_fixed_once_written(office, chain, starts):
    """Else somebody else's appointment could be made one's own."""
    today = clock.today()
    post = Post.objects.create(person=chain.nobody, role=Role.CLERK, unit=chain.office, starts_on=today + DAY * starts)
    asked = post_of(chain.administrator, Role.PRESIDENT, chain.group, starts_on=today + DAY * 5, title="文书")

    assert office.post(page(Post, "change", post.pk), asked).status_code == 302

    post.refresh_from_db()
    assert (post.person, post.role, post.unit, post.title) == (chain.nobody, Role.CLERK, chain.office, "文书")


def test_what_has_ended_is_begun_anew_and_not_reopened(office, chain):
    today = clock.today()
    ended = Post.objects.create(
        person=chain.nobody, role=Role.CLERK, unit=chain.office, starts_on=today - DAY * 90, ends_on=today - DAY * 30
    )
    running = Post.objects.create(
        person=chain.nobody, role=Role.AUDITOR, unit=chain.audit, starts_on=today - DAY * 90, ends_on=today
    )

    reopened = office.post(page(Post, "change", ended.pk), {"title": "", "ends_on": ""})
    prolonged = office.post(page(Post, "change", running.pk), {"title": "", "ends_on": today + DAY * 9})

    assert told(reopened) == {"ends_on": ["任期已结束，请自今日或今后的日期起另行任命。"]}
    assert (prolonged.status_code, chain.nobody.holds(Role.CLERK)) == (302, False)


# --- a post that signs ------------------------------------------------------------------------------------------


def test_which_posts_sign_is_said_by_the_edition_in_force(chain):
    roles = {role for role in Role if appointments.takes_two(Post(person=chain.nobody, role=role, unit=chain.group))}
    assert roles == {Role.REGION_MANAGER, Role.VICE_PRESIDENT, Role.PRESIDENT}

    chain.edition.limits.filter(role=Role.VICE_PRESIDENT).update(role=Role.FINANCE)

    assert appointments.signing_roles() == {Role.REGION_MANAGER, Role.FINANCE, Role.PRESIDENT}


def test_a_post_that_signs_waits_for_a_second_administrator(office, client, chain, second):
    asked = post_of(chain.nobody, Role.VICE_PRESIDENT, chain.group, title="常务副总裁")
    shown = office.post(page(Post, "add"), asked, follow=True).content.decode()

    row = Appointment.objects.get()
    assert not chain.nobody.posts.exists()
    assert (row.person, row.role, row.unit, row.title, row.proposed_by) == (
        chain.nobody, Role.VICE_PRESIDENT, chain.group, "常务副总裁", chain.administrator,
    )  # fmt: skip
    assert "任命须经另一名系统管理员确认后方可生效" in shown
    assert "可以确认的人员：林二。" in shown
    assert 'name="confirm"' not in shown

    client.force_login(second)
    assert "有 1 项任命待另一名系统管理员确认" in client.get(reverse("admin:index")).content.decode()
    assert 'name="confirm"' in client.get(page(Appointment, "change", row.pk)).content.decode()
    client.post(page(Appointment, "change", row.pk), {"confirm": "1"})

    post = chain.nobody.posts.get()
    assert (post.role, post.unit, post.title, post.starts_on) == (
        Role.VICE_PRESIDENT, chain.group, "常务副总裁", clock.today(),
    )  # fmt: skip
    assert lines() == [
        ("贺小川", "propose", "organisation.appointment", ""),
        ("林二", "add", "organisation.post", ""),
        ("林二", "confirm", "organisation.appointment", ""),
    ]


def test_an_office_with_one_administrator_is_told_what_to_do(office, chain):
    shown = office.post(
        page(Post, "add"), post_of(chain.nobody, Role.PRESIDENT, chain.group), follow=True
    ).content.decode()

    assert "请先任命第二名系统管理员：该岗位没有审批额度，无需他人确认。" in shown

    office.post(page(Post, "add"), post_of(chain.clerk, Role.ADMINISTRATOR, chain.office))
    assert list(appointments.who_may_confirm(Appointment.objects.get())) == [chain.clerk]


def test_whoever_proposed_it_or_is_appointed_does_not_confirm(chain, second, proposed):
    themselves = chain.appoint(Role.ADMINISTRATOR, chain.office, "某甲")
    to_themselves = appointments.propose(
        Post(person=themselves, role=Role.PRESIDENT, unit=chain.group), by=chain.administrator
    )
    for row, by in ((proposed, chain.administrator), (to_themselves, themselves)):
        with pytest.raises(ValidationError, match="任命的提出人和被任命人不得自行确认"):
            appointments.confirm(row, by=by)

    assert appointments.waiting().count() == 2
    assert not chain.nobody.posts.exists()


def test_nobody_but_an_administrator_confirms_or_refuses(client, chain, proposed):
    for act in (appointments.confirm, lambda row, by: appointments.refuse(row, by=by, note="不妥")):
        for person in chain.people().values():
            if person != chain.administrator:
                with pytest.raises(PermissionDenied):
                    act(proposed, by=person)
    client.force_login(chain.president)

    assert client.post(page(Appointment, "change", proposed.pk), {"confirm": "1"}, follow=True).status_code == 403
    assert appointments.waiting().get() == proposed


def test_the_proposers_press_is_refused_in_words_and_keeps_what_was_typed(office, proposed):
    answer = office.post(page(Appointment, "change", proposed.pk), {"confirm": "1", "note": "急用"})

    assert answer.status_code == 422
    assert "任命的提出人和被任命人不得自行确认。" in answer.content.decode()
    assert "急用" in answer.content.decode()


def test_a_refusal_takes_a_reason_beside_its_field(client, chain, second, proposed):
    client.force_login(second)
    bare = client.post(page(Appointment, "change", proposed.pk), {"refuse": "1"})
    assert (bare.status_code, bare.context["form"].errors) == (422, {"note": ["请填写理由。"]})

    client.post(page(Appointment, "change", proposed.pk), {"refuse": "1", "note": "未经董事会"})

    assert (appointments.waiting().count(), chain.nobody.posts.count()) == (0, 0)
    assert lines()[-1] == ("林二", "refuse", "organisation.appointment", "未经董事会")
    with pytest.raises(ValidationError, match="林二已于"):
        appointments.confirm(proposed, by=chain.appoint(Role.ADMINISTRATOR, chain.office, "某甲"))


def test_whoever_proposed_it_may_take_it_back(chain, proposed):
    appointments.refuse(proposed, by=chain.administrator, note="写错了人")

    assert not appointments.waiting().exists()


def test_confirmed_late_it_begins_on_the_day_it_is_confirmed(chain, second, proposed):
    with clock.at(clock.now() + DAY * 4):
        post = appointments.confirm(proposed, by=second)

        assert post.starts_on == clock.today()


def test_what_has_come_to_nothing_meanwhile_is_not_confirmed(chain, second):
    today = clock.today()
    short = appointments.propose(
        StandIn(principal=chain.president, deputy=chain.clerk, starts_on=today, ends_on=today), by=chain.administrator
    )
    with clock.at(clock.now() + DAY), pytest.raises(ValidationError, match="任期已过"):
        appointments.confirm(short, by=second)
    Person.objects.filter(pk=chain.clerk.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="此人已离职"):
        appointments.confirm(short, by=second)

    assert not StandIn.objects.exists()


def test_a_post_that_signs_is_not_prolonged_by_one_administrator(office, chain, second):
    today = clock.today()
    post = chain.president.posts.get()
    address = page(Post, "change", post.pk)

    assert office.post(address, {"title": "", "ends_on": today + DAY * 9}).status_code == 302  # sooner than never
    for later in (today + DAY * 90, ""):
        answer = office.post(address, {"title": "董事长", "ends_on": later})
        assert told(answer) == {
            "ends_on": ["此项任命不能由一名系统管理员单独延期。请自到期次日起另行任命，由另一名系统管理员确认。"]
        }
        assert "董事长" in answer.content.decode()
    assert office.post(address, {"title": "", "ends_on": today + DAY * 3}).status_code == 302

    post.refresh_from_db()
    assert post.ends_on == today + DAY * 3


def test_a_post_that_signs_is_not_begun_sooner_than_confirmed(office, chain):
    today = clock.today()
    post = Post.objects.create(person=chain.nobody, role=Role.PRESIDENT, unit=chain.group, starts_on=today + DAY * 30)

    office.post(page(Post, "change", post.pk), {"title": "", "starts_on": today})

    post.refresh_from_db()
    assert post.starts_on == today + DAY * 30


# --- a stand-in for a signer --------------------------------------------------------------------------------------


def test_a_stand_in_for_a_signer_waits_for_a_second_administrator(office, chain, second):
    office.post(page(StandIn, "add"), stand_in_of(chain.president, chain.nobody, workflow="campaign"))

    assert not StandIn.objects.exists()
    appointments.confirm(Appointment.objects.get(), by=second)

    lent = StandIn.objects.get()
    assert (lent.principal, lent.deputy, lent.workflow, lent.reason) == (
        chain.president, chain.nobody, "campaign", "出差",
    )  # fmt: skip
    assert [action for _who, action, _subject, _note in lines()] == ["propose", "add", "confirm"]


def test_who_stands_in_for_somebody_does_not_come_to_sign_unasked(chain, second, proposed):
    """One administrator named the deputy while the principal signed nothing; two have not."""
    today = clock.today()
    lent = StandIn.objects.create(principal=chain.nobody, deputy=chain.clerk, starts_on=today, ends_on=today + DAY * 90)

    with pytest.raises(ValidationError, match=f"{chain.clerk}代理吴间，且仅由一名系统管理员决定"):
        appointments.confirm(proposed, by=second)
    lent.delete()

    assert appointments.confirm(proposed, by=second).person == chain.nobody


def test_for_anybody_else_one_administrator_is_enough(office, chain):
    office.post(page(StandIn, "add"), stand_in_of(chain.planner, chain.nobody))

    assert (StandIn.objects.get().deputy, Appointment.objects.count()) == (chain.nobody, 0)


@pytest.mark.parametrize(("from_day", "takes"), [(1, True), (6, False)])
def test_only_days_on_which_the_principal_signs_count(chain, from_day, takes):
    today = clock.today()
    Post.objects.create(
        person=chain.nobody, role=Role.PRESIDENT, unit=chain.group,
        starts_on=today + DAY * from_day, ends_on=today + DAY * 9,
    )  # fmt: skip
    lent = StandIn(principal=chain.nobody, deputy=chain.clerk, starts_on=today, ends_on=today + DAY * 5)

    assert appointments.takes_two(lent) is takes


# --- its pages ---------------------------------------------------------------------------------------------------


def test_the_list_says_what_became_of_each(office, chain, second, proposed):
    other = appointments.propose(Post(person=chain.clerk, role=Role.PRESIDENT, unit=chain.group), by=second)
    appointments.refuse(other, by=chain.administrator, note="不妥")

    shown = office.get(page(Appointment, "changelist")).content.decode()

    assert shown.index("待另一名系统管理员确认") < shown.index("已退回")
    assert office.get(page(Appointment, "add")).status_code == 403
    assert office.post(page(Appointment, "delete", proposed.pk), {"post": "yes"}).status_code == 403
    assert office.get(page(Appointment, "history", proposed.pk)).status_code == 200
