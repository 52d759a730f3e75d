"""What the drafts printed is kept: two editions a period, the same on both engines."""

from datetime import UTC, datetime

import pytest

from connectors.warehouse import Edition, PrintedFigure, keep_edition, kept_editions, open_warehouse, upgrade

AT = datetime(2020, 7, 20, tzinfo=UTC)


def edition(text: str, day: int = 20) -> Edition:
    row = PrintedFigure(91, "toilets", "改厕", "7. 乡村振兴", f"改造{text}座。", "改造□座。", text, None if text == "X" else text, "reported", "", (7, 12))
    return Edition(AT.replace(day=day), (row, row._replace(slot=None, sources=())))


@pytest.fixture
def warehouse(warehouse_url):
    upgrade(warehouse_url)
    with open_warehouse(warehouse_url, "甲") as opened:
        yield opened


def test_the_last_two_editions_are_kept_and_come_back_as_they_were(warehouse):
    for day, text in enumerate(("X", "630", "640"), 18):
        assert keep_edition(warehouse, "2020-H1", edition(text, day))
    assert kept_editions(warehouse, "2020-H1") == [edition("630", 19), edition("640", 20)]


def test_an_edition_that_prints_the_same_is_not_kept_again(warehouse):
    keep_edition(warehouse, "2020-H1", edition("X", 18))
    keep_edition(warehouse, "2020-H1", edition("640", 19))
    assert not keep_edition(warehouse, "2020-H1", edition("640", 20))
    assert [e.at.day for e in kept_editions(warehouse, "2020-H1")] == [18, 19]


def test_periods_and_offices_know_nothing_of_each_other(warehouse, warehouse_url):
    keep_edition(warehouse, "2020-H1", edition("640"))
    assert kept_editions(warehouse, "2020-Q2") == []
    with open_warehouse(warehouse_url, "乙") as other:
        assert kept_editions(other, "2020-H1") == []
        keep_edition(other, "2020-H1", edition("1"))
    assert kept_editions(warehouse, "2020-H1") == [edition("640")]


def test_an_sqlite_warehouse_of_an_earlier_version_is_copied_beside_itself(tmp_path):
    import sqlite3

    from alembic import command
    from alembic.config import Config

    from connectors.warehouse.engine import make_engine
    from connectors.warehouse.tables import SCHEMA_VERSION

    url, config = f"sqlite:///{tmp_path / 'w.db'}", Config()
    config.set_main_option("script_location", "sql/migrations")
    with make_engine(url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    assert upgrade(url) == f"warehouse brought from version 0002 to {SCHEMA_VERSION}"
    with sqlite3.connect(tmp_path / "w.db.before-0002") as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
