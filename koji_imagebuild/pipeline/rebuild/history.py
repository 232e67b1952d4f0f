"""What a rebuild tells of itself, in ``summary.log`` and in ``…image-build.json``. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from koji_imagebuild.pipeline.rebuild.plan import Plan, Reuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.pipeline.rebuild.record import Comparison


@dataclass(frozen=True)
class History:
    """What a rebuild has to tell.

    :param comparisons: of arches that were built again, where both documents are there
    :param kept: by arch, the earlier task whose manifest the arch was built from
    """

    plan: Plan
    comparisons: Mapping[str, Comparison]
    kept: Mapping[str, int] = field(default_factory=dict)

    def head(self) -> str:
        """One line."""
        plan = self.plan
        kept = "the release stays" if plan.nvr else f"all is built anew: {plan.why_new}"
        return f"rebuild of task {plan.origin}: {kept}"

    def reused(self, arch: str) -> bool:
        return isinstance(self.plan.arches[arch], Reuse)

    def lines(self, arch: str) -> list[str]:
        """What there is to say of an arch beside how it ended."""
        part = self.plan.arches[arch]
        if isinstance(part, Reuse):
            return []
        found = self.comparisons.get(arch)
        why = [f"built again: {part.why}"] if part.why else []
        kept = [f"from the manifest of task {self.kept[arch]}"] if arch in self.kept else []
        return [*why, *kept, *([found.text()] if found else [])]

    def document(self) -> dict[str, object]:
        plan = self.plan
        return {"task": plan.origin, "release_stays": plan.nvr is not None, "why": plan.why_new}

    def arch_document(self, arch: str) -> dict[str, object]:
        part = self.plan.arches[arch]
        if isinstance(part, Reuse):
            return {"reused": True}
        found = self.comparisons.get(arch)
        compared = {"compared": found.document()} if found else {}
        kept = {"manifest_of": self.kept[arch]} if arch in self.kept else {}
        return {"reused": False, "why_again": part.why, **kept, **compared}
