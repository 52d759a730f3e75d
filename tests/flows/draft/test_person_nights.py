"""A draft that people work on by day and the nights refresh: what no figure owns stays byte for byte."""

import shutil
import subprocess
from copy import deepcopy
from functools import cache

import pytest
from lxml import etree

from flows.draft.refresh import refresh_draft
from flows.draft.verify import verify_draft
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, template, valued
from tests.flows.draft.person import W, all_text, deleted, edited, moved, other_runs, paragraphs, retyped, reworded, split, text_of

NIGHTS = (
    {"dibao_hh": "415", "svc_revenue_yoy_pct": "1.5"},
    {"dibao_hh": "416", "svc_revenue_yoy_pct": "-1.5", "retail_revenue_yoy_pct": "-2"},
    {"dibao_hh": "417", "svc_revenue_yoy_pct": "2.5", "dibao_persons": "699"},
)
DIRECTIONS = ("增长", "下降")


def copied(beginning):
    """A paragraph copied below itself with its controls, as by copy and paste."""

    def deed(body):
        paragraph = next(p for p in paragraphs(body) if text_of(p).startswith(beginning))
        paragraph.addnext(deepcopy(paragraph))

    return deed


def section_of(words):
    return next(line for line in all_text(draft().rendered.data).splitlines() if words in line)[:8]


def persons_day(data):
    """Words changed, a paragraph moved, one copied, a figure typed over, one deleted, runs split."""
    return edited(data, reworded("规范发展", "严格发展"), moved("7. 乡村振兴", 4), copied(section_of("全镇农村低保")), retyped("tekun_hh", "130"), deleted("reloc_b1_done_hh"), split)


def three_nights(data):
    """What each night found and left, and what it told."""
    for changed in NIGHTS:
        done = refresh_draft(data, valued(figures(), **changed), catalogue(), {}, AT, ())
        yield data, done
        data = done.data


def words_alone(run):
    return "".join(t.text or "" for t in etree.fromstring(run).iter(f"{W}t"))


def nothing_but_directions(before, after):
    """Runs outside of controls: the same bytes, but for a direction word that its figure turned."""
    old, new = other_runs(before), other_runs(after)
    assert len(old) == len(new)
    for was, now in zip(old, new, strict=True):
        if was != now:
            turned = {words_alone(was), words_alone(now)}
            assert any(a in w for w in turned for a in DIRECTIONS), turned
            assert was.replace("增长".encode(), "下降".encode()) == now.replace("增长".encode(), "下降".encode())


def stands_after_three_nights(data):
    for before, done in three_nights(data):
        nothing_but_directions(before, done.data)
        assert "供养130户" in all_text(done.data) and any("130" in left for left in done.left)
        assert any("已被删去" in left for left in done.left)
    text = all_text(done.data)
    assert "9214万元，同比增长2.5%" in text and "6752万元，同比增长4.2%" in text and "严格发展" in text
    assert text.index("7. 乡村振兴") < text.index("2. 经济运行")
    return done.data


@cache
def worked_on():
    return persons_day(draft().rendered.data)


def test_three_nights_touch_nothing_that_no_figure_owns():
    assert all_text(stands_after_three_nights(worked_on())).count("低保417户699人") == 2, "the sentence and its copy"


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed here: the draft is not saved through it.")
def test_three_nights_after_it_was_saved_by_libreoffice(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "draft.docx").write_bytes(worked_on())
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(["soffice", profile, "--headless", "--convert-to", "docx", "--outdir", tmp_path / "out", tmp_path / "in" / "draft.docx"], check=True, capture_output=True, timeout=120)  # fmt: skip
    data = stands_after_three_nights((tmp_path / "out" / "draft.docx").read_bytes())
    assert all_text(data).count("低保417户699人") == 1, "LibreOffice leaves a copy neither name nor bookmark"
    known = valued(figures(), **NIGHTS[-1])
    assert any("412" in finding.message for finding in verify_draft(data, template(), known, catalogue(), H1)), "the copy that stood still is named"
