"""New figures into a draft that people have edited: words stay theirs, figures and the direction words they own follow.

A figure that a person retyped or deleted is told and left; a clause whose words can no longer be found is told and left.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from catalog.catalogue import Catalogue
from catalog.indicators import Indicator
from catalog.observations import Figure, Status
from catalog.periods import Period
from connectors.documents import (
    Edit,
    GapTable,
    Link,
    Links,
    Mark,
    Package,
    Place,
    apply_edits,
    part_neighbours,
    read_elsewhere,
    read_links,
    read_places,
    renew_gap_table,
    with_texts,
    write_links,
)
from flows.draft.below_nought import held
from flows.draft.gaps import Gap, gap_rows
from flows.draft.notes import same_clause
from flows.draft.phrases import QUOTED, Fact, phrase, printable
from flows.draft.sentences import Printed, nothing_known
from flows.draft.sources import Files, joined_ids, source_text, why_changed
from flows.draft.turning import CLAUSE, contrary, turn, typed
from flows.draft.vouched import absent_note
from flows.draft.words import MISSING, Words
from flows.summary.small_counts import HIDDEN, threshold_of

STATUS = "status"
"""Tag of the line that counts the gaps."""
_LEAD_UNKNOWN = ("，较序时进度", "个百分点")
"""Around the X of a lead: neither ahead nor behind."""


class NotADraft(ValueError):
    """The document holds no figures of ours; one Chinese line."""


@dataclass(frozen=True, slots=True)
class Change:
    """One figure that was changed in the document."""

    indicator: str
    title: str
    old: str
    new: str
    why: str
    flipped: bool
    """Its direction word was turned too."""
    untold: bool = False
    """What it was is not said: a count of persons without a village beside the one with it tells that village's (privacy.md §4)."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The document after the refresh; ``data`` is the very one given when nothing had to change."""

    data: bytes
    period: str
    changes: tuple[Change, ...]
    left: tuple[str, ...]
    """Chinese sentences: what was found changed by hand and left alone, and what needs a hand."""
    gaps_renewed: bool = False
    """The list of gaps at its end was brought up to date."""


@dataclass(slots=True)
class _Work:
    """What is being gathered over the links of one document."""

    edits: list[Edit] = field(default_factory=list)
    links: dict[int, Link] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    """The indicator of every X that stands."""
    untold: frozenset[str] = frozenset()
    """Forms whose figures lacked other villages when they were printed: what their counts of persons were is not told."""
    shorter: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    """Title of a list that lost names → where it is told in ``left``, and the names that stand in the document."""

    def tell_shorter(self, link: Link, title: str, value: str) -> None:
        """A list of many names is told once, and marked where its first name stands."""
        sentence, told = f"“{title}”的名单变短了，现为{value or '空'}", f"short:{value}"
        if title not in self.shorter:
            self.shorter[title] = (len(self.left), [])
            self.tell(link, f"{sentence}，请手工删改。", told)
        elif link.told != told:
            self.links[link.number] = replace(link, told=told)
        at, names = self.shorter[title]
        names.append(link.text)
        self.left[at] = f"{sentence}；原印{'、'.join(dict.fromkeys(names))}，请手工删改。"

    def tell(self, link: Link, sentence: str, said: str, only: frozenset[int] = frozenset()) -> None:
        """Always in the report; in the document once."""
        self.left.append(sentence)
        if link.told != said:
            self.edits.append(Edit(link.number, None, comment=sentence, only=only))
            self.links[link.number] = replace(link, told=said)


def period_of(data: bytes) -> Period:
    """The period a draft speaks of. Raises :class:`NotADraft`."""
    return Period.parse(_opened(data)[1].period)


