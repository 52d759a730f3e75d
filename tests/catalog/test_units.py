"""Villages by their names, short and in full."""

from datetime import date

import pytest

from catalog.units import BadUnits, read_units

TEXT = """code,name,kind,aliases,valid_from,valid_to
980112104001,禾麓社区,居委会,,,
980112104200,岚峰村,村委会,岚峰,,
980112104206,石塘村,村委会,,,2019-11-30
"""
DAY = date(2020, 6, 30)


@pytest.mark.parametrize(("written", "name"), [
    ("禾麓镇岚峰村", "岚峰村"), ("平川区禾麓镇 岚峰村", "岚峰村"), ("岚峰村委会", "岚峰村"), ("岚峰村村委会", "岚峰村"), ("禾麓镇岚峰村村民委员会", "岚峰村"), ("岚峰村民委员会", "岚峰村"),
    ("1.岚峰村", "岚峰村"), ("（3）岚峰村", "岚峰村"), ("12、禾麓镇岚峰", "岚峰村"), ("禾麓镇禾麓社区", "禾麓社区"), ("禾麓社区居委会", "禾麓社区"), ("禾麓居民委员会", "禾麓社区"),
])  # fmt: skip
def test_a_village_s_name_in_full_is_its_name(written, name):
    unit = read_units(TEXT, "禾麓").find(written, DAY)
    assert unit is not None and unit.name == name


@pytest.mark.parametrize("written", ["石桥镇岚峰村", "禾麓镇", "岚峰村一组", "3岚峰村", "上岚峰村委会", "禾麓镇石塘村", "岚峰支村委会", "村委会", "合计"])
def test_what_is_no_village_of_the_town_stays_unknown(written):
    assert read_units(TEXT, "禾麓").find(written, DAY) is None


def test_a_village_that_was_merged_is_known_in_full_and_no_slip_of_another():
    units = read_units(TEXT, "禾麓")
    assert units.knows("禾麓镇石塘村") and not units.knows("禾麓镇石堂村")


def test_a_place_begins_with_its_village_behind_the_town():
    unit = read_units(TEXT, "禾麓").starting_with("禾麓镇岚峰村油铺屋场")
    assert unit is not None and unit.name == "岚峰村"


@pytest.mark.parametrize(("into", "why"), [("980112104206", "leads back"), ("980112104999", "is no line of it"), ("980112104207", "leads back")])
def test_a_way_from_a_merged_village_that_ends_nowhere_is_refused(into, why):
    """In a circle a night would never end; at a misspelt code its past would stay apart from the village it belongs to."""
    text = f"code,name,kind,valid_to,merged_into\n980112104206,石塘村,,2019-11-30,{into}\n980112104207,石湾村,,2019-11-30,980112104206\n"
    with pytest.raises(BadUnits, match=f"is merged into .*{why}.*write the code of the village it belongs to now"):
        read_units(text)


def test_a_village_merged_twice_is_one_of_the_list_in_the_end():
    text = "code,name,kind,valid_to,merged_into\n1,甲村,,2018-11-30,2\n2,乙村,,2019-11-30,3\n3,丙村,,,\n"
    assert [unit.merged_into for unit in read_units(text).all] == ["2", "3", ""]
