"""YAML as declarations are written in, and what it was read to, kept so that a verb need not read it again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from catalog.said import Said

READING = "1"
"""Changes when the same text is read to something else: what was kept before is not used."""


class BadCatalogue(Said, ValueError):
    """A declaration cannot be used; the message names the file and what to write."""


def text_of(file: Path) -> str:
    """What the office wrote into a file; Notepad's mark is no mistake. Another encoding is not guessed: it would give other names."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise BadCatalogue(f"{file.name} is not in UTF-8; save it again as `CSV UTF-8` from Excel, or with the encoding UTF-8 from Notepad") from None


class Kept:
    """What texts were read to, by their digest; of an empty or unreadable ``packed``: nothing."""

    def __init__(self, packed: bytes = b"") -> None:
        self._known: Mapping[str, Any] = {}
        self.used: dict[str, Any] = {}
        """Of every text that was asked for."""
        try:
            known = msgspec.msgpack.decode(packed) if packed else {}
        except msgspec.MsgspecError:
            known = {}
        if isinstance(known, dict) and known.get("reading") == READING and isinstance(known.get("texts"), dict):
            self._known = known["texts"]

    def read(self, text: str, name: str) -> Any:
        """As :func:`read_yaml`."""
        key = hashlib.sha256(text.encode()).hexdigest()
        self.used[key] = self._known[key] if key in self._known else read_yaml(text, name)
        return self.used[key]

    @property
    def complete(self) -> bool:
        """Whether nothing was asked for that was not kept, and nothing kept that was not asked for."""
        return self.used.keys() == self._known.keys()

    def packed(self) -> bytes:
        """All that was asked for; the same texts are the same bytes."""
        return msgspec.msgpack.encode({"reading": READING, "texts": dict(sorted(self.used.items()))})


def read_yaml(text: str, name: str) -> Any:
    """Scalars are text, lists and mappings are themselves; catalog.declared turns text into numbers where declared. Raises BadCatalogue."""
    import yaml  # a twentieth of a second that only who reads a text anew pays

    from catalog.strict_yaml import Strict

    loader = Strict(text)
    loader.file = name
    try:
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadCatalogue(f"{name}{line}: not YAML ({error.problem}); correct that line or the one before") from None
    except yaml.YAMLError as error:  # a character that no text has
        raise BadCatalogue(f"{name}: not YAML ({' '.join(str(error).split())}); write it anew") from None
    finally:
        loader.dispose()
