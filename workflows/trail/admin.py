"""The administration pages: whatever an administrator edits and its line on the trail are one act.

Who may come in is decided by a post, not by flags. Matters are not edited here at all; a published
policy edition, a post that has begun, a day that is over are shown and not changed.
"""

from __future__ import annotations

from collections import Counter
from copy import copy
from datetime import date
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import NestedObjects, label_for_field
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Field, Max, Model, Prefetch, QuerySet
from django.forms import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from workflows.organisation import clock, legible, schedule
from workflows.organisation.calendar import DAY, WorkingCalendar
from workflows.organisation.keys import key_in
from workflows.organisation.meanwhile import once_more
from workflows.organisation.models import Appointment, DayCorrection, Person, Post, StandIn, Unit, in_force
from workflows.policies import books
from workflows.policies.books import Choices, RuleBook
from workflows.policies.models import TABLES, Conduct, Edition, Rule, Threshold

from . import actions, appointments
from .leaver import leave
from .models import Entry
from .passwords import last_done_by, password_set, remember_setter
from .record import about, columns_of, difference, subject_of
from .schedule import DryRun, dry_run, load


class Administration(admin.AdminSite):
    """Open to whoever holds an administrator's post today, and to nobody else."""

    site_title = site_header = _("Administration")
    index_title = _("Organisation and policies")
    index_template = "trail/administration/index.html"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page knows; from November on also which year's schedule is missing."""
        missing = WorkingCalendar.load().missing(clock.today()) if self.has_permission(request) else []
        return {**super().each_context(request), "years_missing": missing}

    def has_permission(self, request: HttpRequest) -> bool:
        """One query per request, however many pages and buttons ask."""
        if not hasattr(request, "_administers"):
            request._administers = request.user.is_authenticated and request.user.is_staff  # type: ignore[attr-defined]
        administers: bool = request._administers  # type: ignore[attr-defined]
        return administers

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """With how many appointments wait for a second administrator."""
        return super().index(request, {**(extra_context or {}), "waiting": appointments.waiting().count()})

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """There is one page for a password of one's own, and everybody has it."""
        return HttpResponseRedirect(reverse("door:password"))

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """As above."""
        return HttpResponseRedirect(reverse("door:mine"))

    @method_decorator(never_cache)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """There is one door to the house, and one way out of it."""
        return LogoutView.as_view(next_page=reverse(settings.LOGIN_URL))(request)

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one door to the house; whoever is inside and still sent here may not administer."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        if request.user.is_authenticated:
            raise PermissionDenied(gettext("Only an administrator may open these pages."))
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse(settings.LOGIN_URL))


site = Administration()


def workflow_choices() -> list[tuple[str, Any]]:
    """Every workflow that is installed: what a stand-in or a rule may be limited to."""
    kinds = [(getattr(model, "KIND", ""), model._meta.verbose_name) for model in apps.get_models()]
    return [(kind, name) for kind, name in kinds if kind]


class _ByPost:
    """Permission to see and edit comes from the post; the tables of permissions are not used."""

    admin_site: AdminSite

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> forms.Field | None:
        if db_field.name == "workflow":
            empty = [("", _("all workflows"))] if db_field.blank else []
            return forms.ChoiceField(
                choices=[*empty, *workflow_choices()], required=not db_field.blank, label=db_field.verbose_name
            )
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]
        return field


