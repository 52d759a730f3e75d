"""The screen with styles."""

from __future__ import annotations

import sys

from rich.console import Console

console = Console(soft_wrap=True, highlight=False, emoji=False, width=None if sys.stdout.isatty() else 120)
