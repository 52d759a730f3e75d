"""The key of the person tokens is made once, whole, for its owner alone; an empty one is refused."""

import os

import pytest

from flows.settings import BadSettings, Settings, token_key


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("HUIZONG_PRIVACY__KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "huizong"


def test_the_key_is_made_once_and_nothing_else_stays(home):
    key = token_key(Settings())
    assert len(key) == 64 and token_key(Settings()) == key
    assert [(p.name, p.stat().st_mode & 0o777) for p in home.iterdir()] == [("office.key", 0o600)]


def test_a_key_that_another_process_made_meanwhile_is_the_key(home, monkeypatch):
    own = os.link

    def slower(source, target):
        target.write_bytes(b"theirs")
        own(source, target)

    monkeypatch.setattr(os, "link", slower)
    assert token_key(Settings()) == b"theirs"


def test_an_empty_key_is_refused(home):
    home.mkdir()
    (home / "office.key").write_bytes(b"")
    with pytest.raises(BadSettings, match="is empty; restore it"):
        token_key(Settings())
