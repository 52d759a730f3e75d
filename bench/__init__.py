"""Measured ratios: the product against a bound, in the same run, interleaved (DESIGN §6). ``python -m bench``."""
