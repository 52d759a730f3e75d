"""Make the data, measure section by section, print the tables, keep what was measured.

``python -m bench [--size SIZE] [--only SECTION …] [--out FILE]`` measures; a section that is measured again takes its
place in FILE, the others stay. ``python -m bench report FILE`` writes docs/performance.md from such a file,
``python -m bench growing FILE`` docs/growing.md. ``python -m bench profile`` says where the CPU of a night goes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.data import SIZES
from bench.growing import growing
from bench.measure import as_json, as_table, machine
from bench.report import performance
from bench.sections import SECTIONS, Made

PAGES = {"report": performance, "growing": growing}


def keep(file: Path, section: str, measured: dict[str, Any]) -> None:
    """At once: a long run that is stopped keeps what it has."""
    kept = json.loads(file.read_text("utf-8")) if file.exists() else {"sections": {}}
    kept["machine"] = machine()
    kept["sections"][section] = measured
    file.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


def measure(size: str, only: list[str], out: Path | None) -> None:
    os.environ["HUIZONG_PRIVACY__KEY"] = "a key for measuring only"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an office does not compile the program at every start
    with tempfile.TemporaryDirectory(prefix="huizong-bench-", ignore_cleanup_errors=True) as name:
        made = Made(Path(name), SIZES[size])
        for section, work in SECTIONS.items():
            if only and section not in only:
                continue
            began = time.perf_counter()
            rows = work(made)
            print(f"\n### {section} ({size}, {time.perf_counter() - began:.0f} s)\n\n{as_table(rows)}", flush=True)
            if out:
                keep(out, section, {"size": size, "rows": [as_json(row) for row in rows]})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["measure", "profile", *PAGES], default="measure")
    parser.add_argument("file", nargs="?", type=Path, help="what `report` and `growing` read")
    parser.add_argument("--size", choices=sorted(SIZES), default="quick")
    parser.add_argument("--only", nargs="+", default=[], choices=list(SECTIONS), metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--out", type=Path, help="where measured figures are kept, as JSON")
    options = parser.parse_args()
    if options.what not in PAGES:
        measure(options.size, ["profile"] if options.what == "profile" else options.only, options.out)
    elif options.file is None:
        parser.error(f"{options.what} reads a file that `python -m bench --out FILE` has written")
    else:
        sys.stdout.write(PAGES[options.what](json.loads(options.file.read_text("utf-8"))))


if __name__ == "__main__":
    main()
