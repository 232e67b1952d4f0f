"""Writes the manifest of an image: sources and pipelines, the one that is exported at the end."""

from __future__ import annotations

import base64
import hashlib
import random
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import registrations
from .imagetypes import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..containers import Image
    from .blueprint import Blueprint
    from .imagetypes import Distro, ImageType
    from .repository import Package

MIB = 1024 * 1024
_SECTOR = 512
#: First sectors of the two partitions, and what the second copy of the table takes.
_BOOT, _ROOT, _TAIL = 2048, 4096, 34
_BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
_LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
_DEFAULT_SIZE = 64 * MIB


@dataclass(frozen=True)
class Plan:
    """All that a manifest is made of.

    :param packages: those of each pipeline that installs some, the build root's in front
    :param seed: None where every manifest is to be another one
    :param size: bytes of a disk; 0 for the type's own
    """

    distro: Distro
    image: ImageType
    arch: str
    packages: Mapping[str, tuple[Package, ...]]
    blueprint: Blueprint
    seed: int | None
    librepo: bool
    size: int = 0
    ostree_ref: str = ""
    ostree_parent: str = ""
    container: Image | None = None
    subscription: Mapping[str, Any] | None = None


def tree_name(image: ImageType) -> str:
    """The pipeline that installs the image's packages."""
    return "anaconda-tree" if image.form is Form.ISO else "os"


def ostree_ref(distro: str, arch: str) -> str:
    """Of a new commit, where none was asked for."""
    name, _, version = distro.partition("-")
    return f"{name}/{version}/{arch}/iot"


def document(plan: Plan) -> dict[str, Any]:
    """The manifest of a plan; what it draws by chance comes from the seed."""
    draw = random.Random(plan.seed)  # noqa: S311 - a manifest's UUIDs are no secrets
    inline: dict[str, Any] = {}
    pipelines = [_build(plan)]
    if not plan.image.bootc:
        pipelines.append(_tree(plan, inline))
    pipelines += _FORMS[plan.image.form](plan, draw)
    for pipeline in pipelines[1:]:
        pipeline["build"] = "name:build"
    return {"version": "2", "pipelines": pipelines, "sources": _sources(plan, inline)}


def _sources(plan: Plan, inline: dict[str, Any]) -> dict[str, Any]:
    found = {each.checksum: each for chosen in plan.packages.values() for each in chosen}
    sources: dict[str, Any] = {}
    if plan.librepo and found:
        mirrors = {
            each.repository.id: {"url": each.base, "type": "baseurl"} for each in found.values()
        }
        items = {
            checksum: {"path": each.path, "mirror": each.repository.id}
            for checksum, each in sorted(found.items())
        }
        sources["org.osbuild.librepo"] = {"items": items, "options": {"mirrors": mirrors}}
    elif found:
        urls = {checksum: {"url": each.url} for checksum, each in sorted(found.items())}
        sources["org.osbuild.curl"] = {"items": urls}
    if inline:
        sources["org.osbuild.inline"] = {"items": inline}
    if plan.container:
        image = f"sha256:{plan.container.id}"
        sources["org.osbuild.containers-storage"] = {"items": {image: {}}}
    return sources


def _build(plan: Plan) -> dict[str, Any]:
    stages = [_rpm(plan.packages["build"])] if "build" in plan.packages else [_deploy(plan)]
    return {"name": "build", "runner": plan.distro.runner, "stages": stages}


def _deploy(plan: Plan) -> dict[str, Any]:
    """The build root of a bootc image is the image itself."""
    return {"type": "org.osbuild.noop", "options": {"image": plan.container and plan.container.id}}


def _rpm(packages: tuple[Package, ...]) -> dict[str, Any]:
    references = [{"id": each.checksum} for each in packages]
    given = {
        "type": "org.osbuild.files",
        "origin": "org.osbuild.source",
        "references": references,
    }
    return {"type": "org.osbuild.rpm", "options": {}, "inputs": {"packages": given}}


