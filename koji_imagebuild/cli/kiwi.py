"""``koji image-build-local kiwi``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.cli.errors import ArgumentsError
from koji_imagebuild.cli.options import BUILD, PACKAGES, TASK, Group, Kind, Option
from koji_imagebuild.cli.tool_command import Positional, Source, ToolCommand
from koji_imagebuild.tools.kiwi.progress import step

if TYPE_CHECKING:
    from collections.abc import Mapping

_IMAGE: Final = Group(
    "what kiwi is told",
    (
        Option(
            ("--profile", "--kiwi-profile"),
            "profile",
            "the description's profile to build",
            Kind.ONE,
        ),
        Option(
            ("--type",),
            "type",
            "the profile's image type, such as oem, iso or docker; several are built by one task",
            Kind.WORDS,
        ),
        Option(
            ("--type-attr",),
            "type_attr",
            "set an attribute of the image type, may be given several times",
            Kind.SEVERAL,
            "KEY=VALUE",
        ),
        Option(
            ("--bundle-format", "--result-bundle-name-format"),
            "result_bundle_name_format",
            "kiwi's pattern for file names, such as %%N-%%v-%%I.%%A",
            Kind.ONE,
            "FORMAT",
        ),
        Option(("--name",), "name", "name of the build, instead of the description's", Kind.ONE),
        Option(("--version",), "version", "version, instead of the description's", Kind.ONE),
        Option(
            ("--releasever", "--repo-releasever"),
            "repo_releasever",
            "dnf's $releasever, instead of the description's",
            Kind.ONE,
        ),
        Option(
            ("--make-prep",), "make_prep", "run 'make prep' in the description's folder before kiwi"
        ),
    ),
)

_EXAMPLES: Final = """\
examples:
  a build, imported and tagged:
    koji image-build-local kiwi f44-image --profile Cloud-Base-Generic \\
        git+https://example.org/kiwi-descriptions#f44 Fedora.kiwi
  what lies in a folder, as a scratch build of one arch:
    koji image-build-local kiwi --scratch --arch x86_64 f44-image \\
        ~/kiwi-descriptions/Fedora.kiwi --profile Cloud-Base-Generic

A folder on this machine (up to 64 MiB, without its .git) is uploaded; that
needs --scratch. The exit status is 0 when the task succeeded, 1 when it failed
or was refused, 2 for wrong arguments, 130 after Ctrl-C: the task goes on then.
"""


def _source(words: Mapping[str, Any], _values: Mapping[str, Any]) -> Source:
    source, path = words["SOURCE"], words.get("PATH")
    if "://" in source:
        if path is None:
            raise ArgumentsError(
                "PATH is missing: which .kiwi file of the repository is the description?"
            )
        return Source({"url": source, "path": path})
    place = Path(source).expanduser()
    if place.is_dir():
        return Source({"path": path or "."}, place)
    if place.is_file() and path is None:
        return Source({"path": place.name}, place.parent)
    raise ArgumentsError(f"{source} is neither a folder, nor a file in one, nor an SCM URL")


KIWI: Final = ToolCommand(
    name="kiwi",
    summary="build what a KIWI description describes",
    description="Build an operating-system image from a KIWI description on Koji's own builders.",
    usage="""\
koji image-build-local kiwi [options] TARGET SCM-URL PATH/FILE.kiwi
       koji image-build-local kiwi [options] --scratch TARGET FOLDER[/FILE.kiwi]
       koji image-build-local kiwi --here [options] FOLDER[/FILE] --repo URL""",
    examples=_EXAMPLES,
    positionals=(
        Positional(
            "TARGET", "target", "the build target: where packages come from, where it is tagged"
        ),
        Positional(
            "SOURCE", "source.url", "git+https://HOST/PATH#REVISION, or a folder on this machine"
        ),
        Positional(
            "PATH", "source.path", "the .kiwi file in it, or a folder that holds just one", "?"
        ),
    ),
    groups=(_IMAGE, BUILD, PACKAGES, TASK),
    source=_source,
    step=step,
)
