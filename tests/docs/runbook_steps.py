"""The commands of the runbooks, for those who read them and those who run them."""

from __future__ import annotations

import re
from pathlib import Path

DEPLOYMENTS = Path(__file__).resolve().parents[2] / "deployments"
BOOKS = sorted(path for path in (DEPLOYMENTS / "runbooks").glob("*.md") if path.name != "README.md")


def commands(book: Path) -> list[str]:
    """Every line of every sh block, in the order of the steps."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", book.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
