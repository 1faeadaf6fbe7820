"""The one registry idiom: a folder that is scanned, a decorator, and entry points.

A registry lists names without importing anything (start-up stays cheap) and imports a module when
its name is used. The file name is the registered name with `-` written `_`. A user's own package
joins through an entry point of the registry's group:

    [project.entry-points."curate.sources"]
    my-set = "my_package.my_set"
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import pkgutil
from collections.abc import Iterator
from typing import Generic, TypeVar

from schemas.errors import CurateError, unknown

T = TypeVar("T")


class Registry(Generic[T]):
    """Values by name, found in the modules of `package` and in the entry points of `group`.

    Args:
        kind: what a value is, for messages ("source").
        package: import name of the folder that is scanned; sub-packages are not.
        group: entry-point group of other packages' modules.
    """

    def __init__(self, kind: str, package: str, group: str) -> None:
        self.kind = kind
        self.package = package
        self.group = group
        self._values: dict[str, T] = {}

    def add(self, name: str, value: T) -> T:
        """Register `value`; called by the decorator of each kind when its module is imported.

        Raises:
            CurateError: another value has that name.
        """
        if name in self._values and self._values[name] != value:
            raise CurateError(f"two {self.kind}s are called {name!r}")
        self._values[name] = value
        return value

    def names(self) -> list[str]:
        """Every name, sorted, without importing the modules behind them."""
        found = (*self._scanned(), *self._entry_points())
        return sorted({*(name for name, _ in found), *self._values})

    def __getitem__(self, name: str) -> T:
        if name not in self._values:
            self._load(name)
        return self._values[name]

    def __iter__(self) -> Iterator[T]:
        return (self[name] for name in self.names())

    def _load(self, name: str) -> None:
        modules = [m for known, m in (*self._scanned(), *self._entry_points()) if known == name]
        if not modules:
            raise unknown(self.kind, name, self.names())
        if len(modules) > 1:
            raise CurateError(f"two {self.kind}s are called {name!r}: {' and '.join(modules)}")
        importlib.import_module(modules[0])
        if name not in self._values:
            raise CurateError(
                f"module {modules[0]} should register the {self.kind} {name!r} and does not"
            )

    def _scanned(self) -> list[tuple[str, str]]:
        spec = importlib.util.find_spec(self.package)
        folders = list(spec.submodule_search_locations or []) if spec else []
        return [
            (module.name.replace("_", "-"), f"{self.package}.{module.name}")
            for module in pkgutil.iter_modules(folders)
            if not module.ispkg
        ]

    def _entry_points(self) -> list[tuple[str, str]]:
        points = importlib.metadata.entry_points(group=self.group)
        return [(point.name, point.module) for point in points]
