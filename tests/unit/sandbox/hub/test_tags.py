"""Tags: configuration as it is and as it was, inheritance, locks, builds in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import pytest

if TYPE_CHECKING:
    from .clients import Sandbox


def now(sandbox: Sandbox) -> int:
    return int(sandbox.admin.getLastEvent()["id"])


def test_extra_as_it_was(sandbox: Sandbox) -> None:
    tag = sandbox.admin.createTag("extra", extra={"mock.new_chroot": 1, "a": {"b": [None]}})
    before = now(sandbox)
    sandbox.admin.editTag2(tag, extra={"mock.new_chroot": 0}, remove_extra=["a"])
    assert sandbox.admin.getTag(tag)["extra"] == {"mock.new_chroot": 0}
    old = sandbox.admin.getTag(tag, event=before)
    assert old["extra"] == {"mock.new_chroot": 1, "a": {"b": [None]}}
    assert old["query_event"] == before
    assert sandbox.admin.getBuildConfig(tag, event=before)["extra"]["a"] == {"b": [None]}
    with pytest.raises(koji.GenericError, match="doesn't have extra: none"):
        sandbox.admin.editTag2(tag, remove_extra=["none"])
    with pytest.raises(koji.GenericError, match="both add/update and remove"):
        sandbox.admin.editTag2(tag, extra={"b": 1}, block_extra=["b"])


def test_a_tag_completed_by_its_ancestors(sandbox: Sandbox) -> None:
    make: Any = sandbox.admin.createTag
    base = make("base", arches="x86_64 s390x", extra={"from": "base", "hidden": 1})
    middle = make("middle", arches="x86_64", parent="base", extra={"from": "middle"})
    top = make("top", parent="middle")
    sandbox.admin.editTag2(top, block_extra=["hidden"])
    config = sandbox.admin.getBuildConfig(top)
    assert config["extra"] == {"from": "middle"}
    assert config["config_inheritance"]["extra"]["from"] == {"id": middle, "name": "middle"}
    chain = sandbox.admin.getFullInheritance(top)
    assert [(link["parent_id"], link["currdepth"]) for link in chain] == [(middle, 1), (base, 2)]
    sandbox.admin.setInheritanceData(top, {"parent_id": middle, "delete link": True})
    assert sandbox.admin.getInheritanceData(top) == []


def test_links_that_end_the_climb(sandbox: Sandbox) -> None:
    make: Any = sandbox.admin.createTag
    tags = [make("climb-0")]
    for depth in range(1, 4):
        tags.append(make(f"climb-{depth}", parent=tags[-1]))
    plain = {"maxdepth": None, "intransitive": False, "noconfig": False, "pkg_filter": ""}

    def link(child: int, **options: Any) -> None:
        data = {"parent_id": tags[child - 1], "priority": 0, **plain, **options}
        sandbox.admin.setInheritanceData(tags[child], data)

    def ancestors() -> list[int]:
        return [row["parent_id"] for row in sandbox.admin.getFullInheritance(tags[3])]

    assert ancestors() == [tags[2], tags[1], tags[0]]
    link(3, maxdepth=1)
    assert ancestors() == [tags[2], tags[1]]
    link(3)
    link(2, intransitive=True)
    assert ancestors() == [tags[2]]
    loop = {"parent_id": tags[3], "priority": 0, **plain}
    link(2)
    sandbox.admin.setInheritanceData(tags[0], loop)
    assert ancestors() == [tags[2], tags[1], tags[0]]


def test_names_and_permissions(sandbox: Sandbox) -> None:
    with pytest.raises(koji.ActionNotAllowed, match="tag permission required"):
        sandbox.releng.createTag("mine")
    with pytest.raises(koji.GenericError, match="RegexNameInternal"):
        sandbox.admin.createTag("no blanks")
    tag = sandbox.admin.createTag("old-name")
    sandbox.admin.editTag2("old-name", name="new-name")
    assert sandbox.admin.getTagID("new-name") == tag
    sandbox.admin.deleteTag("new-name")
    assert sandbox.admin.getTag("new-name") is None
    assert sandbox.admin.createTag("new-name") == tag


def test_listing(sandbox: Sandbox) -> None:
    sandbox.admin.createTag("list-a")
    sandbox.admin.createTag("list-b")
    assert [tag["name"] for tag in sandbox.admin.listTags(pattern="LIST-*")] == ["list-a", "list-b"]
    [entry] = sandbox.admin.listTags(package="minidist-Disk")
    assert (entry["name"], entry["owner_name"]) == ("minidist-candidate", "releng")


@pytest.fixture
def tag(sandbox: Sandbox, request: pytest.FixtureRequest) -> int:
    tag: int = sandbox.admin.createTag(request.node.name)
    sandbox.admin.packageListAdd(tag, "pkg", "releng")
    return tag


def make_build(sandbox: Sandbox, release: str) -> str:
    sandbox.admin.createEmptyBuild("pkg", "1", release, 0)
    return f"pkg-1-{release}"


def test_latest_is_what_was_tagged_last(sandbox: Sandbox, tag: int) -> None:
    first, second = make_build(sandbox, "latest.1"), make_build(sandbox, "latest.2")
    sandbox.admin.tagBuildBypass(tag, second)
    before = now(sandbox)
    sandbox.admin.tagBuildBypass(tag, first)
    assert [b["nvr"] for b in sandbox.admin.listTagged(tag)] == [first, second]
    assert [b["nvr"] for b in sandbox.admin.getLatestBuilds(tag)] == [first]
    assert [b["nvr"] for b in sandbox.admin.getLatestBuilds(tag, event=before)] == [second]
    sandbox.admin.tagBuildBypass(tag, second, force=True)
    assert [b["nvr"] for b in sandbox.admin.listTagged(tag, latest=True)] == [second]
    assert sandbox.admin.listTagged(tag, package="other") == []
    sandbox.admin.untagBuild(tag, second)
    with pytest.raises(koji.TagError, match="not in tag"):
        sandbox.admin.untagBuild(tag, second)
    assert [t["id"] for t in sandbox.admin.listTags(build=first)] == [tag]


def test_blocked_packages_are_not_shown(sandbox: Sandbox, tag: int) -> None:
    build = make_build(sandbox, "blocked.1")
    sandbox.admin.tagBuildBypass(tag, build)
    sandbox.admin.packageListBlock(tag, "pkg")
    assert sandbox.admin.listTagged(tag) == []


def test_tagging_is_a_task(sandbox: Sandbox, tag: int) -> None:
    build = make_build(sandbox, "task.1")
    sandbox.admin.createEmptyBuild("unlisted", "1", "1", 0)
    with pytest.raises(koji.TagError, match="Package unlisted not in list"):
        sandbox.releng.tagBuild(tag, "unlisted-1-1")
    task = sandbox.releng.tagBuild(tag, build)
    info = sandbox.admin.getTaskInfo(task, request=True)
    assert (info["method"], info["priority"]) == ("tagBuild", 10)
    assert info["request"][0] == tag
    sandbox.builder.take(task)
    sandbox.builder.session.host.tagBuild(task, tag, build)
    assert sandbox.admin.listTagged(tag)[0]["nvr"] == build


def test_a_locked_tag(sandbox: Sandbox, tag: int) -> None:
    build = make_build(sandbox, "locked.1")
    sandbox.admin.editTag2(tag, locked=True)
    with pytest.raises(koji.ActionNotAllowed, match="tag is locked"):
        sandbox.releng.tagBuild(tag, build)
    with pytest.raises(koji.ActionNotAllowed, match="tag is locked"):
        sandbox.admin.tagBuildBypass(tag, build)
    sandbox.admin.tagBuildBypass(tag, build, force=True)


def test_a_tag_with_a_permission(sandbox: Sandbox, tag: int) -> None:
    build = make_build(sandbox, "perm.1")
    sandbox.admin.grantPermission("nobody", "compose", create=True, description="composes")
    sandbox.admin.editTag2(tag, perm="compose")
    with pytest.raises(koji.ActionNotAllowed, match="tag requires compose permission"):
        sandbox.releng.tagBuild(tag, build)
    sandbox.admin.cancelTask(sandbox.nobody.tagBuild(tag, build))
    with pytest.raises(koji.ActionNotAllowed, match="compose"):
        sandbox.releng.tagBuild(tag, build, force=True)


def test_targets(sandbox: Sandbox, tag: int) -> None:
    sandbox.admin.createBuildTarget("t", "minidist-build", tag)
    target = sandbox.admin.getBuildTarget("t")
    assert (target["build_tag_name"], target["dest_tag"]) == ("minidist-build", tag)
    assert sandbox.admin.getBuildTargets(destTagID=tag) == [target]
    sandbox.admin.editBuildTarget("t", "t2", tag, tag)
    assert sandbox.admin.getBuildTarget("t2", strict=True)["build_tag"] == tag
    sandbox.admin.deleteBuildTarget("t2")
    with pytest.raises(koji.GenericError, match="No such build target: t2"):
        sandbox.admin.getBuildTarget("t2", strict=True)
    assert sandbox.admin.getBuildTargets("nothing") == []


def test_package_lists(sandbox: Sandbox) -> None:
    base = sandbox.admin.createTag("pkglist-base")
    top = sandbox.admin.createTag("pkglist-top", parent=base)
    add = sandbox.admin.packageListAdd
    with pytest.raises(koji.ActionNotAllowed, match="package_list"):
        sandbox.releng.packageListAdd(base, "p", "releng")
    with pytest.raises(koji.GenericError, match="owner not specified"):
        add(base, "p")
    add(base, "p", "releng")
    config = sandbox.admin.getPackageConfig(top, "p")
    assert (config["tag_id"], config["owner_name"], config["blocked"]) == (base, "releng", False)
    before = now(sandbox)
    sandbox.admin.packageListBlock(top, "p")
    assert not sandbox.admin.checkTagPackage(top, "p")
    assert sandbox.admin.checkTagPackage(base, "p")
    assert not sandbox.admin.getPackageConfig(top, "p", event=before)["blocked"]
    with pytest.raises(koji.GenericError, match="is blocked in tag"):
        add(top, "p", "releng", block=False)
    sandbox.admin.packageListUnblock(top, "p")
    assert sandbox.admin.checkTagPackage(top, "p")
    sandbox.admin.packageListSetOwner(base, "p", "nobody")
    names = [row["package_name"] for row in sandbox.admin.listPackages(tagID=top, inherited=True)]
    assert names == ["p"]
    assert sandbox.admin.listPackages(userID="nobody")[0]["tag_name"] == "pkglist-base"
    sandbox.admin.packageListRemove(base, "p")
    assert sandbox.admin.getPackageConfig(base, "p") is None


def test_package_filters_of_a_link(sandbox: Sandbox) -> None:
    base, top = sandbox.admin.createTag("filter-base"), sandbox.admin.createTag("filter-top")
    for name in ("minidist-Disk", "other"):
        sandbox.admin.packageListAdd(base, name, "releng")
    link = {"parent_id": base, "priority": 0, "maxdepth": None, "intransitive": False,
            "noconfig": False, "pkg_filter": "minidist-.*"}  # fmt: skip
    sandbox.admin.setInheritanceData(top, link)
    listed = sandbox.admin.listPackages(tagID=top, inherited=True)
    assert [row["package_name"] for row in listed] == ["minidist-Disk"]


def test_groups(sandbox: Sandbox) -> None:
    base = sandbox.admin.createTag("groups-base")
    top = sandbox.admin.createTag("groups-top", parent=base)
    with pytest.raises(koji.GenericError, match="No such entry in table groups"):
        sandbox.admin.groupPackageListAdd(base, "kiwi-build", "kiwi")
    sandbox.admin.groupListAdd(base, "kiwi-build", description="kiwi's root")
    sandbox.admin.groupPackageListAdd(base, "kiwi-build", "kiwi")
    sandbox.admin.groupPackageListAdd(base, "kiwi-build", "bash", type="optional")
    sandbox.admin.groupPackageListAdd(base, "kiwi-build", "bash")
    before = now(sandbox)
    sandbox.admin.groupPackageListBlock(top, "kiwi-build", "bash")
    [group] = sandbox.admin.getTagGroups(top)
    assert (group["name"], group["description"]) == ("kiwi-build", "kiwi's root")
    assert [(p["package"], p["type"]) for p in group["packagelist"]] == [("kiwi", "mandatory")]
    [old] = sandbox.admin.getTagGroups(top, event=before)
    assert {(p["package"], p["type"]) for p in old["packagelist"]} == {
        ("kiwi", "mandatory"),
        ("bash", "optional"),
    }
    assert sandbox.admin.getTagGroups(top, inherit=False) == []
    sandbox.admin.groupListBlock(top, "kiwi-build")
    assert sandbox.admin.getTagGroups(top) == []
    with pytest.raises(koji.GenericError, match="is blocked in tag"):
        sandbox.admin.groupPackageListAdd(top, "kiwi-build", "x")
    sandbox.admin.groupPackageListRemove(base, "kiwi-build", "kiwi")
    sandbox.admin.groupListRemove(base, "kiwi-build")
    assert sandbox.admin.getTagGroups(base) == []


def test_external_repos(sandbox: Sandbox) -> None:
    base = sandbox.admin.createTag("ext-base")
    top = sandbox.admin.createTag("ext-top", parent=base)
    repo = sandbox.admin.createExternalRepo("ext", "http://127.0.0.1/ext")
    assert repo["url"] == "http://127.0.0.1/ext/"
    sandbox.admin.addExternalRepoToTag(base, "ext", 5)
    with pytest.raises(koji.GenericError, match="already associated"):
        sandbox.admin.addExternalRepoToTag(base, "ext", 10)
    sandbox.admin.createExternalRepo("ext2", "http://127.0.0.1/ext2/")
    with pytest.raises(koji.GenericError, match="at priority 5"):
        sandbox.admin.addExternalRepoToTag(base, "ext2", 5)
    sandbox.admin.addExternalRepoToTag(top, "ext2", 5, merge_mode="bare", arches="x86_64")
    before = now(sandbox)
    sandbox.admin.editExternalRepo("ext", url="http://127.0.0.1/moved")
    names = [row["external_repo_name"] for row in sandbox.admin.getExternalRepoList(top)]
    assert names == ["ext2", "ext"]
    [old] = sandbox.admin.getTagExternalRepos(base, event=before)
    assert (old["url"], old["merge_mode"]) == ("http://127.0.0.1/ext/", "koji")
    assert sandbox.admin.tagLastChangeEvent(top) > before
    sandbox.admin.removeExternalRepoFromTag(base, "ext")
    assert len(sandbox.admin.getExternalRepoList(top)) == 1