def refresh_draft(
    data: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, files: Files, at: datetime, printed: Sequence[Printed] = (),
    gaps: Sequence[Gap] | None = None, hiding: bool = False,
) -> Refreshed:  # fmt: skip
    """``figures`` are those of the draft's own period; ``printed`` what a draft made anew would print, so that what this
    one has no place for is told; ``gaps`` what it would lack, for the list at the end (None: the list stays as it is).
    ``at``: in the office's zone. ``hiding``: small counts of villages. Raises :class:`NotADraft`.
    """
    figures = held(figures, catalogue.indicators)
    package, links, mended = _opened(data)
    period = Period.parse(links.period)
    places: dict[int, list[Place]] = {}
    for place in read_places(package, links):
        places.setdefault(place.number, []).append(place)
    work = _Work(left=["文件上次没有存好（LibreOffice 打不开它），已修复，文字没有变动。"] if mended else [], untold=_lacked_others(links, figures, catalogue) if hiding else frozenset())
    elsewhere = read_elsewhere(package, links)
    shared = _share_a_note(read_places(package, links), links, figures)
    for link in links.figures.values():
        if link.tag != STATUS:
            _one(work, link, places.get(link.number, []), figures, catalogue, period, files, at, link.number in shared, elsewhere.get(link.number, ()))
    known = {_indicator(link) for link in links.figures.values()}
    for item in printed:
        if item.indicator not in known:
            new = "科室新报" if item.how == QUOTED else "本期新有数"
            work.left.append(f"“{item.title}”{new}{item.text.rstrip('。')}，文中没有这一处，请酌情补写。")
            known.add(item.indicator)
    _status(work, links, places, at)
    fresh = links if gaps is None else _gap_list(work, package, links, gaps)
    mended |= part_neighbours(package)
    nothing_to_do = not work.edits and not work.links and fresh == links and not mended
    apply_edits(package, links, work.edits, at)
    if printed:
        work.left += _would_be_dropped(read_places(package, links), with_texts(links, work.links), figures, catalogue, {item.indicator for item in printed})
    if nothing_to_do:
        return Refreshed(data, links.period, (), tuple(work.left))
    write_links(package, with_texts(fresh, work.links))
    return Refreshed(package.write(), links.period, tuple(work.changes), tuple(work.left), fresh != links)


def _lacked_others(links: Links, figures: Mapping[str, Figure], catalogue: Catalogue) -> frozenset[str]:
    """A note stands once for neighbours, so the form tells."""
    names = {_indicator(link) for link in links.figures.values() if link.note and ((now := figures.get(_indicator(link))) is None or absent_note(now) != link.note)}
    return frozenset(catalogue.indicators[name].form for name in names if name in catalogue.indicators)


def _would_be_dropped(places: Sequence[Place], links: Links, figures: Mapping[str, Figure], catalogue: Catalogue, anew: set[str]) -> list[str]:
    """Figures that still stand, in words as they read now, in a clause which a new draft would not have."""
    found = {}
    for place in places:
        name = _indicator(links.figures[place.number])
        figure = figures.get(name)
        if name in anew or name in found or figure is None or name not in catalogue.indicators or figure.status in (Status.MISSING, Status.REFUSED):
            continue
        around = f"{CLAUSE.split(place.left)[-1]}{place.text}{CLAUSE.split(place.right)[0]}"
        now = "0" if figure.status is Status.ZERO else "不适用" if figure.status is Status.NOT_APPLICABLE else figure.value or "空"
        found[name] = f"“{catalogue.indicators[name].title}”现为{now}，新稿不写这一处，文中仍有“{around}”，请酌情删改。"
    return list(found.values())


def _gap_list(work: _Work, package: Package, links: Links, gaps: Sequence[Gap]) -> Links:
    """The list at the end tells of every X that stands in this document; one that a person has changed is told and left."""
    rows = gap_rows([gap for gap in gaps if gap.indicator in work.lacking])
    became, digest = renew_gap_table(package, links.gaps, rows)
    if became is GapTable.EDITED:
        work.left.append(f"文末“数据缺口清单”已手改，没有更新；本期现缺{len(rows)}处，见缺口清单.xlsx。")
    elif became is GapTable.ABSENT and rows:
        work.left.append(f"文中有{len(rows)}处X，文末没有“数据缺口清单”，见缺口清单.xlsx。")
    return replace(links, gaps=digest) if became is GapTable.RENEWED else links


def _opened(data: bytes) -> tuple[Package, Links, bool]:
    """The document, its figures, and whether it had to be mended to be read."""
    mended = False
    try:
        package = Package(data)
        mended = package.spoilt
        if package.strict:
            raise NotADraft("这份文件存成了“严格 Open XML”格式，无法刷新；请在 Word 里另存为普通的“Word 文档（.docx）”。")
        links = read_links(package)
    except NotADraft:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError):
        links = None
    if links is None:
        raise NotADraft("这份文件里没有 huizong 写下的数据连接，或文件已损坏，无法刷新；请用 outputs 里的初稿，或由它另存的 .docx。")
    return package, links, mended


def _indicator(link: Link) -> str:
    match = re.search(r"indicator=([^;]+)", link.tag)
    return match[1] if match else ""


