"""A workbook locked with a password, as far as anyone without it can see: an OLE2 container holding the streams
EncryptionInfo and EncryptedPackage (MS-CFB, MS-OFFCRYPTO)."""

from __future__ import annotations

import random
import struct

_SECTOR, _MINI_CUTOFF = 512, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_INFO = (
    b"\x04\x00\x04\x00\x40\x00\x00\x00"
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    b'<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption">'
    b'<keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" '
    b'cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512"/></encryption>'
)


def compound(streams: dict[str, bytes]) -> bytes:
    """An OLE2 file of up to three streams below the root, up to 60 kB in all; each is padded beyond the mini-stream size."""
    padded = {name: data.ljust(_MINI_CUTOFF, b"\0") for name, data in streams.items()}
    fat, body, starts = [_FAT, _END], b"", {}
    for name, data in padded.items():
        sectors = -(-len(data) // _SECTOR)
        starts[name] = len(fat)
        fat += [*range(len(fat) + 1, len(fat) + sectors), _END]
        body += data.ljust(sectors * _SECTOR, b"\0")
    if len(fat) > _SECTOR // 4:
        raise ValueError("too much for one FAT sector")
    header = struct.pack(
        "<8s16sHHHHH6s9I109I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"",
        0, 1, 1, 0, _MINI_CUTOFF, _END, 0, _END, 0, 0, *[_FREE] * 108,
    )  # fmt: skip
    # Siblings are ordered by length, then by letters; a chain to the right is a lawful tree.
    names = sorted(padded, key=lambda name: (len(name), name.upper()))
    directory = _entry("Root Entry", 5, 1, _NONE, _END, 0)
    for place, name in enumerate(names, 1):
        following = place + 1 if place < len(names) else _NONE
        directory += _entry(name, 2, _NONE, following, starts[name], len(padded[name]))
    directory = directory.ljust(_SECTOR, b"\0")
    table = struct.pack(f"<{_SECTOR // 4}I", *fat, *[_FREE] * (_SECTOR // 4 - len(fat)))
    return header + table + directory + body


def _entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16sIQQIQ", encoded, len(encoded), kind, 1, _NONE, right, child, b"", 0, 0, 0, start, size
    )  # fmt: skip


def locked(rng: random.Random) -> bytes:
    """Bytes that any reader takes for a password-protected xlsx; nothing is inside."""
    package = struct.pack("<Q", 5800) + rng.randbytes(5808)
    return compound({"EncryptionInfo": _INFO, "EncryptedPackage": package})
