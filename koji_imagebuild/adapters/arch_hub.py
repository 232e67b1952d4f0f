"""What an arch task asks of the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.adapters import hub_facts
from koji_imagebuild.model.rpms import KnownRpm, Rpm, RpmList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.adapters.buildroot import OriginLookup
    from koji_imagebuild.model.target import BuildTag, Target

# Not packages: rpm keeps imported keys in its database under this name.
_NO_PACKAGES = frozenset({"gpg-pubkey"})


class KojidArchHub:
    """The hub as a running arch task sees it.

    :param origins: finds the external repository an RPM of the build tag's repository comes from
    """

    def __init__(self, session: Any, origins: OriginLookup) -> None:
        self._session = session
        self._origins = origins
        self._types = hub_facts.FileTypes(session)

    def build_tag(self, target: Target) -> BuildTag:
        return hub_facts.build_tag(self._session, target)

    def knows_file_type(self, file_name: str) -> bool:
        return self._types.knows(file_name)

    def resolve(self, rpms: Sequence[Rpm]) -> RpmList:
        """An RPM is known when name, version, release, arch and sigmd5 agree: names alone do not
        tell a rebuilt or a re-signed package from the one Koji has.
        """
        packages = [rpm for rpm in rpms if rpm.name not in _NO_PACKAGES]
        with self._session.multicall(strict=True) as calls:
            answers = [calls.getRPM(_nvra(rpm)) for rpm in packages]
        known, rest = [], []
        for rpm, answer in zip(packages, answers):
            found = answer.result
            if found and rpm.sigmd5 and found["payloadhash"] == rpm.sigmd5:
                known.append(KnownRpm(rpm, _external(found)))
            else:
                rest.append(rpm)
        origins = self._origins(tuple(rest)) if rest else {}
        known += [KnownRpm(rpm, origins[rpm.nvra]) for rpm in rest if rpm.nvra in origins]
        unknown = tuple(rpm for rpm in rest if rpm.nvra not in origins)
        return RpmList(tuple(sorted(known, key=lambda k: k.rpm.nvra)), unknown)


def _nvra(rpm: Rpm) -> dict[str, str]:
    return {
        "name": rpm.name,
        "version": rpm.version,
        "release": rpm.release,
        "arch": rpm.arch,
    }


def _external(found: Any) -> str | None:
    """Name of the external repository; the hub calls its own RPMs INTERNAL, with id 0."""
    return found["external_repo_name"] if found.get("external_repo_id") else None
