"""What a refresh cannot follow and an independent look at the refreshed document finds: old figures without a link, claims
that no longer hold, hints of another day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from catalog.catalogue import Catalogue
from catalog.observations import Figure
from catalog.periods import Period
from connectors.documents import unfinished
from flows.draft.below_nought import held
from flows.draft.hints import hint_text, hints, plan_hints
from flows.draft.refresh import Refreshed
from flows.draft.variants import other_branches
from flows.draft.verify import stale_claims, unlinked_copies

_CLAIM = re.compile("：“(.*?)”与数据库不符")


def told(done: Refreshed, template: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period) -> Refreshed:
    """The same document, and a sentence more for each of them."""
    figures = held(figures, catalogue.indicators)
    copies = unlinked_copies(done.data, [(change.title, change.old, change.new) for change in done.changes])
    stale = stale_claims(done.data, template, figures, catalogue, period)
    branches = other_branches(done.data, template, figures, catalogue, period)
    stale = [said for said in stale if not any((match := _CLAIM.search(said)) and match[1] in branch for branch in branches)]
    return replace(done, left=(*done.left, *copies, *branches, *stale, *_other_hints(done.data, template, figures, catalogue, period)))


def _other_hints(data: bytes, template: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period) -> list[str]:
    """Where the block that a person is to write still stands and the figures suggest something else by now."""
    now = {"hints": hint_text(hints(figures, catalogue.indicators, period)), "plan_hints": hint_text(plan_hints(figures, catalogue.indicators))}
    blocks = unfinished(data).by_hand
    found = []
    for place in unfinished(template).by_hand:
        if (match := re.fullmatch(r"(\[\[手写：[^{]*)\{\{\s*(hints|plan_hints)\s*\}\}(.*\]\])", place)) is None:
            continue
        for block in blocks:
            if block.startswith(match[1]) and block != f"{match[1]}{now[match[2]]}{match[3]}":
                found.append(f"“{match[1][5:]}”待写处的数据提示没有更新，现为：{now[match[2]].removeprefix('。数据提示：')}。")
    return found
