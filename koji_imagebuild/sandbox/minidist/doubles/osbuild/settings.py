"""Stages that write small files into a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .work import StageError, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def noop(work: Work) -> None:
    work.say("")


def error(work: Work) -> None:
    code = work.options.get("returncode", 255)
    raise StageError(f"Error stage will now return error: {code}\n")


def hostname(work: Work) -> None:
    _write(work, "etc/hostname", f"{work.options['hostname']}\n")


def locale(work: Work) -> None:
    _write(work, "etc/locale.conf", f"LANG={work.options['language']}\n")


def timezone(work: Work) -> None:
    path = work.tree / "etc/localtime"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(f"../usr/share/zoneinfo/{work.options['zone']}")


def users(work: Work) -> None:
    """Add lines to passwd and shadow: the programs that the real stage runs need a whole system."""
    etc = work.tree / "etc"
    for number, (name, user) in enumerate(work.options["users"].items()):
        uid, gid = user.get("uid", 1000 + number), user.get("gid", 1000 + number)
        home = user.get("home", f"/home/{name}")
        said, shell = user.get("description", ""), user.get("shell", "/bin/sh")
        line = f"{name}:x:{uid}:{gid}:{said}:{home}:{shell}\n"
        known = (etc / "passwd").read_text().splitlines(keepends=True)
        kept = [each for each in known if not each.startswith(f"{name}:")]
        if len(kept) == len(known):
            kept.append(line)
            (etc / "passwd").write_text("".join(kept))
        shadow = (etc / "shadow").read_text().splitlines(keepends=True)
        others = [each for each in shadow if not each.startswith(f"{name}:")]
        password = user.get("password") or "!"
        (etc / "shadow").write_text("".join([*others, f"{name}:{password}:19000:0:99999:7:::\n"]))


def systemd_unit(work: Work) -> None:
    """A unit file; an option with several values has a line for each."""
    sections = (
        "\n".join([f"[{name}]", *_lines(options), "", ""])
        for name, options in work.options["config"].items()
    )
    where = {"usr": "usr/lib", "etc": "etc"}[work.options.get("unit-path", "usr")]
    _write(work, f"{where}/systemd/system/{work.options['filename']}", "".join(sections))


def _lines(options: Mapping[str, Any]) -> Iterator[str]:
    for key, value in options.items():
        yield from (f"{key}={each}" for each in (value if isinstance(value, list) else [value]))


def _write(work: Work, name: str, text: str) -> None:
    path = work.tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
