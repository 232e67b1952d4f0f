"""A blueprint: checked key by key before anybody waits for it.

The format has no schema; the structs that decode it are one (github.com/osbuild/blueprint,
pkg/blueprint), and :mod:`blueprint_keys` lists their keys.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.repo import check_url
from koji_imagebuild.model.wire import kind_of
from koji_imagebuild.tools.image_builder.blueprint_keys import BLUEPRINT, ListOf, Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from koji_imagebuild.model.wire import Reader

#: Of the JSON, in bytes: a request travels through the hub's database.
_LIMIT = 1 << 20


@dataclass(frozen=True)
class Blueprint:
    """A blueprint that was checked.

    :param text: as JSON, keys sorted
    """

    text: str

    @classmethod
    def read(cls, reader: Reader) -> Blueprint | None:
        """:raises RequestError: naming the first key that is wrong; values are never repeated"""
        if not reader.has("blueprint"):
            return None
        return cls.of(reader.raw("blueprint"), f"{reader.where}.blueprint")

    @classmethod
    def of(cls, value: object, where: str) -> Blueprint:
        """:raises RequestError: as :meth:`read`"""
        _check(value, BLUEPRINT, where)
        _refuse_secrets(value, where)
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
        if len(text) > _LIMIT:
            raise RequestError(f"{where} is longer than {_LIMIT >> 20} MiB")
        return cls(text)

    @property
    def digest(self) -> str:
        """SHA-256 of the text: a record of it that tells no password's hash."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def distro(self) -> str | None:
        distro = self.to_wire().get("distro")
        return None if not distro else str(distro)

    def to_wire(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.text)
        return value


def _check(value: object, kind: object, where: str) -> None:
    if isinstance(kind, Struct):
        if not isinstance(value, dict):
            raise RequestError(f"{where}: expected a struct, got {kind_of(value)}")
        unknown = sorted(str(key) for key in value if key not in kind.keys)
        if unknown:
            raise RequestError(
                f"{where}: unknown key {', '.join(unknown)}; it has {', '.join(sorted(kind.keys))}"
            )
        for key, inner in value.items():
            _check(inner, kind.keys[key], f"{where}.{key}")
    elif isinstance(kind, ListOf):
        if not isinstance(value, list):
            raise RequestError(f"{where}: expected a list, got {kind_of(value)}")
        for number, inner in enumerate(value):
            _check(inner, kind.kind, f"{where}[{number}]")
    elif isinstance(kind, tuple) and not _is_one_of(value, kind):
        expected = " or ".join(kind_of(each()) for each in kind)
        raise RequestError(f"{where}: expected {expected}, got {kind_of(value)}")


def _is_one_of(value: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def _refuse_secrets(value: Any, where: str) -> None:
    """A request is public: everybody can read a task's arguments."""
    changes: Mapping[str, Any] = value.get("customizations", {})
    for place, why in _secrets(changes):
        raise RequestError(f"{where}.customizations.{place} {why}, and requests are public")
    for place, url in _addresses(changes):
        check_url(url, f"{where}.customizations.{place}")


def _secrets(changes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for number, user in enumerate(changes.get("user", ())):
        if user.get("password") and not user["password"].startswith("$"):
            yield f"user[{number}].password", "is not hashed (openssl passwd -6 does it)"
    for number, script in enumerate(changes.get("firstboot", {}).get("scripts", ())):
        for key in ("host_config_key", "command"):
            if script.get(key):
                yield f"firstboot.scripts[{number}].{key}", "holds a key to register with"
    kickstart = changes.get("installer", {}).get("kickstart", {}).get("contents", "")
    if any(map(_tells_a_secret, kickstart.splitlines())):
        yield "installer.kickstart.contents", "holds a password that is not hashed, or a key"


def _tells_a_secret(line: str) -> bool:
    """Whether a kickstart's command holds a password as it is typed, or a key."""
    command, *words = line.split() or [""]
    options = {word.partition("=")[0] for word in words}
    if options & {"--activation-key", "--activation-keys"}:
        return True
    if options & {"--iscrypted", "--lock"}:
        return False
    return command == "rootpw" or "--password" in options


def _addresses(changes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for number, repo in enumerate(changes.get("repositories", ())):
        for key in ("metalink", "mirrorlist"):
            if repo.get(key):
                yield f"repositories[{number}].{key}", repo[key]
        for at, url in enumerate(repo.get("baseurls", ())):
            yield f"repositories[{number}].baseurls[{at}]", url.replace("$", "")
