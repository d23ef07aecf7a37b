"""The administration pages: who comes in, that every save leaves its line, and what cannot be changed there."""

import re
from datetime import date, timedelta
from itertools import product

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from documents.models import Series
from workflows.organisation import clock
from workflows.organisation.models import DayCorrection, Person, Post, StandIn, Unit
from workflows.organisation.roles import Role
from workflows.policies import books
from workflows.policies.books import Due, RuleBook
from workflows.policies.models import Edition
from workflows.steps.flows import all_flows
from workflows.trail.admin import site
from workflows.trail.models import Entry

DAY = timedelta(days=1)


@pytest.fixture
def toy(chain, monkeypatch):
    """A workflow that is installed after the office's edition was published."""
    monkeypatch.setattr(books, "_books", dict(books._books))
    deadlines = (Due("offer", 5, label="报价"), Due("signing", 3, label="签约"))
    books.register(RuleBook("toy", label="玩具", deadlines=deadlines))


@pytest.fixture
def office(client, chain):
    """A browser in which the administrator sits."""
    client.force_login(chain.administrator)
    return client


def lines():
    return [(line.subject, line.action, line.changes) for line in Entry.objects.filter(matter=None).order_by("pk")]


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


# --- who comes in --------------------------------------------------------------------------------------


def test_only_an_administrators_post_opens_the_pages(client, chain):
    answers = {}
    for name, person in chain.people().items():
        client.force_login(person)
        answers[name] = client.get("/admin/", follow=True).status_code

    assert {name for name, status in answers.items() if status == 200} == {"administrator"}
    assert set(answers.values()) == {200, 403}


def test_a_flag_opens_nothing(client, chain):
    chain.nobody.is_superuser = True
    chain.nobody.save()
    client.force_login(chain.nobody)

    assert client.get("/admin/organisation/unit/", follow=True).status_code == 403


def test_a_stranger_is_sent_to_the_one_door(client, db):
    assert client.get("/admin/login/").headers["Location"].startswith(f"{reverse('door:enter')}?next=/admin/")


def test_an_administrator_of_yesterday_is_out(office, chain):
    chain.administrator.posts.get().close(clock.today() - DAY)

    assert office.get("/admin/", follow=True).status_code == 403


def test_matters_tasks_and_documents_are_not_edited_here():
    edited = {model.__name__ for model in site._registry}
    register = {"Stall", "Tenant", "Lease", "Month"}

    assert edited - register == {
        "Unit",
        "Person",
        "Post",
        "StandIn",
        "Appointment",
        "DayCorrection",
        "Edition",
        "Series",
        "Factor",
    }


@pytest.mark.parametrize("model", [Unit, Person, Post, StandIn, DayCorrection, Edition])
def test_every_page_opens(office, model):
    assert office.get(page(model, "changelist")).status_code == 200
    assert office.get(page(model, "add")).status_code == 200


def listed(office, model, person, column):
    """What `person` reads in one column of the list of `model`, top to bottom."""
    office.force_login(person)
    shown = office.get(page(model, "changelist")).content.decode()
    return [strip_tags(cell) for cell in re.findall(rf'class="field-{column}[^>]*>(.*?)</t[dh]>', shown)]


def test_names_and_titles_are_listed_in_the_readers_language(office, chain):
    Unit.objects.update(name_en="")
    Unit.objects.filter(pk=chain.store.pk).update(name_en="West Gate Store")
    Person.objects.filter(pk=chain.planner.pk).update(name_en="Lin Xiao")
    chain.planner.posts.update(title="高级企划", title_en="Senior Planner")
    chain.clerk.posts.update(title="文书")
    reader, read = chain.administrator, {}
    for language in ("zh-hans", "en"):
        reader.language = language
        reader.save(update_fields=["language"])
        words = [set(listed(office, model, reader, "in_words")) for model in (Unit, Person, Post)]
        read[language] = [
            words[0] & {chain.store.name, "West Gate Store"},
            words[1] & {"林晓", "Lin Xiao"},
            words[2] - {"", "-"},
        ]

    assert read == {
        "zh-hans": [{chain.store.name}, {"林晓"}, {"高级企划", "文书"}],
        "en": [{"West Gate Store"}, {"Lin Xiao"}, {"Senior Planner"}],
    }