def _tree(plan: Plan, inline: dict[str, Any]) -> dict[str, Any]:
    name = tree_name(plan.image)
    wanted = plan.blueprint.customizations
    stages = [_rpm(plan.packages[name])]
    hostname = wanted.get("hostname", "")
    stages += [_stage("hostname", {"hostname": hostname})] if hostname else []
    languages = wanted.get("locale", {}).get("languages") or ["C.UTF-8"]
    stages.append(_stage("locale", {"language": languages[0]}))
    stages.append(_stage("timezone", {"zone": wanted.get("timezone", {}).get("timezone", "UTC")}))
    if wanted.get("user"):
        stages.append(_stage("users", {"users": dict(map(_user, wanted["user"]))}))
    if plan.subscription is not None and plan.image.form is not Form.ISO:
        stages.append(_stage("systemd.unit.create", registrations.unit(plan.subscription)))
        data = registrations.key_file(plan.subscription)
        stages.append(_file({"path": registrations.KEY_FILE, "data": data}, inline))
    for each in wanted.get("files", ()):
        stages.append(_file(each, inline))
    return {"name": name, "stages": stages}


def _user(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    user = {key: each for key, each in given.items() if key not in ("name", "expiredate")}
    password = user.get("password", "")
    if password and not password.startswith("$"):
        # the salt is by chance, whatever the seed: such manifests differ each time
        salt = secrets.token_hex(8)
        digest = hashlib.sha512(f"{salt}{password}".encode()).digest()
        user["password"] = f"$6${salt}${base64.b64encode(digest, b'./').decode().rstrip('=')}"
    return given["name"], user


def _file(given: dict[str, Any], inline: dict[str, Any]) -> dict[str, Any]:
    data = given.get("data", "").encode()
    checksum = f"sha256:{hashlib.sha256(data).hexdigest()}"
    inline[checksum] = {"encoding": "base64", "data": base64.b64encode(data).decode()}
    source = {
        "type": "org.osbuild.files",
        "origin": "org.osbuild.source",
        "references": [{"id": checksum}],
    }
    name = checksum.replace("sha256:", "file-")
    place = {"from": f"input://{name}/{checksum}", "to": f"tree://{given['path']}"}
    paths = [{**place, "remove_destination": True}]
    return {**_stage("copy", {"paths": paths}), "inputs": {name: source}}


def _disk(plan: Plan, draw: random.Random) -> list[dict[str, Any]]:
    """One partition with the tree, and one that a boot loader would be written to."""
    filename = plan.image.filename if plan.image.form is Form.RAW else "disk.raw"
    sectors = (plan.size or _DEFAULT_SIZE) // _SECTOR
    root = {"start": _ROOT, "size": sectors - _ROOT - _TAIL}
    partitions = [
        {"bootable": True, "start": _BOOT, "size": _ROOT - _BOOT, "type": _BIOS_BOOT},
        {**root, "type": _LINUX},
    ]
    for each in partitions:
        each["uuid"] = _uuid(draw).upper()
    whole = _loop(filename, {"lock": True})
    part = _loop(filename, {**root, "lock": True})
    label = {"label": "gpt", "uuid": _uuid(draw).upper(), "partitions": partitions}
    system = {"uuid": _uuid(draw), "label": "root"}
    fill = {
        **_stage("copy", {"paths": [{"from": "input://root-tree/", "to": "mount://-/"}]}),
        "inputs": {"root-tree": _pipeline_input("org.osbuild.tree", "os")},
    }
    if plan.container:
        options: dict[str, Any] = {"root-ssh-authorized-keys": []}
        fill = _stage("bootc.install-to-filesystem", options)
        reference = {f"sha256:{plan.container.id}": {"name": "image"}}
        fill["inputs"] = {
            "images": {
                "type": "org.osbuild.containers",
                "origin": "org.osbuild.source",
                "references": reference,
            }
        }
    fill["devices"] = {"-": part}
    fill["mounts"] = [{"name": "-", "type": "org.osbuild.ext4", "source": "-", "target": "/"}]
    size = str(sectors * _SECTOR)
    stages = [
        _stage("truncate", {"filename": filename, "size": size}),
        {**_stage("sfdisk", label), "devices": {"device": whole}},
        {**_stage("mkfs.ext4", system), "devices": {"device": part}},
        fill,
    ]
    return [{"name": "image", "stages": stages}]


def _qcow2(plan: Plan, draw: random.Random) -> list[dict[str, Any]]:
    options = {"filename": plan.image.filename, "format": {"type": "qcow2", "compat": "1.1"}}
    given = {"image": _pipeline_input("org.osbuild.files", "image", "disk.raw")}
    stage = {**_stage("qemu", options), "inputs": given}
    return [*_disk(plan, draw), {"name": "qcow2", "stages": [stage]}]


def _compressed(plan: Plan, draw: random.Random) -> list[dict[str, Any]]:
    name = plan.image.export
    given = {"file": _pipeline_input("org.osbuild.files", "image", "disk.raw")}
    stage = {**_stage(name, {"filename": plan.image.filename}), "inputs": given}
    return [*_disk(plan, draw), {"name": name, "stages": [stage]}]


def _tar(plan: Plan, _draw: random.Random) -> list[dict[str, Any]]:
    given = {"tree": _pipeline_input("org.osbuild.tree", "os")}
    stage = {**_stage("tar", {"filename": plan.image.filename}), "inputs": given}
    return [{"name": "archive", "stages": [stage]}]


def _container(plan: Plan, _draw: random.Random) -> list[dict[str, Any]]:
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(plan.arch, plan.arch)
    given = {"base": _pipeline_input("org.osbuild.tree", "os")}
    options = {"architecture": arch, "filename": plan.image.filename}
    return [{"name": "container", "stages": [{**_stage("oci-archive", options), "inputs": given}]}]


def _iso(plan: Plan, _draw: random.Random) -> list[dict[str, Any]]:
    copied = {
        **_stage("copy", {"paths": [{"from": "input://tree/", "to": "tree:///"}]}),
        "inputs": {"tree": _pipeline_input("org.osbuild.tree", "anaconda-tree")},
    }
    iso = plan.blueprint.customizations.get("iso", {})
    options = {"filename": plan.image.filename, "volid": iso.get("volume_id", "MINIDIST-1")}
    packed = {
        **_stage("xorrisofs", options),
        "inputs": {"tree": _pipeline_input("org.osbuild.tree", "bootiso-tree")},
    }
    return [{"name": "bootiso-tree", "stages": [copied]}, {"name": "bootiso", "stages": [packed]}]


def _commit(plan: Plan, _draw: random.Random) -> list[dict[str, Any]]:
    ref = plan.ostree_ref or ostree_ref(plan.distro.name, plan.arch)
    options = {"ref": ref, "os_version": plan.distro.name.partition("-")[2]}
    options.update({"parent": plan.ostree_parent} if plan.ostree_parent else {})
    commit = {
        **_stage("ostree.commit", options),
        "inputs": {"tree": _pipeline_input("org.osbuild.tree", "os")},
    }
    packed = {
        **_stage("tar", {"filename": plan.image.filename}),
        "inputs": {"tree": _pipeline_input("org.osbuild.tree", "ostree-commit")},
    }
    return [
        {"name": "ostree-commit", "stages": [commit]},
        {"name": "commit-archive", "stages": [packed]},
    ]


_FORMS: Mapping[Form, Callable[[Plan, random.Random], list[dict[str, Any]]]] = {
    Form.QCOW2: _qcow2,
    Form.RAW: _disk,
    Form.RAW_XZ: _compressed,
    Form.RAW_ZST: _compressed,
    Form.TAR: _tar,
    Form.CONTAINER: _container,
    Form.ISO: _iso,
    Form.COMMIT: _commit,
}


def _stage(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": f"org.osbuild.{name}", "options": dict(options)}


def _loop(filename: str, options: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "org.osbuild.loopback", "options": {"filename": filename, **options}}


def _pipeline_input(kind: str, name: str, file: str = "") -> dict[str, Any]:
    references: Any = {f"name:{name}": {"file": file}} if file else [f"name:{name}"]
    return {"type": kind, "origin": "org.osbuild.pipeline", "references": references}


def _uuid(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))
