"""Robots on loopback, and an office that tells them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.office import Office
from tests.night.telling.robots import Robots, listening, office_in


@pytest.fixture
def robots(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robots]:
    with listening(monkeypatch) as here:
        yield here


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return office_in(tmp_path / "office")