class Kept(_ByPost, admin.ModelAdmin):
    """A page whose every save is one transaction with its line on the trail; Django's own log is not written."""

    list_per_page = 50
    object_history_template = "trail/administration/history.html"
    show_facets = admin.ShowFacets.NEVER

    def told(self, row: Any) -> dict[str, Any]:
        """What the trail compares before and after: {field: JSON value}."""
        return columns_of(row)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django asks the database for whatever was ticked, though a browser may send anything."""
        if any(key_in(key) is None for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("A row was chosen that no list has shown.")
        return super().changelist_view(request, extra_context)

    @once_more
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Of two who enter the same name at one instant, the second is told as if a moment had lain between them."""
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return answer

    @once_more
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Of a row that somebody begins to use at that instant, it is said what uses it."""
        answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        return answer

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = super().get_actions(request)
        offered.pop("delete_selected", None)  # one row, one question, one line
        return offered

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = self.told(type(obj)._default_manager.get(pk=obj.pk)) if change else {}
        request._told_before = before  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        after = self.told(type(form.instance)._default_manager.get(pk=form.instance.pk))
        told = difference(request._told_before, after)  # type: ignore[attr-defined]
        if told:
            self.tell(request, form.instance, "change" if change else "add", told)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.tell(request, obj, "delete", {name: [value, None] for name, value in self.told(obj).items()})
        super().delete_model(request, obj)

    def tell(self, request: HttpRequest, row: Model, action: str, told: dict[str, Any], note: str = "") -> None:
        assert isinstance(request.user, Person)
        about(subject_of(row), by=request.user, action=action, changes=told, note=note)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """The trail has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """The trail has it."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """The trail has it."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list, dict, set, list]:
        """What would go; or, in numbers, what needs the row and keeps it."""
        rows = list(objs)
        collector = NestedObjects(using="default")
        collector.collect(rows)
        needed = Counter(str(row._meta.verbose_name_plural) for row in collector.protected)
        for model, found in collector.data.items():
            if model in self.admin_site._registry and (along := len([row for row in found if row not in rows])):
                needed[str(model._meta.verbose_name_plural)] += along
        going = {str(model._meta.verbose_name_plural): len(found) for model, found in collector.data.items()}
        kept = [f"{name}: {count}" for name, count in needed.items()]
        return [str(row) for row in rows], going, set(), kept

    def row(self, request: HttpRequest, key: str) -> Any:
        """The row under that key. Raises Http404, too where the key is none."""
        found = self.get_object(request, key) if key_in(key) is not None else None
        if found is None:
            raise Http404
        return found

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the trail says about this row, newest first."""
        row = self.row(request, object_id)
        lines = Entry.objects.filter(matter=None, subject=subject_of(row)).select_related("actor").order_by("-seq")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What happened to %(row)s") % {"row": row},
            "opts": self.opts,
            "object": row,
            "lines": [(line, actions.label(line)) for line in lines],
        }
        return TemplateResponse(request, self.object_history_template, context)


# --- the organisation -----------------------------------------------------------------------------------


class Named(Kept):
    """A row with a name in each language: its list shows the reader's. How papers write it is asked where they must know."""

    def told(self, row: Any) -> dict[str, Any]:
        """How papers write the name is told where it is written."""
        return {name: value for name, value in super().told(row).items() if name != "print_name" or value}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        name = request.POST.get("name", obj.name if obj else "")
        fieldsets = super().get_fieldsets(request, obj)
        if not legible.strange(name):
            return fieldsets
        return [(title, {**options, "fields": _with_print_name(options["fields"])}) for title, options in fieldsets]

    @admin.display(description=_("name"), ordering="name")
    def in_words(self, row: Unit | Person) -> str:
        return str(row)


def _with_print_name(names: Any) -> list[Any]:
    """The names of fields, and after the name how papers write it."""
    return [each for name in names for each in ((name, "print_name") if name == "name" else (name,))]


@admin.register(Unit, site=site)
class UnitAdmin(Named):
    list_display = ("in_words", "code", "kind", "parent", "closed_on")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("name__mentions", "name_en__mentions", "once_called__mentions", "code__mentions")
    autocomplete_fields = ("parent",)
    fields = ("name", "name_en", "kind", "code", "parent", "closed_on")


