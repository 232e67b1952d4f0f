"""Whether several types can come from one ``system prepare``: only where that changes nothing.

Nothing but /.profile: kiwi leaves it in containers and archives, and it names the type that was
prepared.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from koji_imagebuild.tools.kiwi.asked import KiwiOptions
    from koji_imagebuild.tools.kiwi.selection import ImageType, Selection
    from koji_imagebuild.tools.tree import Tree

#: Attributes of ``<type>`` that ``system prepare`` acts on (kiwi/system/prepare.py, setup.py).
_PREPARED: Final = ("delta_root", "derived_from", "provide_system_files", "selinux_policy")
#: Scripts that ``system prepare`` runs; images.sh is run by ``system create``.
_SCRIPTS: Final = ("config.sh", "post_bootstrap.sh")
# What scripts are told, apart from these, are settings of the type (kiwi/system/profile.py).
_VARIABLE = re.compile(rb"\bkiwi_([A-Za-z]\w*)")
_OF_ALL_TYPES: Final = frozenset(
    b"align delete displayname drivers iname iversion keytable language loader_theme profiles"
    b" revision sectorsize showlicense splash_theme strip_delete strip_libs strip_tools"
    b" timezone".split()
)
_MAX_SCRIPT: Final = 1 << 20


def obstacle(
    selection: Selection,
    types: tuple[ImageType, ...],
    options: KiwiOptions,
    scripts: dict[str, bytes],
) -> str:
    """Why these types need a ``system prepare`` each; empty when they can share one.

    :param scripts: those of :func:`read_scripts`
    """
    names = {kind.image for kind in types}
    for section in selection.sections("packages"):
        if section.element.get("type") in names:
            return f"{section.where()} has packages for {section.element.get('type')} only"
    if options.type_attrs:
        return "type attributes were given, and those are set for one type"
    for attribute in _PREPARED:
        if len({kind.element.get(attribute) for kind in types}) > 1:
            return f"the types differ in {attribute}"
    for name, text in scripts.items():
        for found in _VARIABLE.finditer(text):
            if found.group(1) not in _OF_ALL_TYPES:
                return f"{name} reads {found.group().decode()}"
    return ""


def read_scripts(tree: Tree, folder: str) -> dict[str, bytes]:
    """The scripts of a description that run while its root is prepared."""
    found = {}
    for name in _SCRIPTS:
        relative = f"{folder}/{name}" if folder else name
        if (tree.top / relative).exists():
            found[name] = tree.read(relative, _MAX_SCRIPT)
    return found