# --- every save is a line ---------------------------------------------------------------------------------


def test_adding_a_unit(office, chain):
    office.post(page(Unit, "add"), {"name": "宁波店", "kind": "store", "code": "ningbo", "parent": chain.region.pk})

    unit = Unit.objects.get(code="ningbo")
    assert lines() == [
        (
            f"organisation.unit/{unit.pk}",
            "add",
            {
                "parent": [None, f"华东大区 #{chain.region.pk}"],
                "kind": [None, "store"],
                "code": [None, "ningbo"],
                "name": [None, "宁波店"],
                "name_en": [None, ""],
            },
        )
    ]


def test_moving_a_unit_says_from_where_to_where(office, chain):
    store = chain.store
    asked = {"name": store.name, "kind": "store", "code": store.code, "parent": chain.other_region.pk}

    office.post(page(Unit, "change", store.pk), asked)

    here, there = f"华东大区 #{chain.region.pk}", f"华南大区 #{chain.other_region.pk}"
    assert lines() == [(f"organisation.unit/{store.pk}", "change", {"parent": [here, there]})]


def test_saving_without_a_change_writes_no_line(office, chain):
    store = chain.store
    asked = {"name": store.name, "kind": "store", "code": store.code, "parent": chain.region.pk}

    assert office.post(page(Unit, "change", store.pk), asked).status_code == 302
    assert lines() == []


def test_a_refused_form_writes_no_line(office, chain):
    office.post(page(Unit, "add"), {"name": "", "kind": "store", "code": "x"})

    assert lines() == []


def test_a_unit_cannot_be_put_below_itself(office, chain):
    asked = {"name": "华东大区", "kind": "region", "code": "east", "parent": chain.store.pk}

    answer = office.post(page(Unit, "change", chain.region.pk), asked)

    chain.region.refresh_from_db()
    assert (answer.status_code, chain.region.parent, lines()) == (200, chain.group, [])


def test_a_new_person_with_a_password_that_no_line_repeats(office, chain):
    secret = "kein-anderer-weiss-es-9"
    asked = {
        "username": "lanlan", "name": "蓝岚", "language": "zh-hans", "usable_password": "true",
        "password1": secret, "password2": secret,
    }  # fmt: skip

    office.post(page(Person, "add"), asked)

    person = Person.objects.get(username="lanlan")
    assert person.check_password(secret)
    ((subject, action, told),) = lines()
    assert (subject, action, told["name"]) == (f"organisation.person/{person.pk}", "add", [None, "蓝岚"])
    assert "password" not in told


def test_a_new_password_is_told_without_the_password(office, chain):
    secret = "kein-anderer-weiss-es-9"
    asked = {"usable_password": "true", "password1": secret, "password2": secret}

    office.post(reverse("admin:auth_user_password_change", args=[chain.nobody.pk]), asked)

    chain.nobody.refresh_from_db()
    assert chain.nobody.check_password(secret)
    assert lines() == [(f"organisation.person/{chain.nobody.pk}", "change", {"password": ["***", "***"]})]


def test_a_corrected_day(office, chain):
    tomorrow = clock.today() + DAY

    office.post(page(DayCorrection, "add"), {"day": tomorrow, "is_working": "on", "note": "补班"})

    ((_subject, action, told),) = lines()
    assert (action, told["day"], told["is_working"]) == ("add", [None, tomorrow.isoformat()], [None, True])


# --- what history needs stays ------------------------------------------------------------------------------


def test_a_post_somebody_acted_in_is_not_deleted(office, chain, campaign):
    post = chain.planner.posts.get()

    answer = office.post(page(Post, "delete", post.pk), {"post": "yes"})

    assert (answer.status_code, Post.objects.filter(pk=post.pk).exists(), lines()) == (200, True, [])
    assert "留痕: 1" in answer.content.decode()


def test_an_unused_post_is_deleted_with_a_line(office, chain):
    post = Post.objects.create(person=chain.nobody, role=Role.CLERK, unit=chain.office)

    office.post(page(Post, "delete", post.pk), {"post": "yes"})

    assert not Post.objects.filter(pk=post.pk).exists()
    ((subject, action, told),) = lines()
    assert (subject, action, told["role"]) == (f"organisation.post/{post.pk}", "delete", ["clerk", None])


