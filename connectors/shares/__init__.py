"""Shared folders: what is there, is it settled, take a copy; and the archive that keeps every byte."""

from connectors.shares.archive import Archive, Damaged
from connectors.shares.folder import Ignored, Listing, NoShare, SharedFile, Unsettled, list_files, take_copy
from connectors.shares.whole import NotWritten, clear_parts, write_whole

__all__ = ["Archive", "Damaged", "Ignored", "Listing", "NoShare", "NotWritten", "SharedFile", "Unsettled", "clear_parts", "list_files", "take_copy", "write_whole"]