def _one(
    work: _Work, link: Link, places: Sequence[Place], figures: Mapping[str, Figure], catalogue: Catalogue, period: Period, files: Files, at: datetime,
    note_stands_later: bool, elsewhere: Sequence[tuple[str, str]] = (),
) -> None:  # fmt: skip
    name = _indicator(link)
    indicator = catalogue.indicators.get(name)
    if indicator is None:
        work.left.append(f"“{name}”这个指标已不在目录里，原印{link.text}，未改动。")
        return
    if link.how == QUOTED:
        _quoted(work, link, bool(places), indicator, figures.get(name))
        return
    figure = figures.get(name) or nothing_known(name, period)
    if not places and elsewhere:
        where, text = elsewhere[-1]
        work.left.append(f"“{indicator.title}”移到了{where}里（现写{text}），那里不随数据更新，数据库现为{figure.value or '空'}，请手工核对。")
        return
    try:
        said = _fresh(phrase(Fact(indicator, figure), link.how, period), link)
    except ValueError as error:
        work.left.append(f"“{indicator.title}”没有刷新：{error}。")
        return
    if not places:
        other = f"，现为{said.text}" if said is not None and said.text not in ("", link.text) else ""
        gone = f"的数（原印{link.text}{other}）已被删去，没有恢复。" if link.text else f"文中没有位置，现为{figure.value or '空'}，请酌情补写。"
        work.left.append(f"“{indicator.title}”{gone}")
        return
    for where, text in dict.fromkeys(elsewhere):
        if said is not None and _plain(text) != said.text:
            work.left.append(f"“{indicator.title}”在{where}里还有一处（现写{text}），那里不随数据更新，现为{said.text or '空'}，请手工核对。")
    if said is None:
        work.tell_shorter(link, indicator.title, figure.value or "")
        return
    if not said.text:
        work.tell(link, f"“{indicator.title}”现在一个也没有，文中仍是{places[0].text}，没有改动，请手工改写这一句。", "none")
        return
    by_hand = [n for n, place in enumerate(places) if _plain(typed(place)) not in (link.text, said.text)]
    if by_hand:
        texts = "、".join(dict.fromkeys(typed(places[n]) for n in by_hand))
        rest = frozenset(range(len(places))) - set(by_hand)
        sentence = f"“{indicator.title}”已手改为{texts}，系统数为{said.text}，{'这一处' if rest else ''}没有改动。"
        work.tell(link, sentence, f"hand:{texts}:{said.text}", frozenset(by_hand))
        if not rest:
            return
        link, places = work.links.get(link.number, link), [places[n] for n in sorted(rest)]
    else:
        rest = frozenset()
    note = "" if note_stands_later or link.part < link.parts - 1 else absent_note(figure)
    if said.lacking and any(turn(place, link, said, note) is None for place in places):
        work.left.append(f"“{indicator.title}”缺数，这一句的词句已改，只把数写成了X，请核对它的方向词和单位。")
        said = replace(said, before=link.before, after=link.after)
    if note and link.note and any(link.note not in place.right for place in places):
        work.left.append(f"“{indicator.title}”后面的“{link.note}”已不在原处，没有恢复；现在的数{note.strip('（）')}，请核对。")
    now = replace(link, text=said.text, before=said.before, after=said.after, sources=joined_ids(figure), told=link.told if rest else "", note=note)
    work.lacking += [name] * said.lacking
    if (said.text, said.before, said.after, note) == (link.text, link.before, link.after, link.note):
        if now != link:
            work.links[link.number] = now
            work.edits.append(Edit(link.number, None, hint=source_text(indicator, figure, files), only=rest))
        return
    turns = [turn(place, link, said, note) for place in places]
    if any(turn is None for turn in turns) or len(set(turns)) > 1:
        whole = f"{said.before}{said.text}{said.after}"
        work.tell(link, f"“{indicator.title}”现为“{whole.strip('，')}”，这一句的词句已改，请手工改这个数（现印{link.text}）和它的方向词。", f"words:{whole}")
        return
    assert turns[0] is not None
    left, right = turns[0]
    why = why_changed(figure, link.sources, files, at.tzinfo)
    flipped = bool(said.before != link.before)
    worded = (link.before, link.after) != (said.before, said.after)
    old, new = ((f"{w.before}{w.text}{w.after}".strip("，") if worded else w.text) + n for w, n in ((link, link.note), (said, note)))
    untold = indicator.form in work.untold and threshold_of(indicator) > 0
    mark = Mark.MISSING if said.lacking else Mark.PROVISIONAL if figure.status.value == "provisional" else Mark.PLAIN
    work.edits.append(Edit(link.number, said.text, left, right, mark, f"{HIDDEN if untold else old}→{new}：{why}", source_text(indicator, figure, files), rest))
    work.links[link.number] = now
    work.changes.append(Change(name, indicator.title, old, new, why, flipped, untold))
    for word in contrary(places, link, said):
        work.left.append(f"“{indicator.title}”的方向已变（{said.before.strip('，')}{said.text}{said.after}），同一句里还写着“{word}”，请核对是否要改。")


