"""What a tool may leave behind and still not become a build: links, nothing, names, surprises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from .batch import Ended, run
from .described import TBZ, tiny
from .hostile import Hostile

if TYPE_CHECKING:
    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

DOCKER = '<type image="docker"><containerconfig name="tiny"/></type>'
#: The image's name as kiwi bundles it, in shell.
IMAGE = '"$bundle/tiny.$(uname -m)-1.0-$release.tar.xz"'
WORK = "builddir/image-build/kiwi/tbz"


def bundled(commands: str) -> Hostile:
    """A kiwi whose bundle is made by these commands."""
    return Hostile(kiwi=f'bundle() {{ mkdir -p "$bundle"; {commands}\n}}')


@dataclass(frozen=True)
class Bad:
    """What a build does and what its arch task says about it."""

    build: Hostile
    says: str


BAD = {
    "status-0-nothing-prepared": Bad(
        Hostile(kiwi="prepare() { :; }"),
        "Failed in 'install packages'\n\n"
        f"  kiwi-ng ended with status 0, but it prepared nothing in /{WORK}/root\n\n"
        "log: 20-kiwi-prepare.log",
    ),
    "status-0-no-result": Bad(
        Hostile(kiwi="create() { :; }"),
        "kiwi ended well, but it left no result of type tbz",
    ),
    "no-image-in-the-result": Bad(
        Hostile(kiwi="image() { echo '{}'; }"),
        "kiwi ended well, but its result of type tbz has no image",
    ),
    "result-a-symlink": Bad(
        Hostile(
            kiwi='create() { mkdir -p "$result"; ln -s /etc/shadow "$result/kiwi.result.json"; }'
        ),
        f"{WORK}/result/kiwi.result.json leads out of the build root",
    ),
    "no-image": Bad(bundled(":"), "The tool ended well, but it made no image"),
    "bundle-a-symlink": Bad(
        Hostile(kiwi='bundle() { ln -s /etc "$bundle"; }'),
        f"{WORK}/bundle leads out of the build root",
    ),
    "symlink": Bad(
        bundled(f"ln -s /etc/shadow {IMAGE}"),
        "tiny-1.0-{release}.{arch}.tar.xz in kiwi's bundle is not a regular file;"
        " only those can be imported",
    ),
    "device": Bad(
        bundled('mknod "$bundle/a.raw" c 1 5'), "a.raw in kiwi's bundle is not a regular file"
    ),
    "empty": Bad(bundled(f": > {IMAGE}"), "tiny-1.0-{release}.{arch}.tar.xz is empty"),
    "newline": Bad(
        bundled('echo x > "$bundle/a\nb.raw"'), "'a\\nb.raw' is not a file name Koji can keep"
    ),
    "rpms-a-symlink": Bad(
        bundled(f'echo x > {IMAGE}; ln -sf /etc/shadow "$bundle/../rpms.tsv"'),
        f"{WORK}/rpms.tsv leads out of the build root",
    ),
    "one-name-twice": Bad(
        Hostile(
            kiwi='bundle() { mkdir "$bundle"; echo x > "$bundle/a.raw"; }',
            description=tiny(types=TBZ + DOCKER),
            opts={"type": ["tbz", "docker"]},
        ),
        "Two outputs are called a.raw\n"
        "Give a bundle format that tells them apart, such as %N-%v-%I.%T.%A",
    ),
    "file-type": Bad(
        Hostile(
            kiwi=f'bundle() {{ mkdir "$bundle"; echo x > {IMAGE[:-7]}evil"; }}',
            opts={"scratch": False},
        ),
        "The hub does not know the file type of tiny-1.0-{release}.{arch}.evil:"
        " the build would fail at its import\nAn admin adds it with:"
        " koji call addArchiveType 'evil' 'KIND' 'evil'",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ended(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """All of them at once, and one that ends well between them."""
    top = tmp_path_factory.mktemp("outputs")
    builds = {**{name: bad.build for name, bad in BAD.items()}, "fine": Hostile()}
    for name, build in builds.items():
        build.write(top / name)
    url = koji.publish(top, "outputs")
    return run(koji, url, {name: build.asked(name) for name, build in builds.items()})


@pytest.mark.parametrize("name", BAD)
def test_it_is_no_output(name: str, koji: Koji, ended: dict[str, Ended]) -> None:
    (arch,) = ended[name].arches
    release = koji.session().getTaskRequest(arch.task)[2]
    assert (ended[name].state, arch.state) == ("FAILED", "FAILED")
    assert arch.text.startswith(BAD[name].says.format(release=release, arch=koji.arch))
    assert "Traceback" not in arch.text
    assert "root:" not in arch.text


@pytest.mark.parametrize("name", BAD)
def test_the_parent_says_it_too(name: str, koji: Koji, ended: dict[str, Ended]) -> None:
    end = ended[name]
    (arch,) = end.arches
    assert f"failed (1 of 1 arches)\n\n  {koji.arch} (task {arch.task}): " in end.text
    assert all(line.strip() in end.text for line in arch.text.splitlines())


def test_a_build_that_was_opened_is_failed(koji: Koji, ended: dict[str, Ended]) -> None:
    (build,) = koji.session().listBuilds(taskID=ended["file-type"].task)
    assert build["state"] == koji_library.BUILD_STATES["FAILED"]


def test_the_others_go_on(ended: dict[str, Ended]) -> None:
    assert ended["fine"].state == "CLOSED"
