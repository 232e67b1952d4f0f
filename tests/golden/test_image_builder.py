"""Requests for image-builder in, every argument list and record out.

A case is a folder of ``image_builder/``: ``case.json`` has source and opts of the hub call, and
``expected.txt`` what comes of them. ``UPDATE_GOLDEN=1`` writes that; read the difference first.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.model.wire import Reader
from koji_imagebuild.tools import contained, registrations
from koji_imagebuild.tools.image_builder.tool import ImageBuilder
from koji_imagebuild.tools.layout import Layout

from .told import block, command, compare

if TYPE_CHECKING:
    from koji_imagebuild.tools.manifest.plan import OsbuildPlan

FOLDER = Path(__file__).parent / "image_builder"
CASES = sorted(path.parent for path in FOLDER.glob("*/case.json"))
VERSION = '{"image-builder":{"version":"79","commit":"a","dependencies":{"osbuild":"191"}}}'
#: What image-builder is to have written: a disk of one pipeline, compressed.
MANIFEST = {
    "version": "2",
    "pipelines": [
        {"name": "build", "runner": "org.osbuild.fedora44", "stages": []},
        {"name": "os", "build": "name:build", "stages": []},
        {
            "name": "image",
            "build": "name:build",
            "stages": [
                {
                    "type": "org.osbuild.copy",
                    "inputs": {"tree": {"references": ["name:os"]}},
                    "devices": {"disk": {"type": "org.osbuild.loopback"}},
                }
            ],
        },
        {
            "name": "xz",
            "build": "name:build",
            "stages": [
                {
                    "type": "org.osbuild.xz",
                    "inputs": {"file": {"references": {"name:image": {}}}},
                    "options": {"filename": "disk.raw.xz"},
                }
            ],
        },
    ],
    "sources": {},
}
SBOMS = ("buildroot-build", "image-os")


def run(case: dict[str, Any], root: Path) -> str:
    """All that a builder would do, up to starting osbuild."""
    opts = Reader(case.get("opts"), "opts")
    tool = ImageBuilder.read(Reader(case["source"], "source"), opts)
    options = BuildOptions.read(opts)
    opts.finish()
    tool.check_options(options)
    layout = Layout(root)
    contained.lay_out(layout)
    checkout = layout.on_builder(layout.work / "source/definitions")
    (checkout / tool.source.definitions_path).mkdir(parents=True)
    called = tool.identify(checkout, case["arch"])
    job = _job(case, tool, options)
    before = tool.preliminary(job, layout, checkout, VERSION)
    sources = _lend(case["registrations"], layout) if tool.registrations else {}
    for kind in tool.source.types:
        _play_image_builder(layout.on_builder(layout.work / "image-builder" / kind), kind, sources)
    plan = tool.prepare(job, layout, checkout, VERSION)
    commands = tool.commands(job, layout, plan)
    blocks = [
        block(f"{called.name} {called.version}", called.file_names),
        *map(command, before),
        *_told(plan, root),
        *_inline(plan, layout),
        *map(command, commands),
    ]
    return "\n".join(blocks)


def _job(case: dict[str, Any], tool: ImageBuilder, options: BuildOptions) -> ArchJob[Any]:
    arch = case["arch"]
    return ArchJob(
        nvr=NVR(tool.source.name, tool.source.version, options.release or "7"),
        arch=arch,
        target=Target("distro", 1, "distro-build", 2, "distro-candidate"),
        repo=RepoInfo(41, 1284, "distro-build"),
        tool=tool,
        options=options,
        buildroot_repo=Repo(f"https://koji.example.com/repos/distro-build/41/{arch}"),
    )


def _lend(content: object, layout: Layout) -> dict[str, Any]:
    """The builder's file, and what image-builder makes of it."""
    path = layout.on_builder(registrations.place(layout.work))
    path.write_text(json.dumps(content))
    secret = registrations.read(path.read_bytes(), "", "")
    item = {"encoding": "base64", "data": base64.b64encode(secret.file).decode()}
    return {"org.osbuild.inline": {"items": {secret.checksum: item}}}


def _play_image_builder(folder: Path, kind: str, sources: dict[str, Any]) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, "sources": sources}))
    (folder / "messages").write_text(
        'No distro name specified, selecting "fedora-44" based on host, use --distro to override\n'
    )
    for part in SBOMS:
        # As version 79 calls them for a distribution with a dot in its name.
        (folder / f"rhel-10.1-{kind}-x86_64.1-{kind}-x86_64.{part}.spdx.json").touch()


def _told(plan: OsbuildPlan, root: Path) -> list[str]:
    needs = [f"loop devices: {plan.needs.loop_devices}", f"bubblewrap: {plan.needs.bubblewrap}"]
    kept = [f"{one.name} from {one.path.relative_to(root)}" for one in plan.records]
    return [
        block("notes", plan.notes),
        block("needs", needs),
        block("kept", kept),
        block("on record", [json.dumps(plan.details, indent=1)]),
    ]


def _inline(plan: OsbuildPlan, layout: Layout) -> list[str]:
    """What is inline in manifests that are kept, and what osbuild has beside them."""
    store = layout.on_builder(layout.work) / "osbuild/store/sources/org.osbuild.files"
    if not store.exists():
        return []
    kept = [json.loads(one.path.read_bytes())["sources"] for one in plan.records[:1]]
    found = sorted(store.iterdir())
    beside = [f"{one.name} {one.stat().st_mode & 0o777:o}: {one.read_text()!r}" for one in found]
    return [block("inline", [json.dumps(kept[0], indent=1)]), block("beside it", beside)]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_golden(folder: Path, tmp_path: Path) -> None:
    got = run(json.loads((folder / "case.json").read_text()), tmp_path)
    compare(got, folder / "expected.txt")


def test_there_are_cases() -> None:
    assert len(CASES) > 2
