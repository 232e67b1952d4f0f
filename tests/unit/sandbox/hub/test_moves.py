"""Moves of a transaction that was killed are undone, except those of images; all others stand."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import koji
import pytest

from koji_imagebuild.sandbox.hub.database import Database, Transaction
from koji_imagebuild.sandbox.hub.moves import Mover, move_for_good, recover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Killed(BaseException):
    """Stands for SIGKILL: nothing that follows runs, and the transaction is not committed."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "hub.db")
    yield database
    database.close()


def move(folder: Path, db: Transaction) -> Mover:
    mover = Mover(folder / "moves", db)
    for name in ("a", "b"):
        (folder / name).write_text(name)
        mover.move_and_link(folder / name, folder / "packages" / name)
    return mover


def test_a_move_leaves_a_link(tmp_path: Path, database: Database) -> None:
    with database.transaction() as db:
        mover = move(tmp_path, db)
    mover.done()
    assert (tmp_path / "packages/a").read_text() == "a"
    assert (tmp_path / "a").readlink() == (tmp_path / "packages/a").relative_to(tmp_path)
    assert recover(tmp_path / "moves", database) == []


def test_nothing_is_overwritten(tmp_path: Path, database: Database) -> None:
    (tmp_path / "there").symlink_to("nowhere")
    with database.transaction() as db, pytest.raises(koji.GenericError, match="Destination exists"):
        Mover(tmp_path / "moves", db).move(tmp_path / "a", tmp_path / "there")


def test_killed_before_the_commit(tmp_path: Path, database: Database) -> None:
    with suppress(Killed), database.transaction() as db:
        move(tmp_path, db)
        raise Killed
    restored = recover(tmp_path / "moves", database)
    assert sorted(restored) == [tmp_path / "a", tmp_path / "b"]
    assert not (tmp_path / "a").is_symlink()
    assert (tmp_path / "a").read_text() == "a"
    assert recover(tmp_path / "moves", database) == []


def test_killed_between_move_and_link(tmp_path: Path, database: Database) -> None:
    with suppress(Killed), database.transaction() as db:
        move(tmp_path, db)
        (tmp_path / "b").unlink()
        raise Killed
    recover(tmp_path / "moves", database)
    assert (tmp_path / "b").read_text() == "b"


def test_killed_between_note_and_move(tmp_path: Path, database: Database) -> None:
    with suppress(Killed), database.transaction() as db:
        move(tmp_path, db)
        (tmp_path / "b").unlink()
        (tmp_path / "packages/b").rename(tmp_path / "b")
        raise Killed
    assert recover(tmp_path / "moves", database) == [tmp_path / "a"]
    assert (tmp_path / "b").read_text() == "b"


def test_killed_within_a_note(tmp_path: Path, database: Database) -> None:
    with suppress(Killed), database.transaction() as db:
        move(tmp_path, db)
        [journal] = (tmp_path / "moves").iterdir()
        with journal.open("a") as lines:
            lines.write('["/half')
        raise Killed
    assert len(recover(tmp_path / "moves", database)) == 2


def test_killed_after_the_commit(tmp_path: Path, database: Database) -> None:
    with database.transaction() as db:
        move(tmp_path, db)
    assert recover(tmp_path / "moves", database) == []
    assert (tmp_path / "packages/a").read_text() == "a"
    assert (tmp_path / "a").is_symlink()


def test_a_failed_call_keeps_its_moves(tmp_path: Path, database: Database) -> None:
    with suppress(koji.GenericError), database.transaction() as db:
        mover = move(tmp_path, db)
        mover.done()
        raise koji.GenericError
    assert recover(tmp_path / "moves", database) == []
    assert (tmp_path / "packages/a").read_text() == "a"


def test_images_are_moved_for_good(tmp_path: Path, database: Database) -> None:
    (tmp_path / "a").write_text("a")
    with suppress(Killed), database.transaction():
        move_for_good(tmp_path / "a", tmp_path / "packages" / "a")
        raise Killed
    assert recover(tmp_path / "moves", database) == []
    assert (tmp_path / "a").is_symlink()
    assert (tmp_path / "a").read_text() == "a"
    with pytest.raises(koji.GenericError, match="Destination exists"):
        move_for_good(tmp_path / "a", tmp_path / "packages" / "a")
