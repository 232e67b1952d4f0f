"""Turn what osbuild's JSONSeqMonitor says (RFC 7464) into the lines of a log, while it runs.

It is put into the build root and runs there, with its Python and no package: see run.sh.
usage: narrate.py RESULT <MONITOR
  RESULT  osbuild's standard output: its result in JSON, or what it says instead
Lines of ours begin with MARK; those of stages and of downloads come as they are. Options of stages
are left out: passwords and files of the image are among them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "osbuild: "
MOST_ERROR_LINES = 40
_SEPARATOR = 0x1E


class Narrator:
    """Knows which pipeline and which stage osbuild is at.

    A context comes in full once, and by its id from then on (osbuild/monitor.py).
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._contexts: dict[str, dict[str, Any]] = {}
        self._at_line_start = True
        self.failed = ""

    def tell(self, record: dict[str, Any]) -> None:
        context = self._context(record.get("context") or {})
        message = str(record.get("message") or "")
        origin = context.get("origin")
        if origin != "osbuild.monitor":
            if origin != "osbuild.main_cli":
                self._copy(message)
            return
        pipeline = str((context.get("pipeline") or {}).get("name") or "")
        if message.startswith("Starting pipeline "):
            self.say(f"pipeline {message[len('Starting pipeline ') :]}")
        elif message.startswith("Starting module "):
            self.say(f"stage {message[len('Starting module ') :]} of {pipeline}")
        elif message.startswith("Finished module "):
            self._finished(record, pipeline)

    def _finished(self, record: dict[str, Any], pipeline: str) -> None:
        result = record.get("result") or {}
        name = str(result.get("name") or "")
        what = name if name.startswith("source ") else f"stage {name} of {pipeline}"
        seconds = record.get("duration")
        took = f" after {seconds:.1f} s" if isinstance(seconds, (int, float)) else ""
        if result.get("success") is False:
            self.failed = what
            self.say(f"{what} failed{took}")
        elif took:
            self.say(f"{what} done{took}")

    def _context(self, given: dict[str, Any]) -> dict[str, Any]:
        known = self._contexts.setdefault(str(given.get("id")), given)
        return known if len(given) < len(known) else given

    def _copy(self, text: str) -> None:
        """Output of stages comes in pieces, not in lines."""
        if text:
            self._out.write(text)
            self._out.flush()
            self._at_line_start = text.endswith("\n")

    def say(self, text: str) -> None:
        self._copy(f"{'' if self._at_line_start else chr(10)}{MARK}{text}\n")


def records(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Every record; one that a killed osbuild left unfinished says nothing."""
    for line in stream:
        try:
            record = json.loads(line[line.rfind(bytes([_SEPARATOR])) + 1 :])
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def ending(text: str, failed: str) -> Iterator[str]:
    """Why osbuild failed.

    :param text: of the result; not JSON in several of its failures, and empty after a traceback
    :param failed: the source or the stage that the monitor said has failed
    """
    try:
        result = json.loads(text)
        error = result.get("error") or {}
        details = error.get("details") or {}
    except (ValueError, AttributeError):
        yield "failed without a result"
        yield from text.splitlines()[-MOST_ERROR_LINES:]
        return
    where = details.get("source") or details.get("stage")
    if where:
        yield f"failed in {failed or where.get('type')}"
        yield from str(where.get("output") or "").splitlines()[-MOST_ERROR_LINES:]
    elif result.get("errors"):
        yield f"refused the manifest: {result.get('title')}"
        for one in result["errors"][:MOST_ERROR_LINES]:
            yield f"{'.'.join(map(str, one.get('path') or ()))}: {one.get('message')}"
    else:
        yield f"failed: {error.get('type') or result.get('title') or 'no reason was given'}"


def main() -> None:
    narrator = Narrator(sys.stdout)
    for record in records(sys.stdin.buffer):
        if "status" in record:
            if record["status"]:
                text = Path(sys.argv[1]).read_text(errors="replace")
                for line in ending(text, narrator.failed):
                    narrator.say(line)
            return
        narrator.tell(record)


if __name__ == "__main__":
    main()
