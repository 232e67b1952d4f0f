"""The program: which command, and what it writes where."""

from __future__ import annotations

import fnmatch
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import commandline, definitions, generate
from .flags import UsageError, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .flags import Parsed
    from .generate import Wanted

VERSION = "79"
_CACHE_SIZE = 20 * 1024**3
_HELP = """\
Build operating system images from a given distro/image-type/blueprint

Usage:
  image-builder [flags]
  image-builder [command]

Available Commands:
  build       Build the given image-type, e.g. qcow2 (tip: combine with --distro, --arch)
  describe    Describe the given image-type, e.g. qcow2 (tip: combine with --distro,--arch)
  list        List buildable images, use --filter to limit further
  upload      Upload the given image from <image-path>
  version     Print version information
"""


def main() -> int:
    """Run, and return the exit code: 1 for every error."""
    try:
        parsed = parse(sys.argv[1:], commandline.PROGRAM, commandline.COMMON, commandline.COMMANDS)
        for line in parsed.warnings:
            print(line)
        sys.stdout.flush()
        if parsed.values["help"] or not parsed.command:
            print(_HELP, end="")
            return 0
        _COMMANDS[parsed.command](parsed)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _manifest(parsed: Parsed) -> None:
    wanted = generate.find(parsed)
    folder = Path(wanted.without_extension(parsed.values["output-dir"]))
    print(generate.generate(parsed, wanted, wanted.default_name, folder), end="")


def _build(parsed: Parsed) -> None:
    values = parsed.values
    _make_cache(values["cache"])
    if any(Path(path).exists() for path in ("/.dockerenv", "/run/.containerenv")):
        raise UsageError("entrypoint setup failed: this is a container: mounting devtmpfs failed")
    if values["in-vm"]:
        raise UsageError("running in VM outside container is not supported yet")
    wanted = generate.find(parsed)
    folder = Path(wanted.without_extension(values["output-dir"]))
    folder.mkdir(parents=True, exist_ok=True)
    if values["progress"] not in ("auto", "verbose", "term", "debug", "file"):
        raise UsageError(f'unknown progress type: "{values["progress"]}"')
    # It only stops the progress bar; the build goes on to its end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    basename = wanted.without_extension(values["output-name"])
    if wanted.arch != platform.machine():
        what = "using experimental cross-architecture building to build"
        print(f'WARNING: {what} "{wanted.arch}"', file=sys.stderr)
    text = generate.generate(parsed, wanted, basename, folder)
    if values["with-manifest"]:
        (folder / f"{basename}.osbuild-manifest.json").write_text(text)
    print("Image building step", file=sys.stderr, flush=True)
    _osbuild(parsed, wanted, text, folder, basename)
    artifact = _rename(wanted, folder, basename)
    print(f"Image build successful: {artifact}")
    if values["with-upload-result"]:
        result = {"provider": "LocalPath", "image_id": str(artifact)}
        (folder / f"{basename}.upload-result").write_text(json.dumps(result))


def _make_cache(path: str) -> None:
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or "").lower()
        raise UsageError(
            f'cannot create cache directory "{path}": mkdir {path}: {why}\n'
            "Hint: use --cache to specify a writable path"
        ) from None


def _osbuild(parsed: Parsed, wanted: Wanted, text: str, folder: Path, basename: str) -> None:
    """Run osbuild on a manifest; verbose progress: its output is ours."""
    values = parsed.values
    words = [
        *("osbuild", "--store", values["cache"], "--output-directory", str(folder)),
        *(f"--cache-max-size={_CACHE_SIZE}", "-", "--export", wanted.image.export),
        *(("--json",) if values["format"] == "json" else ()),
    ]
    if not shutil.which("osbuild"):
        raise UsageError(
            'error running osbuild: exec: "osbuild": executable file not found in $PATH'
        )
    sys.stdout.flush()
    merged = subprocess.STDOUT if values["with-buildlog"] else None
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=merged
    ) as process:
        if process.stdin and process.stdout:
            process.stdin.write(text.encode())
            process.stdin.close()
            log = folder / f"{basename}.buildlog"
            with (log if values["with-buildlog"] else Path(os.devnull)).open("wb") as file:
                for line in process.stdout:
                    sys.stdout.buffer.write(line)
                    sys.stdout.buffer.flush()
                    file.write(line)
                    file.flush()
    if process.returncode:
        code = process.returncode
        how = f"exit status {code}" if code > 0 else f"signal: {_signal(-code)}"
        raise UsageError(f"error running osbuild: {how}")