def test_a_unit_with_units_below_is_not_deleted_with_them(office, chain):
    empty = Unit.objects.create(kind="region", code="north", name="华北大区", parent=chain.group)
    Unit.objects.create(kind="store", code="tianjin", name="天津店", parent=empty)

    office.post(page(Unit, "delete", empty.pk), {"post": "yes"})

    assert Unit.objects.filter(code__in=["north", "tianjin"]).count() == 2


def test_a_post_that_has_begun_only_changes_its_end(office, chain):
    post = chain.planner.posts.get()
    asked = {"person": chain.nobody.pk, "role": "president", "unit": chain.group.pk, "title": "高级企划",
             "starts_on": "2019-01-01", "ends_on": clock.today()}  # fmt: skip

    office.post(page(Post, "change", post.pk), asked)

    post.refresh_from_db()
    assert (post.person, post.role, post.unit, post.starts_on) == (
        chain.planner, "planner", chain.store, date(2020, 1, 1),
    )  # fmt: skip
    assert lines()[0][2] == {"title": ["", "高级企划"], "ends_on": [None, clock.today().isoformat()]}


@pytest.mark.parametrize(("last_day", "status"), [(-2, 200), (-1, 302), (0, 302)])
def test_a_post_ends_yesterday_at_the_earliest(office, chain, last_day, status):
    post = chain.planner.posts.get()

    answer = office.post(page(Post, "change", post.pk), {"title": "", "ends_on": clock.today() + DAY * last_day})

    assert answer.status_code == status


def test_a_day_that_is_over_is_neither_changed_nor_deleted(office, chain):
    day = DayCorrection.objects.create(day=clock.today(), is_working=True)

    assert office.post(page(DayCorrection, "change", day.pk), {"day": day.day, "note": "x"}).status_code == 403
    assert office.post(page(DayCorrection, "delete", day.pk), {"post": "yes"}).status_code == 403


# --- policy editions ----------------------------------------------------------------------------------------


def act(office, action, edition):
    asked = {"action": action, "_selected_action": edition.pk}
    return office.post(page(Edition, "changelist"), asked, follow=True).content.decode()


def test_a_published_edition_is_shown_and_not_changed(office, chain):
    address = page(Edition, "change", chain.edition.pk)

    shown = office.get(address)

    assert shown.status_code == 200
    assert b'name="title"' not in shown.content
    assert b"campaign-limits-0-up_to" not in shown.content
    assert office.post(address, {"title": "x", "in_force_from": "2020-01-01"}).status_code == 403
    assert office.post(page(Edition, "delete", chain.edition.pk), {"post": "yes"}).status_code == 403


def tables(edition, **changes):
    """What the form of an edition sends when nothing but `changes` is typed."""
    sent = {"title": edition.title, "in_force_from": edition.in_force_from}
    related = {
        "limits": ("role", "up_to", "signs"), "countersign_rules": ("role", "when", "number", "text"),
        "deadlines": ("step", "days", "working_days", "remind_percent", "escalate_to"),
        "thresholds": ("name", "value"), "fallbacks": ("role", "then_role"), "weights": ("criterion", "weight"),
        "conduct": ("chosen",),
    }  # fmt: skip
    for workflow, (name, columns) in product(("house", *all_flows(), "toy", "gone"), related.items()):
        rows = list(getattr(edition, name).filter(workflow=workflow).order_by("pk"))
        table = f"{workflow}-{name}"
        sent |= {f"{table}-TOTAL_FORMS": len(rows), f"{table}-INITIAL_FORMS": len(rows)}
        for n, row in enumerate(rows):
            sent |= {f"{table}-{n}-id": row.pk, f"{table}-{n}-edition": edition.pk}
            for column in columns:
                value = getattr(row, column)
                if value is not None and value is not False:  # nought is something
                    sent[f"{table}-{n}-{column}"] = value
    return {**sent, **changes}


