"""Invented persons, firms and plates. Nobody of these can exist: region 98 is assigned to nobody, the phones have no
such prefix, the accounts begin with 000000 and fail the check that real cards pass."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

REGION = "980112"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛范彭鲁韦马苗花方"
_GIVEN = "安禾川岚溪松竹柏桐枫荷菊梅兰荣茂盛宁和平顺康健文武忠诚信义礼仁德明辉光耀春夏秋冬晨曦雨雪云霞"
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_digit(first17: str) -> str:
    """GB 11643—1999, MOD 11-2."""
    return _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, first17, strict=True)) % 11]


def luhn_valid(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def credit_code(serial: int) -> str:
    """A 统一社会信用代码 of GB 32100—2015 in region 98."""
    first17 = f"91{REGION}MA{serial:07d}"
    total = sum(_CODE.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return first17 + _CODE[(31 - total % 31) % 31]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who does not exist."""

    name: str
    identity: str
    sex: str
    born: int
    phone: str
    account: str


class People:
    """The same person for the same (group, number), no identity number twice."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[tuple[str, int, int, int], Person] = {}
        self._identities: set[str] = set()

    def person(self, group: str, index: int, oldest: int = 1945, youngest: int = 1995) -> Person:
        key = (group, index, oldest, youngest)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._invent(f"{self._seed}:{group}:{index}", oldest, youngest)
        return found

    def _invent(self, word: str, oldest: int, youngest: int) -> Person:
        rng = random.Random(word)
        surname, given = rng.choice(_SURNAMES), rng.choice(_GIVEN) + rng.choice(_GIVEN)
        while True:
            born = date(oldest, 1, 1) + timedelta(days=rng.randrange((youngest - oldest + 1) * 365))
            order = rng.randrange(1, 1000)
            first17 = f"{REGION}{born:%Y%m%d}{order:03d}"
            identity = first17 + check_digit(first17)
            if identity not in self._identities:
                break
        self._identities.add(identity)
        account = f"000000{rng.randrange(10**12, 10**13)}"
        if luhn_valid(account):
            account = account[:-1] + str((int(account[-1]) + 1) % 10)
        phone = f"1000000{rng.randrange(10_000):04d}"
        return Person(surname + given, identity, "男" if order % 2 else "女", born.year, phone, account)


def plate(rng: random.Random) -> str:
    return f"楚A·{rng.choice('DEFGHJK')}{rng.randrange(10_000):04d}"
