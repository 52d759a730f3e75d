"""The words of the house: periods, numbers, forms, indicators, units, observations, issues.

Nothing here does I/O except reading the office's own YAML and CSV declarations.
"""
