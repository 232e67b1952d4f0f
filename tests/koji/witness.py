"""Hub plugin of a private Koji: writes down what Koji tells plugins, and refuses when asked to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import koji
from koji.plugin import callback

FOLDER = Path(__file__).parent
#: Beside KojiDir. The first gets a line a call; while the second is there imports fail, after
#: their files were moved.
EVENTS, REFUSE = "events.jsonl", "refuse-imports"


@callback(
    "preBuildStateChange",
    "postBuildStateChange",
    "preImport",
    "postImport",
    "preTag",
    "postTag",
)
def write_down(cbtype: str, **told: Any) -> None:
    folder = Path(koji.BASEDIR).parent
    build = told.get("info") or told.get("build") or {}
    nvr = "-".join(str(build.get(key)) for key in ("name", "version", "release"))
    what = f"{cbtype} {_detail(told)}"
    with (folder / EVENTS).open("a") as stream:
        stream.write(json.dumps([nvr, what]) + "\n")
    if what == "postImport image" and (folder / REFUSE).exists():
        raise koji.GenericError("the witness refuses")


def _detail(told: dict[str, Any]) -> str:
    if "tag" in told:
        return str(told["tag"]["name"])
    if told.get("attribute") == "state":
        return str(koji.BUILD_STATES[told["new"]])
    return str(told.get("type"))