def _signal(number: int) -> str:
    return {signal.SIGKILL: "killed", signal.SIGTERM: "terminated"}.get(
        signal.Signals(number), "interrupt"
    )


def _rename(wanted: Wanted, folder: Path, basename: str) -> Path:
    exported = folder / wanted.image.export
    artifact = folder / f"{basename}{wanted.image.extension}"
    try:
        (exported / wanted.image.filename).rename(artifact)
        exported.rmdir()
    except OSError as error:
        why = (error.strerror or "").lower()
        raise UsageError(
            f"cannot rename artifact to final name: rename {exported}/{wanted.image.filename} "
            f"{artifact}: {why}"
        ) from None
    return artifact


def _list(parsed: Parsed) -> None:
    kind = parsed.values["format"]
    found = list(_listed(parsed))
    if kind == "json":
        entries = [
            {"distro": {"name": d}, "arch": {"name": a}, "image_type": {"name": t}}
            for d, t, a in found
        ]
        print(json.dumps(entries, separators=(",", ":")))
    elif kind == "shell":
        for distro, name, arch in found:
            print(f"{name} --distro {distro} --arch {arch}")
    elif kind in ("", "text"):
        for distro, name, arch in found:
            print(f"{distro} type:{name} arch:{arch}")
    else:
        raise UsageError(f'unsupported formatter "{kind}"')


def _listed(parsed: Parsed) -> Iterator[tuple[str, str, str]]:
    filters = [each.partition(":") for each in parsed.values["filter"]]
    for distro in definitions.known(parsed.values["force-defs-dir"]):
        for image in distro.types:
            for arch in image.arches:
                facts = {"distro": distro.name, "type": image.name, "arch": arch}
                if all(fnmatch.fnmatch(facts.get(key, ""), value) for key, _, value in filters):
                    yield distro.name, image.name, arch


def _describe(parsed: Parsed) -> None:
    parsed.values.update({"bootc-ref": "", "blueprint": ""})
    wanted = generate.find(parsed)
    print("@WARNING - the output format is not stable yet and may change")
    print(f"distro: {wanted.distro.name}\ntype: {wanted.image.name}\narch: {wanted.arch}")
    print(f"default_filename: {wanted.image.filename}")


def _version(parsed: Parsed) -> None:
    version = subprocess.run(
        ("osbuild", "--version"), check=False, stdout=subprocess.PIPE, text=True
    ).stdout.split()[-1:]
    facts = {"version": VERSION, "commit": "unknown"}
    osbuild = version[0] if version else "unknown"
    if parsed.values["format"] == "json":
        found = {"image-builder": {**facts, "dependencies": {"osbuild": osbuild}}}
        print(json.dumps(found, indent=2))
    elif parsed.values["format"] in ("", "yaml"):
        print(f'image-builder:\n  version: "{VERSION}"\n  commit: unknown')
        print(f'  dependencies:\n    osbuild: "{osbuild}"')
    else:
        kinds = "supported formats: yaml, json"
        raise UsageError(f'unsupported format "{parsed.values["format"]}", {kinds}')


def _no_clouds(_parsed: Parsed) -> None:
    raise UsageError("this double uploads nothing")


def _help(_parsed: Parsed) -> None:
    print(_HELP, end="")


_COMMANDS: Mapping[str, Callable[[Parsed], None]] = {
    "build": _build,
    "manifest": _manifest,
    "list": _list,
    "describe": _describe,
    "version": _version,
    "system": _no_clouds,
    "upload": _no_clouds,
    "help": _help,
}
