"""Stages that pack a tree or a file."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .work import Work


def xz(work: Work) -> None:
    _filter(work, "xz", "--threads=0", "-1")


def zstd(work: Work) -> None:
    _filter(work, "zstd", "--quiet", "--threads=0")


def tar(work: Work) -> None:
    """:raises StageError: when tar fails"""
    compress = {"xz": ("--xz",), "gzip": ("--gzip",), "zstd": ("--zstd",)}
    words = compress.get(work.options.get("compression", ""), ("--auto-compress",))
    target = work.tree / work.options["filename"]
    paths = work.options.get("paths", ["."])
    work.run("tar", "--create", *words, "--file", target, "-C", work.input("tree"), *paths)


def oci(work: Work) -> None:
    """An OCI archive of one layer."""
    layout = work.tree.with_name("oci")
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    layer = blobs / "layer"
    work.run("tar", "--create", "--file", layer, "-C", work.input("base"), ".")
    diff = hashlib.sha256(layer.read_bytes()).hexdigest()
    layer.rename(blobs / diff)
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def blob(document: Any, kind: str) -> dict[str, Any]:
        data = json.dumps(document).encode()
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        media = f"application/vnd.oci.image.{kind}.v1+json"
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)}

    config = blob(
        {
            "created": created,
            "architecture": work.options["architecture"],
            "os": "linux",
            "config": work.options.get("config", {}),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff}"]},
        },
        "config",
    )
    layers = [
        {
            "mediaType": "application/vnd.oci.image.layer.v1.tar",
            "digest": f"sha256:{diff}",
            "size": (blobs / diff).stat().st_size,
        }
    ]
    manifest = blob({"schemaVersion": 2, "config": config, "layers": layers}, "manifest")
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    work.run("tar", "--create", "--file", work.tree / work.options["filename"], "-C", layout, ".")
    work.run("rm", "-r", layout)


def iso(work: Work) -> None:
    target = work.tree / work.options["filename"]
    work.run(
        *("xorriso", "-as", "mkisofs", "-quiet", "-rational-rock", "-volid", work.options["volid"]),
        *("-o", target, work.input("tree")),
    )


def ostree_commit(work: Work) -> None:
    """A repository's layout, with one object that stands for all: there is no ostree here."""
    tree = work.input("tree")
    names = sorted(str(path.relative_to(tree)) for path in tree.rglob("*"))
    commit = hashlib.sha256(json.dumps([names, time.time()]).encode()).hexdigest()
    repo = work.tree / "repo"
    ref = repo / "refs" / "heads" / work.options["ref"]
    body = repo / "objects" / commit[:2] / f"{commit[2:]}.commit"
    for path in (ref, body):
        path.parent.mkdir(parents=True)
    (repo / "config").write_text("[core]\nrepo_version=1\nmode=archive-z2\n")
    ref.write_text(f"{commit}\n")
    parent = {"parent": work.options["parent"]} if "parent" in work.options else {}
    body.write_text(json.dumps({"files": names, **parent}))
    compose = {"ref": work.options["ref"], "ostree-commit": commit, "inputhash": commit}
    (work.tree / "compose.json").write_text(json.dumps(compose))


def _filter(work: Work, program: str, *words: str) -> None:
    target = work.tree / work.options["filename"]
    with target.open("wb") as file:
        work.pipe(file, program, *words, "--stdout", work.input("file"))
