"""The trail and issued documents cannot be changed or deleted, whoever tries and however."""

from __future__ import annotations

import uuid

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.test import TransactionTestCase

from documents.models import IssuedDocument, Voiding
from workflows.campaigns.models import State
from workflows.trail import immutable
from workflows.trail.models import Entry

GUARDED = ["trail_entry", "documents_issueddocument", "documents_voiding"]
# a column somebody might like to rewrite
TEXT = {"trail_entry": "note", "documents_issueddocument": "title", "documents_voiding": "reason"}
VERBS = {"sqlite": ["update", "delete", "insert"], "postgresql": ["update", "delete", "truncate"]}


@pytest.fixture
def rows(campaign, walk):
    """A submitted campaign: lines on the trail and one issued document, voided. Table → (model, a row)."""
    walk(campaign, to=State.STORE_REVIEW)
    paper = IssuedDocument.objects.get()
    return {
        "trail_entry": (Entry, Entry.objects.first()),
        "documents_issueddocument": (IssuedDocument, paper),
        "documents_voiding": (Voiding, Voiding.objects.create(document=paper, reason="错字", by=paper.issued_by)),
    }


def contents(model: type[models.Model]) -> list[dict[str, object]]:
    return list(model._base_manager.order_by("pk").values())


def refused(act) -> bool:
    """Does the database itself refuse `act`, saying why?"""
    try:
        with transaction.atomic():
            act()
    except DatabaseError as refusal:
        return "is append-only" in str(refusal)
    return False


@pytest.mark.parametrize("table", GUARDED)
class TestTheDatabaseRefuses:
    def test_an_update_of_many_rows(self, rows, table):
        model, _ = rows[table]
        before = contents(model)

        assert refused(lambda: model._base_manager.update(**{TEXT[table]: "forged"}))

        assert contents(model) == before

    def test_a_delete_of_many_rows(self, rows, table):
        model, row = rows[table]
        before = contents(model)

        # the raw delete asks no Python code: only the database is left to refuse
        assert refused(lambda: model._base_manager.filter(pk=row.pk)._raw_delete(using="default"))

        assert contents(model) == before

    def test_sql_written_by_hand(self, rows, table):
        model, _ = rows[table]
        before = contents(model)

        for sql in (f"UPDATE {table} SET {TEXT[table]} = 'forged'", f"DELETE FROM {table}"):
            assert refused(lambda sql=sql: connection.cursor().execute(sql)), sql

        assert contents(model) == before

    def test_an_upsert(self, rows, table):
        model, row = rows[table]
        before = contents(model)
        setattr(row, TEXT[table], "forged")

        assert refused(
            lambda: model._base_manager.bulk_create(
                [row], update_conflicts=True, unique_fields=["pk"], update_fields=[TEXT[table]]
            )
        )

        assert contents(model) == before

    @pytest.mark.sqlite
    def test_insert_or_replace(self, rows, table):
        model, _row = rows[table]
        before = contents(model)
        columns = [field.column for field in model._meta.concrete_fields]
        names = ", ".join(f'"{name}"' for name in columns)

        assert refused(
            lambda: connection.cursor().execute(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table}")
        )

        assert contents(model) == before

    @pytest.mark.sqlite
    def test_insert_or_replace_from_a_plain_connection(self, rows, table):
        """By the key, and by each of the other keys; recursive triggers are off, as they are by default."""
        model, row = rows[table]
        before = contents(model)
        columns = [field.column for field in model._meta.concrete_fields]
        names = ", ".join(f'"{name}"' for name in columns)
        key = model._meta.pk.column
        another = {"trail_entry": "1000000", "documents_issueddocument": "'f'", "documents_voiding": f'"{key}"'}[table]
        others = ", ".join(another if name == key else f'"{name}"' for name in columns)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers = OFF")
        try:
            for chosen in (names, others):
                sql = f"INSERT OR REPLACE INTO {table} ({names}) SELECT {chosen} FROM {table} WHERE {key} = %s"
                value = model._meta.pk.get_db_prep_value(row.pk, connection)
                assert refused(lambda sql=sql, value=value: connection.cursor().execute(sql, [value])), sql
        finally:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA recursive_triggers = ON")

        assert contents(model) == before

    def test_a_fixture(self, rows, table, tmp_path):
        """A line of before, and one that nobody wrote."""
        model, row = rows[table]
        before = contents(model)
        for number, forged in enumerate([row.pk, {"trail_entry": 10**6}.get(table, uuid.uuid4())]):
            row.pk = forged
            fixture = tmp_path / f"{number}.json"
            fixture.write_text(serializers.serialize("json", [row]))

            assert refused(lambda fixture=fixture: call_command("loaddata", fixture, verbosity=0))

        assert contents(model) == before

    @pytest.mark.postgresql
    @pytest.mark.parametrize("how", ["TRUNCATE {table} CASCADE", "TRUNCATE matters_matter CASCADE"])
    def test_truncate(self, rows, table, how):
        model, _ = rows[table]
        before = contents(model)
        connection.check_constraints()  # none may be waiting: that, too, would keep PostgreSQL from it

        assert refused(lambda: connection.cursor().execute(how.format(table=table)))

        assert contents(model) == before

    @pytest.mark.postgresql
    def test_a_session_that_plays_a_replica(self, rows, table):
        model, row = rows[table]
        before = contents(model)

        def as_replica() -> None:
            connection.cursor().execute("SET LOCAL session_replication_role = replica")
            model._base_manager.filter(pk=row.pk)._raw_delete(using="default")

        assert refused(as_replica)

        assert contents(model) == before


