"""Settings of one office: ``huizong.toml``, overridden by ``HUIZONG_<SECTION>__<KEY>``; secrets only from there or a file."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, field
from msgspec.structs import fields

from catalog.declared import NO_SECRET, Declared, Secret, Unfit, read
from catalog.periods import Month, UnknownPeriod
from catalog.said import Said


class BadSettings(Said, ValueError):
    """huizong.toml or the environment cannot be used; one line that says what to write."""


class GeneralSection(Declared, frozen=True, kw_only=True):
    """Which office it is."""

    id: str = "office"
    """Name of the office in the warehouse."""
    timezone: str = "Asia/Shanghai"
    start: str = ""
    """First month for which reports are owed, e.g. 2019-01; empty = the first that came."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]{0,59}", self.id):  # it is part of file names, of the scheduler's names and of the warehouse's
            raise Unfit(f"{self.id!r} is no name for an office; write letters, digits, - and _ only, for example helu", "id")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise Unfit(f"{self.timezone!r} is no time zone; write for example Asia/Shanghai", "timezone") from None
        if self.start and not _is_month(self.start):
            raise Unfit(f"{self.start!r} is no month; write for example 2019-01", "start")


def _is_month(value: str) -> bool:
    try:
        Month.parse(value)
    except UnknownPeriod:
        return False
    return True


class PathsSection(Declared, frozen=True, kw_only=True):
    """Where its folders are."""

    inbox: str = "inbox"
    """A path, or the address of a share: smb://host/share/folder, sftp://…, webdav://…, s3://…"""
    username: str = ""
    password: Secret = NO_SECRET
    """Of the share; from the environment only."""
    password_file: str = ""
    """File that holds it."""
    archive: str = "archive"
    slips: str = "slips"
    slips_to: str = ""
    """Address of a folder on a server where the departments find their slips as well; beside the inbox, never in it."""
    outputs: str = "outputs"

    def __post_init__(self) -> None:
        for name in ("inbox", "slips_to"):
            value = getattr(self, name)
            if "://" in value and "@" in value.split("://", 1)[1].split("/", 1)[0]:
                raise Unfit("an address must not carry a user or a password; set paths.username and HUIZONG_PATHS__PASSWORD", name)
        for name in ("archive", "slips", "outputs"):
            if "://" in getattr(self, name):
                raise Unfit("must be a path; only paths.inbox and paths.slips_to may be an address", name)
        if self.slips_to and "://" not in self.slips_to:
            raise Unfit("slips_to must be an address such as smb://host/share/退回; for a path use paths.slips")
        for name in ("slips", "slips_to"):  # a slip in the inbox would be taken for a hand-in the next night, and get a slip of its own
            one, other = _folder(getattr(self, name)), _folder(self.inbox)
            if one and (one.startswith(other) or other.startswith(one)):
                raise Unfit(f"{name} and inbox must lie beside each other, not one in the other; for example inbox = …/上报, {name} = …/退回")


def _folder(setting: str) -> str:
    """For comparing folders: one way of writing, with a slash at the end."""
    scheme, mark, path = setting.replace("\\", "/").rpartition("://")
    return f"{scheme}{mark}{posixpath.normpath(path)}/".casefold() if setting else ""


class WarehouseSection(Declared, frozen=True, kw_only=True):
    """Where its figures are."""

    url: str = ""
    """Empty = warehouse.db in the office folder; else e.g. postgresql+psycopg://user@host/database."""


class PrivacySection(Declared, frozen=True, kw_only=True):
    """What persons are known by, and what is not told of them."""

    key: Secret = NO_SECRET
    """Key of the person tokens; from the environment only."""
    key_file: str = ""
    """File that holds it; empty = a file of the service account, outside the office folder."""
    hide_small_counts: bool = True


_CRON = re.compile(r"(?:[-\d\s*/,]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)+", re.IGNORECASE)


EVERY_NIGHT = "0 2 * * *"


