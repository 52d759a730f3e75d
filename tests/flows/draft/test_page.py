"""The page: what it says, what it hides, and that it holds in a real browser, on a desk and on a phone."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from catalog.observations import Figure, Status
from connectors.documents import Point, write_page
from connectors.documents.page import spark
from flows.draft.page import page_of
from flows.summary.shown import growth_of
from tests.chromium import chromium
from tests.flows.draft.board import EVIL, board, page
from tests.flows.draft.half_year import H1, catalogue


@cache
def made():
    return page()


@cache
def written() -> bytes:
    return write_page(made())


def figure(name, of=None):
    return next(f for s in (of or made()).sections for f in s.figures if f.id == name)


def test_every_hand_in_has_its_state_in_words():
    row = next(row for row in made().hand_ins if row.form == "F12")
    assert [(m.tone, m.word) for m in row.marks] == [
        ("none", ""), ("bad", "退回"), ("warn", "有退回格"), ("warn", "迟3天"), ("good", "有提醒"), ("good", "已收"),
    ]  # fmt: skip
    assert next(row for row in made().hand_ins if row.form == "F18").marks[-1].word == "未报"


def test_the_tiles_count_what_the_page_lists():
    assert {tile.label: tile.number for tile in made().tiles} == {"未报": "1", "退回": "1", "迟报": "1", "缺口": "1", "口径矛盾": "1", "变化": "1"}
    assert page(first=True).tiles[-1].number == "—"


def test_a_figure_says_its_value_last_year_growth_and_cells():
    one = figure("dibao_hh")
    assert (one.value, one.unit, one.before, one.growth, one.direction) == ("412", "户", "418 户", "1.4%", "down")
    assert [(s.month, s.sheet, s.cells, s.time) for s in one.sources] == [("2020-06", "月报", "C6:C9", "2020-07-02 09:00")]
    assert figure("tax_collected").progress_note == "超序时3.7个百分点"


def test_a_missing_month_is_a_gap_in_the_line_and_never_a_zero():
    assert [p.now for p in figure("dibao_hh").points] == ["110", "120", "130", None, "150", "160"]
    assert [kind for kind, _ in spark(figure("dibao_hh").points)].count("now") == 2
    assert spark([Point("1月", None, None), Point("2月", None, None)]) == []


@pytest.mark.parametrize(("value", "before", "rate", "said"), [
    ("2", "1", "100", ("1家", "up")), ("12", "10", "20", ("20.0%", "up")), ("10", "10", "0", ("持平", "flat")), ("10003", "10000", "0.03", ("基本持平", "flat")),
    ("3", "4", "-25", ("1家", "down")), ("600", "50", "1100", ("550家", "up")), (None, None, None, ("—", "")),
])  # fmt: skip
def test_a_tiny_base_gives_a_number_and_no_rate(value, before, rate, said):
    held = Figure("invest_four_above_cnt", H1.name, value, Status.REPORTED, last_year=before, growth_pct=rate, growth_source="warehouse")
    assert growth_of(held, catalogue().indicators["invest_four_above_cnt"]) == said


def test_small_counts_of_villages_never_reach_the_page():
    shown = dict(figure("orphanlike_child_persons").villages)
    assert sorted(set(shown.values())) == ["*", "0", "9", "<5"]
    open_ = dict(figure("orphanlike_child_persons", page_of(board(hide=False))).villages)
    assert {"1", "7", "9"} <= set(open_.values())
    data = json.loads(re.search(rb'id="data">(.*?)</script>', written(), re.DOTALL)[1])
    assert dict(map(tuple, data["orphanlike_child_persons"]["villages"])) == shown


def test_the_same_input_gives_the_same_bytes():
    assert write_page(page()) == written()


def test_nothing_from_outside_stands_bare_in_the_page():
    text = written().decode("utf-8")
    assert "<img" not in text and text.count("<script") == 3 and text.count("</script>") == 3
    assert "\u2028" not in text.split('id="data">')[1].split("</script>")[0]
    assert re.search(r"""\b(?:src|href|action)=["'](?!#)""", text) is None
    assert "http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;;" in text and "unsafe" not in text


