"""``--here`` of both commands, from arguments to an exit status."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from koji_imagebuild.cli import errors
from koji_imagebuild.cli.watch import screen
from koji_imagebuild.errors import Told
from koji_imagebuild.here import arguments, machine, progress, rebuild_arguments, report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from koji_imagebuild.here.build import Built


@dataclass(frozen=True)
class _Work:
    """What is done in a namespace of its own.

    :param build: in a folder that goes with the build, and one that builds share
    """

    arch: str
    json: bool
    build: Callable[[Path, Path, progress.Progress], Built]


@errors.told
def image_build_here(goptions: Any, session: Any, args: Sequence[str]) -> int:  # noqa: ARG001
    """Build; no hub has a part in it."""
    options = arguments.parse(args)
    machine.check()
    # What needs what was just checked is imported after it.
    from koji_imagebuild.here import build, sources  # noqa: PLC0415

    def work(folder: Path, shared: Path, shown: progress.Progress) -> Built:
        found = sources.HereSources(folder, shown)
        request = options.request(found.pack(options.source).to_wire())
        workshop = build.Workshop(folder, shared, found, shown, options.tool.step)
        return build.build_here(request, workshop, options.root_repos, options.output)

    return _contained(goptions, _Work(options.arch, options.json, work))


@errors.told
def image_rebuild_here(goptions: Any, session: Any, args: Sequence[str]) -> int:
    """Build again what a task built; the hub is only read."""
    options = rebuild_arguments.parse(args)
    machine.check()
    from koji_imagebuild.here import rebuild  # noqa: PLC0415  # as above

    koji = rebuild.Koji(session, goptions.topurl or goptions.topdir)
    origin = rebuild.origin(options, koji)

    def work(folder: Path, shared: Path, shown: progress.Progress) -> Built:
        return rebuild.rebuild_here(origin, koji, options, rebuild.Place(folder, shared, shown))

    return _contained(goptions, _Work(options.arch, options.json, work))


def _contained(goptions: Any, work: _Work) -> int:
    from koji_imagebuild.here import containment  # noqa: PLC0415  # as above

    @errors.told
    def inside(goptions: Any, _session: Any, _args: Sequence[str]) -> int:
        return _to_the_end(work, quiet=goptions.quiet)

    return containment.run(lambda: inside(goptions, None, ()))


def _to_the_end(work: _Work, *, quiet: bool) -> int:
    stream = sys.stderr if work.json else sys.stdout
    try:
        built = _built(work, progress.choose(stream, quiet=quiet))
    except Told as problem:
        _tell_programs(work, "FAILED", None, problem.text())
        raise
    except KeyboardInterrupt:
        _tell_programs(work, "CANCELED", None, "interrupted")
        progress.write(sys.stderr, "\nInterrupted; nothing is left of the build\n")
        return errors.INTERRUPTED
    if not quiet:
        width = screen.size(stream)[0] if stream.isatty() else None
        stream.write("".join(f"{line}\n" for line in ("", *report.lines(built, width))))
    _tell_programs(work, "CLOSED", built, "")
    return 0


def _built(work: _Work, shown: progress.Progress) -> Built:
    from koji_imagebuild.here import runs  # noqa: PLC0415  # as above

    place = runs.place()
    with runs.one(place) as folder:
        try:
            return work.build(folder, runs.shared(place), shown)
        finally:
            shown.close()


def _tell_programs(work: _Work, state: str, built: Built | None, error: str) -> None:
    if work.json:
        document = report.document(work.arch, state, built, error)
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
