"""huizong doctor."""
from pathlib import Path

from rich.console import Console


def examine(console: Console, folder: Path) -> bool:
    return True