CONTRAST = """
const channel = c => { c /= 255; return c <= .03928 ? c / 12.92 : Math.pow((c + .055) / 1.055, 2.4) };
const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
const numbers = text => (text.match(/[\\d.]+/g) || []).map(Number);
function ground(e) { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > .99) return c } return [255, 255, 255] }
const poor = [];
for (const e of document.body.querySelectorAll('*')) {
  if (!e.checkVisibility() || e.closest('svg, script') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const a = light(numbers(getComputedStyle(e).color)), b = light(ground(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) poor.push([e.tagName, e.className, e.textContent.slice(0, 20), ratio]);
}
return poor;
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "看板 #1%.html"
    path.write_bytes(written())
    return path.as_uri()


@pytest.fixture(scope="module")
def desk(file, tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("desk")) as browser:
        browser.get(file)
        yield browser


def click(browser, name):
    from selenium.webdriver.common.by import By

    browser.find_element(By.CSS_SELECTOR, f"button.open[data-id={name}]").click()


def text_of(browser, selector):
    return browser.execute_script("return document.querySelector(arguments[0]).innerText", selector)


def test_in_a_browser_hostile_names_stay_text_and_nothing_is_fetched(desk):
    click(desk, "dibao_hh")
    assert EVIL.replace("\u2028", "") in text_of(desk, "#d-sources").replace("\u2028", "").replace("\n", "")
    desk.find_element("id", "d-close").click()
    assert desk.title == "禾麓镇2020年上半年数据看板"
    desk.execute_script("document.body.append(Object.assign(document.createElement('script'), {textContent: 'document.title = 1'}))")
    asked = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        server.timeout = 0.5
        desk.execute_script(f"fetch('http://127.0.0.1:{server.server_port}/').catch(() => {{}}); new Image().src = 'http://127.0.0.1:{server.server_port}/x'")
        server.handle_request()
    assert asked == [] and desk.title == "禾麓镇2020年上半年数据看板"
    blocked = [entry["message"] for entry in desk.get_log("browser")]
    assert len(blocked) >= 3 and all("Content Security Policy" in message or "ontent-Security" in message for message in blocked), blocked


def test_in_a_browser_a_click_shows_the_cells_the_formula_and_a_line(desk):
    click(desk, "dibao_hh")
    facts = text_of(desk, "#d-facts")
    assert "精确值\n412户" in facts and "算法\n期末月各行相加" in facts and "同比\n下降 1.4%" in facts
    assert "C6:C9" in text_of(desk, "#d-sources") and text_of(desk, "#d-months").split()[:5] == ["本年", "110", "120", "130", "—"]
    drawn = "const c = document.querySelector('#d-chart canvas'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
    assert desk.execute_script(drawn)
    desk.find_element("id", "d-close").click()


def test_in_a_browser_everything_is_had_by_keyboard(desk):
    from selenium.webdriver.common.keys import Keys

    button = desk.find_element("css selector", "button.open[data-id=tax_collected]")
    button.send_keys(Keys.ENTER)
    assert desk.execute_script("return document.getElementById('detail').open && document.activeElement.id") == "d-title"
    desk.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert desk.execute_script("return !document.getElementById('detail').open && document.activeElement.dataset.id") == "tax_collected"


def test_in_a_browser_the_detail_keeps_the_keyboard_until_it_is_closed(desk):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    desk.execute_script("document.querySelector('button.open[data-id=dibao_hh]').focus()")
    ActionChains(desk).send_keys(Keys.SPACE).perform()
    for _ in range(6):
        ActionChains(desk).send_keys(Keys.TAB).perform()
        assert desk.execute_script("const e = document.activeElement; return e === document.body || !!e.closest('#detail')")
    desk.execute_script("document.getElementById('d-close').focus()")
    ActionChains(desk).send_keys(Keys.ENTER).perform()
    assert desk.execute_script("return !document.getElementById('detail').open && document.activeElement.dataset.id") == "dibao_hh"


def test_printed_it_is_a_table_in_ink_and_not_the_page_of_a_phone(desk):
    """The paper is narrower than a desk: it was printed as for a phone, without headings and departments, its title in white."""
    import base64

    paper = base64.b64decode(desk.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})["data"])
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 10
    desk.set_window_size(700, 900)
    desk.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        look = "const s = q => getComputedStyle(document.querySelector(q)); return [s('.figures thead').display, s('.matrix td:nth-child(2)').display, s('h1').color, s('nav').display]"
        assert desk.execute_script(look) == ["table-header-group", "table-cell", "rgb(27, 36, 48)", "none"]
        cut = "return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility()).length"
        assert desk.execute_script(cut) == 0
    finally:
        desk.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        desk.set_window_size(1280, 900)


def test_in_a_browser_one_finds_a_figure_and_what_is_lacking(desk):
    find = desk.find_element("id", "find")
    find.send_keys("低保")
    assert text_of(desk, "#count") == f"找到 {len([1 for i in catalogue().indicators.values() if '低保' in i.title and figure_there(i.id)])} 个"
    find.clear()
    find.send_keys(" ")
    desk.find_element("id", "only").click()
    assert text_of(desk, "#count") == "找到 1 个"
    desk.find_element("id", "only").click()
    find.clear()


def figure_there(name):
    return any(f.id == name for s in made().sections for f in s.figures)


def test_in_a_browser_the_words_stand_out_and_are_named(desk):
    desk.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert desk.execute_script(CONTRAST) == []
    click(desk, "toilet_tank_refit_cnt")
    assert desk.execute_script(CONTRAST) == []
    desk.find_element("id", "d-close").click()
    assert desk.execute_script("return document.documentElement.lang") == "zh-CN"
    unnamed = "return [...document.querySelectorAll('button, input, a, [role=region], [role=img]')].filter(e => !(e.innerText || '').trim() && !e.getAttribute('aria-label') && !e.labels?.length && e.checkVisibility()).length"
    assert desk.execute_script(unnamed) == 0
    assert desk.execute_script("return [...document.querySelectorAll('[aria-labelledby]')].every(e => document.getElementById(e.getAttribute('aria-labelledby')))")


def test_on_a_phone_nothing_is_wider_than_the_screen(file, tmp_path):
    with chromium(tmp_path, 390, 844, phone=True) as browser:
        browser.get(file)
        assert browser.execute_script("return document.documentElement.scrollWidth") == 390
        browser.execute_script("document.querySelector('button.open[data-id=dibao_hh]').click()")
        width = "const b = document.getElementById('detail').getBoundingClientRect(); return [b.width, document.getElementById('detail').scrollWidth]"
        assert browser.execute_script(width) == [390, 390]
        assert browser.execute_script(CONTRAST) == []


def test_an_office_before_its_first_hand_in_is_told_no_good_news():
    """Nothing has come and nothing is owed yet: no green nought, no empty table."""
    before = replace(board(first=True), standing=(), owed=())
    made = page_of(before)
    assert (made.tiles[0].number, made.tiles[0].tone, made.tiles[0].note) == ("—", "plain", "还没有收到过报表")
    assert made.as_of.endswith("还没有收到过报表")
    text = write_page(made).decode("utf-8")
    assert '<table class="matrix">' not in text and "也没有到期的报表" in text


def test_villages_of_which_none_has_reported_are_not_sixty_crosses():
    nobody = board()
    assert figure("orphanlike_child_persons", page_of(replace(nobody, summary=replace(nobody.summary, readings=[])))).villages == []


def test_a_page_of_nothing_is_a_page(tmp_path):
    empty = replace(made(), sections=(), hand_ins=(), texts=(), tiles=())
    assert "都报齐了" in write_page(empty).decode("utf-8")
