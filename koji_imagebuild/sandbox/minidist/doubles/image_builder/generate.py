"""From a command line to a manifest; each step refuses what the real one refuses."""

from __future__ import annotations

import json
import platform
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import containers
from . import (
    blueprint,
    definitions,
    depsolve,
    documents,
    faults,
    imagetypes,
    manifest,
    ostree,
    policies,
    registrations,
    repository,
)
from .flags import UsageError
from .repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .blueprint import Blueprint
    from .flags import Parsed
    from .imagetypes import Distro, ImageType
    from .repository import Package

_DEFAULT_REPOSITORIES = (
    "/etc/image-builder/repositories",
    "/usr/share/image-builder/repositories",
)


@dataclass(frozen=True)
class Wanted:
    """What is to be built, found and valid."""

    distro: Distro
    image: ImageType
    arch: str
    blueprint: Blueprint
    container: containers.Image | None = None

    @property
    def default_name(self) -> str:
        return f"{self.distro.name}-{self.image.name}-{self.arch}"

    def without_extension(self, name: str) -> str:
        """A name that a user gave; none gives the default one."""
        if not name:
            return self.default_name
        return name.removesuffix(self.image.extension)


def find(parsed: Parsed) -> Wanted:
    """Find the image.

    :raises UsageError: when there is none, or the blueprint is not valid
    """
    values = parsed.values
    arch = values["arch"] or platform.machine()
    if values["bootc-ref"]:
        return _bootc(parsed, arch)
    plan = blueprint.load(values["blueprint"])
    name = _distro(values["distro"], plan.distro)
    known = definitions.known(values["force-defs-dir"])
    repository.of_urls(values["extra-repo"], "extra")
    if values["force-repo-dir"]:
        known = tuple(each for each in known if _repository_file(values, each.name))
        if not known:
            folder = values["force-repo-dir"].rstrip("/")
            raise UsageError(
                f"no repositories found in the given paths: [{folder}/repositories {folder}]/[]"
            )
    distro, image = imagetypes.find(known, name, parsed.words[0], arch)
    return Wanted(distro, image, arch.removeprefix("arch:"), plan)


def generate(parsed: Parsed, wanted: Wanted, basename: str, folder: Path) -> str:
    """Make the manifest, with SBOMs and list of RPMs in the folder where they are asked for.

    :raises UsageError: as the real program ends
    """
    values = parsed.values
    shown = values["distro"] or wanted.distro.name
    shown = "bootc-based" if wanted.container else shown
    print("Manifest generation step", file=sys.stderr)
    print(f"Building manifest for {shown}-{parsed.words[0]}", file=sys.stderr)
    _check(parsed, wanted)
    subscription = registrations.load(values["registrations"])
    fault = faults.asked(wanted.blueprint.description)
    faults.before_manifest(fault)
    packages = _packages(parsed, wanted)
    made = manifest.document(_plan(parsed, wanted, packages, subscription))
    faults.in_manifest(fault, made)
    if values["with-sbom"] and fault.name != "no-sbom":
        _write_sboms(wanted, packages, basename, folder)
    if values["with-rpmlist"]:
        listed = documents.rpm_list(packages.get(manifest.tree_name(wanted.image), ()))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{basename}.rpmlist.json").write_text(json.dumps(listed))
    return faults.text(fault, json.dumps(made, indent=4) + "\n")


def _bootc(parsed: Parsed, arch: str) -> Wanted:
    values = parsed.values
    if values["distro"]:
        raise UsageError("cannot use --distro with --bootc-ref")
    found = [_container(values[name]) for name in ("bootc-ref", "bootc-build-ref") if values[name]]
    kind = parsed.words[0]
    for image in imagetypes.BOOTC.types:
        if image.name == kind:
            plan = blueprint.load(values["blueprint"])
            return Wanted(imagetypes.BOOTC, image, arch, plan, found[0])
    raise UsageError(f'invalid image type "{kind}" for distro bootc')


def _container(reference: str) -> containers.Image:
    for image in containers.images():
        if image.is_called(reference):
            return image
    raise UsageError(
        f"running {reference} container failed: exit status 125\nstderr:\n"
        f"Error: {reference}: image not known\n"
    )


