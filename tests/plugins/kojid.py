"""A program in kojid's place: it has ``BuildRoot`` and loads plugins with Koji's task manager.

Prints what it found as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import koji
import koji.plugin
import koji.tasks
from koji.daemon import TaskManager


class BuildRoot:
    """Where the plugin looks for it: in the main program."""


class Host:
    def getID(self) -> int:  # noqa: N802  # Koji's name
        return 1


class Session:
    host = Host()

    def getSessionInfo(self) -> dict[str, float]:  # noqa: N802  # Koji's name
        return {"start_ts": 0.0}


def parsed(method: str, *arguments: Any) -> dict[str, Any]:
    return dict(koji.tasks.parse_task_params(method, arguments))


def is_task(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, koji.tasks.BaseTaskHandler)


def beside_kiwi(kind: Any) -> str:
    """What a parent says when Koji's own plugin was loaded after this one."""
    sys.modules["_koji_plugin__kiwi"] = ModuleType("kiwi")
    try:
        kind(1, "imageBuildLocal", [], Session(), None, "/nonexistent").handler()
    except Exception as problem:  # noqa: BLE001  # the test looks at it
        return f"{type(problem).__name__}: {problem}"
    return "nothing"


def main(folder: str, *rivals: str) -> None:
    for rival in rivals:
        sys.modules[f"_koji_plugin__{rival}"] = ModuleType(rival)
    manager = TaskManager(SimpleNamespace(), Session())
    tracker = koji.plugin.PluginTracker(path=folder.split(":"))
    start = time.process_time()
    try:
        plugin = tracker.load("image_build_local")
    except koji.GenericError as problem:
        sys.stdout.write(json.dumps({"refused": str(problem)}))
        return
    seconds = time.process_time() - start
    manager.scanPlugin(plugin)
    handlers = manager.handlers
    sys.stdout.write(
        json.dumps(
            {
                "handlers": {method: kind.__name__ for method, kind in handlers.items()},
                "weights": {
                    method: kind(1, method, [], Session(), None, "/nonexistent").weight()
                    for method, kind in handlers.items()
                },
                "tasks": sorted(name for name, value in vars(plugin).items() if is_task(value)),
                "foreground": [name for name, kind in handlers.items() if kind.Foreground],
                "callbacks": {kind: len(found) for kind, found in koji.plugin.callbacks.items()},
                "parent": parsed("imageBuildLocal", "minidist", [], "kiwi", {}, {"scratch": True}),
                "pungi": parsed("kiwiBuild", "minidist", [], "url", "path"),
                "seconds": seconds,
                "kojihub": "kojihub" in sys.modules,
                "beside_kiwi": beside_kiwi(handlers["imageBuildLocal"]),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
