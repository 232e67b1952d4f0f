"""Every tool there is, by the word users type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Final, Protocol

from koji_imagebuild.errors import RequestError
from koji_imagebuild.tools.image_builder import arch_task as image_builder_arch_task
from koji_imagebuild.tools.image_builder.tool import ImageBuilder
from koji_imagebuild.tools.kiwi import arch_task as kiwi_arch_task
from koji_imagebuild.tools.kiwi.tool import Kiwi
from koji_imagebuild.tools.manifest.tool import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.model.job import ArchJob, RepoAddress
    from koji_imagebuild.model.wire import Reader
    from koji_imagebuild.tools.base import Tool


class ArchTask(Protocol):
    """How a tool's arch jobs cross the wire; a module of the tool."""

    @property
    def METHOD(self) -> str: ...  # noqa: N802  # a constant of the module

    @property
    def PARAMETERS(self) -> tuple[str, ...]: ...  # noqa: N802

    def arguments(self, job: ArchJob[Any]) -> list[object]: ...

    def read(self, values: Sequence[object], address: RepoAddress) -> ArchJob[Any]: ...

    def source(self, given: Mapping[str, object]) -> str:
        """Where from, at a fixed commit, for people; of arguments by :attr:`PARAMETERS`."""
        ...


_TOOLS: Final[dict[str, Callable[[Reader, Reader], Tool[Any]]]] = {
    "kiwi": Kiwi.read,
    "image-builder": ImageBuilder.read,
    "manifest": Manifest.read,
}

#: By the tool's word.
ARCH_TASKS: Final[dict[str, ArchTask]] = {
    "kiwi": kiwi_arch_task,
    "image-builder": image_builder_arch_task,
    "manifest": image_builder_arch_task,
}


def arch_task(method: str) -> ArchTask:
    """The arch task of a method; several tools may share one."""
    return next(task for task in ARCH_TASKS.values() if method == task.METHOD)


def bind(name: str, source: Reader, opts: Reader) -> Tool[Any]:
    """Bind a tool to its source and its part of ``opts``.

    :raises RequestError: for an unknown tool, or for what the tool refuses
    """
    try:
        read = _TOOLS[name]
    except KeyError:
        known = ", ".join(sorted(_TOOLS))
        raise RequestError(f"tool: {name!r} is not known; there is {known}") from None
    return read(source, opts)
