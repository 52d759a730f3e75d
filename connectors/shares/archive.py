"""Every byte ever received, by content hash, never changed (CONTRACT §1)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from catalog.said import Said
from connectors.shares.whole import write_whole


class Damaged(Said):
    """An archived file is gone or no longer has its hash."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of files named by their SHA-256, two levels deep."""

    root: Path

    def put(self, data: bytes) -> str:
        """Keep these bytes; the hash. Atomic: a crash leaves either nothing or the whole file on the disk."""
        name = hashlib.sha256(data).hexdigest()
        path = self._path(name)
        if path.exists() and path.stat().st_size == len(data):
            return name
        write_whole(path, data, 0o440, self.root)
        return name

    def clear_parts(self) -> None:
        """Remove what a process that was killed left unfinished; the files themselves are not walked through."""
        for part in self.root.glob(".part-*"):
            part.unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Whether bytes with this hash were put; whether they are still sound only :meth:`get` can say."""
        return self._path(name).is_file()

    @property
    def empty(self) -> bool:
        """Whether nothing was ever put."""
        return next(self.root.glob("??/*"), None) is None

    def get(self, name: str) -> bytes:
        """The bytes with this hash; raises :class:`Damaged` when they are not what they were."""
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError:
            raise Damaged(f"{name} is not in the archive {self.root}; restore it from the backup") from None
        if hashlib.sha256(data).hexdigest() != name:
            raise Damaged(f"{name} in the archive {self.root} was changed; restore it from the backup")
        return data

    def _path(self, name: str) -> Path:
        return self.root / name[:2] / name
