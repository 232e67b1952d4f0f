"""``koji image-build-local TOOL --here``, from its arguments to its exit status."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from koji_imagebuild.cli import errors
from koji_imagebuild.cli.watch import screen
from koji_imagebuild.errors import Told
from koji_imagebuild.here import arguments, machine, progress, report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.here.arguments import HereOptions
    from koji_imagebuild.here.build import Built


@errors.told
def image_build_here(goptions: Any, session: Any, args: Sequence[str]) -> int:
    """Build; the session is not used."""
    options = arguments.parse(args)
    machine.check()
    # These need what was just checked.
    from koji_imagebuild.here import containment  # noqa: PLC0415

    @errors.told
    def inside(goptions: Any, _session: Any, _args: Sequence[str]) -> int:
        return _build(options, quiet=goptions.quiet)

    return containment.run(lambda: inside(goptions, session, args))


def _build(options: HereOptions, *, quiet: bool) -> int:
    stream = sys.stderr if options.json else sys.stdout
    try:
        built = _built(options, progress.choose(stream, quiet=quiet))
    except Told as problem:
        _tell_programs(options, "FAILED", None, problem.text())
        raise
    except KeyboardInterrupt:
        _tell_programs(options, "CANCELED", None, "interrupted")
        progress.write(sys.stderr, "\nInterrupted; nothing is left of the build\n")
        return errors.INTERRUPTED
    if not quiet:
        width = screen.size(stream)[0] if stream.isatty() else None
        stream.write("".join(f"{line}\n" for line in ("", *report.lines(built, width))))
    _tell_programs(options, "CLOSED", built, "")
    return 0


def _built(options: HereOptions, shown: progress.Progress) -> Built:
    from koji_imagebuild.here import build, runs, sources  # noqa: PLC0415  # as above

    place = runs.place()
    with runs.one(place) as folder:
        found = sources.HereSources(folder, shown)
        request = options.request(found.pack(options.source).to_wire())
        workshop = build.Workshop(folder, runs.shared(place), found, shown, options.tool.step)
        try:
            return build.build_here(request, workshop, options.root_repos, options.output)
        finally:
            shown.close()


def _tell_programs(options: HereOptions, state: str, built: Built | None, error: str) -> None:
    if options.json:
        document = report.document(options.arch, state, built, error)
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
