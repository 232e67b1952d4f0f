"""From a checkout inside the build root to a plan, with all files laid out that it speaks of."""

from __future__ import annotations

import os
import posixpath
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.model.artifact import Kind, Output
from koji_imagebuild.tools import side_loaded
from koji_imagebuild.tools.base import Needs
from koji_imagebuild.tools.kiwi import (
    identification,
    image_types,
    includes,
    naming,
    patch,
    selection,
    sharing,
)
from koji_imagebuild.tools.kiwi.plan import KiwiPlan, Run
from koji_imagebuild.tools.kiwi.version import KiwiVersion
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.tools.kiwi.selection import ImageType, Selection
    from koji_imagebuild.tools.kiwi.tool import Kiwi
    from koji_imagebuild.tools.layout import Layout

_SCRIPTS: Final = ("prepare.sh", "create.sh")
_MAX_CONFIG: Final = 1 << 20


def prepare(
    job: ArchJob[Any], asked: Kiwi, layout: Layout, checkout: Path, version: str
) -> KiwiPlan:
    """Write the effective description beside the original, and kiwi's configuration and scripts.

    :raises DescriptionError: as :func:`identification.identify`
    :raises PreflightError: for a kiwi that is not supported
    """
    kiwi, options = KiwiVersion.read(version), asked.options
    kiwi.check_repositories(job.options.repos)
    root = Tree(layout.root, "the build root")
    # make prep ran as root in there: what the folder was is no longer sure.
    tree = Tree(root.path(str(checkout.relative_to(layout.root))), "the checkout")
    path = identification.find(tree, asked.source.path)
    chosen = selection.select(includes.flatten(tree, path).complete(), options.profile, job.arch)
    types = chosen.build_types(options.types)
    folder = posixpath.dirname(path)
    scripts = sharing.read_scripts(tree, folder)
    why = sharing.obstacle(chosen, types, options, scripts) if len(types) > 1 else ""

    work = layout.work / "kiwi"
    place = _new_folder(root, work)
    _write(place / "kiwi.yml", kiwi.runtime_config(_site_config(root)).encode())
    for script in _SCRIPTS:
        text = resources.files("koji_imagebuild.tools.kiwi").joinpath(script).read_bytes()
        _write(place / script, text)
    described = tree.path(folder or ".")
    place_containers(job, layout, described)
    effective = described / f"{job.nvr}.{job.arch}.kiwi.xml"
    _write(effective, patch.effective(chosen, job.nvr.name, job.nvr.version))

    names = naming.Naming.of(chosen, job.nvr)
    stems = naming.stems(types, options, names)
    own_root = len(types) == 1 or bool(why)
    return KiwiPlan(
        work=work,
        description=PurePosixPath("/", described.relative_to(root.top)),
        kiwi_file=effective.name,
        keeps_repositories=bool(patch.repositories_for_image(chosen)),
        releasever=options.releasever or chosen.setting("release-version") or None,
        runs=tuple(Run(kind.image, stem, own_root) for kind, stem in zip(types, stems)),
        needs=Needs(any(image_types.needs_loop_device(k, options.type_attrs) for k in types)),
        list_names=tuple(naming.list_names(types[0], stems[0].build, options, names)),
        records=(Output(effective, effective.name, Kind.SIDECAR, ""),),
        notes=tuple(_notes(chosen, types, why)),
    )


def place_containers(job: ArchJob[Any], layout: Layout, described: Path) -> None:
    """Beside the description, where kiwi's ``<file name="NAME.oci.tar">`` finds them.

    kiwi takes no files of folders there (kiwi/system/setup.py, _import_custom_files).

    :raises DescriptionError: when the description has a file of that name
    """
    for number, container in enumerate(side_loaded.containers(job)):
        target = described / f"{container.stem}.oci.tar"
        try:
            os.link(layout.on_builder(side_loaded.archive(layout.work, number)), target)
        except FileExistsError:
            raise DescriptionError(
                f"{target.name} is in the way, {container.text} becomes that file"
            ) from None


def _notes(chosen: Selection, types: tuple[ImageType, ...], why: str) -> Iterator[str]:
    named = ", ".join(kind.image for kind in types)
    profiles = ", ".join(chosen.profiles)
    yield f"kiwi builds {named} from {chosen.flat.path}" + (f" ({profiles})" if profiles else "")
    if why:
        yield f"Each type is prepared on its own: {why}"
    elif len(types) > 1:
        yield "The types share one prepared root"
    versions = dict.fromkeys(element.text.strip() for _, element in chosen.settings("version"))
    if len(versions) > 1:
        were = ", ".join(version or "an empty one" for version in versions)
        yield f"Several versions apply, all became the build's: {were}"
    for section in patch.repositories_for_image(chosen):
        yield f"{section.where()}: the image keeps this repository, it is not built from"


def _site_config(root: Tree) -> str:
    """The build root's own configuration of kiwi, if it has one."""
    try:
        return root.read("etc/kiwi.yml", _MAX_CONFIG).decode(errors="replace")
    except DescriptionError:
        return ""


def _new_folder(root: Tree, inside: PurePosixPath) -> Path:
    """Make a folder of the build root that nothing was put into before.

    :raises DescriptionError: when something is in the way
    """
    parent = root.path(str(inside.parent.relative_to("/")))
    try:
        (parent / inside.name).mkdir()
    except FileExistsError:
        raise DescriptionError(f"{inside} in {root.label} is in the way") from None
    return parent / inside.name


def _write(path: Path, text: bytes) -> None:
    """Write a file that must be new: where there is one, it may be a symlink out of the root.

    :raises DescriptionError: when there is one
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    except FileExistsError:
        raise DescriptionError(f"{path.name} is in the way, a file of that name is made") from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(text)
