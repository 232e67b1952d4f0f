"""External repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import external_repos, names, tags

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("listExternalRepos")
def list_external_repos(
    call: Call,
    info: Any = None,
    url: str | None = None,
    event: int | None = None,
    queryOpts: Any = None,
) -> Any:
    rows = external_repos.all_repos(call, event)
    rows = [row for row in rows if info is None or info in (row["id"], row["name"])]
    return query.apply([row for row in rows if url is None or row["url"] == url], queryOpts)


@method("getExternalRepo")
def get_external_repo(
    call: Call, info: Any, strict: bool = False, event: int | None = None
) -> Row | None:
    find = external_repos.get if strict else external_repos.find
    return find(call, info, event)


@method("createExternalRepo")
def create_external_repo(call: Call, name: str, url: str) -> Row:
    call.session.assert_perm("admin")
    return external_repos.create(call, name, url)


@method("editExternalRepo")
def edit_external_repo(
    call: Call, info: Any, name: str | None = None, url: str | None = None
) -> None:
    call.session.assert_perm("admin")
    repo_id = external_repos.get(call, info)["id"]
    if name is not None:
        names.verify(name)
        call.db.change(
            "UPDATE external_repo SET name = :name WHERE id = :id", name=name, id=repo_id
        )
    if url is not None:
        external_repos.set_url(call, repo_id, url)


@method("addExternalRepoToTag")
def add_external_repo_to_tag(
    call: Call,
    tag_info: Any,
    repo_info: Any,
    priority: int,
    merge_mode: str = "koji",
    arches: str | None = None,
) -> None:
    call.session.assert_perm("tag")
    tag, repo = tags.get(call, tag_info), external_repos.get(call, repo_info)
    external_repos.add_to_tag(call, tag, repo, int(priority), merge_mode or "koji", arches)


@method("removeExternalRepoFromTag")
def remove_external_repo_from_tag(call: Call, tag_info: Any, repo_info: Any) -> None:
    call.session.assert_perm("tag")
    tag, repo = tags.get(call, tag_info), external_repos.get(call, repo_info)
    external_repos.remove_from_tag(call, tag, repo)


@method("getTagExternalRepos")
def get_tag_external_repos(
    call: Call, tag_info: Any = None, repo_info: Any = None, event: int | None = None
) -> list[Row]:
    tag_id = None if tag_info is None else names.get_id(call, "tag", tag_info)
    rows = external_repos.of_tag(call, tag_id, event)
    if repo_info is None:
        return rows
    repo_id = external_repos.get(call, repo_info, event)["id"]
    return [row for row in rows if row["external_repo_id"] == repo_id]


@method("getExternalRepoList")
def get_external_repo_list(call: Call, tag_info: Any, event: int | None = None) -> list[Row]:
    return external_repos.inherited(call, tags.get(call, tag_info, event)["id"], event)
