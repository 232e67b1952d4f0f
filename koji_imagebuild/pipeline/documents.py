"""The sidecars that are ours to write: SBOMs and ``…image-build.json``, as files."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from koji_imagebuild.model import metadata, spdx
from koji_imagebuild.model.artifact import Artifact, Kind
from koji_imagebuild.pipeline.verify import measure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.rpms import Rpm, RpmList
    from koji_imagebuild.pipeline.rebuild.history import History
    from koji_imagebuild.pipeline.resolve import Settled
    from koji_imagebuild.pipeline.wait import Outcome


def sboms(
    made: Sequence[Artifact], rpms: Sequence[Rpm], distribution: str, folder: Path
) -> tuple[Artifact, ...]:
    """One SPDX document an image."""
    return tuple(
        _written(
            folder / f"{image.name}.spdx.json",
            spdx.document(
                image,
                rpms,
                created=metadata.now(time.time()),
                creator=metadata.PLUGIN.replace(" ", "-"),
                namespace=distribution,
            ),
        )
        for image in made
        if image.kind is Kind.IMAGE
    )


def arch(  # what metadata.arch_document needs
    job: ArchJob[Any],
    used: metadata.Used,
    steps: Sequence[tuple[str, float]],
    folder: Path,
    *,
    artifacts: Sequence[Artifact] = (),
    rpms: RpmList | None = None,
    failure: str = "",
) -> Artifact:
    """``N-V-R.ARCH.image-build.json``."""
    document = metadata.arch_document(
        job,
        used,
        finished=time.time(),
        steps=steps,
        artifacts=artifacts,
        rpms=rpms,
        failure=failure,
    )
    return _written(folder / f"{job.nvr}.{job.arch}.image-build.json", document)


def parent_name(nvr: NVR) -> str:
    return f"{nvr}.image-build.json"


def parent(
    nvr: NVR,
    settled: Settled,
    outcomes: Sequence[Outcome],
    folder: Path,
    history: History | None = None,
) -> Artifact:
    """``N-V-R.image-build.json``: what was asked, and how every arch ended.

    :param history: of a rebuild
    """
    document = {
        **metadata.head(nvr, settled.target, settled.asked, settled.options),
        "source": metadata.public(settled.tool.location.text),
        "repo": settled.repo.id,
        "event": settled.repo.event,
        "arches": {
            outcome.arch: {
                **_outcome(outcome),
                **(history.arch_document(outcome.arch) if history else {}),
            }
            for outcome in outcomes
        },
        **({"rebuild": history.document()} if history else {}),
    }
    return _written(folder / parent_name(nvr), document)


def _outcome(outcome: Outcome) -> dict[str, object]:
    result = outcome.result
    return {
        "task": outcome.task_id,
        "optional": outcome.optional,
        "failure": outcome.error,
        "host": "" if result is None else result.host,
        "files": [] if result is None else list(result.files),
    }


def _written(path: Path, document: dict[str, object]) -> Artifact:
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    path.write_text(f"{text}\n")
    size, sha256 = measure(path)
    return Artifact(path, path.name, Kind.SIDECAR, "", size, sha256)
