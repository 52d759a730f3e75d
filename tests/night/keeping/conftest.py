"""An office to keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.office import Office
from tests.night.keeping.kept import three_months


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Three months handed in, one night run; the key in a file of its own."""
    monkeypatch.delenv("HUIZONG_PRIVACY__KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return three_months(tmp_path / "office")
