"""``koji image-build-local image-builder``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.cli import blueprint_file, repo_option
from koji_imagebuild.cli.options import BUILD, PACKAGES, TASK, Group, Kind, Option
from koji_imagebuild.cli.tool_command import Positional, Source, ToolCommand
from koji_imagebuild.model.wire import sparse
from koji_imagebuild.tools.image_builder.progress import step

if TYPE_CHECKING:
    from collections.abc import Mapping

_IMAGE: Final = Group(
    "what image-builder is told",
    (
        Option(
            ("--distro",),
            "distro",
            "distribution, such as fedora-44; default: the build root's own",
            Kind.ONE,
        ),
        Option(
            ("--blueprint",),
            "blueprint",
            "customize the image by this blueprint, a .json or .toml file",
            Kind.ONE,
            "FILE",
            sent=False,
            read=blueprint_file.read,
        ),
        Option(
            ("--defs-url",),
            "defs_url",
            "take the distribution's definitions from this repository,"
            " git+https://HOST/PATH#REVISION; default: those of image-builder itself",
            Kind.ONE,
            "SCM-URL",
            sent=False,
        ),
        Option(
            ("--defs-path",),
            "defs_path",
            "folder in that repository with the definitions; default: its top",
            Kind.ONE,
            "PATH",
            sent=False,
        ),
        Option(
            ("--seed",),
            "seed",
            "of all UUIDs in the image; default: derived from the build's N-V-R, and recorded",
            Kind.ONE,
            "NUMBER",
            read=int,
        ),
        Option(
            ("--image-size",),
            "image_size",
            "size of the disk, such as '10 GiB'",
            Kind.ONE,
            "SIZE",
        ),
        Option(
            ("--registrations",),
            "registrations",
            "register the image when it first boots, with what builders keep under NAME;"
            " whoever has the image can read the activation key in it",
            Kind.ONE,
            "NAME",
        ),
    ),
    (
        (
            Option(("--preview",), "preview", "the distribution is a prerelease"),
            Option(
                ("--no-preview",), "preview", "the distribution is not a prerelease", value=False
            ),
        ),
    ),
)
_OSTREE: Final = Group(
    "for OSTree types; $arch, $basearch and $releasever are replaced",
    (
        Option(("--ostree-url",), "ostree.url", "repository of the commit", Kind.ONE, "URL"),
        Option(("--ostree-ref",), "ostree.ref", "ref of the commit", Kind.ONE, "REF"),
        Option(
            ("--ostree-parent",),
            "ostree.parent",
            "ref or commit that the new commit follows",
            Kind.ONE,
            "REF",
        ),
    ),
)
_BOOTC: Final = Group(
    "for types made from a bootable container",
    (
        Option(("--bootc-ref",), "bootc.ref", "the container", Kind.ONE, "IMAGE"),
        Option(
            ("--bootc-build-ref",),
            "bootc.build-ref",
            "the container that builds the image; default: the same",
            Kind.ONE,
            "IMAGE",
        ),
        Option(
            ("--bootc-installer-payload-ref",),
            "bootc.installer-payload-ref",
            "the container that an installer installs",
            Kind.ONE,
            "IMAGE",
        ),
        Option(
            ("--bootc-default-fs",),
            "bootc.default-fs",
            "root file system where the container names none",
            Kind.ONE,
            "TYPE",
        ),
    ),
)
_REPOS: Final = Group(
    "more packages",
    (
        Option(
            ("--extra-repo",),
            "extra_repos",
            "a repository beside the others, may be given several times",
            Kind.SEVERAL,
            "URL",
            read=repo_option.read,
        ),
    ),
)

_EXAMPLES: Final = """\
examples:
  a build, imported and tagged:
    koji image-build-local image-builder f44-image Fedora-Minimal 44 minimal-raw-xz
  with a user of its own, as a scratch build of one arch:
    koji image-build-local image-builder --scratch --arch x86_64 \\
        --blueprint user.toml f44-image Fedora-Minimal 44 generic-qcow2

Several types are built by one task. The manifest that osbuild builds from is
kept with the build: koji image-rebuild-local builds from it again. The exit
status is 0 when the task succeeded, 1 when it failed or was refused, 2 for
wrong arguments, 130 after Ctrl-C: the task goes on then.
"""


def _source(words: Mapping[str, Any], values: Mapping[str, Any]) -> Source:
    kept = {key: values.get(key) for key in ("blueprint", "defs_url", "defs_path")}
    return Source(
        {
            "name": words["NAME"],
            "version": words["VERSION"],
            "types": list(words["TYPE"]),
            **sparse(**kept),
        }
    )


IMAGE_BUILDER: Final = ToolCommand(
    name="image-builder",
    summary="build image types that image-builder knows",
    description="Build operating-system images with image-builder on Koji's own builders.",
    usage="koji image-build-local image-builder [options] TARGET NAME VERSION TYPE [TYPE...]",
    examples=_EXAMPLES,
    positionals=(
        Positional(
            "TARGET", "target", "the build target: where packages come from, where it is tagged"
        ),
        Positional("NAME", "source.name", "name of the build, such as Fedora-Minimal"),
        Positional("VERSION", "source.version", "version of the build"),
        Positional("TYPE", "source.types", "image type, as 'image-builder list' shows them", "+"),
    ),
    groups=(_IMAGE, _OSTREE, _BOOTC, BUILD, PACKAGES, _REPOS, TASK),
    source=_source,
    step=step,
)
