"""The data dictionary in docs/ is the one that the code makes."""

from pathlib import Path

import pytest

import flows.demo
from catalog.catalogue import load_catalogue
from flows.dictionary import NAMES, dictionary, heads, view_columns
from sql.objects import statements

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("language", NAMES)
def test_the_committed_dictionary_is_not_stale(language):
    made = dictionary(load_catalogue(Path(str(flows.demo.__file__)).parent), language)
    assert (ROOT / "docs" / NAMES[language]).read_text("utf-8") == made, "run: make dictionary"


def test_every_view_says_what_it_is_and_its_grain_and_every_column_is_described():
    assert set(view_columns()) == set(heads()) == set(statements("views"))
    assert all(said and grain for said, grain in heads().values())
    assert all(column.en and column.zh for columns in view_columns().values() for column in columns)