def test_copy_edit_publish(office, chain):
    act(office, "copy_to_draft", chain.edition)
    draft = Edition.objects.get(number=2)
    limit = draft.limits.order_by("pk").first()
    assert lines() == [(f"policies.edition/{draft.pk}", "copy", {"copy_of": [None, 1]})]

    office.post(page(Edition, "change", draft.pk), tables(draft, **{"campaign-limits-0-up_to": "60000"}))

    ((_subject, action, told),) = lines()[1:]
    ((row, (before, after)),) = told.items()
    assert (action, row) == ("change", f"approvallimit/{limit.pk}")
    assert (before["up_to"], after["up_to"]) == ("49999.00", "60000.00")

    act(office, "publish", draft)
    draft.refresh_from_db()
    assert draft.published_at
    assert lines()[2:] == [
        (f"policies.edition/{draft.pk}", "publish", {"in_force_from": [None, clock.today().isoformat()]})
    ]


def test_an_edition_is_shown_workflow_by_workflow_in_each_ones_own_words(office, chain, toy):
    draft = chain.edition.copy()

    shown = office.get(page(Edition, "change", draft.pk))

    tables = {table.formset.prefix: table for table in shown.context["inline_admin_formsets"]}
    names = {prefix: str(table.opts.verbose_name_plural) for prefix, table in tables.items()}
    looked_at = {"house", "campaign", "renewal", "toy"}
    assert {prefix: name for prefix, name in names.items() if prefix.partition("-")[0] in looked_at} == {
        "house-deadlines": "全部流程 · 时限",
        "campaign-limits": "企划申报 · 审批权限",
        "campaign-countersign_rules": "企划申报 · 会签规则",
        "campaign-deadlines": "企划申报 · 时限",
        "campaign-thresholds": "企划申报 · 阈值",
        "campaign-fallbacks": "企划申报 · 兜底规则",
        "campaign-weights": "企划申报 · 权重",
        "campaign-conduct": "企划申报 · 办理方式",
        "renewal-limits": "铺位续约 · 审批权限",
        "renewal-deadlines": "铺位续约 · 时限",
        "renewal-thresholds": "铺位续约 · 阈值",
        "renewal-fallbacks": "铺位续约 · 兜底规则",
        "renewal-conduct": "铺位续约 · 办理方式",
        "toy-deadlines": "玩具 · 时限",
        "toy-conduct": "玩具 · 办理方式",
    }
    steps = tables["toy-deadlines"].formset.empty_form.fields["step"].choices
    assert steps == [("", "—"), ("offer", "报价"), ("signing", "签约")]
    roles = tables["campaign-countersign_rules"].formset.empty_form.fields["role"].choices
    assert roles == [("", "—"), ("finance", "财务"), ("brand", "品牌"), ("legal", "法务")]


@pytest.mark.parametrize(
    ("typed", "table", "column", "words"),
    [
        ({"toy-deadlines-0-step": "draft"}, "toy-deadlines", "step", "“玩具”中没有“draft”。"),
        ({"campaign-thresholds-0-name": "offer"}, "campaign-thresholds", "name", "“企划申报”中没有“offer”。"),
        ({"campaign-thresholds-0-value": "14.5"}, "campaign-thresholds", "value", "此处须填写整数。"),
        ({"campaign-countersign_rules-0-when": "moon"}, "campaign-countersign_rules", "when", "“企划申报”中没有“moon”。"),
        (
            {"campaign-countersign_rules-0-role": "clerk"}, "campaign-countersign_rules", "role",
            "“企划申报”中没有“clerk”。",
        ),
        ({"campaign-countersign_rules-0-number": ""}, "campaign-countersign_rules", "number", "此规则须填写数值。"),
        ({"campaign-weights-0-criterion": "fun"}, "campaign-weights", "criterion", "“企划申报”中没有“fun”。"),
        (
            {"campaign-conduct-0-chosen": "sometimes"}, "campaign-conduct", "chosen",
            "选择一个有效的选项。 sometimes 不在可用的选项中。",
        ),
    ],
)  # fmt: skip
def test_a_name_a_workflow_does_not_know_is_refused_beside_the_field(office, chain, toy, typed, table, column, words):
    draft = chain.edition.copy()

    shown = office.post(page(Edition, "change", draft.pk), tables(draft, title="改过的标题", **typed))

    (rows,) = [rows.formset for rows in shown.context["inline_admin_formsets"] if rows.formset.prefix == table]
    assert (shown.status_code, rows.errors[0]) == (200, {column: [words]})
    assert shown.context["adminform"].form["title"].value() == "改过的标题"
    assert lines() == []


