"""What one test has lived through, the next one need not live through again: it is handed the rows.

Half of the suite begins with the same chain, the same campaign and the same way through the
reviews. The first test that goes that way goes it for real, act by act; what it left in the
tables is kept, and a later test that does the same *from the same place* is given exactly
those rows. "The same place" is not guessed. Every statement that writes is counted into the
test's history from its first one on, sequences begin where they began, and only an equal history,
an equal act, an equal clock, language and settings find what was kept. Whatever else a test does
first, it goes its way for real.

Nothing is kept of a test that commits (its transactions are what it is about), nor of one that
patches code. Kept rows last as long as the process, but no longer than the hour by the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.translation import get_language

from workflows.organisation import clock

T = TypeVar("T")
Row = tuple[Any, ...]
Tables = dict[str, dict[Any, Row]]  # table → primary key → the row as the database hands it out

ENTERS = (  # who has entered is what no act asks
    'INSERT INTO "django_session"',
    'UPDATE "django_session"',
    'DELETE FROM "django_session"',
    'UPDATE "organisation_person" SET "last_login"',
)
READS = ("SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA", "EXPLAIN")  # how statements begin that leave all as it is


@dataclass
class Kept:
    """What an act left: rows by table, where the sequences stood, and what it answered."""

    born: dict[str, list[Row]]
    changed: dict[str, list[tuple[Any, dict[str, Any]]]]  # key and the columns that are other now
    gone: dict[str, list[Any]]
    sequences: list[tuple[str, int | None]]
    answer: Any


def _plain(params: Any) -> Any:
    """The values of a statement in full: psycopg prints only the beginning of a JSON value."""
    return [getattr(value, "obj", value) for value in params] if isinstance(params, list | tuple) else params


class Memory:
    """`memory.of(("walk", …), act)`: the answer of `act`, having done it or laid the rows it left before."""

    def __init__(self, alias: str = "default") -> None:
        self._alias = alias
        self._kept: dict[Any, Kept] = {}
        self._history: Any = None  # None: not known, so nothing is looked up and nothing kept
        self._first_sequences: list[tuple[str, int | None]] | None = None
        self._settings: Any = None
        self._laying = False

    @property
    def _connection(self) -> Any:
        return connections[self._alias]

    def begin(self, *, patched: bool) -> None:
        """A test begins. One that patches code, or stands in a transaction of its module, has no known history."""
        if self._watch not in self._connection.execute_wrappers:
            self._connection.execute_wrappers.append(self._watch)
        self._history = None if patched or self._connection.in_atomic_block else "begun"

    def settle(self) -> None:
        """The settings of the whole run stand: a test that overrides one of them is another place."""
        self._settings = settings._wrapped

    def forget(self) -> None:
        """The tables were emptied: what stood in them from the first has other keys now."""
        self._kept.clear()
        self._first_sequences = None

    def of(self, what: tuple[Any, ...], act: Callable[[], T]) -> T:
        if self._history is None or not self._connection.in_atomic_block or settings._wrapped is not self._settings:
            return act()
        if self._history == "begun":
            self._begin_sequences()
            self._history = "first"
        key = (self._history, what, get_language(), clock._moved.get() or timezone.localtime().strftime("%F %H"))
        if kept := self._kept.get(key):
            self._lay(kept)
            answer: T = deepcopy(kept.answer)
        else:
            before = self._tables()
            answer = act()  # what it does inside may be remembered too
            if self._history is not None:
                self._kept[key] = self._difference(before, deepcopy(answer))
        if self._history is not None:
            self._history = hash(key)
        return answer

    def _watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        idle = sql.lstrip().upper().startswith(READS) or sql.startswith(ENTERS)
        if self._history is not None and not self._laying and not idle:
            if self._history == "begun":  # before anybody could say where the sequences stand
                self._history = None
            else:
                self._history = hash((self._history, sql, repr(_plain(params))))
        return execute(sql, params, many, context)

    # --- rows ---------------------------------------------------------------------------------------

    def _models(self) -> Iterable[Any]:
        return (
            model._meta
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed and not model._meta.proxy
        )

    def _columns(self, meta: Any) -> list[str]:
        """The primary key first."""
        others = [field.column for field in meta.local_concrete_fields if not field.primary_key]
        return [meta.pk.column, *others]

    def _tables(self) -> Tables:
        name = self._connection.ops.quote_name
        found = {}
        with self._connection.cursor() as cursor:
            for meta in self._models():
                columns = ", ".join(map(name, self._columns(meta)))
                cursor.execute(f"SELECT {columns} FROM {name(meta.db_table)}")
                found[meta.db_table] = {row[0]: row for row in cursor.fetchall()}
        return found

    def _difference(self, before: Tables, answer: Any) -> Kept:
        kept = Kept({}, {}, {}, self._sequences(), answer)
        for table, rows in self._tables().items():
            earlier = before[table]
            if born := [row for key, row in rows.items() if key not in earlier]:
                kept.born[table] = born
            if changed := [key for key, row in rows.items() if key in earlier and earlier[key] != row]:
                kept.changed[table] = [(key, self._news(table, earlier[key], rows[key])) for key in changed]
            if gone := [key for key in earlier if key not in rows]:
                kept.gone[table] = gone
        return kept

    def _news(self, table: str, before: Row, after: Row) -> dict[str, Any]:
        meta = next(meta for meta in self._models() if meta.db_table == table)
        pairs = zip(self._columns(meta), before, after, strict=True)
        return {column: new for column, old, new in pairs if old != new}

    def _lay(self, kept: Kept) -> None:
        name = self._connection.ops.quote_name
        columns = {meta.db_table: [name(column) for column in self._columns(meta)] for meta in self._models()}
        self._laying = True
        try:
            with self._connection.cursor() as cursor:
                for table, keys in kept.gone.items():
                    key = columns[table][0]
                    cursor.executemany(f"DELETE FROM {name(table)} WHERE {key} = %s", [(value,) for value in keys])
                for table, rows in kept.changed.items():
                    for key, news in rows:
                        values = ", ".join(f"{name(column)} = %s" for column in news)
                        statement = f"UPDATE {name(table)} SET {values} WHERE {columns[table][0]} = %s"
                        cursor.execute(statement, [*news.values(), key])
                for table, rows in kept.born.items():
                    blanks = ", ".join(["(" + ", ".join(["%s"] * len(columns[table])) + ")"] * len(rows))
                    statement = f"INSERT INTO {name(table)} ({', '.join(columns[table])}) VALUES {blanks}"
                    cursor.execute(statement, [value for row in rows for value in row])
            self._set(kept.sequences)
        finally:
            self._laying = False

    # --- sequences: PostgreSQL's go on counting when a test's rows are rolled back ---------------------

    def _begin_sequences(self) -> None:
        if self._first_sequences is None:
            self._first_sequences = self._sequences()
        else:
            self._set(self._first_sequences)

    def _sequences(self) -> list[tuple[str, int | None]]:
        if self._connection.vendor != "postgresql":
            return []
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), last_value FROM pg_sequences"
            )
            return cursor.fetchall()

    def _set(self, sequences: list[tuple[str, int | None]]) -> None:
        if sequences:
            with self._connection.cursor() as cursor:
                calls = ", ".join(["setval(%s, %s, %s)"] * len(sequences))
                values = [(name, value or 1, value is not None) for name, value in sequences]
                cursor.execute(f"SELECT {calls}", [value for call in values for value in call])


memory = Memory()
