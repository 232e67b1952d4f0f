"""kojid plugin: the tasks that build images. Thin: koji_imagebuild does the work."""

from __future__ import annotations

from typing import Any

import koji.tasks

from __main__ import BuildRoot
from koji_imagebuild.adapters import configuration, signatures, sweep, tasks

signatures.register()
_CONFIGURATION = configuration.builder()
configuration.refuse_rivals(__name__, _CONFIGURATION)
sweep.of_removed_roots()

# Classes are registered by what a scan of this module finds, so it holds no others.


class ImageBuildLocalTask(koji.tasks.BaseTaskHandler):  # type: ignore[misc]
    """The parent of a build: it waits for its arches and hands their results to the hub."""

    Methods = (
        "imageBuildLocal",
        *(("kiwiBuild",) if _CONFIGURATION.kiwi_build else ()),
        *(("imageBuilderBuild",) if _CONFIGURATION.image_builder_build else ()),
    )
    _taskWeight = 0.2  # noqa: N815  # koji.tasks.BaseTaskHandler reads this name

    def handler(self, *arguments: Any) -> str:
        # Such a plugin may be loaded after this one, and take the arch tasks away.
        configuration.refuse_rivals(__name__, _CONFIGURATION)
        return tasks.run_parent(self, list(arguments))


class CreateKiwiImageTask(koji.tasks.BaseTaskHandler):  # type: ignore[misc]
    """One arch of a kiwi build."""

    Methods = ("createKiwiImage",)
    _taskWeight = _CONFIGURATION.arch_weight  # noqa: N815

    def handler(self, *arguments: Any) -> dict[str, object]:
        return tasks.run_arch(self, list(arguments), BuildRoot)


class ImageBuilderBuildArchTask(koji.tasks.BaseTaskHandler):  # type: ignore[misc]
    """One arch of an image-builder build, or of one from a manifest."""

    Methods = ("imageBuilderBuildArch",)
    _taskWeight = _CONFIGURATION.arch_weight  # noqa: N815

    def handler(self, *arguments: Any) -> dict[str, object]:
        return tasks.run_arch(self, list(arguments), BuildRoot)
