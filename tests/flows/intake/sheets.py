"""Small sheets for stories: rows of values with a title, as a reader would hand them over."""

from datetime import UTC, datetime

from catalog.catalogue import Catalogue, built_in, load_catalogue
from catalog.grids import Grid, Workbook

TOWN = "town_name: 禾麓\n"
VILLAGES = """code,name,kind,households,population,aliases,valid_from,valid_to,merged_into
980112104200,岚峰村,村委会,618,2236,岚峰,,,
980112104201,麓溪村,村委会,704,2571,麓溪,,,
980112104205,石湾村,村委会,731,2683,石湾,2019-12-01,,
980112104206,石塘村,村委会,402,1475,石塘,,2019-11-30,980112104205
980112104902,敬老院,non_village,,,,,,
"""


def small_town(folder, extra_forms=(), extra_indicators=()) -> Catalogue:
    """A catalogue of three villages with the built-in forms, plus whatever YAML a story adds."""
    (folder / "forms").mkdir(parents=True, exist_ok=True)
    (folder / "indicators").mkdir(parents=True, exist_ok=True)
    (folder / "town.yml").write_text(TOWN, "utf-8")
    (folder / "villages.csv").write_text(VILLAGES, "utf-8")
    for number, text in enumerate(extra_forms):
        (folder / "forms" / f"extra{number}.yml").write_text(text, "utf-8")
    for number, text in enumerate(extra_indicators):
        (folder / "indicators" / f"extra{number}.yml").write_text(text, "utf-8")
    return load_catalogue(folder)


def grid(rows, name="月报", **more) -> Grid:
    width = max(len(row) for row in rows)
    return Grid(name, more.pop("index", 0), [list(row) + [None] * (width - len(row)) for row in rows], **more)


def workbook(*grids) -> Workbook:
    return Workbook("xlsx", tuple(grids))


WHEN = datetime(2020, 7, 3, 9, tzinfo=UTC)
__all__ = ["WHEN", "built_in", "grid", "small_town", "workbook"]
