"""Fetches the sources, then builds one pipeline after the other."""

from __future__ import annotations

import contextlib
import signal
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import sources, stages
from .work import StageError, Work
from .workplace import NoSandboxError, probe, workplace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .manifest import Input, Manifest, Pipeline, Stage
    from .monitor import NullMonitor
    from .store import Store


@dataclass(frozen=True)
class Built:
    """One stage that ran. :param output: all it wrote"""

    stage: Stage
    output: str
    success: bool


@dataclass
class Outcome:
    """What became of a manifest, as far as it came.

    :param log: stages by the name of their pipeline
    :param later: faults that are due at the end
    """

    fetched: list[sources.Result] = field(default_factory=list)
    log: dict[str, list[Built]] = field(default_factory=dict)
    later: set[str] = field(default_factory=set)

    @property
    def failed_source(self) -> sources.Result | None:
        return next((each for each in self.fetched if not each.success), None)

    @property
    def failed_stage(self) -> Built | None:
        every = (each for built in self.log.values() for each in built)
        return next((each for each in every if not each.success), None)

    @property
    def success(self) -> bool:
        return not (self.failed_source or self.failed_stage)


@dataclass(frozen=True)
class Builder:
    """:param stage_timeout: seconds a stage may take; None is forever"""

    manifest: Manifest
    store: Store
    monitor: NullMonitor
    rundir: Path
    stage_timeout: int | None
    checkpoints: set[str]

    def build(self, order: list[Pipeline]) -> Outcome:
        """Build pipelines in this order, up to the first failure."""
        outcome = Outcome()
        for kind, source in self.manifest.sources.items():
            self.monitor.begin_source(kind)
            result = sources.fetch(kind, source, self.store)
            outcome.fetched.append(result)
            self.monitor.source_result(result)
            self.monitor.finish(kind)
        if outcome.failed_source or not order:
            return outcome
        for pipeline in order:
            self.monitor.begin(pipeline)
            self._pipeline(pipeline, outcome)
            self.monitor.finish(pipeline.name)
            if not outcome.success:
                break
            if {pipeline.name, pipeline.id} & self.checkpoints:
                self.store.keep(pipeline.id)
        return outcome

    def _pipeline(self, pipeline: Pipeline, outcome: Outcome) -> None:
        tree = self.store.new(pipeline.id)
        metadata: dict[str, Any] = {}
        outcome.log[pipeline.name] = []
        for stage in pipeline.stages:
            self.monitor.stage(stage)
            with workplace(self.store.folder, self.rundir), _limit(self.stage_timeout):
                built, said = self._stage(stage, tree, outcome.later)
            outcome.log[pipeline.name].append(built)
            self.monitor.result(built)
            if not built.success:
                return
            metadata.update({stage.kind: said} if said else {})
        self.store.describe(pipeline.id, metadata)

    def _stage(self, stage: Stage, tree: Path, later: set[str]) -> tuple[Built, Any]:
        output: list[str] = []

        def say(text: str) -> None:
            output.append(text)
            self.monitor.log(text, f"stages/{stage.kind}")

        inputs = {name: tuple(self._paths(each)) for name, each in stage.inputs.items()}
        work = Work(tree, stage.options, inputs, stage.devices, stage.mounts, say, later)
        said = None
        success = False
        try:
            probe()
            said = stages.KINDS[stage.kind].run(work)
            success = True
        except (NoSandboxError, StageError) as error:
            say(str(error))
        except OSError:
            # The real stage is a process of its own: its traceback is output.
            say(traceback.format_exc())
        return Built(stage, "".join(output), success), said

    def _paths(self, given: Input) -> Iterator[Path]:
        for ref, options in given.refs.items():
            if given.origin == "org.osbuild.source":
                yield self.store.sources / "org.osbuild.files" / ref
                continue
            tree = self.store.tree(ref)
            if tree is None:
                raise RuntimeError(f"no tree of {ref}")
            yield tree / options.get("file", "") if options.get("file") else tree


@contextlib.contextmanager
def _limit(seconds: int | None) -> Iterator[None]:
    def expired(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"the stage took longer than {seconds} seconds")

    if seconds is None:
        yield
        return
    signal.signal(signal.SIGALRM, expired)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
