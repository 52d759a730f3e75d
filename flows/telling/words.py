"""The wording of messages: the office's template where there is one, else the built-in; the first line is the subject."""

from __future__ import annotations

from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from catalog.catalogue import built_in
from catalog.said import Said
from flows.office import Office

FILES = {"night": "消息_每夜.txt", "failure": "消息_未完成.txt", "keep": "消息_清理未完成.txt", "no-night": "消息_没有运行.txt", "remind": "消息_催报.txt"}
_MOST_BYTES = 1400
"""A text message of 企业微信 holds 2,048 bytes; what is beyond would be cut off without a word. The rest is for the subject and for what is said of lost messages."""
_SUBJECT = 40
"""Characters of a subject."""

_CUT = "……另有"


def compose(office: Office, kind: str, facts: dict[str, Any]) -> tuple[str, str]:
    """(subject, body). A broken template of the office does not silence the message: the built-in one speaks and says so."""
    name = FILES[kind]
    facts = {"town": town_name(office), **facts}
    own = office.folder / "catalog" / "report" / name
    standard = (built_in() / "report" / name).read_text("utf-8")
    if not own.is_file():
        return _parted(_rendered(standard, facts))
    try:
        return _parted(_rendered(own.read_text("utf-8-sig"), facts))
    except (TemplateError, UnicodeDecodeError, OSError):
        return _parted(f"{_rendered(standard, facts)}\n（catalog/report/{name} 有误，本条用的是内置的文字。）")


def town_name(office: Office) -> str:
    """本 (镇) when a file of the catalogue is spoilt: that the night failed for it must be told all the same."""
    try:
        return office.catalogue.town_name
    except Said:
        return "本"


def _rendered(template: str, facts: dict[str, Any]) -> str:
    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(facts)


def _parted(text: str) -> tuple[str, str]:
    subject, _, body = text.strip().partition("\n")
    return subject.strip()[:_SUBJECT], shortened(body.strip())


def shortened(text: str) -> str:
    """Whole lines, as many as every robot takes; how many are left out is said."""
    lines = text.splitlines()
    kept = list(lines)
    while len("\n".join(kept).encode()) > _MOST_BYTES:
        kept.pop()
    left = len(lines) - len(kept)
    return "\n".join(kept) + (f"\n{_CUT}{left}行，见 huizong status 和催报清单。" if left else "")


def is_cut(body: str) -> bool:
    return f"\n{_CUT}" in body
