"""Words of a clause of ours that differ from what would be written now: told unless they are plainly the same said otherwise.

A clause is known from its template. What was taken out of it, put into it or exchanged is looked at word by word; words that
mean the same here (巡查 and 排查, 规模以上 and 规上), words of manner and words that stand elsewhere in the same sentence change
nothing. Everything else beside a figure changes what the figure counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from flows.draft.verify.template import Reading
from flows.draft.verify.tokens import UNIT, blurred

_SAME = """
巡查 排查 摸排
规模以上工业 规模工业 规上工业
规模以上 规上
限额以上 限上
固定资产投资 固投
营业收入 营收
税收入库 入库税收
完成产值 实现产值 产值 总产值
全部 均 都 悉数 逐一 全数
交办 转办 交办到位
收集 征集 收集到 征求 征求到
赠送 捐赠 捐献
制作 印制 编印 印发 发出
引进 新引进 引入 招引 新引入
落户 落地 入驻
安排 实施
启动 开始 动工
新增城镇就业 城镇新增就业
城市管理 城管
拆违控违 控违拆违
涉嫌违法 涉嫌违规
帮扶 帮助
竣工验收 竣工并验收
来 到 赴
改造 改建
截至 截止
带来 迎来 掀起
恢复开放 重新开放
同时 同期
尚余 还余 剩余 还剩 尚剩 余
拟 计划 预计
未 没有 没 未曾 无 未发生过 未发生 没有发生 没发生
事故 事件
其中 当中
违建 违法建筑 违章建筑 违法建设
新入库 新增入库 新纳统
罚款 处罚款 罚款金额
参观 接待游客 游览 游玩 观光
意见建议 意见和建议 建议意见
人员 人
公里 千米
"""
"""Words that mean the same in a township's report, a group a line."""
_LIGHT = """
的 了 于 在 为 向 对 将 把 给 已 已经 共 共有 共计 合计 总计 总共 累计 并 和 及 与 以及 等 以 由 从 则 又 也 还 有 是 被 达 达到 至 到 内 里 中 其 该 即 一次性 约
全镇 我镇 本镇 镇 镇里 今年 今年以来 年初以来 本年度 本年 年内 目前 现 现有 现已 当前 截至目前 截止目前 底 期间 同期 一共 共为 共有 分别 这 各 各类 相关 有关 有效
完成 实现 开展 组织 组织开展 进行 实施 推进 推动 落实 做好 抓好 抓实 抓 用于 有序 认真 扎实 积极 深入 大力 进一步 持续 不断 切实 着力 稳步 加快 加大 严格 依法 依规 及时 有力 精准 高效 顺利 主动 规范
扎实推进 全力 全面 深化 强化 加强 严格执行 总额 总数 总量 资金 数 数量 人数 户数 款 情况 工作 方面 力度 合计为 上 下 所 可 能 来 去 又有 另 另有 还有 同步 一并 统筹 发放 发放到位 兑现 正式 率 完成率 较去年 比去年 较上年 比上年 景区
"""
"""Words of manner and of doing that change nothing in what a figure counts; 发放 beside 元 is the doing of every sum of money."""
_MEANING = re.compile(
    r"[国省市县区州]级|全[国省市县区州]|世界|连续|多年|历年|唯一|首[个次批家例]|第[一二三四五六七八九十]|[未无没]|不(?!断)|大?部分|基本|新增|其他|其它|除外|以外"
)
"""Words that carry a claim wherever they stand."""
_NUMERAL = re.compile("[一二三四五六七八九十两]")
_IGNORED = re.compile("[“”‘’\"' \u3000《》【】]")
_BREAK = re.compile("[，。；：、！？（）\n]")
_UNIT = re.compile(rf"#(?:{UNIT}|[分月日号年])?")
_SPAN = re.compile("(?:截至|截止|到)?(?:#年)?#?[—–～至-]?#月底?(?!#)")
_HEADING = re.compile(r"^\d+[.．、]\s*")
_LONG = 6
"""An insertion longer than this is a person's own words, no mark of the figure."""
_ALIKE = 0.6


def _table() -> dict[str, str]:
    same = {word: chr(0xE300 + n) for n, line in enumerate(_SAME.strip().splitlines()) for word in line.split()}
    return dict.fromkeys(_LIGHT.split(), "") | same


_MEANS = _table()
_SAID = {means: word for word, means in reversed(_MEANS.items()) if means}
_WORD = re.compile("|".join(re.escape(w) for w in sorted(_MEANS, key=lambda w: (-len(w), w))))


@dataclass(frozen=True, slots=True)
class Clause:
    """The words between two stops, and the sentence they stand in; numbers are ``#``."""

    words: str
    sentence: str


def clause_at(text: str, start: int, end: int) -> Clause:
    """The clause around a number."""
    return next(clause for clause in clauses(f"{blurred(text[:start])}\0{blurred(text[end:])}") if "\0" in clause.words)


def clauses(marked: str) -> Iterator[Clause]:
    """Of a text whose numbers are blurred. A bracket without a number stays inside its clause; what a sum lacks is no part of it."""
    marked = re.sub("（未含[^（）]*）", "", marked)
    marked = re.sub("（([^（）#\0]*)）", "\ue2f0\\1\ue2f1", marked)
    for sentence in re.split("[。；！？\n]", marked):
        for words in _BREAK.split(sentence):
            if words:
                yield Clause(words, sentence)