class ServeSection(Declared, frozen=True, kw_only=True):
    """When its nights are."""

    port: int = 4200
    """Of the Prefect server on 127.0.0.1."""
    nightly: str = EVERY_NIGHT
    """When the night begins, as cron, in the office's time."""

    def __post_init__(self) -> None:
        """What the scheduler would refuse would keep the worker from starting, and nothing would be due as long as it is empty."""
        if self.nightly == EVERY_NIGHT:
            return
        from croniter import CroniterBadDateError, croniter  # a tenth of a second that only who has another time pays

        if len(self.nightly.split()) != 5 or not _CRON.fullmatch(self.nightly) or not croniter.is_valid(self.nightly):
            raise Unfit(f"{self.nightly!r} is no time of a day; write minute, hour, day, month and weekday, for example 30 2 * * *", "nightly")
        try:
            croniter(self.nightly).get_next()
        except CroniterBadDateError:
            raise Unfit(f"{self.nightly!r} never comes; write a day that there is, for example 30 2 * * *", "nightly") from None

    def was_due(self, since: datetime, until: datetime) -> bool:
        """Whether a night should have begun between these; they are in the office's time. Every day has one unless ``nightly`` names days."""
        if self.nightly.split()[2:] == ["*", "*", "*"]:
            return True
        from croniter import croniter

        return bool(croniter(self.nightly, since).get_next(datetime) <= until)


class NotifySection(Declared, frozen=True, kw_only=True):
    """Who is told. The addresses of robots are secrets."""

    urls: Secret = NO_SECRET
    """Addresses parted by spaces; from the environment only."""
    urls_file: str = ""
    """File that holds them, one a line."""
    remind_days: Annotated[int, Meta(ge=0)] = 2
    """Working days before a deadline on which reminders begin."""


class KeepSection(Declared, frozen=True, kw_only=True):
    """How long what is kept (privacy.md §4). Period figures and reported values have no limit: they are never deleted."""

    person_months: Annotated[int, Meta(ge=13)] = 13
    """Ledger rows of persons; thirteen is what distinct counts of the same period last year need."""
    log_days: Annotated[int, Meta(ge=180)] = 180
    """Runs, messages and the files in logs/; the law asks for six months (网络安全法 §21)."""
    archive_months: int = 0
    """Files received; 0 = for good, else at least 24."""

    def __post_init__(self) -> None:
        if self.archive_months and self.archive_months < 24:
            raise Unfit("must be 0 (for good) or at least 24", "archive_months")


class Settings(Declared, frozen=True, kw_only=True):
    """All settings of one office, frozen."""

    general: GeneralSection = field(default_factory=GeneralSection)
    """Not named office: HUIZONG_OFFICE is the folder, by contract."""
    paths: PathsSection = field(default_factory=PathsSection)
    warehouse: WarehouseSection = field(default_factory=WarehouseSection)
    privacy: PrivacySection = field(default_factory=PrivacySection)
    serve: ServeSection = field(default_factory=ServeSection)
    keep: KeepSection = field(default_factory=KeepSection)
    notify: NotifySection = field(default_factory=NotifySection)

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.general.timezone)


_KEYS = {section.name: section.type.__struct_fields__ for section in fields(Settings)}
"""section → its keys."""
_SECRETS = (("privacy", "key", "key_file"), ("paths", "password", "password_file"), ("notify", "urls", "urls_file"))
"""section, key, and the key that names a file instead."""
_WITH_PASSWORD = re.compile(r"[^:]+://[^/@:]*:[^/@]+@")


def load_settings(folder: Path) -> Settings:
    """Read ``huizong.toml``; raises :class:`BadSettings` with one line naming the key."""
    file = folder / "huizong.toml"
    if not file.is_file():
        raise BadSettings(f"{folder} is no office (no huizong.toml); run `huizong init {folder}` or pass --office")
    try:
        values = tomllib.loads(file.read_text("utf-8-sig"))  # Notepad's mark is no mistake
    except UnicodeDecodeError:
        raise BadSettings(f"{file} is not in UTF-8; save it again with that encoding") from None
    except ValueError as error:
        raise BadSettings(f"{file}: not TOML ({error}); correct that line") from None
    for section, key, instead in _SECRETS:
        told = values.get(section, {})
        if not isinstance(told, dict):
            continue
        if key in told:
            variable = f"HUIZONG_{section}__{key}".upper()
            raise BadSettings(f"{file}: {section}.{key} is a secret and must not stand in a file; set {variable} or {section}.{instead}")
        if isinstance(told.get(instead), str) and told[instead]:
            told[instead] = str(folder / Path(told[instead]).expanduser())  # the night's own folder is another than the operator's
    warehouse = values.get("warehouse")
    if isinstance(warehouse, dict) and _WITH_PASSWORD.match(str(warehouse.get("url", ""))):
        raise BadSettings(f"{file}: the password in warehouse.url is a secret and must not stand in a file; set HUIZONG_WAREHOUSE__URL, or write it into ~/.pgpass")
    values = _with_environment(values)
    _refuse_unknown(file, values)
    try:
        settings = read(Settings, values)
    except Unfit as unfit:
        raise BadSettings(f"{file} or HUIZONG_{unfit.place.upper().replace('.', '__')}: {unfit.place}: {unfit}") from None
    _refuse_in_inbox(file, settings.paths)
    return settings


