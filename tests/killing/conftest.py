"""The small office before its two nights, made once for all tests of this folder, on each engine."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.killing.forks import warm
from tests.killing.trials import Stage, stages


@pytest.fixture(scope="package")
def warmed() -> Iterator[None]:
    with warm():
        yield


@pytest.fixture(scope="package")
def made(warmed: None, tmp_path_factory: pytest.TempPathFactory) -> list[Stage]:
    return stages(tmp_path_factory.mktemp("killing"))


@pytest.fixture(scope="package")
def made_on_server(warmed: None, tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> list[Stage]:
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return stages(tmp_path_factory.mktemp("killing-on-server"), postgres_server.replace("/postgres?", f"/{name}?"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def nights(request: pytest.FixtureRequest) -> list[Stage]:
    """The two stages, on each engine."""
    return request.getfixturevalue("made" if request.param == "sqlite" else "made_on_server")  # type: ignore[no-any-return]
