"""Builds that could not be tagged or numbered, refused before they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .batch import Asked, assert_refused, end, submit

if TYPE_CHECKING:
    from .under_test import Koji

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    # koji's fastUpload does not close what it uploads.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

PATH = "tiny/tiny.kiwi"


@pytest.fixture(scope="module")
def tags(koji: Koji) -> dict[str, str]:
    """Targets into tags that take no build of tiny, and one whose build tag has no groups."""
    admin = koji.session("admin")
    for name in ("locked", "blocking"):
        admin.createTag(f"faults-{name}")
        admin.packageListAdd(f"faults-{name}", "tiny", "releng")
        admin.createBuildTarget(f"faults-{name}", koji.build_tag, f"faults-{name}")
    admin.editTag2("faults-locked", locked=True)
    admin.packageListBlock("faults-blocking", "tiny")
    admin.createTag("faults-empty", arches="")
    admin.createBuildTarget("faults-empty", "faults-empty", koji.dest_tag)
    return {
        "faults-locked": "Tag faults-locked is locked, the build could not be tagged\n"
        "koji edit-tag --unlock faults-locked, or build with --skip-tag",
        "faults-blocking": "Package tiny is blocked in tag faults-blocking\n"
        "koji unblock-pkg faults-blocking tiny",
        "faults-empty": "Build tag faults-empty has no arches\n"
        "koji edit-tag --arches='x86_64' faults-empty",
    }


def test_a_build_that_could_not_be_tagged_is_not_begun(
    koji: Koji, descriptions: str, tags: dict[str, str]
) -> None:
    session, source = koji.session(), {"url": descriptions, "path": PATH}
    tasks = {target: session.imageBuildLocal(target, [], "kiwi", source) for target in tags}
    for target, task in tasks.items():
        assert_refused(koji, end(koji, task), tags[target])


def test_releases_that_cannot_be(koji: Koji, descriptions: str) -> None:
    admin = koji.session("admin")
    for version, release in (("7.7", "3"), ("8.8", "RC1")):
        admin.createEmptyBuild("tiny", version, release, None)
    taken = submit(koji, descriptions, Asked(PATH, {"version": "7.7", "release": "3"}))
    odd = submit(koji, descriptions, Asked(PATH, {"version": "8.8"}))
    build = admin.getBuild("tiny-7.7-3")
    assert_refused(
        koji,
        end(koji, taken),
        f"Build already exists (id={build['id']}, state=COMPLETE): tiny-7.7-3",
    )
    assert_refused(
        koji,
        end(koji, odd),
        "The hub cannot count on from release RC1 of tiny-8.8\nGive --release; the last was RC1",
    )
