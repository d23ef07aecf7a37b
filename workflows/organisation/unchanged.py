"""What the process keeps of organisation and rules, for exactly as long as nothing of them has changed.

One row in the database, the stamp, takes a new random word whenever a row of a watched table is written: by
triggers, so whoever writes it and however, and in the transaction that writes it. A look (`glance`) asks for the
word once, and goes on with what earlier looks found out under the same one. ADR 32 says why this is never staler
than the transaction that uses it.

On PostgreSQL the word is changed as the last thing before the commit, so that nobody waits for anybody while
holding it; until then the writing transaction itself is told that there is no word, and asks the database.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Hashable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.checks import CheckMessage, Error
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from . import glance

P = ParamSpec("P")
R = TypeVar("R")

STAMP = "organisation_stamp"
MOST = 50_000  # answers; then the process begins anew

_watched: dict[str, tuple[str, ...]] = {}


def watch(model: type[Model], silent: Collection[str] = ()) -> None:
    """Let a change of any row of `model` change the stamp, unless it changed nothing but `silent` columns."""
    columns = (str(field.column) for field in model._meta.local_concrete_fields if field.name in silent)
    _watched[model._meta.db_table] = tuple(sorted(columns))


# --- asking ---------------------------------------------------------------------------------------------------


_kept: dict[str, dict[Hashable, Any]] = {}  # the word, and the answers found out under it; never more than one


_WORD = "SELECT word FROM organisation_stamp WHERE id = 1"
_UNWRITTEN = " AND coalesce(current_setting('house.written', true), '') <> 'yes'"


def word() -> str:
    """The stamp as it stands; empty where nothing may be kept: there is none, or this very transaction changes it."""
    with connection.cursor() as cursor:
        cursor.execute(_WORD + _UNWRITTEN if connection.vendor == "postgresql" else _WORD)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _answers(look: dict[Hashable, Any]) -> dict[Hashable, Any]:
    """Where this look finds and leaves its answers: with all looks under the same word, or alone."""
    now = word()
    if not now:
        return look
    answers = _kept.get(now)
    if answers is None or len(answers) > MOST:
        answers = {}
        _kept.clear()
        _kept[now] = answers
    return answers


def while_unchanged(question: Callable[P, R]) -> Callable[P, R]:
    """Keep the answers of `question`, which reads watched tables alone; nobody changes what they are given.

    Its arguments are hashable, and among them is the day if it matters. Outside of a look nothing is kept.
    """

    @wraps(question)
    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        look = glance.answers()
        if look is None:
            return question(*args, **kwargs)
        if STAMP not in look:
            look[STAMP] = _answers(look)
        answers = look[STAMP]
        key = (question, args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = question(*args, **kwargs)
        found: R = answers[key]
        return found

    return ask


def forget() -> None:
    """Something was written within this look: it asks for the word again."""
    look = glance.answers()
    if look is not None:
        look.clear()


# --- the triggers -----------------------------------------------------------------------------------------------

# a trigger without arguments is given NULL for them
_MARK = (
    " DECLARE silent text[] = coalesce(TG_ARGV, '{}'); "
    "BEGIN IF TG_OP <> 'UPDATE' OR to_jsonb(OLD) - silent <> to_jsonb(NEW) - silent THEN "
)
_FUNCTIONS = {
    "organisation_written": _MARK + "PERFORM set_config('house.written', 'yes', true); END IF; RETURN NULL; END ",
    # one writing a transaction, however many rows it changed
    "organisation_stamped": _MARK  # noqa: S608 - no part comes from anybody
    + "IF coalesce(current_setting('house.stamped', true), '') <> txid_current()::text "
    "THEN INSERT INTO organisation_stamp (id, word) VALUES (1, gen_random_uuid()::text) "
    "ON CONFLICT (id) DO UPDATE SET word = excluded.word; "
    "PERFORM set_config('house.stamped', txid_current()::text, true); END IF; END IF; RETURN NULL; END ",
}
_POSTGRES = {
    "organisation_written": "CREATE TRIGGER {name} AFTER INSERT OR DELETE OR UPDATE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION organisation_written({silent})",
    "organisation_stamped": "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR DELETE OR UPDATE ON {table} "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION organisation_stamped({silent})",
}
_SQLITE = (
    "CREATE TRIGGER {name} AFTER {verb} ON {table}{when} BEGIN "
    "INSERT OR REPLACE INTO organisation_stamp (id, word) VALUES (1, lower(hex(randomblob(16)))); END"
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Lay the triggers that are missing or others than they should be, and set a first stamp. May be repeated."""
    if STAMP not in connection.introspection.table_names():
        return
    there = _there(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, body in _FUNCTIONS.items():
                cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
        for (table, name), definition in _definitions(connection).items():
            if there.get(name) == definition:
                continue
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                cursor.execute(definition)
                # ALWAYS: also in a session that plays a replica, where ordinary triggers sleep
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(definition)
        # what was written while they were missing is news
        cursor.execute(
            "INSERT INTO organisation_stamp (id, word) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET word = excluded.word",
            [secrets.token_hex(16)],
        )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, before the stamp itself is taken away: they would refuse every change for want of it."""
    with connection.cursor() as cursor:
        for table, name in _definitions(connection):
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The watched tables whose triggers are not as they were laid."""
    there = _there(connection)
    definitions = _definitions(connection)
    return sorted({table for (table, name), definition in definitions.items() if there.get(name) != definition})


def _definitions(connection: BaseDatabaseWrapper) -> dict[tuple[str, str], str]:
    """(table, name) → the trigger as the database will say it back, for the tables that exist."""
    existing = set(connection.introspection.table_names())
    found = {}
    for table, silent in _watched.items():
        if table not in existing:
            continue
        if connection.vendor == "postgresql":
            for function, definition in _POSTGRES.items():
                name = f"{table}_{function.removeprefix('organisation_')}"
                columns = ", ".join(f"'{column}'" for column in silent)
                found[table, name] = definition.format(name=name, table=table, silent=columns)
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA table_info({table})")
            loud = [row[1] for row in cursor.fetchall() if row[1] not in silent]
        changed = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in loud)
        for verb, when in (("insert", ""), ("delete", ""), ("update", f" WHEN {changed}")):
            name = f"{table}_stamped_{verb}"
            found[table, name] = _SQLITE.format(name=name, verb=verb.upper(), table=table, when=when)
    return found


def _there(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Name → definition of every trigger that would act. One whose function was rewritten would not."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgname, pg_get_triggerdef(t.oid, true) FROM pg_trigger t JOIN pg_proc f ON f.oid = tgfoid"
                " WHERE NOT tgisinternal AND tgenabled = 'A' AND prosrc = ANY(%s)",
                [list(_FUNCTIONS.values())],
            )
        return dict(cursor.fetchall())


def after_migrate(using: str, **_: Any) -> None:
    install(connections[using])


def check_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"What notices a change of {table} is missing or was altered: decisions could be made by what was.",
            hint="Run manage.py migrate, and find out who did it.",
            id="organisation.E001",
        )
        for alias in databases or []
        for table in missing(connections[alias])
    ]
