"""OLE2 containers (MS-CFB): a workbook locked with a password as far as anyone without it can see, and a WPS .et."""

from __future__ import annotations

import random
import struct

_SECTOR, _MINI_CUTOFF = 512, 4096
_PER_SECTOR = _SECTOR // 4
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_INFO = (
    b"\x04\x00\x04\x00\x40\x00\x00\x00"
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    b'<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption">'
    b'<keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" '
    b'cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512"/></encryption>'
)


def compound(streams: dict[str, bytes]) -> bytes:
    """An OLE2 file of up to three streams below the root, up to 7 MB in all; each is padded beyond the mini-stream size."""
    padded = {name: data.ljust(_MINI_CUTOFF, b"\0") for name, data in streams.items()}
    lengths = {name: -(-len(data) // _SECTOR) for name, data in padded.items()}
    tables = 1
    while tables * _PER_SECTOR < tables + 1 + sum(lengths.values()):
        tables += 1
    if tables > 109:
        raise ValueError("too much for the sector list in the header")
    fat, body, starts = [_FAT] * tables + [_END], b"", {}
    for name, data in padded.items():
        starts[name] = len(fat)
        fat += [*range(len(fat) + 1, len(fat) + lengths[name]), _END]
        body += data.ljust(lengths[name] * _SECTOR, b"\0")
    fat += [_FREE] * (tables * _PER_SECTOR - len(fat))
    header = struct.pack(
        "<8s16sHHHHH6s9I109I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"",
        0, tables, tables, 0, _MINI_CUTOFF, _END, 0, _END, 0, *range(tables), *[_FREE] * (109 - tables),
    )  # fmt: skip
    # Siblings are ordered by length, then by letters; a chain to the right is a lawful tree.
    names = sorted(padded, key=lambda name: (len(name), name.upper()))
    directory = _entry("Root Entry", 5, 1, _NONE, _END, 0)
    for place, name in enumerate(names, 1):
        following = place + 1 if place < len(names) else _NONE
        directory += _entry(name, 2, _NONE, following, starts[name], len(padded[name]))
    return header + struct.pack(f"<{len(fat)}I", *fat) + directory.ljust(_SECTOR, b"\0") + body


def _entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII16sIQQIQ", encoded, len(encoded), kind, 1, _NONE, right, child, b"", 0, 0, 0, start, size)


def locked(rng: random.Random) -> bytes:
    """Bytes that any reader takes for a password-protected xlsx; nothing is inside."""
    package = struct.pack("<Q", 5800) + rng.randbytes(5808)
    return compound({"EncryptionInfo": _INFO, "EncryptedPackage": package})
