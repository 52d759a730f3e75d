"""The lock holds what every Python and machine needs that the README and the runbooks admit, not only those it was made on."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = [Requirement(line) for line in re.findall(r"^(\S.*==.*?) *\\$", (Path(__file__).resolve().parents[2] / "requirements.lock").read_text("utf-8"), re.MULTILINE)]
MACHINES = {"linux": {"platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
            "win32": {"platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"}}  # fmt: skip


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", ["3.11.2", "3.11.9", "3.12.3", "3.13.5"])
def test_nothing_is_missing_on(python, machine):
    """Debian 12 has 3.11.2, where redis, and with it the Prefect server, needs a package that later ones do not."""
    here = {"python_full_version": python, "python_version": python.rpartition(".")[0], "sys_platform": machine, **MACHINES[machine]}
    locked = {canonicalize_name(one.name): one for one in LOCK if one.marker is None or one.marker.evaluate(here)}
    missing = set()
    for name, one in locked.items():
        try:
            asked = [Requirement(line) for line in requires(name) or []]
        except PackageNotFoundError:
            continue  # of another machine than the one that tests
        for extra in ["", *one.extras]:
            wanted = [other for other in asked if other.marker is None or other.marker.evaluate({**here, "extra": extra})]
            missing |= {f"{other.name} for {name}" for other in wanted if canonicalize_name(other.name) not in locked}
    assert len(locked) > 100 and missing == set()