def test_the_model_refuses_before_the_database_is_asked(rows):
    _, line = rows["trail_entry"]
    line.note = "was never said"

    with pytest.raises(TypeError):
        line.save()
    with pytest.raises(TypeError):
        line.delete()


def present() -> set[tuple[str, str]]:
    return set(immutable.missing_or_present(connection)[1])


def expected() -> set[tuple[str, str]]:
    return {(table, verb) for table in GUARDED for verb in VERBS[connection.vendor]}


@pytest.mark.django_db
def test_every_guarded_table_has_its_triggers():
    assert set(immutable.guarded()) == set(GUARDED)
    assert present() == expected()
    assert immutable.check_triggers(["default"]) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("model", "name"), [(Entry, "note"), (IssuedDocument, "title")])
def test_a_schema_change_loses_no_trigger_for_longer_than_the_migration(model, name):
    """SQLite rebuilds a table to alter a column, and drops its triggers without a word."""
    old = model._meta.get_field(name)
    new = old.clone()
    new.set_attributes_from_name(name)
    new.model, new.null = model, True
    try:
        with connection.schema_editor() as editor:
            editor.alter_field(model, old, new)
        lost = expected() - present()

        call_command("migrate", verbosity=0)  # nothing to do, and still the triggers are looked after

        assert lost == (
            {(model._meta.db_table, verb) for verb in VERBS["sqlite"]} if connection.vendor == "sqlite" else set()
        )
        assert present() == expected()
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(model, new, old)
        immutable.install(connection)


@pytest.mark.django_db
def test_a_missing_trigger_is_an_error_of_the_system_check():
    on_table = " ON trail_entry" if connection.vendor == "postgresql" else ""
    connection.cursor().execute(f"DROP TRIGGER trail_entry_keeps_delete{on_table}")

    assert [error.id for error in immutable.check_triggers(["default"])] == ["trail.E001"]

    immutable.install(connection)
    assert immutable.check_triggers(["default"]) == []


HOLLOW = {
    "sqlite": [
        "DROP TRIGGER trail_entry_keeps_delete",
        "CREATE TRIGGER trail_entry_keeps_delete BEFORE DELETE ON trail_entry BEGIN SELECT 1; END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION hollow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        "CREATE OR REPLACE TRIGGER trail_entry_keeps_delete BEFORE DELETE ON trail_entry"
        " FOR EACH ROW EXECUTE FUNCTION hollow()",
        "ALTER TABLE trail_entry ENABLE ALWAYS TRIGGER trail_entry_keeps_delete",
    ],
}


@pytest.mark.django_db
def test_a_hollow_trigger_is_an_error_and_migrate_lays_the_right_one_again(rows):
    connection.check_constraints()  # none may be waiting when a table is altered
    with connection.cursor() as cursor:
        for statement in HOLLOW[connection.vendor]:
            cursor.execute(statement)

    (error,) = immutable.check_triggers(["default"])
    assert (error.id, "delete rows of trail_entry" in error.msg) == ("trail.E001", True)

    call_command("migrate", verbosity=0)
    assert immutable.check_triggers(["default"]) == []
    assert refused(lambda: connection.cursor().execute("DELETE FROM trail_entry"))


@pytest.mark.django_db
@pytest.mark.postgresql
def test_a_hollow_function_makes_every_trigger_hollow():
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$"
        )

    assert len(immutable.check_triggers(["default"])) == len(expected())

    call_command("migrate", verbosity=0)
    assert immutable.check_triggers(["default"]) == []


@pytest.mark.parametrize("back", [("trail", "zero"), ("organisation", "zero"), ("documents", "0007")])
def test_no_migration_is_taken_back_with_what_is_kept_for_ever(rows, back):
    before = {table: contents(model) for table, (model, _row) in rows.items()}

    with pytest.raises(CommandError, match="kept for ever"):
        call_command("migrate", *back, verbosity=0, interactive=False)

    assert {table: contents(model) for table, (model, _row) in rows.items()} == before


class TestAfterATestThatCommitted(TransactionTestCase):
    """Such tests are flushed; the flush itself is refused unless the triggers are out of its way."""

    def test_one(self) -> None:
        self._leaves_a_line_behind()

    def test_two(self) -> None:
        self._leaves_a_line_behind()

    def _leaves_a_line_behind(self) -> None:
        from workflows.organisation.models import Person
        from workflows.trail.record import about

        assert not Entry.objects.exists(), "the test before leaked"
        assert present() == expected(), "the test before took the triggers with it"
        about("organisation.unit/1", by=Person.objects.system(), action="add", changes={})
        assert refused(lambda: Entry.objects.update(note="x"))
