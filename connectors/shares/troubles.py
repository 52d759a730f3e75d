"""What an error of a file system means: the user is refused, this one file cannot be had, or the server is away."""

from __future__ import annotations

import errno

_REFUSED = frozenset([0xC000006A, 0xC000006D, 0xC000006E, 0xC0000071, 0xC0000072, 0xC0000193, 0xC0000224, 0xC0000234])
_REFUSALS = frozenset(["SMBAuthenticationError", "AuthenticationException"])
"""NT status, and errors by name, of a wrong user or password."""
_FTP = frozenset(["error_perm"])
"""What an FTP server refuses: 530 the user, else this one file."""
_NAMES = frozenset(["InvalidURL"])
"""A name that this kind of client cannot put into an address: WebDAV's and a # in it."""
_SHUT = frozenset(["ForbiddenOperation", "ResourceLocked"])
"""What a WebDAV server refuses of one file, by the client's own names; else it is a plain 403 or 423."""
_ABSENT = frozenset([0xC00000CC, 0xC0000033, 0xC0000039, 0xC000003B])
"""NT status: no such share, name or path that cannot exist."""
_LOCKED = frozenset([0xC0000022, 0xC0000043, 0xC0000054, 0xC0000055, 0xC0000056])
"""NT status: access denied, sharing violation, locked range, delete pending."""


class Gone(Exception):
    """The server answered: there is no such file."""


class Busy(Exception):
    """The server answered: this one is locked or not permitted."""


def refuses(error: Exception) -> bool:
    """The user or the password is wrong: asked again with it a server locks the account, so there is no second try."""
    ftp = _named(error, _FTP) and str(error).startswith("530")
    return _status(error) in _REFUSED or _named(error, _REFUSALS) or ftp


def unauthorized(error: Exception) -> bool:
    """The same of kinds that sign in with every question (HTTP); a session of SMB that broke off refuses the right password as well."""
    return getattr(error, "status_code", None) == 401


def _named(error: Exception, names: frozenset[str]) -> bool:
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _status(error: Exception) -> int | None:
    """The server's own word, where it is SMB."""
    return getattr(error, "ntstatus", None) or getattr(error, "status", None)


def meaning(error: Exception) -> Exception:
    """Whether the server answered, and about this one file; else the error as it is."""
    number = error.errno if isinstance(error, OSError) else None
    if _status(error) in _ABSENT or isinstance(error, FileNotFoundError) or number == errno.ENOENT:
        return Gone()
    said = getattr(error, "status_code", None)
    if _status(error) in _LOCKED or isinstance(error, PermissionError) or said in (403, 423) or _named(error, _FTP | _NAMES | _SHUT) or number in (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR):
        return Busy()
    return error
