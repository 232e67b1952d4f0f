"""``--repo URL[,WORD...]``: a repository in one word, because its address holds no comma."""

from __future__ import annotations

import argparse

_KINDS = ("metalink", "mirrorlist")
_WORDS = "priority=N, gpgkey=URL, metalink, mirrorlist, in-image"


def read(text: str) -> object:
    """What the hub call's ``opts.repos`` takes: the address, or a struct when more was said.

    :raises argparse.ArgumentTypeError: naming the word that is wrong
    """
    url, *words = text.split(",")
    if not words:
        return url
    kind = "baseurl"
    keys: list[str] = []
    repo: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if name == "gpgkey" and value:
            keys.append(value)
        elif name == "priority" and value.isdigit():
            repo["priority"] = int(value)
        elif name == "in-image" and not equals:
            repo["in_image"] = True
        elif name in _KINDS and not equals:
            kind = name
        else:
            raise argparse.ArgumentTypeError(f"{word!r} after the URL is none of {_WORDS}")
    if keys:
        repo["gpgkeys"] = keys
    return {kind: url, **repo}
