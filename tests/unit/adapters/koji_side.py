"""Koji's own client and task classes, with a small hub in memory behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji
import koji.tasks
import koji.xmlrpcplus


class Session(koji.ClientSession):
    """Koji's client, multicall included; a call becomes one of the hub object's methods.

    ``host.getID`` is ``host_get_id`` there. Arguments and answers cross the wire's own encoding.
    """

    def __init__(self, hub: object) -> None:
        super().__init__("http://127.0.0.1:1/kojihub")
        self.hub = hub
        self.calls: list[str] = []
        self.uploads: dict[str, bytes] = {}

    def _callMethod(  # noqa: N802  # koji.ClientSession's name
        self, name: str, args: Any, kwargs: Any = None, retry: object = None
    ) -> Any:
        self.calls.append(name)
        if name == "multiCall":
            return [self._answer(call["methodName"], call["params"]) for call in args[0]]
        return self._call(name, args, kwargs or {})

    def _answer(self, name: str, params: Any) -> Any:
        try:
            args, kwargs = koji.decode_args(*params)
            return [self._call(name, args, kwargs)]
        except koji.GenericError as problem:
            return {"faultCode": problem.faultCode, "faultString": str(problem)}

    def _call(self, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        method = getattr(self.hub, _snake(name))
        named = {_snake(key): value for key, value in kwargs.items()}
        return _over_the_wire(method(*_over_the_wire(list(args)), **_over_the_wire(named)))

    def uploadWrapper(  # noqa: N802  # koji.ClientSession's name
        self, localfile: str, path: str, name: str | None = None, **_: object
    ) -> None:
        self.uploads[f"{path}/{name or Path(localfile).name}"] = Path(localfile).read_bytes()


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace(".", "_")).lower()


def _over_the_wire(value: Any) -> Any:
    text = koji.xmlrpcplus.dumps((value,), methodresponse=1, allow_none=1)
    return koji.xmlrpcplus.loads(text)[0][0]


class Task(koji.tasks.BaseTaskHandler):  # type: ignore[misc]  # Koji has no type information
    """A task that is running."""

    Methods = ("aTask",)


@dataclass
class Options:
    """kojid's, as far as they are read."""

    topurl: str | None = None
    topdir: str = "/nowhere"
    mockdir: str = "/nowhere"
    workdir: str = "/nowhere"
    allowed_scms: str = "*:*"
    allowed_scms_use_config: bool = True
    allowed_scms_use_policy: bool = False


def running(hub: object, workdir: Path, **options: Any) -> Any:
    """Task 42 of user 1 in channel 5."""
    workdir.mkdir(parents=True, exist_ok=True)
    task = Task(42, "aTask", (), Session(hub), Options(**options), str(workdir))
    task.taskinfo = {"id": 42, "owner": 1, "channel_id": 5, "arch": "noarch"}
    return task