class PersonAdding(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = Person
        fields = ("username", "name", "name_en", "email", "language")


class Leaving(forms.Form):
    """Who takes over from somebody who leaves."""

    successor = forms.ModelChoiceField(
        Person.objects.filter(is_active=True, is_system=False),
        label=_("Successor"),
        widget=AutocompleteSelect(Post._meta.get_field("person"), site),
    )
    give_posts = forms.BooleanField(
        label=_("The successor takes the posts over from today"), required=False, initial=True
    )
    note = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        if why := legible.objection(note):
            raise ValidationError(why)
        return note


@admin.register(Person, site=site)
class PersonAdmin(Named, UserAdmin):
    add_form = PersonAdding
    change_form_template = "trail/administration/person.html"
    list_display = ("in_words", "username", "posts_today", "is_active", "left_on")
    list_filter = ("is_active",)
    search_fields = ("username__mentions", "name__mentions", "name_en__mentions", "once_called__mentions")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("posts_today", "left_on")
    fieldsets = (
        (None, {"fields": ("username", "password", "name", "name_en", "email", "language")}),
        (_("Standing"), {"fields": ("posts_today", "is_active", "left_on")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username", "name", "name_en", "email", "language", "usable_password", "password1", "password2",
                )
            },
        ),
    )  # fmt: skip
    actions = ("leaves", "end_sessions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        today = Post.objects.filter(in_force(clock.today())).select_related("unit")
        people: QuerySet[Person] = super().get_queryset(request).filter(is_system=False)
        return people.prefetch_related(Prefetch("posts", today, to_attr="held_today"))

    @admin.display(description=_("posts"))
    def posts_today(self, person: Person) -> str:
        held: list[Post] = getattr(person, "held_today", [])
        return "；".join(map(str, held)) or "—"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            assert isinstance(request.user, Person)
            remember_setter(obj, request.user)
        super().save_model(request, obj, form, change)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """The trail has it; only a new password comes past `save_model`, and is told without the password."""
        if request.resolver_match and request.resolver_match.url_name == "auth_user_password_change":
            assert isinstance(request.user, Person)
            password_set(obj, by=request.user)

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 - the parent names it so
        """A new password and its line are one act, as everything here; not by whoever took the second factor away."""
        person = self.get_object(request, id)
        assert isinstance(request.user, Person)
        if person == request.user:  # one's own is changed by whoever knows the old one
            return HttpResponseRedirect(reverse("door:password"))
        if person and last_done_by(request.user, person, "second_factor"):
            told = gettext("You took %(person)s's second factor away. Another administrator sets the password.")
            self.message_user(request, told % {"person": person}, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:organisation_person_change", args=[person.pk]))
        answer: HttpResponse = super().user_change_password(request, id, form_url)
        return answer

    def get_urls(self) -> list[URLPattern]:
        leaves = path(
            "<path:person_id>/leave/", self.admin_site.admin_view(self.leave_view), name="organisation_person_leave"
        )
        return [leaves, *super().get_urls()]

    @admin.action(description=_("End their sessions"))
    def end_sessions(self, request: HttpRequest, chosen: QuerySet[Person]) -> None:
        assert isinstance(request.user, Person)
        with transaction.atomic():
            for person in chosen:
                person.end_sessions()
                about(subject_of(person), by=request.user, action="change", changes={"sessions": ["open", "ended"]})
        self.message_user(request, gettext("They have to enter again."))

    @admin.action(description=_("Leaves the group …"))
    def leaves(self, request: HttpRequest, chosen: QuerySet[Person]) -> HttpResponse | None:
        if len(chosen) != 1:
            self.message_user(request, gettext("Choose one person."), messages.ERROR)
            return None
        return HttpResponseRedirect(reverse("admin:organisation_person_leave", args=[chosen[0].pk]))

    def leave_view(self, request: HttpRequest, person_id: str) -> HttpResponse:
        """Ask for the successor, then close, end and hand over in one act."""
        person = self.row(request, person_id)
        form = Leaving(request.POST or None)
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, Person)
            answers = form.cleaned_data
            try:
                leave(
                    person,
                    answers["successor"],
                    by=request.user,
                    give_posts=answers["give_posts"],
                    note=answers["note"],
                )
            except ValidationError as refusal:
                form.add_error(None if not hasattr(refusal, "error_dict") else "successor", refusal.messages)
            else:
                told = gettext("%(person)s has left; %(successor)s carries on.")
                self.message_user(request, told % {"person": person, "successor": answers["successor"]})
                for proposed in appointments.waiting().filter(person=answers["successor"]):
                    say_proposed(self, request, proposed)
                return HttpResponseRedirect(reverse("admin:organisation_person_change", args=[person.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("%(person)s leaves the group") % {"person": person},
            "opts": self.opts,
            "original": person,
            "form": form,
            "media": self.media + form.media,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "trail/administration/leave.html", context, status=status)


def say_proposed(page: admin.ModelAdmin, request: HttpRequest, proposed: Appointment) -> None:
    """What an appointment waits for that takes a second administrator; and what to do where there is none."""
    told = gettext(
        "%(appointment)s: this post signs. The appointment has no effect until another administrator confirms it."
    )
    page.message_user(request, told % {"appointment": proposed}, messages.WARNING)
    if not appointments.who_may_confirm(proposed).exists():
        alone = gettext(
            "Nobody is there who could confirm it. Appoint a second administrator first: that post does not sign, and needs nobody's confirmation."
        )
        page.message_user(request, alone, messages.WARNING)


class _Appointing(forms.ModelForm):
    """A post or a stand-in begins today or later, is nobody's own doing, and ends yesterday at the earliest.

    What was done in one stays done; and one that takes two administrators is not prolonged by one.
    """

    by: Person
    WHOM = ""  # the field that names who may act by it

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        adding, today = self.instance.pk is None, clock.today()
        starts_on, ends_on = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if starts_on and starts_on < today:
            self.add_error("starts_on", gettext("An appointment begins today or later."))
        before: date | None = self.initial.get("ends_on")
        prolongs = before is not None and "ends_on" in self.changed_data and (ends_on is None or ends_on > before)
        begun = not adding and self.instance.starts_on < today
        if begun and "ends_on" in self.changed_data and ends_on and ends_on < today - DAY:
            self.add_error("ends_on", gettext("It cannot have ended before yesterday; much may have been done since."))
        if adding and self.cleaned_data.get(self.WHOM) == self.by:
            self.add_error(self.WHOM, gettext("Nobody appoints themselves: ask another administrator to do it."))
        elif not adding and getattr(self.instance, self.WHOM) == self.by:
            for name in self.changed_data:
                words = gettext("Nobody changes an appointment of their own: ask another administrator to do it.")
                self.add_error(name if name in self.fields else None, words)
        elif prolongs and before and before < today:
            self.add_error("ends_on", gettext("It has ended. Add a new one, from today or a later day."))
        elif not adding and self._takes_two_now(prolongs):
            words = gettext(
                "One administrator alone does not prolong this. Add a new one from the day after it ends; another administrator confirms it."
            )
            self.add_error("ends_on" if "ends_on" in self.changed_data else "starts_on", words)
        return cleaned

    def _takes_two_now(self, prolongs: bool) -> bool:
        """Whether the days asked for reach where it takes a second administrator, and did not before."""
        row = copy(self.instance)
        for name in {"starts_on", "ends_on"} & set(self.changed_data):
            setattr(row, name, self.cleaned_data.get(name) or getattr(row, name))
        return appointments.takes_two(row) and (prolongs or not appointments.takes_two(self.instance))


class _AppointingPost(_Appointing):
    WHOM = "person"


class _AppointingStandIn(_Appointing):
    WHOM = "deputy"


class Dated(Kept):
    """Appointments: who and to what is fixed once written, and of one that has begun all but how it ends."""

    FIXED: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        dated = obj.starts_on <= clock.today() or appointments.takes_two(obj)
        return (*self.FIXED, "starts_on") if dated else self.FIXED

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **options)
        return type(form.__name__, (form,), {"by": request.user})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Where it takes a second administrator, it is proposed and not saved."""
        assert isinstance(request.user, Person)
        if isinstance(obj, StandIn):
            appointments.hold(obj.principal_id)
        if not change and appointments.takes_two(obj):
            request._proposed = appointments.propose(obj, by=request.user)  # type: ignore[attr-defined]
        else:
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if not hasattr(request, "_proposed"):
            super().save_related(request, form, formsets, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        proposed = getattr(request, "_proposed", None)
        if proposed is None:
            return super().response_add(request, obj, post_url_continue)
        say_proposed(self, request, proposed)
        return HttpResponseRedirect(reverse("admin:organisation_appointment_change", args=[proposed.pk]))


@admin.register(Post, site=site)
class PostAdmin(Dated):
    form = _AppointingPost
    list_display = ("person", "role", "unit", "in_words", "starts_on", "ends_on")
    list_filter = ("role",)
    list_select_related = ("person", "unit")
    search_fields = (
        "person__name__mentions", "person__username__mentions", "unit__name__mentions", "unit__code__mentions",
        "title__mentions", "title_en__mentions",
    )  # fmt: skip
    autocomplete_fields = ("person", "unit")
    fields = ("person", "role", "unit", "title", "title_en", "starts_on", "ends_on")
    FIXED = ("person", "role", "unit")

    @admin.display(description=_("post title"), ordering="title")
    def in_words(self, post: Post) -> str:
        """Its title in the reader's language; without one the role says what it is."""
        return post.own_title


@admin.register(StandIn, site=site)
class StandInAdmin(Dated):
    form = _AppointingStandIn
    list_display = ("deputy", "principal", "workflow", "starts_on", "ends_on", "reason")
    list_select_related = ("deputy", "principal")
    search_fields = ("deputy__name__mentions", "principal__name__mentions")
    autocomplete_fields = ("deputy", "principal")
    fields = ("principal", "deputy", "workflow", "reason", "starts_on", "ends_on")
    FIXED = ("principal", "deputy", "workflow")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.starts_on > clock.today())


class Loading(forms.Form):
    """A schedule: from a file, whose lines can then be put right in the page."""

    file = forms.FileField(label=_("File"), required=False, help_text=_("CSV: day, working or rest, note."))
    text = forms.CharField(
        label=_("Days, one a line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "cols": 60, "placeholder": "2027-02-09,休,春节"}),
        help_text=_("One day a line, as in the example. A file that is chosen takes their place."),
    )
    name = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=16)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if file := answers.get("file"):
            try:
                answers["text"] = schedule.decode(file.read(schedule.LARGEST + 1))
            except ValueError as wrong:
                self.add_error("file", str(wrong))
                return answers
            answers["name"], answers["seen"] = file.name[-120:], ""
            self._show(text=answers["text"], name=answers["name"])  # to be put right in the page
        found = schedule.read(answers.get("text") or "", clock.today())
        for fault in found.faults:
            self.add_error("text", str(fault))
        return {**answers, "lines": found.lines}

    def look(self) -> DryRun:
        """What would change; the page then carries what stands for it, and loading agrees to just that."""
        run = dry_run(self.cleaned_data["lines"])
        self._show(seen=run.seen)
        return run

    def _show(self, **values: str) -> None:
        self.data = {**{name: self.data.get(name) for name in self.fields}, **values}


class Deciding(forms.Form):
    """What a second administrator says to an appointment somebody proposed."""

    note = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed to refuse it."),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@admin.register(Appointment, site=site)
class AppointmentAdmin(Kept):
    """What waits for a second administrator, and what became of what has waited."""

    list_display = ("in_words", "starts_on", "ends_on", "proposed_by", "proposed_at", "standing")
    list_select_related = ("person", "unit", "principal", "proposed_by", "decided_by")
    search_fields = ("person__name", "person__username", "principal__name")
    TOLD = (
        "person", "principal", "role", "unit", "title", "title_en", "workflow", "reason", "starts_on", "ends_on",
        "proposed_by", "proposed_at", "decided_by", "decided_at",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=_("appointment"))
    def in_words(self, row: Appointment) -> str:
        return str(row)

    @admin.display(description=_("state"))
    def standing(self, row: Appointment) -> str:
        if row.decided_at is None:
            return gettext("waits for a second administrator")
        return gettext("confirmed") if row.confirmed else gettext("refused")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The appointment with whoever proposed it; confirming and refusing it, while it waits."""
        row = self.row(request, object_id)
        form = Deciding(request.POST or None)
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, Person)
            try:
                if "confirm" in request.POST:
                    appointments.confirm(row, by=request.user)
                    told = gettext("%(appointment)s is in effect.")
                else:
                    appointments.refuse(row, by=request.user, note=form.cleaned_data["note"])
                    told = gettext("%(appointment)s was refused.")
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                self.message_user(request, told % {"appointment": row})
                return HttpResponseRedirect(reverse("admin:organisation_appointment_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "original": row,
            "told": [(label_for_field(name, Appointment), self._spoken(row, name)) for name in self.TOLD],
            "standing": self.standing(row),
            "confirmers": appointments.who_may_confirm(row) if row.decided_at is None else [],
            "form": form,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "trail/administration/appointment.html", context, status=status)

    @staticmethod
    def _spoken(row: Appointment, name: str) -> Any:
        if name == "workflow" and row.principal:
            return dict(workflow_choices()).get(row.workflow, row.workflow) or gettext("all workflows")
        return row.get_role_display() if name == "role" else getattr(row, name)


@admin.register(DayCorrection, site=site)
class DayCorrectionAdmin(Kept):
    list_display = ("day", "is_working", "note")
    list_filter = ("is_working",)
    date_hierarchy = "day"
    change_list_template = "trail/administration/days.html"

    def get_urls(self) -> list[URLPattern]:
        load_page = self.admin_site.admin_view(self.load_view)
        return [path("load/", load_page, name="organisation_daycorrection_load"), *super().get_urls()]

    def load_view(self, request: HttpRequest) -> HttpResponse:
        """First what would change, then, agreed to, the loading itself."""
        form, run = Loading(request.POST or None, request.FILES or None), None
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, Person)
            answers = form.cleaned_data
            if "load" in request.POST and answers["seen"]:
                try:
                    load(answers["lines"], by=request.user, note=answers["name"], seen=answers["seen"])
                except ValidationError as refusal:
                    form.add_error(None, refusal)
                else:
                    self.message_user(request, gettext("The schedule is loaded; open deadlines are counted anew."))
                    return HttpResponseRedirect(reverse("admin:organisation_daycorrection_changelist"))
            run = form.look()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Load a schedule"),
            "opts": self.opts,
            "form": form,
            "run": run,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "trail/administration/load.html", context, status=status)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.day > clock.today())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.day > clock.today())


# --- the policies ---------------------------------------------------------------------------------------


class _OfferedField(forms.ChoiceField):
    """One of the names a workflow's rule book offers, in the workflow's own words."""

    def __init__(self, book: RuleBook, offered: Choices, **options: Any) -> None:
        unknown = gettext("“%(workflow)s” knows no “%(name)s”.") % {"workflow": book.name, "name": "%(value)s"}
        self.offered = offered
        super().__init__(choices=[("", "—"), *offered], error_messages={"invalid_choice": unknown}, **options)


class _RuleForm(forms.ModelForm):
    """A row of an edition. A name its workflow no longer knows is still shown as what it is, and refused by name."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            stored = getattr(self.instance, name, "")
            if isinstance(field, _OfferedField) and stored and stored not in dict(field.offered):
                unknown = gettext("%(name)s (no longer known)") % {"name": stored}
                field.choices = [("", "—"), *field.offered, (stored, unknown)]


class _ConductForm(forms.ModelForm):
    """One switch of conduct with the choices its workflow offers for it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        practice = books.book(self.instance.workflow).practice(self.instance.name)
        if practice is None or "chosen" not in self.fields:
            return
        several = practice.several
        options = {"choices": practice.choices, "label": self.fields["chosen"].label, "required": not several}
        self.fields["chosen"] = (
            forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, **options)
            if several
            else forms.ChoiceField(widget=forms.RadioSelect, **options)
        )
        if several:
            self.initial["chosen"] = list(self.instance.choices)

    def clean_chosen(self) -> str:
        chosen = self.cleaned_data["chosen"]
        return chosen if isinstance(chosen, str) else " ".join(chosen)


class _Rows(BaseInlineFormSet):
    """The rows of one workflow in one table; each pair of them has field names of its own."""

    kind = ""

    @classmethod
    def get_default_prefix(cls) -> str:
        return f"{cls.kind}-{super().get_default_prefix()}"


class _Table(_ByPost, admin.TabularInline):
    """What one workflow says in one table of an edition; it opens and closes with the edition.

    A workflow that is not installed is shown and cannot be changed: nobody knows its names.
    """

    form: type[forms.ModelForm] = _RuleForm
    extra = 0
    kind = ""

    @classmethod
    def of(cls, kind: str, table: type[Rule]) -> type[_Table]:
        """The table's part for that workflow."""
        own: dict[str, Any] = {
            "model": table,
            "kind": kind,
            "formset": type("Rows", (_Rows,), {"kind": kind}),
            "verbose_name_plural": f"{books.book(kind).name} · {table._meta.verbose_name_plural}",
        }
        return type(f"{kind}{table.__name__}", (_Switches if table is Conduct else cls,), own)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        rows: QuerySet[Rule] = super().get_queryset(request).filter(workflow=self.kind).order_by("pk")
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Which rows nobody wrote is said where there are any."""
        new = obj is not None and self.model._default_manager.filter(edition=obj, workflow=self.kind, is_new=True)
        return (*self._told(), "is_new") if new and new.exists() else self._told()

    def _told(self) -> tuple[str, ...]:
        return ("measured",) if self.model is Threshold else ()

    @admin.display(description=_("unit of measure"))
    def measured(self, row: Threshold) -> str:
        figure = books.book(row.workflow).figure(row.name)
        return str(figure.measure.value) if figure else ""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> forms.Field | None:
        if db_field.name == "workflow":
            return forms.CharField(widget=forms.HiddenInput, initial=self.kind, disabled=True)
        book = books.book(self.kind)
        offered = self.model.offers(book).get(db_field.name)
        if offered is None:
            return super().formfield_for_dbfield(db_field, request, **options)
        return _OfferedField(book, offered, required=not db_field.blank, label=db_field.verbose_name)

    def _open(self, request: HttpRequest, edition: Any) -> bool:
        is_draft = not (edition and edition.published_at)
        return self.admin_site.has_permission(request) and is_draft and books.is_installed(self.kind)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._open(request, obj)


class _Switches(_Table):
    """Switches of conduct: each workflow has its own, and none is added or taken away here."""

    form = _ConductForm

    def _told(self) -> tuple[str, ...]:
        return ("in_words",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        told, *marks = self.get_readonly_fields(request, obj)
        return ("workflow", told, "chosen", *marks)

    @admin.display(description=_("practice"))
    def in_words(self, row: Conduct) -> str:
        return row.spoken(books.book(row.workflow))

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> forms.Field | None:
        if db_field.name == "workflow":
            return super().formfield_for_dbfield(db_field, request, **options)
        return _ByPost.formfield_for_dbfield(self, db_field, request, **options)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Edition, site=site)
class EditionAdmin(Kept):
    list_display = ("number", "title", "in_force_from", "published_at")
    fields = ("number", "title", "in_force_from", "published_at", "lacking")
    readonly_fields = ("number", "published_at", "lacking")
    actions = ("copy_to_draft", "complete", "publish")

    def get_inlines(self, request: HttpRequest, obj: Edition | None) -> list[type[InlineModelAdmin]]:
        """Workflow by workflow the tables it has a use for, or rows in."""
        known = {table: table.known(obj) if obj else {} for table in TABLES}
        strangers = sorted({kind for kinds in known.values() for kind in kinds if not books.is_installed(kind)})
        return [
            _Table.of(book.kind, table)
            for book in (*books.all_books(), *map(books.book, strangers))
            for table, kinds in known.items()
            if table.suits(book) or book.kind in kinds
        ]

    @admin.display(description=_("not said in this edition"))
    def lacking(self, edition: Edition) -> str:
        """What installed workflows miss in it, a line each."""
        lacks = edition.lacks() if edition.pk else []
        return format_html_join(mark_safe("<br>"), "{}", ((lack,) for lack in lacks)) or "—"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.published_at)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.published_at)

    def told(self, row: Any) -> dict[str, Any]:
        """The edition's own columns, and every row of its tables under "table/key"."""
        rows = [line for table in TABLES for line in table._default_manager.filter(edition=row).order_by("pk")]
        return {**columns_of(row), **self._told_rows(rows)}

    @staticmethod
    def _told_rows(rows: list[Rule]) -> dict[str, Any]:
        tables = {f"{line._meta.model_name}/{line.pk}": columns_of(line) for line in rows}
        for columns in tables.values():
            del columns["edition"], columns["is_new"]
        return tables

    def _added(self, rows: list[Rule]) -> dict[str, Any]:
        """Rows that nobody typed, as the trail keeps them."""
        return {name: [None, columns] for name, columns in self._told_rows(rows).items()}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.number = (Edition.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A new edition is a whole one: what nobody typed into it is there as the workflows suggest."""
        if not change:
            for formset in formsets:
                self.save_formset(request, form, formset, change)
            form.instance.complete()
            formsets = []
        super().save_related(request, form, formsets, change)

    def _one(self, request: HttpRequest, chosen: QuerySet[Edition]) -> Edition | None:
        if len(chosen) == 1:
            return chosen[0]
        self.message_user(request, gettext("Choose one edition."), messages.ERROR)
        return None

    @admin.action(description=_("Copy to a new draft"))
    @transaction.atomic
    def copy_to_draft(self, request: HttpRequest, chosen: QuerySet[Edition]) -> HttpResponse | None:
        edition = self._one(request, chosen)
        if edition is None:
            return None
        draft = edition.copy()
        new = [row for table in TABLES for row in table._default_manager.filter(edition=draft, is_new=True)]
        self.tell(request, draft, "copy", {"copy_of": [None, edition.number], **self._added(new)})
        self._say_added(request, new)
        return HttpResponseRedirect(reverse("admin:policies_edition_change", args=[draft.pk]))

    @admin.action(description=_("Add what installed workflows lack"))
    @transaction.atomic
    def complete(self, request: HttpRequest, chosen: QuerySet[Edition]) -> HttpResponse | None:
        edition = self._one(request, chosen)
        if edition is None:
            return None
        if edition.published_at:
            self.message_user(request, gettext("This edition is published already."), messages.ERROR)
            return None
        new = edition.complete()
        if new:
            self.tell(request, edition, "change", self._added(new))
        else:
            self.message_user(request, gettext("Nothing is missing in it."))
        self._say_added(request, new)
        return HttpResponseRedirect(reverse("admin:policies_edition_change", args=[edition.pk]))

    def _say_added(self, request: HttpRequest, new: list[Rule]) -> None:
        for kind, count in Counter(row.workflow for row in new).items():
            told = ngettext(
                "%(count)s row was added as “%(workflow)s” suggests; please read it before you put the edition in force.",
                "%(count)s rows were added as “%(workflow)s” suggests; please read them before you put the edition in force.",
                count,
            )
            words = told % {"count": count, "workflow": books.book(kind).name}
            self.message_user(request, words, messages.WARNING)

    @admin.action(description=_("Put in force"))
    @transaction.atomic
    def publish(self, request: HttpRequest, chosen: QuerySet[Edition]) -> None:
        edition = self._one(request, chosen)
        if edition is None:
            return
        hindrances = edition.gaps()
        if edition.published_at:
            hindrances = [gettext("This edition is published already.")]
        elif edition.in_force_from < clock.today():
            hindrances.append(gettext("It cannot come into force in the past; choose today or a later date."))
        for hindrance in hindrances:
            self.message_user(request, hindrance, messages.ERROR)
        if not hindrances:
            for lack in edition.lacks():
                self.message_user(request, lack, messages.WARNING)
            edition.publish()
            self.tell(request, edition, "publish", {"in_force_from": [None, edition.in_force_from.isoformat()]})
            told = gettext("%(edition)s is in force from %(day)s.")
            self.message_user(request, told % {"edition": edition, "day": edition.in_force_from})
