"""Moving files while a call runs, one by one.

A call that raises leaves them where they are, as Koji does. So does one that was killed where it
moves images, as Koji's do: the next build of that NVR clears the folder. What else a killed call
has moved is put back at the next start, so that a sandbox that was killed while it was made can
be made again.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import koji

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.database import Database, Transaction


class Mover:
    """Moves files for one transaction; keeps a journal of them until it has ended."""

    def __init__(self, journals: Path, db: Transaction) -> None:
        """:param journals: folder of the journals, one file a transaction that moves files"""
        self._token = uuid.uuid4().hex
        self._journal = journals / self._token
        self._db = db
        self._moved = False

    def move(self, source: Path, destination: Path) -> None:
        """:raises koji.GenericError: when something is already there"""
        _refuse_existing(destination)
        self._note(source, destination)
        _move(source, destination)

    def move_and_link(self, source: Path, destination: Path) -> None:
        """Leave a link at the old place."""
        self.move(source, destination)
        _link(source, destination)

    def done(self) -> None:
        """The transaction has ended, one way or the other."""
        if self._moved:
            self._journal.unlink()

    def _note(self, source: Path, destination: Path) -> None:
        if not self._moved:
            self._db.insert("moved", token=self._token)
            self._journal.parent.mkdir(exist_ok=True)
            self._moved = True
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps([str(source), str(destination)]) + "\n")


def move_for_good(source: Path, destination: Path) -> None:
    """Move a file and leave a link at the old place, whatever becomes of the transaction.

    :raises koji.GenericError: when something is already there
    """
    _refuse_existing(destination)
    _move(source, destination)
    _link(source, destination)


def recover(journals: Path, database: Database) -> list[Path]:
    """Undo the moves of transactions that were killed before they were committed.

    :returns: the files that were put back
    """
    with database.transaction() as db:
        committed = db.column("SELECT token FROM moved")
        db.change("DELETE FROM moved")
    restored: list[Path] = []
    for journal in journals.glob("*"):
        if journal.name not in committed:
            restored += [
                source for source, destination in _entries(journal) if _undo(source, destination)
            ]
        journal.unlink()
    return restored


def _refuse_existing(destination: Path) -> None:
    if os.path.lexists(destination):
        raise koji.GenericError(f"Destination exists: {destination}")


def _move(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    source.rename(destination)


def _link(source: Path, destination: Path) -> None:
    """A relative one: clients go on reading the task's folder."""
    source.symlink_to(os.path.relpath(destination, source.parent))


def _entries(journal: Path) -> list[tuple[Path, Path]]:
    """Last move first. A line that the kill cut short names a file that was not moved yet."""
    lines = journal.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
    moves = [json.loads(line) for line in reversed(lines)]
    return [(Path(source), Path(destination)) for source, destination in moves]


def _undo(source: Path, destination: Path) -> bool:
    if not destination.exists() or (source.exists() and not source.is_symlink()):
        return False
    destination.replace(source)
    return True
