"""From what was typed to a task: checked here with the hub's own functions, then sent."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from koji_cli.lib import unique_path

from koji_imagebuild.cli import folder
from koji_imagebuild.cli.options import Kind
from koji_imagebuild.cli.watch import words
from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.source import UPLOAD_FOLDER
from koji_imagebuild.pipeline import doors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.cli.arguments import CliOptions
    from koji_imagebuild.cli.hub import SubmitHub
    from koji_imagebuild.cli.options import Option
    from koji_imagebuild.cli.tool_command import Positional
    from koji_imagebuild.pipeline.doors import Request

_ARCHIVE = "description.tar.gz"
# An argument that is wrong, a key of ``opts`` or ``source``, or a word that can be nothing else.
_KEY = re.compile(
    r"\A[a-z]+(?=:)"
    r"|\b(?:opts(?:\.rebuild)?|source)\.([\w-]+(?:\.[\w-]+)?)"
    r"|\b([a-z]+_[a-z_]+)\b"
)


@dataclass(frozen=True)
class Desk:
    """Whom submitting talks to.

    :param login: logs in; called once, after everything that can be checked without a hub
    :param say: takes a line for the user
    """

    login: Callable[[], SubmitHub]
    say: Callable[[str], None]


def submit(options: CliOptions, desk: Desk) -> int:
    """Check, upload and create the task; its id.

    :raises RequestError: for what the hub would refuse, in the user's words
    """
    source = options.source
    shown = source.folder or source.file
    if shown is None:
        request = _checked(options, {})
        return desk.login().submit(doors.arguments(request), options.priority)
    with tempfile.TemporaryDirectory(prefix="koji-image-build-") as place:
        archive = Path(place) / _ARCHIVE
        given = source.folder or _alone(shown, Path(place) / "file" / source.upload_as)
        packed = folder.pack(given, archive)
        upload = unique_path(UPLOAD_FOLDER)
        where = {"upload": f"{upload}/{_ARCHIVE}", "sha256": packed.sha256}
        request = _checked(options, where)
        hub = desk.login()
        _look(request, given, hub)
        contents = f"{words.counted(packed.files, 'file')}, {words.size(packed.size)}"
        desk.say(f"Uploading {shown}: {contents}")
        hub.upload(archive, upload)
        return hub.submit(doors.arguments(request), options.priority)


def _alone(file: Path, copy: Path) -> Path:
    """A folder with a copy of a file and nothing else."""
    copy.parent.mkdir()
    shutil.copyfile(file, copy)
    return copy.parent


def _checked(options: CliOptions, where: Mapping[str, object]) -> Request:
    source = {**options.source.wire, **where}
    try:
        return doors.image_build_local(
            options.target, list(options.arches), options.tool.name, source, dict(options.opts)
        )
    except RequestError as problem:
        tool = options.tool
        raise in_the_users_words(problem, tool.options, options.opts, tool.positionals) from None


def _look(request: Request, description: Path, hub: SubmitHub) -> None:
    """Find out now what a builder would find out later."""
    arches = request.arches or hub.arches(request.target)
    request.tool.check_arches(arches)
    for arch in arches:
        request.tool.identify(description, arch)


def in_the_users_words(
    problem: RequestError,
    options: Sequence[Option],
    opts: Mapping[str, object],
    positionals: Sequence[Positional] = (),
) -> RequestError:
    """The same with what was typed, instead of where it goes in the hub call."""
    words = {word.key: word.name for word in positionals}
    flags = {
        option.key: option.flags[0]
        for option in reversed(options)
        # Of two flags with one key, the one that was typed.
        if option.kind is not Kind.FLAG or option.value == opts.get(option.key, True)
    }

    def typed(found: re.Match[str]) -> str:
        place = found.group()
        return words.get(place) or flags.get(found.group(1) or found.group(2) or place, place)

    what = _KEY.sub(typed, problem.what.removeprefix("opts: "))
    return RequestError(what, repair=_KEY.sub(typed, problem.repair))
