"""Tables whose rows nobody changes or deletes: the database itself refuses, on SQLite and PostgreSQL.

`guard(table)` names a table; the triggers are laid by the first migration, laid again after every
later one where they are missing or another, and compared, word for word, by a system check of level
Error (`manage.py check --database default`). Two ways round them that are Django's own are closed
here too: a fixture loads no row of such a table, and no migration is taken back that would drop one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.management import CommandError
from django.db import IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import AddField, CreateModel, Migration
from django.db.models import Model

_guarded: list[str] = []

_SQLITE = "CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
# REPLACE deletes the row in its way, and asks the trigger for DELETE only where a connection wants recursive
# triggers; ours do, others do not. So a row with a key that is taken is refused before it takes anybody's place.
_SQLITE_INSERT = (
    "CREATE TRIGGER {table}_keeps_insert BEFORE INSERT ON {table} WHEN {taken} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
)
_BODY = (
    " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END "
)
_FUNCTION = f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"
_POSTGRES = "TRIGGER {table}_keeps_{verb} BEFORE {loud} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change()"


def guard(table: str) -> None:
    """Make `table` append-only from the next migrate on."""
    if table not in _guarded:
        _guarded.append(table)


def guarded() -> list[str]:
    return list(_guarded)


def install(connection: BaseDatabaseWrapper, tables: Iterable[str] | None = None) -> None:
    """Lay the triggers on `tables` (all guarded ones that exist, if None). May be repeated."""
    wanted = list(tables or _guarded)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        there = _there(connection)
        for table, verb, definition in _definitions(connection, wanted):
            name = f"{table}_keeps_{verb}"
            if there.get(name) == definition:
                continue
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(definition)
            else:
                cursor.execute(definition.replace("CREATE", "CREATE OR REPLACE", 1))
                # ALWAYS: also in a session that plays a replica, where ordinary triggers sleep
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for a test database that must be flushed, and for nothing else."""
    with connection.cursor() as cursor:
        for table, verb, _definition in _definitions(connection, _guarded):
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_keeps_{verb}{on_table}")


def missing_or_present(connection: BaseDatabaseWrapper) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The (table, verb) pairs whose trigger is missing or altered, and those whose is as it was laid."""
    there = _there(connection)
    missing: list[tuple[str, str]] = []
    present: list[tuple[str, str]] = []
    for table, verb, definition in _definitions(connection, _guarded):
        (present if there.get(f"{table}_keeps_{verb}") == definition else missing).append((table, verb))
    return missing, present


def _definitions(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(table, verb, the trigger as the database will say it back) of the tables that exist."""
    existing = set(connection.introspection.table_names())
    for table in (name for name in tables if name in existing):
        if connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                yield table, verb, _SQLITE.format(table=table, verb=verb)
            yield table, "insert", _SQLITE_INSERT.format(table=table, taken=_taken(connection, table))
        else:
            for verb, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
                yield table, verb, "CREATE " + _POSTGRES.format(table=table, verb=verb, loud=verb.upper(), each=each)


def _there(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Name → definition of every trigger that would act. One whose function was rewritten would not."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT lower(name), sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT lower(tgname), pg_get_triggerdef(t.oid, true) FROM pg_trigger t JOIN pg_proc f ON f.oid = tgfoid"
                " WHERE NOT tgisinternal AND tgenabled = 'A' AND prosrc = %s",
                [_BODY],
            )
        return dict(cursor.fetchall())


def _taken(connection: BaseDatabaseWrapper, table: str) -> str:
    """The condition on NEW, in SQLite's words, that one of the unique keys of `table` is another row's already."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA table_info({table})")
        keys = [([row[1]], "") for row in cursor.fetchall() if row[5]]
        cursor.execute(f"PRAGMA index_list({table})")
        for _seq, name, unique, *_rest in sorted(cursor.fetchall(), key=lambda row: row[1]):
            if not unique:
                continue
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", [name])
            (sql,) = cursor.fetchone() or ("",)
            cursor.execute(f'PRAGMA index_info("{name}")')
            keys.append(([row[2] for row in cursor.fetchall()], (sql or "").partition(" WHERE ")[2]))
    found: list[str] = []
    for columns, only_where in keys:
        same = " AND ".join(f'"{column}" = NEW."{column}"' for column in columns)
        if only_where:
            same = f"{same} AND ({only_where})"
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names of our own tables
        if only_where:
            of_new = re.sub(r'"(\w+)"', r'NEW."\1"', only_where)
            taken = f"({of_new}) AND {taken}"
        found.append(f"({taken})")
    return " OR ".join(dict.fromkeys(found))


def after_migrate(using: str, **_: Any) -> None:
    install(connections[using])


def before_migrate(using: str, plan: Sequence[tuple[Migration, bool]] = (), **_: Any) -> None:
    """Raises CommandError where a migration would be taken back with which rows for ever would go, or parts of them."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    for migration, backwards in plan:
        for operation in migration.operations if backwards else ():
            if isinstance(operation, CreateModel):
                name = operation.name
            elif isinstance(operation, AddField):
                name = operation.model_name
            else:
                continue
            table = f"{migration.app_label}_{name.lower()}"
            if table in _guarded and table in existing and _holds_rows(connection, table):
                raise CommandError(
                    f"Taking back {migration} would delete what {table} holds, which is kept for ever. Nothing was"
                    " changed. An office that is to be forgotten is forgotten by dropping its database."
                )


def _holds_rows(connection: BaseDatabaseWrapper, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - names of our own tables
        return cursor.fetchone() is not None


def refuse_fixtures(sender: type[Model], raw: bool, **_: Any) -> None:
    """A row that is loaded was not written by the act it tells of. Raises IntegrityError."""
    if raw and sender._meta.db_table in _guarded:
        raise IntegrityError(f"{sender._meta.db_table} is append-only: its rows are written by what happens alone.")


def check_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"What refuses to {verb} rows of {table} is missing or was altered.",
            hint="Run manage.py migrate, and find out who did it.",
            id="trail.E001",
        )
        for alias in databases or []
        for table, verb in missing_or_present(connections[alias])[0]
    ]