def _distro(given: str, of_blueprint: str) -> str:
    if given and of_blueprint and given != of_blueprint:
        raise UsageError(
            f'error selecting distro name, cmdline argument "{given}" is different from '
            f'blueprint "{of_blueprint}"'
        )
    if given or of_blueprint:
        return given or of_blueprint
    lines = Path("/etc/os-release").read_text().splitlines()
    facts = dict(line.replace('"', "").split("=", 1) for line in lines if "=" in line)
    host = f"{facts.get('ID', 'linux')}-{facts.get('VERSION_ID', '')}"
    print(
        f'No distro name specified, selecting "{host}" based on host, use --distro to override',
        file=sys.stderr,
    )
    return host


def _check(parsed: Parsed, wanted: Wanted) -> None:
    values, image, custom = parsed.values, wanted.image, wanted.blueprint.customizations
    if any(values[f"ostree-{name}"] for name in ("ref", "parent", "url")) and not image.ostree:
        raise UsageError(f'OSTree is not supported for "{image.name}"')
    if values["ostree-parent"] and not values["ostree-url"]:
        raise UsageError("ostree parent ref specified, but no URL to retrieve it")
    for why in policies.warnings(custom, image):
        if not values["ignore-warnings"]:
            raise UsageError(f"Warnings during manifest creation:\n{why}")
        print(why, file=sys.stderr)
    policies.check(custom, image)


def _packages(parsed: Parsed, wanted: Wanted) -> dict[str, tuple[Package, ...]]:
    if wanted.container:
        return {}
    tree = manifest.tree_name(wanted.image)
    sets = {
        "build": wanted.distro.build_packages,
        tree: (*wanted.image.packages, *wanted.blueprint.packages),
    }
    repositories = _repositories(parsed, wanted)
    available: list[Package] = []
    chosen = {}
    for name, names in sets.items():
        with _told(f'error depsolving package sets for "{name}"'):
            for each in () if available else repositories:
                available += repository.packages(each)
            chosen[name] = tuple(depsolve.solve(names, available, wanted.arch))
    return chosen


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{what}: {error}") from None


def _repositories(parsed: Parsed, wanted: Wanted) -> list[Repository]:
    values = parsed.values
    extra = repository.of_urls(values["extra-repo"], "extra")
    if values["force-repo"]:
        return repository.of_urls(values["force-repo"], "forced")
    file = _repository_file(values, wanted.distro.name)
    if file is None:
        raise UsageError(f'no repositories for "{wanted.distro.name}" are installed')
    found = json.loads(file.read_text()).get(wanted.arch, [])
    installed = [Repository(each["name"], each["name"], each["baseurl"]) for each in found]
    return installed + extra


def _repository_file(values: dict[str, Any], distro: str) -> Path | None:
    given = values["force-repo-dir"]
    folders = (f"{given}/repositories", given) if given else _DEFAULT_REPOSITORIES
    return next(
        (path for path in (Path(f, f"{distro}.json") for f in folders) if path.is_file()), None
    )


def _plan(
    parsed: Parsed,
    wanted: Wanted,
    packages: dict[str, tuple[Package, ...]],
    subscription: Mapping[str, Any] | None,
) -> manifest.Plan:
    values = parsed.values
    return manifest.Plan(
        wanted.distro,
        wanted.image,
        wanted.arch,
        packages,
        wanted.blueprint,
        values["seed"] if "seed" in parsed.changed else None,
        librepo=values["use-librepo"],
        size=values["image-size"],
        ostree_ref=values["ostree-ref"],
        ostree_parent=_parent(values, wanted),
        container=wanted.container,
        subscription=subscription,
    )


def _parent(values: dict[str, Any], wanted: Wanted) -> str:
    """The commit that a new one follows: that of its own ref, where no other is named."""
    if not values["ostree-url"]:
        return ""
    ref = values["ostree-parent"] or values["ostree-ref"]
    ref = ref or manifest.ostree_ref(wanted.distro.name, wanted.arch)
    with _told(f'error resolving ostree commit for "{manifest.tree_name(wanted.image)}"'):
        return ostree.commit(values["ostree-url"], ref)


def _write_sboms(
    wanted: Wanted, packages: dict[str, tuple[Package, ...]], basename: str, folder: Path
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, chosen in packages.items():
        role = "buildroot" if name == "build" else "image"
        # It puts the basename before what follows the first dot, also for almalinux-9.5.
        _, _, ending = f"{wanted.default_name}.{role}-{name}.spdx.json".partition(".")
        file = folder / f"{basename}.{ending}"
        file.write_text(json.dumps(documents.spdx(chosen)) + "\n")
