"""Telling people: after the night, on failure, when no night happened, and before and after a deadline."""
