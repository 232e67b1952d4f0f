"""The hub plugin, loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from koji.context import context

from .small_hub import KojiHub, User

if TYPE_CHECKING:
    from types import ModuleType


URL = "git+https://127.0.0.1/scm/descriptions#main"
SOURCE = {"url": URL, "path": "minidist.kiwi"}


@dataclass
class Loaded:
    module: ModuleType
    hub: KojiHub

    @property
    def exported(self) -> dict[str, Callable[..., int]]:
        """As ``HandlerRegistry.register_plugin`` of kojihub/kojixmlrpc.py finds them."""
        return {
            getattr(value, "export_alias", value.__name__): value
            for value in vars(self.module).values()
            if not isinstance(value, type) and callable(value) and hasattr(value, "exported")
        }

    def call(self, name: str, /, *args: Any, user: User | None = None, **kwargs: Any) -> int:
        context.session = user or User()
        return self.exported[name](*args, **kwargs)


Load = Callable[..., Loaded]