def test_two_rows_of_one_name_are_refused_in_words(office, chain):
    draft = chain.edition.copy()

    shown = office.post(page(Edition, "change", draft.pk), tables(draft, **{"campaign-deadlines-1-step": "draft"}))

    assert (shown.status_code, lines()) == (200, [])
    (rows,) = [
        rows.formset for rows in shown.context["inline_admin_formsets"] if "campaign-dead" in rows.formset.prefix
    ]
    assert rows.total_error_count() > 0


def test_the_conduct_of_an_office_is_chosen_in_the_draft(office, chain):
    draft = chain.edition.copy()
    chosen = {"campaign-conduct-0-chosen": "forbid", "campaign-conduct-1-chosen": ["dates", "safety"]}

    office.post(page(Edition, "change", draft.pk), tables(draft, **chosen))

    assert draft.practice("campaign", "same_person") == "forbid"
    assert draft.practices("campaign", "resume_void_when") == {"dates", "safety"}
    assert chain.edition.practices("campaign", "resume_void_when") == {"amount"}
    ((_subject, _action, told),) = lines()
    assert [(before["chosen"], after["chosen"]) for before, after in told.values()] == [
        ("allow", "forbid"), ("amount", "dates safety"),
    ]  # fmt: skip


def test_a_copy_says_which_rows_nobody_wrote(office, chain, toy):
    lacking = "“玩具”的下列环节未设办理时限：报价、签约。此类环节不计时限，不催办，也不升级。"
    assert lacking in office.get(page(Edition, "change", chain.edition.pk)).content.decode()

    shown = act(office, "copy_to_draft", chain.edition)

    draft = Edition.objects.get(number=2)
    new = [*draft.deadlines.filter(workflow="toy").order_by("pk"), *draft.conduct.filter(workflow="toy")]
    assert "已按“玩具”的默认值补充 3 条规则，生效前请核对。" in shown
    assert "新增（按流程默认值）" in shown
    assert lacking not in shown
    ((_subject, action, told),) = lines()
    assert (action, sorted(told)) == (
        "copy", sorted(["copy_of", *(f"{row._meta.model_name}/{row.pk}" for row in new)]),
    )  # fmt: skip
    assert told[f"deadline/{new[0].pk}"] == [
        None,
        {"workflow": "toy", "step": "offer", "days": 5, "working_days": True, "remind_percent": 80, "escalate_to": ""},
    ]


def test_a_draft_from_before_a_workflow_is_completed_and_a_published_edition_is_not(office, chain, request):
    draft = chain.edition.copy()
    request.getfixturevalue("toy")

    assert "已按“玩具”的默认值补充 3 条规则" in act(office, "complete", draft)
    assert "该版本已经发布" in act(office, "complete", chain.edition)

    assert [row.step for row in draft.deadlines.filter(workflow="toy")] == ["offer", "signing"]
    assert not chain.edition.deadlines.filter(workflow="toy").exists()
    assert [(action, len(told)) for _subject, action, told in lines()] == [("change", 3)]


def test_a_new_edition_is_a_whole_one_whatever_is_typed_into_it(office, chain):
    typed = {"title": "新授权表", "in_force_from": clock.today(), "campaign-deadlines-0-step": "draft",
             "campaign-deadlines-0-days": 9, "campaign-deadlines-0-remind_percent": 50}  # fmt: skip
    every = ("limits", "countersign_rules", "deadlines", "thresholds", "fallbacks", "weights", "conduct")
    tables = ["house-deadlines", *(f"{kind}-{name}" for kind in all_flows() for name in every)]
    counts = {f"{name}-TOTAL_FORMS": int(name == "campaign-deadlines") for name in tables}

    office.post(page(Edition, "add"), {**typed, **counts, **{f"{name}-INITIAL_FORMS": 0 for name in tables}})

    new = Edition.objects.get(title="新授权表")
    assert (new.gaps(), new.lacks(), new.deadline("campaign", "draft").days) == ([], [], 9)
    assert new.deadlines.filter(is_new=False).count() == 1


