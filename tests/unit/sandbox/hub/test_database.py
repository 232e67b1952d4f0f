"""Transactions: whole or not at all, also where the disk is full."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.sandbox.hub.database import Database, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "hub.db")
    yield database
    database.close()


def packages(database: Database) -> list[str]:
    with database.transaction() as db:
        return db.column("SELECT name FROM package ORDER BY id")


def fill(db: Transaction, *names: str) -> None:
    for name in names:
        db.insert("package", name=name)


def test_a_block_that_raises_undoes_what_it_wrote(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), database.transaction() as db:
        fill(db, "lost", "lost")
    with database.transaction() as db:
        assert not db.changed
        db.insert("package", name="first")
        with pytest.raises(sqlite3.IntegrityError), db.savepoint():
            fill(db, "second", "second")
        db.insert("package", name="third")
        assert db.changed
    assert packages(database) == ["first", "third"]


def test_a_full_disk(database: Database) -> None:
    with database.transaction() as db:
        pages = db.value("PRAGMA page_count")
        db.value(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(sqlite3.OperationalError, match="full"), database.transaction() as db:
        fill(db, *(f"{number}" * 100 for number in range(1000)))
    assert packages(database) == []
    with database.transaction() as db:
        db.insert("package", name="small")
    assert packages(database) == ["small"]


def test_it_is_filled_once(tmp_path: Path, database: Database) -> None:
    with database.transaction() as db:
        db.insert("package", name="kept")
        types = db.value("SELECT count(*) FROM archivetypes")
    database.close()
    again = Database(tmp_path / "hub.db")
    with again.transaction() as db:
        assert db.value("SELECT count(*) FROM archivetypes") == types == 76
    assert packages(again) == ["kept"]
    again.close()


def test_booleans_and_documents_come_back_as_such(database: Database) -> None:
    with database.transaction() as db:
        db.insert("channels", name="x", enabled=False)
        row = db.one("SELECT enabled AS e, comment FROM channels WHERE name = 'x'")
        assert row == {"e": False, "comment": None}
        db.change("UPDATE build SET extra = NULL")
        assert db.value("SELECT extra FROM build_info") is None
