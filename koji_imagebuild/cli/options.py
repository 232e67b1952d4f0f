"""Options as data: one declaration serves the command line, configuration files and messages."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Callable, Final

from koji_imagebuild.cli import repo_option


class Kind(enum.Enum):
    """What an option's value is."""

    FLAG = "flag"
    ONE = "one"
    #: Given several times, each a value of its own.
    SEVERAL = "several"
    #: Given several times, each one word or several between commas.
    WORDS = "words"


@dataclass(frozen=True)
class Option:
    """One option.

    :param flags: as typed, the preferred one first; the others are Koji's own names for it
    :param key: its key in the hub call's ``opts``, or its name here when it is not sent
    :param sent: whether the hub gets to know
    :param value: what a flag stands for
    :param read: from what is typed to what is sent
    """

    flags: tuple[str, ...]
    key: str
    help: str
    kind: Kind = Kind.FLAG
    metavar: str | None = None
    sent: bool = True
    value: object = True
    read: Callable[[str], object] = str


@dataclass(frozen=True)
class Group:
    """Options under one heading of the help; at most one of ``exclusive`` may be given."""

    title: str
    options: tuple[Option, ...] = ()
    exclusive: tuple[tuple[Option, ...], ...] = ()

    @property
    def all(self) -> tuple[Option, ...]:
        return (*self.options, *(option for choice in self.exclusive for option in choice))


BUILD: Final = Group(
    "what is built",
    (
        Option(("--scratch",), "scratch", "do not import the result as a build"),
        Option(("--skip-tag",), "skip_tag", "import the build, but do not tag it"),
        Option(
            ("--arch",),
            "arches",
            "build these arches only, comma separated; default: all of the build tag",
            Kind.WORDS,
            "ARCH",
            sent=False,
        ),
        Option(
            ("--can-fail",),
            "optional_arches",
            "arches whose failure does not fail the build, comma separated",
            Kind.WORDS,
            "ARCH",
        ),
        Option(
            ("--fail-fast",),
            "fail_fast",
            "end at the first arch that fails; default: the others finish, for a rebuild to reuse",
        ),
        Option(
            ("--release",),
            "release",
            "release of the build; default: the next one free",
            Kind.ONE,
        ),
    ),
)

PACKAGES: Final = Group(
    "where packages come from",
    (
        Option(
            ("--repo",),
            "repos",
            "a repository for the image, may be given several times, in the order that counts;"
            " $arch, $basearch and $releasever are replaced. After the URL, between commas:"
            " priority=1..99, gpgkey=URL, metalink, mirrorlist, in-image (the image keeps it)",
            Kind.SEVERAL,
            "URL[,WORD...]",
            read=repo_option.read,
        ),
        Option(
            ("--container",),
            "containers",
            "a container image that the builder fetches and puts into the build root, may be given"
            " several times; without a digest it is pinned to the one it has now",
            Kind.SEVERAL,
            "HOST/PATH[:TAG][@sha256:DIGEST]",
        ),
        Option(
            ("--allow-unknown-rpms",),
            "allow_unknown_rpms",
            "import although Koji does not know every RPM in the image; the hub has to allow it",
        ),
        Option(
            ("--wait-repo",),
            "wait_repo",
            "wait for a repository of the build tag as new as this request",
        ),
        Option(
            ("--wait-build",),
            "wait_builds",
            "wait until the build tag's repository holds this build, may be given several times",
            Kind.SEVERAL,
            "NVR",
        ),
    ),
    (
        (
            Option(
                ("--buildroot-repo",),
                "use_buildroot_repo",
                "take packages from the build tag's repository too; default: only without --repo",
            ),
            Option(
                ("--no-buildroot-repo",),
                "use_buildroot_repo",
                "take no packages from the build tag's repository",
                value=False,
            ),
        ),
        (
            Option(
                ("--repo-id",),
                "repo_id",
                "use this generation of the build tag's repository",
                Kind.ONE,
                "ID",
                read=int,
            ),
            Option(
                ("--event",),
                "event",
                "use the build tag's repository as it was at this event",
                Kind.ONE,
                "ID",
                read=int,
            ),
        ),
    ),
)

TASK: Final = Group(
    "the task",
    (
        Option(
            ("--config",),
            "config",
            "read options from FILE: 'OPTION = VALUE' lines, several values on lines of their own;"
            " what is typed wins",
            Kind.ONE,
            "FILE",
            sent=False,
        ),
        Option(
            ("--json",),
            "json",
            "print one JSON object at the end and nothing else; progress goes to standard error",
            sent=False,
        ),
    ),
    (
        (
            Option(
                ("--wait",),
                "wait",
                "watch the task to its end, even when this runs in the background",
                sent=False,
            ),
            Option(
                ("--nowait",),
                "wait",
                "submit only",
                sent=False,
                value=False,
            ),
        ),
        (
            Option(
                ("--background",),
                "priority",
                "build at a lower priority: the same as --priority 5",
                sent=False,
                value=5,
            ),
            Option(
                ("--priority",),
                "priority",
                "relative to Koji's default; less is sooner, below 0 for admins only",
                Kind.ONE,
                "N",
                sent=False,
                read=int,
            ),
        ),
    ),
)
