"""Where a slip lies below ``slips/``, and which ones stand."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from connectors.shares import write_whole
from connectors.warehouse import StandingRow
from flows.office import Office

UNCLAIMED = "未认领"
DONE = "已办结"
STATE = ".slips.json"
"""What was written, beside the slips."""
WITH_MACROS = ".xlsm"
STEM_BYTES = 200
"""A file's name holds 255 bytes; the month, （退回） and a number want their part."""


def place_of(row: StandingRow) -> str:
    """Department and name of the hand-in's slip; of two of one name the second has a number more."""
    name = PurePosixPath(row.path)
    suffix = WITH_MACROS if name.suffix.lower() in (WITH_MACROS, ".xltm") else ".xlsx"
    stem = name.stem.encode()[:STEM_BYTES].decode(errors="ignore")
    return f"{row.department or UNCLAIMED}/{row.period or '月份不明'} {stem}（退回）{suffix}"


def write_state(office: Office, kept: dict[str, dict[str, str]]) -> None:
    write_whole(office.slips / STATE, json.dumps(kept, ensure_ascii=False, indent=0, sort_keys=True).encode())


def kept_slips(office: Office) -> dict[str, dict[str, Any]]:
    """The slips that stand, by their place below ``slips/``, as the last night left them."""
    try:
        return dict(json.loads((office.slips / STATE).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}
