"""What tools have in common whose manifests osbuild builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.tools.base import Needs
from koji_imagebuild.tools.manifest import collect, run

if TYPE_CHECKING:
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.tools.base import Collected, Command, Tool
    from koji_imagebuild.tools.layout import Layout
    from koji_imagebuild.tools.manifest.plan import OsbuildPlan

    OsbuildJob = ArchJob[Tool[OsbuildPlan]]


class BuiltByOsbuild:
    """The second half of the Tool protocol, from the plan on."""

    install_group = "image-builder-build"
    needs = Needs(bubblewrap=True)

    def commands(
        self,
        job: OsbuildJob,  # noqa: ARG002  # the protocol's
        layout: Layout,
        plan: OsbuildPlan,
    ) -> tuple[Command, ...]:
        return run.commands(plan.runs, layout.work)

    def collect(
        self,
        job: OsbuildJob,  # noqa: ARG002  # the protocol's
        layout: Layout,
        plan: OsbuildPlan,
    ) -> Collected:
        return collect.collect(layout, plan.runs)