def _refuse_in_inbox(file: Path, paths: PathsSection) -> None:
    """What the office keeps in its inbox it would take for hand-ins, and answer every night with slips about its own slips."""
    if "://" in paths.inbox:
        return
    inbox, *own = (
        Path(os.path.abspath(file.parent / place))  # noqa: PTH100 - without a look at the share, whose server may be dead
        for place in (paths.inbox, paths.archive, paths.slips, paths.outputs)
    )
    for name, folder in zip(("archive", "slips", "outputs"), own, strict=True):
        if folder.is_relative_to(inbox):
            raise BadSettings(f"{file} or HUIZONG_PATHS__INBOX: paths.{name} ({folder}) lies in paths.inbox ({inbox}), where it would be read as hand-ins; set one of them elsewhere")


def _with_environment(values: dict[str, Any]) -> dict[str, Any]:
    """What ``HUIZONG_<SECTION>__<KEY>`` says, in small letters or capitals, in place of what the file says."""
    told = dict(values)
    for variable, value in os.environ.items():
        section, _, key = variable.lower().removeprefix("huizong_").partition("__")
        if not variable.lower().startswith("huizong_") or (section not in _KEYS and not key):  # HUIZONG_OFFICE is the folder
            continue
        if not key:
            raise BadSettings(f"the environment variable {variable} names no key; write HUIZONG_<SECTION>__<KEY>")
        if isinstance(told.get(section, {}), dict):
            told[section] = {**told.get(section, {}), key: value}
    return told


def _refuse_unknown(file: Path, values: Mapping[str, Any]) -> None:
    """A misspelt setting would leave the one that was meant at its default, which nobody sees."""
    for section, told in values.items():
        if section not in _KEYS:
            raise BadSettings(f"{file} or HUIZONG_{section.upper()}__…: there is no section {section}; write one of {', '.join(_KEYS)}")
        for key in told if isinstance(told, dict) else ():
            if key not in _KEYS[section]:
                raise BadSettings(f"{file} or HUIZONG_{section.upper()}__{key.upper()}: {section} has no {key}; write one of {', '.join(_KEYS[section])}")


def token_key(settings: Settings) -> bytes:
    """The key of the person tokens: from the environment, else from its file, which is made on first use (mode 600)."""
    if secret := settings.privacy.key.reveal():
        return secret.encode()
    file = key_place(settings)
    if not file.exists():
        if settings.privacy.key_file:
            raise BadSettings(f"privacy.key_file {file} does not exist; create it or remove the setting")
        _make_key(file)
    if not (key := file.read_bytes().strip()):
        raise BadSettings(f"the key file {file} is empty; restore it from the backup, or remove it for a new key (all files are read anew)")
    return key


def _make_key(file: Path) -> None:
    """Whole or not at all, and only once: half a key, or two, would count persons wrongly."""
    import secrets  # once in an office's life
    import tempfile

    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".part-")  # mode 600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_hex(32).encode())
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):  # another process was quicker: its key is the key
            os.link(name, file)
    finally:
        Path(name).unlink(missing_ok=True)


def key_place(settings: Settings) -> Path:
    """The file that holds the key of the person tokens."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(settings.privacy.key_file) if settings.privacy.key_file else home / "huizong" / f"{settings.general.id}.key"


def secret_places(settings: Settings) -> tuple[Path, ...]:
    """Every file that holds a secret: the key, the share's password, the addresses of robots."""
    named = (settings.paths.password_file, settings.notify.urls_file)
    return (key_place(settings), *(Path(file).expanduser() for file in named if file))


def share_password(settings: Settings) -> str:
    """The password of the share: from the environment, else from the file named there."""
    return _secret(settings.paths.password, settings.paths.password_file, "paths.password_file")


def notify_addresses(settings: Settings) -> str:
    """Where messages go: from the environment, else from the file named there."""
    return _secret(settings.notify.urls, settings.notify.urls_file, "notify.urls_file")


def _secret(given: Secret, file: str, setting: str) -> str:
    if given.reveal() or not file:
        return given.reveal()
    try:
        return Path(file).expanduser().read_text("utf-8").strip()
    except OSError as error:
        raise BadSettings(f"{setting} {file} cannot be read ({error.strerror}); create it or remove the setting") from None
