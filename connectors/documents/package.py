"""Office files as bytes that depend on nothing but their content: fixed times, fixed order."""

from __future__ import annotations

import io
import zipfile

_EPOCH = (1980, 1, 1, 0, 0, 0)


def repack(data: bytes, changed: dict[str, bytes] | None = None) -> bytes:
    """The same zip with every member's time fixed; ``changed`` replaces members."""
    changed = changed or {}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            target.writestr(info, changed.get(name, source.read(name)))
    return out.getvalue()
