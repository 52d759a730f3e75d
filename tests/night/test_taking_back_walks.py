"""Whatever is handed in, replaced, taken back and given back over several nights: what is shown is as if the files that are
taken back now had never come."""

from __future__ import annotations

import hashlib
import os
import random
from datetime import datetime, timedelta

import pytest

from flows.verify import verify
from flows.words.binding import Unsaid
from flows.words.revoke import revoke
from tests.night.offices import AS_OF, rows, run_night
from tests.night.towns import hand_in, town_in

VIEWS = ("out_observation", "out_indicator_period", "out_lineage", "out_issue", "out_submission")
WHEN = {"recorded_at", "first_seen"}
"""Columns that say when we knew."""
NAMES = ("", "拆违控违{}月.xlsx", "拆违控违{}月终稿.xlsx", "拆违控违{}月（修改版）.xlsx", "{}月更正.xlsx")


def shown(office, taken_back):
    """Every view without what is said about those files, and the times at which it was first said; when it was closed is in it."""
    gone = {r["submission_id"] for r in rows(office, "out_submission") if (r["file"], r["sha256"]) in taken_back}
    return {
        view: sorted(repr({k: v for k, v in row.items() if k not in WHEN}) for row in rows(office, view)
                     if row.get("submission_id") not in gone) for view in VIEWS
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_a_walk(tmp_path, seed):
    chance = random.Random(seed)
    office, now = town_in(tmp_path / "office"), AS_OF
    handed: dict[tuple[str, str], tuple[bytes, float]] = {}
    taken_back = set()

    def put(month, patrols, name, when):
        path = hand_in(office, month, patrols, name.format(month), when)
        data = (office.inbox / path).read_bytes()
        key = (path, hashlib.sha256(data).hexdigest())
        handed.setdefault(key, (data, when.timestamp()))
        os.utime(office.inbox / path, (handed[key][1],) * 2)  # a file that comes again is the same one, its time too

    for month in (5, 6):
        put(month, {"东山村": month, "西坡村": 110}, "", datetime(2020, month, 28, 9))
    run_night(office, as_of=now)
    for _ in range(6):
        what = chance.choice(("hand in", "hand in", "take back", "take back", "give back"))
        if what == "hand in":
            put(month := chance.choice((5, 6)), {"东山村": chance.choice((month, 60)), "西坡村": chance.choice((110, "约100"))}, chance.choice(NAMES),
                datetime(2020, 7, 1) + timedelta(hours=chance.randint(0, 300)))  # fmt: skip
        else:
            row = chance.choice([r for r in rows(office, "out_submission") if r["sha256"]])
            try:
                revoke(office, str(row["submission_id"]), "王主任", "交错了文件", undo=what == "give back")
            except Unsaid:  # taken back already, or never
                continue
            (taken_back.add if what == "take back" else taken_back.discard)((row["file"], row["sha256"]))
        if chance.random() < 0.7:
            now += timedelta(minutes=5)
            run_night(office, as_of=now)
    now += timedelta(minutes=5)
    run_night(office, as_of=now)

    other = town_in(tmp_path / "other")
    with office.open_warehouse() as warehouse:
        received = {(r.path, r.sha256): r.recorded_at for r in warehouse.submissions()}
    for (path, sha256), night in sorted(received.items(), key=lambda item: item[1]):
        if (path, sha256) not in taken_back:
            data, when = handed[path, sha256]
            (other.inbox / path).parent.mkdir(parents=True, exist_ok=True)
            (other.inbox / path).write_bytes(data)
            os.utime(other.inbox / path, (when, when))
            run_night(other, as_of=night)
            (other.inbox / path).unlink()
    run_night(other, as_of=now)
    assert shown(office, taken_back) == shown(other, set())
    assert verify(office).broken == ""