def _quoted(work: _Work, link: Link, stands: bool, indicator: Indicator, figure: Figure | None) -> None:
    """A department's words are the writer's now: when the department says something else, that is told and nothing else."""
    now = (figure.value if figure is not None and figure.status.has_value else None) or ""
    if printable(now) == link.text:
        return
    sentence = f"“{indicator.title}”{indicator.department}{f'已改报为“{now}”' if now else '已不再报送'}，文中文字没有改动，请酌情修改。"
    if stands:
        work.tell(link, sentence, f"words:{now}")
    else:
        work.left.append(sentence)


def _fresh(said: list[Words], link: Link) -> Words | None:
    """The words for this one of several figures. Those that are new join the last one; None when there are fewer now."""
    if len(said) == link.parts:
        return said[link.part]
    if len(said) == 1 and said[0].lacking:
        if link.how == "prog" and link.part:
            return Words(MISSING, *_LEAD_UNKNOWN, lacking=True)
        return Words(MISSING, link.before, link.after, lacking=True)
    if len(said) < link.parts:
        return None
    if link.part < link.parts - 1:
        return said[link.part]
    first, *rest = said[link.part :]
    text = first.text
    for before, item in zip([first, *rest], rest, strict=False):
        text += before.after + item.before + item.text
    return Words(text, first.before, rest[-1].after)


def _share_a_note(places: Sequence[Place], links: Links, figures: Mapping[str, Figure]) -> set[int]:
    """Figures whose note is that of the next figure in their clause, where it stands once for both."""
    shared = set()
    for place, following in pairwise(places):
        mine, next_ = (absent_note(figures[name]) if (name := _indicator(links.figures[p.number])) in figures else "" for p in (place, following))
        if mine and mine == next_ and place.right == following.left and same_clause(place.right):
            shared.add(place.number)
    return shared


def _plain(text: str) -> str:
    return text.strip().translate(str.maketrans("０１２３４５６７８９．％", "0123456789.%"))


def _status(work: _Work, links: Links, places: Mapping[int, Sequence[Place]], at: datetime) -> None:
    """The line under the title counts the gaps that are left."""
    link = next((link for link in links.figures.values() if link.tag == STATUS), None)
    if link is None:
        return
    by_hand = [place.text for place in places.get(link.number, ()) if place.text != link.text]
    if by_hand:
        work.left.append(f"标题下的“{by_hand[0]}”已手改，没有更新；文中现缺{len(work.lacking)}处。")
    elif any(edit.text is not None for edit in work.edits):
        text = status_line(len(work.lacking), at, Period.parse(links.period))
        work.edits.append(Edit(link.number, text))
        work.links[link.number] = replace(link, text=text)


def status_line(lacking: int, at: datetime, period: Period) -> str:
    """With the year only where it is not the period's."""
    year = f"{at.year}年" if at.year != period.year else ""
    return f"（初稿，{f'缺{lacking}处，' if lacking else ''}截至{year}{at.month}月{at.day}日{at:%H:%M}）"


def report_text(done: Refreshed) -> str:
    """What a refresh did, one sentence a line, for people."""
    changed = [f"{c.title}：{HIDDEN if c.untold else c.old}→{c.new}（{c.why}）" + ("，方向词已改" if c.flipped else "") for c in done.changes]
    head = f"{done.period} 初稿：改动 {len(changed)} 处，未动 {len(done.left)} 处。" + ("文末“数据缺口清单”已更新。" if done.gaps_renewed else "")
    return "\n".join([head, *changed, *done.left]) + "\n"


def still_says(report: str, left: Sequence[str]) -> bool:
    """Whether an earlier report leaves alone what is left now, no more and no less."""
    head, *lines = report.splitlines() or [""]
    changed = re.search(r"改动 (\d+) 处", head)
    return changed is not None and lines[int(changed[1]) :] == [line for sentence in left for line in sentence.splitlines()]
