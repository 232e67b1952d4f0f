"""The parameters of our tasks, by name, for every process that shows or judges tasks.

Without them Koji logs "not a standard koji task" and hub policies see neither target nor scratch.
Light on purpose: the command line loads this on every call.
"""

from __future__ import annotations

from typing import Any

import koji.tasks

SIGNATURES = {
    "imageBuildLocal": "target arches tool source opts",
    "kiwiBuild": "target arches desc_url desc_path opts",
    "imageBuilderBuild": "target arches types name version opts",
    "imageBuilderBuildArch": (
        "name version release arch types target_info build_config repo_info opts"
    ),
    "createKiwiImage": (
        "name version release arch target_info build_tag repo_info desc_url desc_path opts"
    ),
}


def register() -> None:
    """Put them where ``koji.tasks.parse_task_params`` looks."""
    legacy: dict[str, Any] = koji.tasks.LEGACY_SIGNATURES
    for method, parameters in SIGNATURES.items():
        legacy[method] = [[parameters.split(), None, None, (None,)]]
