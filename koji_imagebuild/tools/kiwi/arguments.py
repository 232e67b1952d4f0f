"""kiwi's argument lists. ``--option=value`` throughout: kiwi 10 and 11 read that alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.tools import contained
from koji_imagebuild.tools.base import Command

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.repo import Repo
    from koji_imagebuild.tools.kiwi.asked import KiwiOptions
    from koji_imagebuild.tools.kiwi.plan import KiwiPlan, Run

_PREPARE_LOG: Final = 20
_CREATE_LOG: Final = 30


def make_prep(work: PurePosixPath, folder: PurePosixPath) -> Command:
    """``make prep`` in the description's folder.

    Contained as kiwi is: a process it left behind could turn files into symlinks while the
    builder writes there.
    """
    argv = (*contained.argv(work), "make", f"--directory={folder}", "prep")
    return Command(step="make prep", argv=argv, log="10-make-prep.log")


def commands(job: ArchJob[Any], options: KiwiOptions, plan: KiwiPlan) -> tuple[Command, ...]:
    """Prepare and create, in order: one shared root before all types, or a root before each."""
    found = []
    shares = [run for run in plan.runs if not run.own_root]
    if shares:
        found.append(_prepare(job, options, plan, shares[0], f"{_PREPARE_LOG}-kiwi-prepare.log"))
    for number, run in enumerate(plan.runs):
        if run.own_root:
            type_in_name = f"-{run.image}" if len(plan.runs) > 1 else ""
            log = f"{_PREPARE_LOG + number}-kiwi-prepare{type_in_name}.log"
            found.append(_prepare(job, options, plan, run, log))
        found.append(
            _create(job, options, plan, run, f"{_CREATE_LOG + number}-kiwi-create-{run.image}.log")
        )
    return tuple(found)


def _prepare(
    job: ArchJob[Any], options: KiwiOptions, plan: KiwiPlan, run: Run, log: str
) -> Command:
    root = plan.root(run) if run.own_root else plan.shared_root
    argv = [
        *contained.argv(plan.work.parent),
        "/bin/sh",
        str(plan.work / "prepare.sh"),
        str(root),
        "kiwi-ng",
        f"--config={plan.config}",
        "--debug",
        *_selected(options, run),
        f"--kiwi-file={plan.kiwi_file}",
        "system",
        "prepare",
        f"--description={plan.description}",
        f"--root={root}",
        "--ignore-repos-used-for-build" if plan.keeps_repositories else "--ignore-repos",
        *(f"--add-repo={repo}" for repo in repositories(job, plan.releasever)),
        *(f"--set-type-attr={attribute}" for attribute in options.type_attrs),
    ]
    if options.releasever is not None:
        argv.append(f"--set-release-version={options.releasever}")
    return Command(step="install packages", argv=tuple(argv), log=log)


def _create(job: ArchJob[Any], options: KiwiOptions, plan: KiwiPlan, run: Run, log: str) -> Command:
    argv = (
        *contained.argv(plan.work.parent),
        "/bin/sh",
        str(plan.work / "create.sh"),
        str(plan.folder(run)),
        "-" if run.own_root else str(plan.shared_root),
        str(plan.config),
        job.nvr.release,
        run.stems.kiwi,
        run.stems.build,
        *_selected(options, run),
    )
    return Command(step=f"create {run.image} image", argv=argv, log=log)


def _selected(options: KiwiOptions, run: Run) -> tuple[str, ...]:
    profile = () if options.profile is None else (f"--profile={options.profile}",)
    return (*profile, f"--type={run.image}")


def repositories(job: ArchJob[Any], releasever: str | None) -> tuple[str, ...]:
    """The job's repositories for ``--add-repo``."""
    found = []
    for number, repo in enumerate(job.repos(releasever), start=1):
        # dnf's messages name the alias, so it tells where a package comes from.
        alias = "koji-repo" if repo == job.buildroot_repo else f"repo-{number}"
        found.append(add_repo(repo, alias))
    return tuple(found)


def add_repo(repo: Repo, alias: str) -> str:
    """kiwi's own list of up to eleven values with commas (kiwi/tasks/base.py, eleventuple_token).

    An empty value is not the same as none for all of them, so the list ends where it can.
    """
    fields = [
        repo.url,
        "rpm-md",
        alias,
        "" if repo.priority is None else str(repo.priority),
        "true" if repo.in_image else "false",
        "true" if repo.gpgkeys else "false",
        "{" + ";".join(repo.gpgkeys) + "}" if repo.gpgkeys else "",
    ]
    if repo.kind != "baseurl":
        # components, distribution, repo_gpgcheck, repo_sourcetype
        fields += ["", "", "false", repo.kind]
    return ",".join(fields).rstrip(",")
