"""Proofs that take minutes: killed flows, workers and servers, districts, machines without a network. `make proof-ops`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS / folder) for folder in ("ops", "docs", "night", "flows/intake")]

if not os.environ.get("HUIZONG_PROOF_OPS"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def demo_office(tmp_path_factory) -> Path:
    """Eighteen months of the demo township, handed in and not yet read."""
    from flows.demo import make_demo_office
    from flows.new_office import create_office

    folder = tmp_path_factory.mktemp("demo") / "office"
    create_office(folder)
    make_demo_office(folder)
    return folder


@pytest.fixture
def office(demo_office, tmp_path) -> Path:
    return Path(shutil.copytree(demo_office, tmp_path / "office"))
