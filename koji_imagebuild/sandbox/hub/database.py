"""The hub's database: one connection, one transaction a call."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from koji_imagebuild.sandbox.hub import stock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = dict[str, Any]
"""A record with Koji's keys, as it goes out on the wire."""

NOW = 2**62
"""Stands for "now" where an event is asked for: later than every event."""

_SCHEMA = Path(__file__).with_name("schema.sql")

sqlite3.register_converter("BOOLEAN", lambda value: value != b"0")
sqlite3.register_converter("JSON", json.loads)


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values)}


class Transaction:
    """What a call may do with the database; see :meth:`Database.transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._changes = connection.total_changes

    @property
    def changed(self) -> bool:
        """Whether this transaction wrote anything."""
        return self._connection.total_changes != self._changes

    def rows(self, sql: str, **values: Any) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, **values: Any) -> Row | None:
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def column(self, sql: str, **values: Any) -> list[Any]:
        """The first column of every row."""
        return [next(iter(row.values())) for row in self._connection.execute(sql, values)]

    def value(self, sql: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, **values)
        return None if row is None else next(iter(row.values()))

    def change(self, sql: str, **values: Any) -> int:
        """:returns: how many rows were touched"""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, **values: Any) -> int:
        """:returns: the new row's id"""
        columns = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 -- names from code
        return self._connection.execute(sql, values).lastrowid or 0

    def insert_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._connection.executemany(sql, rows)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block wrote when it raises."""
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO part")
            raise
        finally:
            self._connection.execute("RELEASE part")


class Database:
    """Only the hub process opens the file, so one connection behind one lock is enough.

    WAL keeps every committed transaction through a kill -9 (not through a power cut: no fsync).
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            detect_types=sqlite3.PARSE_DECLTYPES,
        )
        self._connection.row_factory = _as_dict
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self.transaction() as db:
            if not db.value("SELECT count(*) FROM sqlite_master"):
                self._create(db)

    def _create(self, db: Transaction) -> None:
        statements = _SCHEMA.read_text(encoding="utf-8").split(";\n")
        for statement in statements:
            self._connection.execute(statement)
        stock.fill(db)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit what the block wrote, or undo it when the block raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                # a full disk has made SQLite roll back by itself
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._connection.close()
