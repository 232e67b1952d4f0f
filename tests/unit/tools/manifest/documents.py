"""Manifests as image-builder writes them, cut down to what counts here."""

from __future__ import annotations

import json
from typing import Any

SHA = "sha256:" + "a" * 64
OTHER_SHA = "sha256:" + "b" * 64


def tree_of(name: str) -> dict[str, Any]:
    return {
        "type": "org.osbuild.tree",
        "origin": "org.osbuild.pipeline",
        "references": [f"name:{name}"],
    }


def packages(*checksums: str) -> dict[str, Any]:
    stage = {"type": "org.osbuild.files", "origin": "org.osbuild.source"}
    stage["references"] = [{"id": checksum} for checksum in checksums]  # type: ignore[assignment]
    return {"type": "org.osbuild.rpm", "options": {}, "inputs": {"packages": stage}}


def disk(name: str = "disk.raw") -> dict[str, Any]:
    loop = {"type": "org.osbuild.loopback", "options": {"filename": name}}
    copy = {
        "type": "org.osbuild.copy",
        "inputs": {"tree": tree_of("os")},
        "devices": {"disk": loop},
        "mounts": [{"name": "-", "type": "org.osbuild.ext4", "source": "disk", "target": "/"}],
    }
    return {"name": "image", "build": "name:build", "stages": [copy]}


def pipelines() -> list[dict[str, Any]]:
    """build, os, image (a disk of os), qcow2 (of image)."""
    convert = {
        "type": "org.osbuild.qemu",
        "options": {"filename": "disk.qcow2"},
        "inputs": {
            "image": {
                "type": "org.osbuild.files",
                "origin": "org.osbuild.pipeline",
                "references": {"name:image": {"file": "disk.raw"}},
            }
        },
    }
    return [
        {"name": "build", "runner": "org.osbuild.fedora43", "stages": [packages(SHA)]},
        {"name": "os", "build": "name:build", "stages": [packages(OTHER_SHA)]},
        disk(),
        {"name": "qcow2", "build": "name:build", "stages": [convert]},
    ]


def manifest(**changes: Any) -> dict[str, Any]:
    return {
        "version": "2",
        "pipelines": pipelines(),
        "sources": {
            "org.osbuild.curl": {
                "items": {
                    SHA: {"url": "https://example.org/repo/bash-5.2-1.x86_64.rpm"},
                    OTHER_SHA: "https://example.org/repo/hello-2.0-3.noarch.rpm",
                }
            }
        },
        **changes,
    }


def written(value: object) -> bytes:
    return json.dumps(value).encode()
