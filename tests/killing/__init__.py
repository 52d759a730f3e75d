"""No state in between: nights killed at any point, faults, readers beside the night, any order. ``python -m tests.killing``."""
