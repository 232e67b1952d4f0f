"""A container image in a registry, and where builds find it that cannot reach the registry."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from koji_imagebuild.errors import RequestError

# HOST[:PORT]/PATH[:TAG][@sha256:DIGEST], as containers/image's reference package reads it. A first
# part without dot and port would be a folder of docker.io there, and nobody means that.
_REFERENCE = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]*(?:(?:\.[a-z0-9-]+)+(?::[0-9]+)?|:[0-9]+)"
    r"(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?\Z"
)
_LONGEST = 255


@dataclass(frozen=True)
class Container:
    """A reference such as ``registry.example.org/minimal:44``; requests and records hold its text.

    :param name: registry and path
    :param digest: of a manifest or of an index of several arches; empty when it is not pinned
    """

    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def read(cls, text: str, where: str) -> Container:
        """:raises RequestError: for anything else; a transport such as ``docker://`` is no part"""
        found = _REFERENCE.match(text)
        if found is None or len(found["name"]) > _LONGEST:
            raise RequestError(
                f"{where}: {text!r} is not a container image",
                repair="Write it like registry.example.org/NAME:TAG or with @sha256:DIGEST behind",
            )
        return cls(found["name"], found["tag"] or "", found["digest"] or "")

    @property
    def text(self) -> str:
        return self._with_tag + (f"@{self.digest}" if self.digest else "")

    @property
    def address(self) -> str:
        """What a registry is asked for: skopeo refuses a tag beside a digest."""
        return f"{self.name}@{self.digest}" if self.digest else self._with_tag

    @property
    def local(self) -> str:
        """What it is called in the build root, where there is one arch of it: not by its digest."""
        return f"{self.name}:{self.tag or 'latest'}"

    @property
    def stem(self) -> str:
        """The last part of its path, which files are called by."""
        return self.name.rpartition("/")[2]

    @property
    def _with_tag(self) -> str:
        return f"{self.name}:{self.tag}" if self.tag else self.name

    def pinned(self, digest: str) -> Container:
        return replace(self, digest=digest)

    def is_pin_of(self, asked: Container) -> bool:
        """Whether this is what was asked for, with a digest."""
        return bool(self.digest) and asked in {self, replace(self, digest="")}


@dataclass(frozen=True)
class Fetched:
    """A container that was put into a build root.

    :param manifest: digest of the one arch's manifest, as it lies in the build root
    """

    container: Container
    manifest: str

    def on_record(self) -> dict[str, object]:
        return {
            "reference": self.container.local,
            "digest": self.container.digest,
            "manifest": self.manifest,
        }