def altered(now: Clause, wanted: Clause, own: Iterable[str] = ()) -> list[tuple[str, str]]:
    """(wanted, now) of every difference that changes the meaning. ``own``: names of the town and the period, which may be left out."""
    kept = list(own)
    best: list[tuple[str, str]] | None = None
    for words in dict.fromkeys((_with(wanted.words), _without(wanted.words))):
        found = list(_differences(_plain(_with(now.words), kept), _plain(words, kept), _plain(_with(now.sentence), kept), _plain(_with(wanted.sentence), kept)))
        if best is None or len(found) < len(best):
            best = found
    return best or []


def names_something(clause: Clause, own: Sequence[str] = ()) -> bool:
    """Whether the clause says of what its figure is: 发放5万余元 alone does not."""
    return len(_plain(_with(clause.words), own).replace("#", "")) > 1


def _with(words: str) -> str:
    return words.replace("\ue2f0", "").replace("\ue2f1", "")


def _without(words: str) -> str:
    """Without what stands in brackets: 特困（五保）供养 may be said 特困供养."""
    return re.sub("\ue2f0[^\ue2f1]*\ue2f1", "", words)


def _plain(words: str, own: Sequence[str]) -> str:
    """Only what carries meaning, words of one meaning made one."""
    words = _SPAN.sub("", _IGNORED.sub("", words.replace("\0", "#")))
    for name in own:
        words = words.replace(name, "")
    return _WORD.sub(lambda m: _MEANS[m[0]], _UNIT.sub("#", words))


def _differences(now: str, wanted: str, now_sentence: str, wanted_sentence: str) -> Iterator[tuple[str, str]]:
    """Two changes with one common character between them are one: 儿童 and 孤儿 are two words."""
    merged: list[list[int]] = []
    for kind, a, b, c, d in SequenceMatcher(None, wanted, now, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if merged and a - merged[-1][1] <= 1 and "#" not in wanted[merged[-1][1] : a]:
            merged[-1][1], merged[-1][3] = b, d
        else:
            merged.append([a, b, c, d])
    for a, b, c, d in merged:
        old, new = wanted[a:b].replace("#", ""), now[c:d].replace("#", "")
        if (len(old) > 1 or old in _SAID) and old in now_sentence:
            old = ""
        new = _not_in(new, wanted_sentence)
        if old or (new and (len(new) <= _LONG or _MEANING.search(new))):
            yield _readable(old), _readable(new)


def _readable(words: str) -> str:
    return "".join(_SAID.get(c, c) for c in words)


def _not_in(new: str, sentence: str) -> str:
    """What of it stands nowhere in the sentence, in pieces of two characters and more."""
    left, at = "", 0
    while at < len(new):
        size = next((n for n in range(len(new) - at, 0, -1) if (n > 1 or new[at] in _SAID) and new[at : at + n] in sentence), 0)
        left += "" if size else new[at]
        at += size or 1
    return left


def same_claim(text: str, start: int, end: int, claims: Iterable[str], own: Sequence[str]) -> bool:
    """Whether the clause there says one of these claims in other words."""
    said = _plain("".join(re.split("[，。；：、！？（）]", part)[n] for part, n in ((text[:start], -1), (text[start:end], 0), (text[end:], 0))), own)
    return any(plain and plain in said for plain in (_plain(claim, own) for claim in claims))


def reworded_clauses(text: str, reading: Reading, known: frozenset[str], own: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Clauses without a figure that were ours: another name or word beside a name, another level, number or negation; of a clause
    that stands only under a condition, any other word.
    """
    names = sorted({name for _, _, name, _, _ in reading.names if len(name) > 1 and name not in own}, key=len, reverse=True)
    ours = list(unnumbered(reading))
    for clause in clauses(blurred(_HEADING.sub("", text))):
        if "#" in clause.words or clause.words in known or len(clause.words) < 4:
            continue
        score, wanted = max(((fuzz.ratio(_with(o.words), _with(clause.words)) / 100, o) for o in ours), key=lambda pair: pair[0], default=(0.0, clause))
        if score < _ALIKE or _with(wanted.words) in text:
            continue
        full = _with(wanted.words)
        claimed = any(claim.holds and claim.words in full for claim in reading.claims)
        for old, new in altered(clause, wanted, own):
            named = any(name in full and old and (old in name or re.search(f"{re.escape(name)}.{{0,2}}{re.escape(old)}", full)) for name in names)
            if claimed or named or (_NUMERAL.search(old) and _NUMERAL.search(new)) or _MEANING.search(old) or _MEANING.search(new):
                yield _with(clause.words), f"“{_with(clause.words)}”与模板的“{full}”意思不同，请核对。"
                break


def unnumbered(reading: Reading) -> Iterator[Clause]:
    """Clauses of the report as it should read that hold no figure."""
    for paragraph in reading.paragraphs:
        yield from (c for c in clauses(blurred(_HEADING.sub("", re.sub(r"\[\[.*?\]\]", "，", paragraph)))) if "#" not in c.words)