def test_the_rows_of_a_workflow_that_is_gone_are_shown_and_stay(office, chain):
    draft = chain.edition.copy()
    draft.deadlines.create(workflow="gone", step="somewhere", days=4)

    shown = office.get(page(Edition, "change", draft.pk)).content.decode()
    office.post(page(Edition, "change", draft.pk), tables(draft, title="别的标题"))

    assert "somewhere" in shown
    assert "gone-deadlines-0-days" not in shown
    draft.refresh_from_db()
    assert (draft.title, draft.deadline("gone", "somewhere").days) == ("别的标题", 4)


def test_gaps_are_shown_in_words_and_nothing_is_published(office, chain):
    draft = chain.edition.copy()
    draft.weights.filter(criterion="target").update(weight=1)

    shown = act(office, "publish", draft)

    draft.refresh_from_db()
    assert "的权重合计为 41，应为 100。" in shown
    assert (draft.published_at, lines()) == (None, [])


def test_an_edition_does_not_come_into_force_in_the_past(office, chain):
    draft = chain.edition.copy()
    draft.in_force_from = clock.today() - DAY
    draft.save()

    assert "生效日期不能早于今天" in act(office, "publish", draft)
    assert "该版本已经发布" in act(office, "publish", chain.edition)


def test_history_of_a_row_is_its_trail(office, chain):
    act(office, "copy_to_draft", chain.edition)

    shown = office.get(page(Edition, "history", Edition.objects.get(number=2).pk)).content.decode()

    assert "复制为草稿" in shown
    assert "贺小川" in shown


def test_history_says_that_a_row_was_changed_and_nothing_was_asked_for(office, chain):
    store = chain.store
    asked = {"name": "城西新店", "kind": "store", "code": store.code, "parent": chain.region.pk}
    office.post(page(Unit, "change", store.pk), asked)

    shown = office.get(page(Unit, "history", store.pk))

    assert [label for _line, label in shown.context["lines"]] == ["修改"]


# --- leaving --------------------------------------------------------------------------------------------------


def test_the_leaver_form_records_and_hands_over(office, chain):
    address = reverse("admin:organisation_person_leave", args=[chain.clerk.pk])
    assert office.get(address).status_code == 200

    answer = office.post(address, {"successor": chain.nobody.pk, "give_posts": "on", "note": "退休"})

    chain.clerk.refresh_from_db()
    assert (answer.status_code, chain.clerk.is_active, chain.nobody.holds(Role.CLERK)) == (302, False, True)


def test_the_leaver_form_without_a_successor_says_so_and_does_nothing(office, chain):
    address = reverse("admin:organisation_person_leave", args=[chain.clerk.pk])

    assert office.post(address, {"note": "退休"}).status_code == 422
    assert office.post(address, {"successor": chain.clerk.pk, "note": "退休"}).status_code == 422
    chain.clerk.refresh_from_db()
    assert (chain.clerk.is_active, lines()) == (True, [])


def test_nobody_but_an_administrator_records_a_leaver(client, chain):
    client.force_login(chain.president)
    address = reverse("admin:organisation_person_leave", args=[chain.clerk.pk])

    answer = client.post(address, {"successor": chain.nobody.pk, "note": "退休"}, follow=True)

    chain.clerk.refresh_from_db()
    assert (answer.status_code, chain.clerk.is_active) == (403, True)


def test_the_action_asks_for_one_person(office, chain):
    asked = {"action": "leaves", "_selected_action": [chain.clerk.pk, chain.brand.pk]}
    shown = office.post(page(Person, "changelist"), asked, follow=True).content.decode()
    assert "请选择一个人。" in shown

    answer = office.post(page(Person, "changelist"), {"action": "leaves", "_selected_action": chain.clerk.pk})
    assert answer.headers["Location"] == reverse("admin:organisation_person_leave", args=[chain.clerk.pk])


# --- number series -------------------------------------------------------------------------------------


def test_a_series_is_named_but_its_code_stays(office, db):
    series = Series.objects.create(code="星企发", name="星企发")

    office.post(page(Series, "change", series.pk), {"name": "企划类发文", "code": "别的"})

    series.refresh_from_db()
    assert (series.code, series.name) == ("星企发", "企划类发文")
    assert lines() == [(f"documents.series/{series.pk}", "change", {"name": ["星企发", "企划类发文"]})]
    assert office.get(page(Series, "add")).status_code == 403
    assert office.post(page(Series, "delete", series.pk), {"post": "yes"}).status_code == 403
