"""Modules that a library imports and a quick verb never asks for anything: they are run at the first question, as a rule never.

``importlib.util.LazyLoader`` would run them at the second ``import`` of the same name, and SQLAlchemy imports asyncio three times.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

HARDLY_ASKED = ("asyncio", "importlib.metadata", "ipaddress", "json", "tokenize", "traceback", "subprocess", "tempfile", "bz2", "lzma")
"""SQLAlchemy imports the first for its drivers of async programs, of which we have none, the second for its plugins, likewise. Of the
others something is asked where an address has brackets, a column holds JSON, an error is told with its source, a process is started, a file
written, an archive unpacked."""
NOT_WANTED = "greenlet"
"""Only for the same drivers: SQLAlchemy does without where it is not installed, and with it runs asyncio at once."""


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:  # asked only for what the module does not have yet
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec = self.__spec__
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.__name__} cannot be loaded")
        for part in [one for one, there in sys.modules.items() if one.startswith(f"{self.__name__}.") and _begun(there)]:
            del sys.modules[part]  # whole it comes with the package, and is what the import that began it will find here
        spec.loader.exec_module(self)
        return getattr(self, name)


def _begun(module: ModuleType) -> bool:
    """Whether it is being imported just now: a part, ``json.decoder``, that somebody wants before the package."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def later() -> None:
    """Put them off, where nothing has imported them yet."""
    for name in HARDLY_ASKED:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            module = module_from_spec(spec)
            module.__class__ = _Later
            sys.modules[name] = module
            package, _, last = name.rpartition(".")
            if package:
                setattr(sys.modules[package], last, module)
    if NOT_WANTED not in sys.modules:
        sys.modules[NOT_WANTED] = None  # type: ignore[assignment]  # the import system's own word for: not here
