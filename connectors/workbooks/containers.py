"""What a file is, by its bytes and never by its suffix; and the sentences for what is no readable workbook."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib

from catalog.issues import Action, Issue, Refused

MAX_BYTES = 200 * 1024 * 1024
MAX_INFLATED = 600 * 1024 * 1024
MAX_RATIO = 300
"""A zip that grows more than this, beyond 60 MB, is a bomb; an honest sheet of numbers stays below 30."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"%PDF", "PDF"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"), (b"GIF8", "图片"), (b"BM", "图片"), (b"II*\0", "图片"),
    (b"Rar!", "压缩包"), (b"7z\xbc\xaf", "压缩包"), (b"\x1f\x8b", "压缩包"), (b"\x01\0\0\0", "图片"),
)  # fmt: skip


def refuse(code: str, message: str, found: str = "", expected: str = "电子表格") -> Refused:
    return Refused(Issue(code, Action.REFUSE_FILE, message, found=found, expected=expected))


def container_of(data: bytes) -> str:
    """``xlsx``, ``xlsb``, ``ods``, ``xls``, ``html``, ``xml`` or ``text``.

    Raises :class:`Refused` for what is empty, protected by a password, or no workbook at all (M05, M08).
    """
    if not data.strip(b"\0 \r\n\t"):
        raise refuse("E-EMPTY", "文件是空的，请重新保存后报送。", "空文件")
    if len(data) > MAX_BYTES:
        raise refuse("E-BIG", f"文件超过{MAX_BYTES // 1024 // 1024}MB，请删去无关内容后报送。", "过大")
    if data.startswith(b"PK"):
        return _zip(data)
    if data.startswith(_OLE):
        return _ole(data)
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            raise refuse("M08", f"文件是{name}，不是电子表格，请报电子表。", name)
    if data[:2] == b"\x09\x08" or data[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04"):
        return "xls"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith(b"<") and b"urn:schemas-microsoft-com:office:spreadsheet" in head and b"<html" not in head:
        return "xml"
    if head.startswith(b"<"):
        return "html"
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("M08", "文件不是电子表格，请用 Excel 或 WPS 另存为 .xlsx 后报送。", "未知格式")
    if head.startswith((b"{", b"[{")):
        raise refuse("M08", "文件不是电子表格，请用 Excel 或 WPS 另存为 .xlsx 后报送。", "未知格式")
    return "text"


def _zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            kind = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise refuse("M03", "文件不完整或正在保存，请关闭文件、重新保存后再报。", "损坏的文件") from None
    inflated = sum(info.file_size for info in infos)
    if inflated > MAX_INFLATED or (inflated > 60_000_000 and inflated > MAX_RATIO * len(data)):
        raise refuse("E-BIG", "文件解压后过大，请删去无关内容、另存后报送。", "过大")
    lowered = {name.lower() for name in names}
    if "xl/workbook.bin" in lowered:
        return "xlsb"
    if any(name.startswith("xl/") for name in lowered):
        return "xlsx"
    if b"spreadsheet" in kind:
        return "ods"
    found = "Word文档" if any(name.startswith("word/") for name in lowered) else "压缩包"
    raise refuse("M08", f"文件是{found}，不是电子表格，请报电子表。", found)


def verify(data: bytes) -> None:
    """Raises :class:`Refused` (M03) when a part of a zip does not have its checksum."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if archive.testzip() is not None:
            raise broken()


def _ole(data: bytes) -> str:
    def stream(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if stream("EncryptedPackage"):
        raise password()
    if stream("Workbook") or stream("Book"):
        return "xls"
    if stream("WordDocument"):
        raise refuse("M08", "文件是Word文档，不是电子表格，请报电子表。", "Word文档")
    raise refuse("M08", "文件不是电子表格，请用 Excel 或 WPS 另存为 .xlsx 后报送。", "未知格式")


def password() -> Refused:
    return refuse("M05", "文件设有打开密码，无法读取，请取消密码后重报。", "有密码", "无密码的文件")


def broken() -> Refused:
    return refuse("M03", "文件无法读取，可能已损坏，请用 Excel 或 WPS 打开后另存为 .xlsx 再报。", "无法读取")
